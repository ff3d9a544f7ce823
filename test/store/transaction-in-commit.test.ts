// Work that is committed at once: it runs once, when nobody else can commit, and leaves nothing if it, or the commit, fails.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ZarrError } from "../../src/errors.js";
import { createArray } from "../../src/hierarchy/create-array.js";
import { openArray } from "../../src/hierarchy/open-node.js";
import type { StoreValues } from "../../src/store/store.js";
import { ZipStore, type ZipStoreOptions } from "../../src/store/zip-store.js";
import { LockFile } from "../../src/zip/lock-file.js";
import { temporaryFolder } from "../temporary-folder.js";
import { RecordedFiles } from "../zip/recorded-files.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const root = temporaryFolder();
let count = 0;
let folder: string;
/** Two stores of one file, with a lock each. */
let one: ZipStore;
let two: ZipStore;
let files: RecordedFiles | undefined;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = `${root}/${count++}`;
  mkdirSync(folder);
  one = await ZipStore.open(`${folder}/x.zip`, { mode: "a", lockTimeoutMs: 10_000 });
  two = await ZipStore.fromState(one.getState());
});
afterEach(async () => {
  files?.restore();
  for (const child of children.splice(0)) {
    const exit = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await exit;
  }
  await Promise.all([one.abort(), two.abort()]);
  expect(readdirSync(folder)).toEqual(["x.zip"]);
});

/** Adds to the number under "n", which it returns. */
function adding(n: number) {
  return async (values: StoreValues): Promise<number> => {
    const [before = 0] = (await values.get("n")) ?? [];
    await values.set("n", bytes(before + n));
    return before + n;
  };
}

/** What another store finds. */
async function committed(...keys: string[]): Promise<(number[] | undefined)[]> {
  const store = await ZipStore.open(one.path);
  const values = await Promise.all(keys.map((key) => store.get(key)));
  await store.close();
  return values.map((value) => value && [...value]);
}

async function pendingBytes(): Promise<number> {
  return (await one.stats()).pending.bytes;
}

/** Sets "n" to 10 by the other store. */
async function changeElsewhere(): Promise<void> {
  await two.set("n", bytes(10));
  await two.flush();
}

test("it runs once, on what another writer has committed, and can be read by others at once", async () => {
  await one.set("n", bytes(1));
  await one.flush();
  await changeElsewhere();
  let runs = 0;
  const outcome = await one.transaction(
    async (values) => {
      runs++;
      return await adding(1)(values);
    },
    { commit: true, heldBytes: 100 },
  );
  expect([outcome.value, runs, await committed("n")]).toEqual([11, 1, [[11]]]);
  expect(one.getState().readOnly).toBe(false); // nothing waits
  expect(await one.stats()).toMatchObject({ commits: { count: 2, reruns: 0 }, pending: { bytes: 0 } });
});

test("what waits is committed with it, and before it", async () => {
  await one.set("a", bytes(1));
  const first = await one.transaction(adding(1));
  await changeElsewhere();
  const { value } = await one.transaction(adding(5), { commit: true });
  expect([first.value, value, await committed("a", "n")]).toEqual([11, 16, [[1], [16]]]);
});

test("of many at once by two stores none is lost", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, i) => [one, two][i % 2]!.transaction(adding(1), { commit: true })),
  );
  const values = outcomes.map(({ value }) => value).sort((x, y) => x - y);
  expect(values).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test("work that changes nothing makes no version", async () => {
  const { size } = statSync(one.path);
  expect((await one.transaction((values) => values.has("n"), { commit: true })).value).toBe(false);
  expect([statSync(one.path).size, one.getState().readOnly]).toEqual([size, false]);
});

test("in a new archive that is not there yet it waits with all else", async () => {
  const store = await ZipStore.open(`${folder}/new.zip`, { mode: "w" });
  expect((await store.transaction(adding(1), { commit: true })).value).toBe(1);
  const array = await createArray(store, { path: "a", shape: [0], chunks: [4], dtype: "int8", compressors: [] });
  expect(existsSync(store.path)).toBe(false);
  expect(await array.append([1, 2, 3], { flush: true })).toEqual({ start: 0, end: 3 });
  expect(existsSync(store.path)).toBe(true);
  expect((await store.transaction(adding(1), { commit: true })).value).toBe(2);
  await store.abort();
  two.setState({ ...two.getState(), path: one.path });
  const read = await ZipStore.open(`${folder}/new.zip`);
  expect(await read.get("n")).toEqual(bytes(2));
  await read.close();
});

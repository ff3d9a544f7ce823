// Work that is committed at once: it runs once, when nobody else can commit, and leaves nothing if it, or the commit, fails.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { setImmediate as immediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LockFile } from "../../src/commit/lock-file.js";
import { ZarrError } from "../../src/errors.js";
import type { ZarrArray } from "../../src/hierarchy/array.js";
import { createArray } from "../../src/hierarchy/create-array.js";
import { openArray } from "../../src/hierarchy/open-node.js";
import type { StoreValues } from "../../src/store/store.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { RecordedFiles } from "../zip/recorded-files.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const counted = (end: number) => Array.from({ length: end }, (_, i) => i);
const code = (expected: string) => expect.objectContaining({ code: expected });

const root = temporaryFolder();
let count = 0;
let folder: string;
let files: RecordedFiles;
/** Two stores of one file, and a third writer's lock: each excludes the others. */
let one: ZipStore;
let two: ZipStore;
let lock: LockFile;
beforeEach(async () => {
  folder = `${root}/${count++}`;
  mkdirSync(folder);
  files = new RecordedFiles(folder);
  one = await ZipStore.open(`${folder}/x.zip`, { mode: "a" });
  two = await ZipStore.fromState(one.getState());
  lock = new LockFile(one.path, { force: false });
});
afterEach(async () => {
  await lock.close();
  await Promise.all([one.abort(), two.abort()]);
  files.restore();
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

/** Sets "n" to 10 by the other store. */
async function changeElsewhere(): Promise<void> {
  await two.set("n", bytes(10));
  await two.flush();
}

/** What the other store finds. */
async function committed(...keys: string[]): Promise<(number[] | undefined)[]> {
  const values = await Promise.all(keys.map((key) => two.get(key)));
  return values.map((value) => value && [...value]);
}

async function pendingBytes(): Promise<number> {
  return (await one.stats()).pending.bytes;
}

const expectClean = () => expect(() => one.getState()).not.toThrow();
const now = { commit: true, heldBytes: 100 };

describe("work that succeeds", () => {
  test("runs once, on what another writer has committed, and others can read it then", async () => {
    await one.set("n", bytes(1));
    await one.flush();
    await changeElsewhere();
    let runs = 0;
    const { value } = await one.transaction((values) => adding(++runs)(values), now);
    expect([value, runs, await committed("n")]).toEqual([11, 1, [[11]]]);
    expectClean();
    expect(await one.stats()).toMatchObject({ commits: { count: 2, reruns: 0 }, pending: { bytes: 0 } });
  });

  test("is committed with all that waits, and after it", async () => {
    await one.set("a", bytes(1));
    const first = await one.transaction(adding(1));
    await changeElsewhere();
    const { value } = await one.transaction(adding(5), now);
    expect([first.value, value, await committed("a", "n")]).toEqual([11, 16, [[1], [16]]]);
  });

  test("at once by two stores: none is lost", async () => {
    const work = counted(20).map((i) => [one, two][i % 2]!.transaction(adding(1), now));
    const values = (await Promise.all(work)).map(({ value }) => value - 1);
    expect(values.sort((x, y) => x - y)).toEqual(counted(20));
  });

  test("that changes nothing makes no version", async () => {
    const { size } = statSync(one.path);
    expect((await one.transaction((values) => values.has("n"), now)).value).toBe(false);
    expect(statSync(one.path).size).toBe(size);
    expectClean();
  });

  test("puts a new archive in its place, with all else", async () => {
    const store = await ZipStore.open(`${root}/new.zip`, { mode: "w" });
    const array = await createArray(store, { path: "a", shape: [0], chunks: [4], dtype: "int8", compressors: null });
    expect((await store.transaction(adding(1), now)).value).toBe(1);
    expect(existsSync(store.path)).toBe(true);
    expect(await array.append([1, 2, 3], { flush: true })).toEqual({ start: 0, end: 3 });
    const read = await ZipStore.open(store.path);
    expect(await read.get("n")).toEqual(bytes(1));
    await Promise.all([read.close(), store.close()]);
  });
});

describe("the disk", () => {
  test("is what flush waits for, and not the transaction", async () => {
    const events: string[] = [];
    let endSync = () => {};
    const synced = new Promise<void>((resolve) => {
      endSync = resolve;
    });
    files.beforeSync = (file) => (file === "x.zip" ? synced : Promise.resolve());
    await one.transaction(adding(1), now);
    const flushed = one.flush().then(() => events.push("flushed"));
    expect(await committed("n")).toEqual([[1]]);
    events.push("synced");
    endSync();
    await flushed;
    expect(events).toEqual(["synced", "flushed"]);
  });

  test("fails: flush says that the outcome is unknown, and nothing can be committed afterwards", async () => {
    files.onCall = ({ name, file }) => (name === "fdatasync" && file === "x.zip" ? { error: "EIO" } : undefined);
    expect((await one.transaction(adding(1), now)).value).toBe(1);
    for (const act of [() => one.flush(), () => one.transaction(adding(1), now), () => one.flush()]) {
      await expect(act()).rejects.toEqual(code("ERR_COMMIT_UNKNOWN"));
    }
    await Promise.all([one.abort(), two.abort()]);
    rmSync(`${folder}/x.zip.lock`); // it stays, since the disk may lack what it speaks of
  });

  test("is still at work when the store is left without a flush: no lock file comes back", async () => {
    await two.abort();
    const since = files.operations.length;
    const isLockGone = () => files.operations.slice(since).some(({ kind }) => kind === "unlink");
    let syncs = 0;
    files.beforeSync = async (file) => {
      const isFirst = file === "x.zip" && syncs++ === 0;
      for (let i = 0; isFirst && i < 1000 && !isLockGone(); i++) await immediate();
    };
    await one.transaction(adding(1), now);
    await one.abort();
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });
});

describe("work that is withdrawn", () => {
  /**
   * Fails twice, also with a change that waits: nothing else is left then. Where the commit failed, the next flush commits that change
   * alone; where the work failed, it is committed already.
   */
  async function expectWithdrawn(attempt: () => Promise<unknown>, error: unknown, repair?: () => Promise<void>) {
    const isCommitted = repair === undefined;
    for (const waiting of [undefined, bytes(1, 2, 3)]) {
      if (waiting !== undefined) await one.set("waits", waiting);
      const before = await pendingBytes();
      await expect(attempt()).rejects.toEqual(error);
      expect([await one.get("n"), await one.get("waits")]).toEqual([undefined, waiting]);
      expect(await committed("n", "waits")).toEqual([undefined, isCommitted ? waiting && [...waiting] : undefined]);
      if (waiting === undefined || isCommitted) expectClean();
      expect(await pendingBytes()).toBe(isCommitted ? 0 : before);
    }
    await repair?.();
    await one.flush();
    expect(await committed("n", "waits")).toEqual([undefined, [1, 2, 3]]);
  }

  const ownErrors = [new Error("mine"), "no error object", undefined];
  const ourErrors = (["ERR_STORE_READ", "ERR_CONFLICT", "ERR_ZIP"] as const).map((name) => new ZarrError(name, "mine"));
  test.each([...ownErrors, ...ourErrors])("fails: it has run once, and the error is its own (%s)", async (error) => {
    let runs = 0;
    const work = async (values: StoreValues) => {
      await adding(++runs)(values);
      throw error;
    };
    await expectWithdrawn(() => one.transaction(work, now), error instanceof ZarrError ? code(error.code) : error);
    expect(runs).toBe(2);
  });

  test("waits for a lock for too long: it has not run", async () => {
    one.setState({ ...one.getState(), lockTimeoutMs: 20 });
    await lock.acquire({ timeoutMs: 0 });
    const run = () => one.transaction(() => Promise.reject("it has run"), now);
    await expectWithdrawn(run, code("ERR_LOCK_TIMEOUT"), () => lock.release());
  });

  test("and a flush end with the store that is left while they wait for a lock, and nothing stays open", async () => {
    await one.set("waits", bytes(1));
    await lock.acquire({ timeoutMs: 1000 });
    const waiting = [one.flush(), one.transaction(adding(1), now)].map((work) =>
      expect(work).rejects.toEqual(code("ERR_CLOSED")),
    );
    await immediate();
    await one.abort();
    await Promise.all(waiting);
    await lock.release();
    expect(await committed("n", "waits")).toEqual([undefined, undefined]);
  });

  test.each([
    ["before", () => AbortSignal.abort("enough"), "enough"],
    ["while it waits for a lock", () => AbortSignal.timeout(20), expect.objectContaining({ name: "TimeoutError" })],
  ])("is aborted %s: the reason is the signal's", async (_, signal, reason) => {
    await lock.acquire({ timeoutMs: 0 });
    const run = () => one.transaction(() => Promise.reject("it has run"), { ...now, signal: signal() });
    await expectWithdrawn(run, reason, () => lock.release());
  });

  test("cannot be written: the version before stands, and nothing of it is kept", async () => {
    files.onCall = ({ name }) => (name.startsWith("write") ? { error: "ENOSPC" } : undefined);
    await expectWithdrawn(
      () => one.transaction(adding(1), now),
      code("ERR_STORE_WRITE"),
      async () => {
        files.onCall = () => undefined;
      },
    );
  });

  test("is not that of another change that conflicts: each has its own fate", async () => {
    await one.set("n", bytes(1), { expect: null });
    await one.set("waits", bytes(2));
    await changeElsewhere();
    let runs = 0;
    const work = async (values: StoreValues) => values.set("late", bytes(++runs));
    await one.transaction(work, now);
    expect([runs, await pendingBytes(), await committed("n", "waits", "late")]).toEqual([1, 0, [[10], [2], [1]]]);
    const conflict = { code: "ERR_CONFLICT", details: { key: "n", withdrawn: 1 } };
    await expect(one.flush()).rejects.toMatchObject(conflict);
    await one.flush();
  });

  test("after another one was made again: that is made again by the next flush, too, and loses nothing", async () => {
    const first = await one.transaction(adding(1));
    await changeElsewhere();
    await expect(one.transaction(() => Promise.reject("mine"), now)).rejects.toBe("mine");
    await one.flush();
    expect([first.value, await committed("n")]).toEqual([11, [[11]]]);
  });

  test("after another one has conflicted: the next flush says so, once", async () => {
    await one.set("n", bytes(1, 2, 3), { expect: null });
    await changeElsewhere();
    await expect(one.transaction(() => Promise.reject("mine"), now)).rejects.toBe("mine");
    expect(await pendingBytes()).toBe(0);
    await expect(one.flush()).rejects.toMatchObject({ code: "ERR_CONFLICT", details: { withdrawn: 1 } });
    expectClean();
    await one.flush();
  });

  test("leaves what another one has written anew, also where a later one has covered it for a while", async () => {
    const first = await one.transaction(adding(1));
    await one.transaction(async (values) => {
      if ((await values.get("m")) !== undefined) throw new Error("m is there");
      await values.set("n", bytes(99));
    });
    await two.set("m", bytes(1));
    await changeElsewhere();
    await expect(one.flush()).rejects.toThrow("m is there");
    expect([first.value, await committed("n")]).toEqual([11, [[11]]]);
  });
});

describe.each([
  ["that does not compress", null],
  ["that compresses", "zstd"],
])("append with flush to an array %s", (_, compressors) => {
  let array: ZarrArray<"int32">;
  beforeEach(async () => {
    array = await createArray(one, { path: "a", shape: [0], chunks: [4], dtype: "int32", compressors });
    await one.flush();
  });

  type Rows = readonly [value: number, start: number, end: number];

  /** Expects these rows, and no others. */
  async function expectRows(...rows: readonly Rows[]) {
    const { data } = await (await openArray(two, { path: "a" })).get();
    const expected = new Int32Array(rows.reduce((sum, [, start, end]) => sum + end - start, 0));
    for (const [value, start, end] of rows) expected.fill(value, start, end);
    expect(data).toEqual(expected);
  }

  test("gives each caller of one instance, and of others, the rows that are its own", async () => {
    const arrays = [array, await openArray(one, { path: "a" }), await openArray(two, { path: "a" })];
    // The first append of an instance runs before the lock, so that it may run again.
    for (const each of arrays) await each.append([0], { flush: true });
    const appending = counted(15).map(async (i): Promise<Rows> => {
      const values = new Int32Array(1 + (i % 6)).fill(i + 1);
      const { start, end } = await arrays[i % 3]!.append(values, { flush: true });
      return [i + 1, start, end];
    });
    await expectRows([0, 0, arrays.length], ...(await Promise.all(appending)));
    if (compressors === null) for (const store of [one, two]) expect((await store.stats()).commits.reruns).toBe(0);
  });

  test("gives processes rows of their own", async () => {
    const rows = [1, 2, 3].map(async (id) => {
      const values = counted(8).map((i) => 100 * id + i);
      const child = fork(new URL("append-flushed.mjs", import.meta.url));
      child.send({ state: array.getState(), values });
      const [starts] = (await once(child, "message")) as [number[]];
      return starts.map((start, i): Rows => [values[i]!, start, start + 3]);
    });
    await expectRows(...(await Promise.all(rows)).flat());
  });

  test("comes behind rows that wait, and those that others have committed meanwhile", async () => {
    await array.append([1, 1]);
    await (await openArray(two, { path: "a" })).append([2, 2, 2], { flush: true });
    expect(await array.append([3, 3, 3], { flush: true })).toEqual({ start: 5, end: 8 });
    expect(array.shape).toEqual([8]);
    await expectRows([2, 0, 3], [1, 3, 5], [3, 5, 8]);
  });
});

test("an append with flush that is aborted while it waits leaves the array as it was", async () => {
  const array = await createArray(one, { path: "a", shape: [0], chunks: [4], dtype: "int32", compressors: null });
  await one.flush();
  await lock.acquire({ timeoutMs: 0 });
  const options = { flush: true, signal: AbortSignal.timeout(20) };
  await expect(array.append([1, 2, 3], options)).rejects.toMatchObject({ name: "TimeoutError" });
  expect([array.shape, await pendingBytes()]).toEqual([[0], 0]);
  expectClean();
  await lock.release();
  expect(await array.append([4], { flush: true })).toEqual({ start: 0, end: 1 });
});

test("a transaction runs again within close(), and is committed by it", async () => {
  await one.transaction(async (values) => values.set("copy", (await values.get("original")) ?? bytes(0)));
  await two.set("original", bytes(7));
  await two.flush();
  await one.close();
  expect(await two.get("copy")).toEqual(bytes(7));
});

// Work that is committed at once: it runs once, when nobody else can commit, and leaves nothing if it, or the commit, fails.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { setImmediate as immediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ZarrError } from "../../src/errors.js";
import type { ZarrArray } from "../../src/hierarchy/array.js";
import { createArray } from "../../src/hierarchy/create-array.js";
import { openArray } from "../../src/hierarchy/open-node.js";
import type { StoreValues } from "../../src/store/store.js";
import { ZipStore } from "../../src/store/zip-store.js";
import { LockFile } from "../../src/zip/lock-file.js";
import { temporaryFolder } from "../temporary-folder.js";
import { RecordedFiles } from "../zip/recorded-files.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const counted = (end: number) => Array.from({ length: end }, (_, i) => i);

const root = temporaryFolder();
let count = 0;
let folder: string;
/** Two stores of one file, each with a lock of its own. */
let one: ZipStore;
let two: ZipStore;
let files: RecordedFiles;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = `${root}/${count++}`;
  mkdirSync(folder);
  files = new RecordedFiles(folder);
  one = await ZipStore.open(`${folder}/x.zip`, { mode: "a" });
  two = await ZipStore.fromState(one.getState());
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    const exit = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await exit;
  }
  await Promise.all([one.abort(), two.abort()]);
  files.restore();
  expect(readdirSync(folder)).toEqual(["x.zip"]);
});

function start(script: string, ...args: string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args);
  children.push(child);
  return child;
}

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

const nothingWaits = () => expect(() => one.getState()).not.toThrow();

describe("work that succeeds", () => {
  test("runs once, on what another writer has committed, and others can read it then", async () => {
    await one.set("n", bytes(1));
    await one.flush();
    await changeElsewhere();
    let runs = 0;
    const work = (values: StoreValues) => adding(++runs)(values);
    const { value } = await one.transaction(work, { commit: true, heldBytes: 100 });
    expect([value, runs, await committed("n")]).toEqual([11, 1, [[11]]]);
    nothingWaits();
    expect(await one.stats()).toMatchObject({ commits: { count: 2, reruns: 0 }, pending: { bytes: 0 } });
  });

  test("is committed with all that waits, and after it", async () => {
    await one.set("a", bytes(1));
    const first = await one.transaction(adding(1));
    await changeElsewhere();
    const { value } = await one.transaction(adding(5), { commit: true });
    expect([first.value, value, await committed("a", "n")]).toEqual([11, 16, [[1], [16]]]);
  });

  test("at once by two stores: none is lost", async () => {
    const work = counted(20).map((i) => [one, two][i % 2]!.transaction(adding(1), { commit: true }));
    const values = (await Promise.all(work)).map(({ value }) => value - 1);
    expect(values.sort((x, y) => x - y)).toEqual(counted(20));
  });

  test("that changes nothing makes no version", async () => {
    const { size } = statSync(one.path);
    expect((await one.transaction((values) => values.has("n"), { commit: true })).value).toBe(false);
    expect(statSync(one.path).size).toBe(size);
    nothingWaits();
  });

  test("waits with all else where the new archive is not there yet", async () => {
    const store = await ZipStore.open(`${root}/new.zip`, { mode: "w" });
    const array = await createArray(store, { path: "a", shape: [0], chunks: [4], dtype: "int8", compressors: null });
    expect((await store.transaction(adding(1), { commit: true })).value).toBe(1);
    expect(existsSync(store.path)).toBe(false);
    expect(await array.append([1, 2, 3], { flush: true })).toEqual({ start: 0, end: 3 });
    const read = await ZipStore.open(store.path);
    expect(await read.get("n")).toEqual(bytes(1));
    await read.close();
    await store.close();
  });
});

describe("the disk", () => {
  test("is what flush waits for, and not the transaction", async () => {
    const events: string[] = [];
    let endSync = () => {};
    const synced = new Promise<void>((resolve) => {
      endSync = resolve;
    });
    files.beforeSync = async (file) => {
      if (file === "x.zip") await synced;
    };
    await one.transaction(adding(1), { commit: true });
    const flushed = one.flush().then(() => events.push("flushed"));
    expect(await committed("n")).toEqual([[1]]);
    events.push("synced");
    endSync();
    await flushed;
    expect(events).toEqual(["synced", "flushed"]);
  });

  test("fails: flush says that the outcome is unknown, and nothing can be committed afterwards", async () => {
    files.onCall = ({ name, file }) => (name === "fdatasync" && file === "x.zip" ? { error: "EIO" } : undefined);
    expect((await one.transaction(adding(1), { commit: true })).value).toBe(1);
    for (const act of [() => one.flush(), () => one.transaction(adding(1), { commit: true }), () => one.flush()]) {
      await expect(act()).rejects.toMatchObject({ code: "ERR_COMMIT_UNKNOWN" });
    }
    await Promise.all([one.abort(), two.abort()]);
    rmSync(`${folder}/x.zip.lock`); // it stays, since the disk may lack what it speaks of
  });

  test("is not ready when the store is closed without a flush: no lock file is left", async () => {
    let syncs = 0;
    files.beforeSync = async (file) => {
      if (file !== "x.zip" || syncs++ > 0) return;
      // Until the lock file is gone, if it goes before the sync is done.
      for (let i = 0; i < 1000 && !files.operations.some(({ kind }) => kind === "unlink"); i++) await immediate();
    };
    await two.abort();
    await one.transaction(adding(1), { commit: true });
    await one.abort();
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });
});

describe("work that is withdrawn", () => {
  /** Sets a key that waits, and tries; then nothing else may be left, and the next flush commits the key alone. */
  async function expectWithdrawn(attempt: () => Promise<unknown>, expected: unknown, end = async () => {}) {
    for (const waits of [false, true]) {
      if (waits) await one.set("waits", bytes(1, 2, 3));
      const before = await pendingBytes();
      expect(
        await attempt().then(
          () => "no error",
          (error) => error,
        ),
      ).toEqual(expected);
      expect([await one.get("n"), await committed("n", "waits")]).toEqual([undefined, [undefined, undefined]]);
      expect(await pendingBytes()).toBe(before);
      if (!waits) nothingWaits();
    }
    await end();
    await one.flush();
    expect(await committed("n", "waits")).toEqual([undefined, [1, 2, 3]]);
  }

  test.each([
    new Error("mine"),
    "no error object",
    undefined,
    new ZarrError("ERR_STORE_READ", "of the system"),
    new ZarrError("ERR_CONFLICT", "of a value"),
    new ZarrError("ERR_ZIP", "of a damaged entry"),
  ])("fails: it has run once, and the error is its own (%s)", async (error) => {
    let runs = 0;
    const work = async (values: StoreValues) => {
      runs++;
      await adding(1)(values);
      throw error;
    };
    await expectWithdrawn(() => one.transaction(work, { commit: true, heldBytes: 100 }), error);
    expect(runs).toBe(2);
  });

  test("finds the lock held by another process: it has not run", async () => {
    const store = await ZipStore.open(one.path, { mode: "r+", lockTimeoutMs: 20 });
    await one.abort();
    one = store;
    const holder = start("../process/lock-holder.mjs", one.path);
    holder.send("hold");
    await once(holder, "message");
    const timeout = expect.objectContaining({
      code: "ERR_LOCK_TIMEOUT",
      message: expect.stringContaining(`by process ${holder.pid} `),
    });
    const work = () => Promise.reject(new Error("it has run"));
    await expectWithdrawn(
      () => one.transaction(work, { commit: true, heldBytes: 100 }),
      timeout,
      async () => {
        holder.send("close");
        await once(holder, "message");
      },
    );
  });

  test("is aborted while it waits, or before: the reason is the signal's", async () => {
    const lock = new LockFile(one.path, { force: false });
    await lock.acquire({ timeoutMs: 0 });
    const run = (signal: AbortSignal) => () => one.transaction(adding(1), { commit: true, heldBytes: 100, signal });
    await expectWithdrawn(run(AbortSignal.abort("at once")), "at once", async () => lock.close());
    await lock.acquire({ timeoutMs: 0 });
    await one.set("waits", bytes(4));
    const waiting = run(AbortSignal.timeout(20))();
    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
    expect(await one.get("n")).toBeUndefined();
    await lock.close();
    await one.flush();
    expect(await committed("n", "waits")).toEqual([undefined, [4]]);
  });

  test("cannot be written: it has run, and the version before stands", async () => {
    const run = () => one.transaction(adding(1), { commit: true, heldBytes: 100 });
    files.onCall = ({ name }) => (name.startsWith("write") ? { error: "ENOSPC" } : undefined);
    await expectWithdrawn(run, expect.objectContaining({ code: "ERR_STORE_WRITE" }), async () => {
      files.onCall = () => undefined;
    });
  });

  test("is withdrawn with another one that conflicts; what else waits is committed by the next flush", async () => {
    await one.set("n", bytes(1), { expect: null });
    await one.set("waits", bytes(2));
    await changeElsewhere();
    let runs = 0;
    const work = async (values: StoreValues) => values.set("late", bytes(++runs));
    const conflict = { code: "ERR_CONFLICT", details: { key: "n", withdrawn: 1 } };
    await expect(one.transaction(work, { commit: true, heldBytes: 100 })).rejects.toMatchObject(conflict);
    expect([runs, await one.get("late"), await one.get("n")]).toEqual([1, undefined, bytes(10)]);
    await one.flush();
    expect([await pendingBytes(), await committed("n", "waits", "late")]).toEqual([0, [[10], [2], undefined]]);
  });

  describe("after others were made again in the same commit", () => {
    const fail = () => one.transaction(() => Promise.reject("mine"), { commit: true, heldBytes: 100 });

    test("they are made again by the next flush, too, and nothing is lost", async () => {
      const first = await one.transaction(adding(1));
      await changeElsewhere();
      await expect(fail()).rejects.toBe("mine");
      await one.flush();
      expect([first.value, await committed("n")]).toEqual([11, [[11]]]);
    });

    test("one that conflicted conflicts with the next flush, and is counted once", async () => {
      await one.set("n", bytes(1, 2, 3), { expect: null });
      const before = await pendingBytes();
      await changeElsewhere();
      await expect(fail()).rejects.toBe("mine");
      expect(await pendingBytes()).toBe(before);
      await expect(one.flush()).rejects.toMatchObject({ code: "ERR_CONFLICT", details: { withdrawn: 1 } });
      nothingWaits();
      expect(await pendingBytes()).toBe(0);
    });
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

  async function expectRanges(ranges: readonly (readonly [value: number, start: number, end: number])[]) {
    const { data } = await (await openArray(two, { path: "a" })).get();
    const expected = new Int32Array(data.length);
    for (const [value, start, end] of ranges) expected.fill(value, start, end);
    expect(data).toEqual(expected);
    expect(ranges.reduce((sum, [, start, end]) => sum + end - start, 0)).toBe(data.length);
  }

  test("gives each caller of one instance, and of others, the rows that are its own", async () => {
    const arrays = [array, await openArray(one, { path: "a" }), await openArray(two, { path: "a" })];
    const appending = counted(15).map(async (i) => {
      const values = new Int32Array(1 + (i % 6)).fill(i + 1);
      const { start, end } = await arrays[i % 3]!.append(values, { flush: true });
      expect(end - start).toBe(values.length);
      return [i + 1, start, end] as const;
    });
    await expectRanges(await Promise.all(appending));
    if (compressors === null) for (const store of [one, two]) expect((await store.stats()).commits.reruns).toBe(0);
  });

  test("gives processes rows of their own", async () => {
    const answers = [1, 2, 3].map(async (id) => {
      const values = counted(8).map((i) => 100 * id + i);
      const child = start("append-flushed.mjs");
      const answer = once(child, "message");
      child.send({ state: array.getState(), values });
      const [starts] = (await answer) as [number[]];
      await once(child, "exit");
      return starts.map((start, i) => [values[i]!, start, start + 3] as const);
    });
    await expectRanges((await Promise.all(answers)).flat());
  });

  test("comes behind rows that wait, and those that others have committed meanwhile", async () => {
    await array.append([1, 1]);
    await (await openArray(two, { path: "a" })).append([2, 2, 2], { flush: true });
    expect(await array.append([3, 3, 3], { flush: true })).toEqual({ start: 5, end: 8 });
    expect(array.shape).toEqual([8]);
    await expectRanges([
      [2, 0, 3],
      [1, 3, 5],
      [3, 5, 8],
    ]);
  });
});

test("an append with flush that is aborted while it waits leaves the array as it was", async () => {
  const array = await createArray(one, { path: "a", shape: [0], chunks: [4], dtype: "int32", compressors: null });
  await one.flush();
  const lock = new LockFile(one.path, { force: false });
  await lock.acquire({ timeoutMs: 0 });
  const options = { flush: true, signal: AbortSignal.timeout(20) };
  await expect(array.append([1, 2, 3], options)).rejects.toMatchObject({ name: "TimeoutError" });
  expect([array.shape, await pendingBytes()]).toEqual([[0], 0]);
  nothingWaits();
  await lock.close();
  expect(await array.append([4], { flush: true })).toEqual({ start: 0, end: 1 });
});

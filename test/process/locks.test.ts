// The lock of an archive: whom it excludes, how long it lasts, and what a wait for it ends with. The others are real processes
// and threads that run lock-holder.mjs.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, fstatSync, linkSync, openSync, statSync, unlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { FileSource } from "../../src/bytes/file.js";
import { tryLockShared } from "../../src/bytes/file-lock.js";
import { LockFile } from "../../src/commit/lock-file.js";
import { ZipStore, type ZipStoreOptions } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const script = fileURLToPath(new URL("lock-holder.mjs", import.meta.url));
let names = 0;
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    const exit = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await exit;
  }
});

async function newFile(): Promise<string> {
  const file = `${folder}/${names++}.zip`;
  const store = await ZipStore.open(file, { mode: "w-" });
  await store.set("first", Uint8Array.of(1));
  await store.close();
  return file;
}

/** A store with one change that waits to be committed. */
async function changed(file: string, options: ZipStoreOptions = {}): Promise<ZipStore> {
  const store = await ZipStore.open(file, { mode: "r+", durability: "process", ...options });
  await store.set("second", Uint8Array.of(2));
  return store;
}

async function valueIn(file: string, key: string): Promise<unknown> {
  const store = await ZipStore.open(file);
  try {
    return await store.get(key);
  } finally {
    await store.close();
  }
}

async function holder(file: string): Promise<ChildProcess> {
  const child = fork(script, [file], { stdio: ["pipe", "inherit", "inherit", "ipc"] });
  children.push(child);
  expect(await ask(child, "hold")).toBe("held");
  return child;
}

async function ask(child: ChildProcess, message: string | object): Promise<unknown> {
  const answer = once(child, "message");
  child.send(message);
  return (await answer)[0];
}

test("lock: another process has it: ERR_LOCK_TIMEOUT names its pid, and the change waits for the next flush", async () => {
  const file = await newFile();
  const child = await holder(file);
  const store = await changed(file, { lockTimeoutMs: 30 });
  const error = await store.flush().catch((found) => found);
  expect(error).toMatchObject({ code: "ERR_LOCK_TIMEOUT", details: { file } });
  expect(error.message).toMatch(new RegExp(`locked for \\d+ ms by process ${child.pid} on .* since 20\\d\\d-`));
  expect(await valueIn(file, "second")).toBeUndefined();
  expect(await ask(child, "release")).toBe("released");
  await store.close();
  expect(await valueIn(file, "second")).toEqual(Uint8Array.of(2));
});

test("lock: a program that may only read the file holds a shared lock: ERR_LOCK_TIMEOUT says so, and names no writer", async () => {
  const file = await newFile();
  const store = await changed(file, { lockTimeoutMs: 30 });
  await store.flush(); // the name of this writer stays in the lock file
  await store.set("third", Uint8Array.of(3));
  const reader = await FileSource.open(file);
  expect(tryLockShared(reader, 2 ** 52)).toBe(true);
  const error = await store.flush().catch((found) => found);
  expect(error).toMatchObject({ code: "ERR_LOCK_TIMEOUT", details: { file } });
  expect(error.message).toMatch(
    /by a program that left no name: any program that may read the file can hold a shared lock/,
  );
  expect(error.message).not.toContain(`process ${process.pid}`);
  await reader.close();
  await store.close();
  expect(await valueIn(file, "third")).toEqual(Uint8Array.of(3));
});

test("lock: a signal ends the wait with its reason, and the change waits for the next flush", async () => {
  const file = await newFile();
  const child = await holder(file);
  const store = await changed(file);
  await expect(store.flush({ signal: AbortSignal.abort("at once") })).rejects.toBe("at once");
  await expect(store.flush({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: "TimeoutError" });
  expect(await valueIn(file, "second")).toBeUndefined();
  expect(await ask(child, "release")).toBe("released");
  await store.flush({ signal: AbortSignal.timeout(300_000) });
  expect(await valueIn(file, "second")).toEqual(Uint8Array.of(2));
  await store.close();
});

test("lock: a process that waits for one that is killed acquires it soon", async () => {
  const file = await newFile();
  let fewest = Number.POSITIVE_INFINITY;
  // Each pause of this process is as long as the lock's longest, so that both are late on a busy machine.
  for (let attempt = 0; attempt < 5 && fewest > 10; attempt++) {
    const child = await holder(file);
    const lock = new LockFile(file, { force: false });
    let isAcquired = false;
    const acquired = lock.acquire({ timeoutMs: 300_000 }).then(() => {
      isAcquired = true;
    });
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    let pauses = 0;
    for (; !isAcquired; pauses++) await pause(10);
    await acquired;
    fewest = Math.min(fewest, pauses);
    await lock.close();
  }
  expect(fewest).toBeLessThanOrEqual(10);
});

test.runIf(process.platform !== "win32")(
  "lock: it ends with its process, also where a process that was started meanwhile lives on",
  async () => {
    const file = await newFile();
    const child = await holder(file);
    const pid = (await ask(child, "start a process")) as number;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    const store = await changed(file, { lockTimeoutMs: 300_000 });
    await store.close();
    expect(await valueIn(file, "second")).toEqual(Uint8Array.of(2));
    expect(process.kill(pid, 0)).toBe(true);
    child.stdin!.end();
  },
);

test("lock: another thread of this process is excluded, and named", async () => {
  const file = await newFile();
  const worker = new Worker(script, { workerData: file });
  worker.postMessage("hold");
  expect(await once(worker, "message")).toEqual(["held"]);
  const store = await changed(file, { lockTimeoutMs: 30 });
  const error = await store.flush().catch((found) => found);
  expect(error.code).toBe("ERR_LOCK_TIMEOUT");
  expect(error.message).toContain(`by process ${process.pid}, thread ${worker.threadId}, on `);
  const released = once(worker, "message");
  worker.postMessage("release");
  expect(await released).toEqual(["released"]);
  await store.close();
  expect(await valueIn(file, "second")).toEqual(Uint8Array.of(2));
  await worker.terminate();
});

test("lock: a lock that a thread held is free when the thread is terminated", async () => {
  const file = await newFile();
  const worker = new Worker(script, { workerData: file });
  worker.postMessage("hold");
  expect(await once(worker, "message")).toEqual(["held"]);
  const store = await changed(file, { lockTimeoutMs: 300_000 });
  const flushed = store.flush();
  await worker.terminate();
  await flushed;
  await store.close();
  expect(await valueIn(file, "second")).toEqual(Uint8Array.of(2));
});

test("lock: two in one thread exclude each other, and stores that commit at once all do", async () => {
  const file = await newFile();
  const lock = new LockFile(file, { force: false });
  await lock.acquire({ timeoutMs: 0 });
  const second = new LockFile(file, { force: false });
  await expect(second.acquire({ timeoutMs: 20 })).rejects.toMatchObject({ code: "ERR_LOCK_TIMEOUT" });
  await lock.release();
  await second.acquire({ timeoutMs: 20 });
  await second.close();
  await lock.close();

  const open = () => ZipStore.open(file, { mode: "r+", durability: "process" });
  const stores = await Promise.all([open(), open(), open()]);
  await Promise.all(
    stores.map(async (store, i) => {
      for (let round = 0; round < 10; round++) {
        await store.set(`${i}/${round}`, Uint8Array.of(i, round));
        await store.flush();
      }
    }),
  );
  await Promise.all(stores.map((store) => store.close()));
  for (let i = 0; i < 30; i++) {
    expect(await valueIn(file, `${i % 3}/${Math.floor(i / 3)}`)).toEqual(Uint8Array.of(i % 3, Math.floor(i / 3)));
  }
});

test("lock: stores of one thread take turns, so that one that commits all the time keeps no other waiting", async () => {
  const file = await newFile();
  const busy = await ZipStore.open(file, { mode: "r+", durability: "process" });
  const others = await Promise.all([1, 2].map(() => ZipStore.open(file, { mode: "r+", durability: "process" })));
  let isDone = false;
  let commits = 0;
  const commitAlways = async () => {
    for (; !isDone; commits++) {
      await busy.set("busy", Uint8Array.of(commits % 256));
      await busy.flush();
    }
  };
  const always = commitAlways();
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      others.map(async (store, i) => {
        await store.set(`other${i}`, Uint8Array.of(round));
        await store.flush();
      }),
    );
  }
  isDone = true;
  await always;
  for (const store of [busy, ...others]) await store.close();
  expect(commits).toBeLessThan(4 * rounds);
  for (const i of [0, 1]) expect(await valueIn(file, `other${i}`)).toEqual(Uint8Array.of(rounds - 1));
});

test("lock: two that wait in one thread each end with their own time and signal, and nobody waits for one that has ended", async () => {
  const file = await newFile();
  const [holding, ...waiting] = [1, 2, 3, 4].map(() => new LockFile(file, { force: false }));
  await holding.acquire({ timeoutMs: 0 });
  const stop = new AbortController();
  const outcomes = [
    waiting[0].acquire({ timeoutMs: 300_000, signal: stop.signal }),
    waiting[1].acquire({ timeoutMs: 20 }),
    waiting[2].acquire({ timeoutMs: 300_000 }),
  ];
  await expect(outcomes[1]).rejects.toMatchObject({ code: "ERR_LOCK_TIMEOUT" });
  stop.abort("enough");
  await expect(outcomes[0]).rejects.toBe("enough");
  await holding.release();
  await outcomes[2];
  for (const lock of [holding, ...waiting]) await lock.close();
});

test("lock: a file with two names has one lock, and what is committed by either is there", async () => {
  const file = await newFile();
  const store = await changed(file);
  const other = `${folder}/other-name.zip`;
  linkSync(file, other);
  const child = await holder(other);
  await expect(store.flush({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: "TimeoutError" });
  expect(await ask(child, "close")).toBe("closed");
  const second = await ZipStore.open(other, { mode: "r+" });
  await second.set("by the other name", Uint8Array.of(3));
  await Promise.all([store.flush(), second.flush()]);
  await second.close();
  await store.close();
  for (const name of [file, other]) {
    expect(await valueIn(name, "by the other name")).toEqual(Uint8Array.of(3));
    expect(await valueIn(name, "second")).toEqual(Uint8Array.of(2));
  }
});

test("lock: its file is removed with the last writer that has it open, and one that waited for that one gets the next lock", async () => {
  const file = await newFile();
  const name = `${file}.lock`;
  expect(existsSync(name)).toBe(false);
  const child = await holder(file);
  const waiting = new LockFile(file, { force: false });
  await expect(waiting.acquire({ timeoutMs: 1 })).rejects.toMatchObject({ code: "ERR_LOCK_TIMEOUT" });
  const acquired = waiting.acquire({ timeoutMs: 300_000 });
  expect(await ask(child, "close")).toBe("closed");
  await acquired;
  expect(existsSync(name)).toBe(true); // there is one who still uses it
  const third = new LockFile(file, { force: false });
  await expect(third.acquire({ timeoutMs: 20 })).rejects.toMatchObject({ code: "ERR_LOCK_TIMEOUT" });
  await third.close();
  expect(existsSync(name)).toBe(true);

  // Whoever waits for a file that is removed goes on with the next one.
  const before = openSync(name, "r"); // as long as it is open, no other file has its inode
  const late = new LockFile(file, { force: false });
  const next = late.acquire({ timeoutMs: 300_000 });
  unlinkSync(name);
  await waiting.release();
  await next;
  expect(statSync(name).ino).not.toBe(fstatSync(before).ino);
  closeSync(before);
  await waiting.close();
  expect(existsSync(name)).toBe(true);
  await late.close();
  expect(existsSync(name)).toBe(false);

  const [first, last] = [await changed(file), await ZipStore.open(file, { mode: "r+" })];
  await first.close();
  await last.set("third", Uint8Array.of(3));
  await last.flush();
  expect(existsSync(name)).toBe(true);
  await last.close();
  expect(existsSync(name)).toBe(false);
});

test("lock: a process forked by one that has it waits, and commits from its state when it is free", async () => {
  const file = await newFile();
  const store = await changed(file);
  await store.flush();
  const lock = new LockFile(file, { force: false });
  await lock.acquire({ timeoutMs: 300_000 });
  const child = fork(script, [file]);
  children.push(child);
  expect(await ask(child, store.getState())).toBe("committing");
  const committed = once(child, "message");
  expect(await valueIn(file, "by the child")).toBeUndefined();
  await lock.release();
  expect((await committed)[0]).toBe("committed");
  expect(await store.get("by the child")).toEqual(Uint8Array.of(7));
  await store.set("third", Uint8Array.of(3));
  await store.close();
  expect(await valueIn(file, "third")).toEqual(Uint8Array.of(3));
  await lock.close();
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Chunk, createArray, ZipStore } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, counting, expectValues, openFile, readyPool } from "./files.js";

const folder = temporaryFolder();
const task = new URL("task.mjs", import.meta.url);
const isLinux = process.platform === "linux";
const elements = 600_000;
const options = { shape: [elements], chunks: [50_000], dtype: "uint32" };

/** Descriptors of this process on a file, and processes whose parent it is. */
function held(path: string): { descriptors: number; children: string[] } {
  if (!isLinux) return { descriptors: 0, children: [] };
  const links = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ""; // that of readdir itself
    }
  });
  const children = readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
  return { descriptors: links.filter((link) => link === path).length, children };
}

function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => ["MessagePort", "ProcessWrap", "PipeWrap", "Worker"].includes(kind));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.each(["thread", "process"] as const)("%s", (kind) => {
  const path = `${folder}/${kind}.zip`;

  test("close leaves no thread, process, descriptor or handle, also in the middle of work", async () => {
    await (await arrayFile(path, options, counting(elements))).close();
    const before = { ...held(path), handles: handles() };
    for (const isBusy of [false, true]) {
      const array = await openFile(path);
      const pool = await readyPool({ kind });
      await pool.read(array);
      if (kind === "process" && isLinux) expect(held(path).children.length).toBe(before.children.length + 2);
      const reading = isBusy ? pool.read(array) : undefined;
      const next = isBusy
        ? pool.run(task, undefined, [{ do: "wait", began: `${path}-b`, ended: `${path}-e` }]).next()
        : undefined;
      const ends = Promise.all([pool.close(), pool.close()]);
      if (reading !== undefined) await expect(reading).rejects.toMatchObject({ code: "ERR_CLOSED" });
      if (next !== undefined) await expect(next).rejects.toMatchObject({ code: "ERR_CLOSED" });
      await ends;
      await array.close();
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve)); // handles close in between
      expect({ ...held(path), handles: handles() }).toEqual(before);
      expect((await pool.stats()).workers).toEqual([]);
    }
  });

  test("after close everything is ERR_CLOSED", async () => {
    const array = await arrayFile(path, options, counting(elements));
    const pool = new WorkerPool({ kind });
    await pool[Symbol.asyncDispose]();
    const closed = { code: "ERR_CLOSED" };
    await expect(pool.read(array)).rejects.toMatchObject(closed);
    await expect(pool.readMany(array, [null])).rejects.toMatchObject(closed);
    await expect(pool.write(array, null, 1)).rejects.toMatchObject(closed);
    await expect(pool.chunks(array).next()).rejects.toMatchObject(closed);
    await expect(pool.run(task, array, [1]).next()).rejects.toMatchObject(closed);
    await array.close();
  });

  test("an idle pool does not keep the process alive", async () => {
    const script = fileURLToPath(new URL("idle.mjs", import.meta.url));
    await (await arrayFile(path, options, counting(elements))).close();
    const child = spawn(process.execPath, [script, path, kind], { stdio: ["ignore", "pipe", "inherit"] });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect(code).toBe(0);
    const sum = (elements * (elements - 1)) / 2;
    const { last, sums, pids } = JSON.parse(output);
    expect([last, sums]).toEqual([elements - 1, [sum]]);
    expect(pids.length > 0).toBe(kind === "process");
    // The workers end when they see that the process has ended.
    while (pids.some(isAlive)) await new Promise(setImmediate);
  });

  test("a state is restored once by each worker; those that were not used for long are closed", async () => {
    const pool = await readyPool({ kind });
    const open = async () => (await pool.stats()).workers.map(({ targets }) => targets ?? 0);
    const array = await arrayFile(path, options, counting(elements));
    for (let i = 0; i < 5; i++) await pool.read(array);
    expect(Math.max(...(await open()))).toBe(1);
    for (let i = 0; i < 40; i++) {
      const other = await arrayFile(`${folder}/${kind}-${i}.zip`, { ...options, shape: [4] }, [i, 1, 1, 1]);
      const run = pool.run(task, other, [{ do: "sum", selection: null }]);
      expect((await run.next()).value).toEqual({ index: 0, value: i + 3 });
      await run.return(undefined);
      await other.close();
    }
    expect(Math.max(...(await open()))).toBeLessThanOrEqual(16);
    expectValues(((await pool.read(array)) as Chunk).data, counting(elements));
    await Promise.all([pool.close(), array.close()]);
  });

  test("a custom codec comes from its module, where the pool allows it", async () => {
    const module = new URL("../process/xor-codec.mjs", import.meta.url).href;
    await import(/* @vite-ignore */ module);
    const codecs = [{ name: "bytes" }, { name: "example.xor" }] as never;
    const pool = await readyPool({ kind, modules: [module] });
    const store = await ZipStore.open(`${folder}/${kind}-xor.zip`, { mode: "w" });
    const array = await createArray(store, { path: "a", ...options, codecs });
    await pool.write(array, null, counting(elements));
    await store.close();
    const reader = await openFile(`${folder}/${kind}-xor.zip`);
    expectValues(((await pool.read(reader)) as Chunk).data, counting(elements));
    const strict = await readyPool({ kind });
    await expect(strict.read(reader)).rejects.toMatchObject({ code: "ERR_STATE", details: { module } });
    await Promise.all([pool.close(), strict.close(), reader.close()]);
  });

  test("stats tell memory, descriptors and what was done", async () => {
    const pool = await readyPool({ kind });
    const { workers, tasks, started, waitMs } = await pool.stats();
    expect([workers.length, started]).toEqual([2, 2]);
    expect(tasks.done).toBe(workers.reduce((sum, worker) => sum + worker.tasks, 0));
    expect(waitMs).toBeGreaterThan(0);
    for (const { memory, descriptors, pid, threadId, running } of workers) {
      expect(memory!.rss).toBeGreaterThan(memory!.heapUsed);
      expect(descriptors === undefined).toBe(!isLinux);
      expect([typeof pid, typeof threadId]).toEqual(
        kind === "thread" ? ["undefined", "number"] : ["number", "undefined"],
      );
      expect(running).toBe(0);
    }
    await pool.close();
  });
});

test("a worker process in an endless loop ends when its parent is killed", async () => {
  const began = `${folder}/spins`;
  const script = fileURLToPath(new URL("orphan.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, began], { stdio: ["ignore", "ignore", "inherit"] });
  while (!existsSync(began) || readFileSync(began).length === 0) await new Promise(setImmediate);
  const pid = Number(readFileSync(began, "utf8"));
  expect(isAlive(pid)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  while (isAlive(pid)) await new Promise(setImmediate);
});

describe.each(["thread", "process"] as const)("%s: the workers' file", (kind) => {
  const read = async (workerUrl: string | URL) => {
    const pool = new WorkerPool({ kind, workers: 1, workerUrl });
    try {
      return (await pool.run(task, undefined, [{ value: 5 }]).next()).value.value;
    } finally {
      await pool.close();
    }
  };

  test("is the one that the option workerUrl names", async () => {
    const workerUrl = new URL("../../dist/pool/zarrzip-worker.js", import.meta.url);
    expect(await read(workerUrl)).toMatchObject({ echo: 5 });
    expect(await read(workerUrl.href)).toMatchObject({ echo: 5 });
  });

  test("is ERR_WORKER where it is missing, or no worker can be made of it", async () => {
    await expect(read("https://example.org/worker.js")).rejects.toMatchObject({
      code: "ERR_WORKER",
      message: expect.stringContaining("no worker can be started: the last of 3 could not be started"),
    });
    await expect(read(new URL("missing.mjs", import.meta.url))).rejects.toMatchObject({ code: "ERR_WORKER" });
  });
});

test("wrong options are ERR_ARGUMENT, and a pool cannot be cloned", () => {
  for (const wrong of [
    { workers: -1 },
    { workers: 1.5 },
    { kind: "fiber" },
    { memoryLimit: 0 },
    { modules: "a" },
    { workerUrl: "a" },
  ]) {
    expect(() => new WorkerPool(wrong as never)).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT" }));
  }
  expect(() => structuredClone(new WorkerPool())).toThrow(expect.objectContaining({ name: "DataCloneError" }));
});

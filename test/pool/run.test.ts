import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createArray, openGroup, slice, type ZarrArray, ZipStore } from "../../dist/index.js";
import { type RunResult, type TaskTarget, WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, counting, readyPool } from "./files.js";

const folder = temporaryFolder();
const task = new URL("task.mjs", import.meta.url);

async function all<T>(results: AsyncIterable<RunResult<T>>): Promise<T[]> {
  const values: T[] = [];
  for await (const { index, value } of results) {
    expect(index).toBe(values.length);
    values.push(value);
  }
  return values;
}

describe.each(["thread", "process"] as const)("%s: run", (kind) => {
  let pool: WorkerPool;
  let array: ZarrArray;
  beforeAll(async () => {
    pool = new WorkerPool({ kind, workers: 2 });
    array = await arrayFile(`${folder}/${kind}.zip`, { shape: [100], chunks: [10], dtype: "uint32" }, counting(100));
  });
  afterAll(async () => {
    await Promise.all([pool.close(), array.close()]);
  });

  test("gives what the task returns, in the order of the items", async () => {
    const items = Array.from({ length: 10 }, (_, i) => ({
      do: "sum",
      selection: [{ start: 10 * i, stop: 10 * i + 10, step: 1 }],
    }));
    const steps: unknown[] = [];
    const sums = await all(pool.run<number>(task, array, items, { onProgress: (progress) => steps.push(progress) }));
    expect(sums).toEqual(Array.from({ length: 10 }, (_, i) => 100 * i + 45));
    expect(steps.at(-1)).toEqual({ done: 10, total: 10 });
    expect(steps.length).toBe(10);
    expect(slice(3)).toEqual({ start: null, stop: 3, step: 1 });
  });

  test("tasks write to one file: nothing is lost, and stats() say how its lock was waited for", async () => {
    const writer = await ZipStore.open(`${folder}/${kind}-rows.zip`, { mode: "a" });
    const rows = await createArray(writer, { shape: [0], chunks: [4], dtype: "uint32" });
    await writer.flush();
    const own = new WorkerPool({ kind, workers: 2 });
    try {
      const items = Array.from({ length: 12 }, (_, i) => ({ do: "append", values: [i, i] }));
      const starts = await all(own.run<number>(task, rows, items));
      expect([...starts].sort((a, b) => a - b)).toEqual(items.map((_, i) => 2 * i));
      await rows.refresh();
      const { data } = await rows.get();
      for (const [i, start] of starts.entries()) expect([...data.slice(start, start + 2)]).toEqual([i, i]);
      const locks = (await own.stats()).workers.map((worker) => worker.locks);
      expect(locks.reduce((sum, lock) => sum + (lock?.acquired ?? 0), 0)).toBe(12);
      // A worker that is still starting has nothing to say.
      for (const lock of locks) if (lock) expect(lock).toMatchObject({ timeouts: 0, waitMs: expect.any(Number) });
    } finally {
      await own.close();
      await writer.close();
    }
  });

  test("unordered: each result once, with its number", async () => {
    const items = new Set(Array.from({ length: 20 }, (_, i) => ({ value: i * i })));
    const found = new Map<number, number>();
    for await (const { index, value } of pool.run<{ echo: number }>(task, undefined, items, { ordered: false })) {
      found.set(index, value.echo);
    }
    expect([...found].sort(([a], [b]) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => [i, i * i]));
  });

  test("restores a store, a group or an array for the task", async () => {
    const group = await openGroup(array.store);
    const kindsOf: [TaskTarget, string | undefined][] = [
      [array, "ZarrArray"],
      [group, "ZarrGroup"],
      [array.store, "ZipStore"],
      [undefined, undefined],
    ];
    for (const [target, name] of kindsOf) {
      expect(await all(pool.run(task, target, [{ do: "kind" }]))).toEqual([name]);
    }
  });

  test("takes items as they are needed, and from a generator", async () => {
    let taken = 0;
    function* endless() {
      for (;;) yield { value: taken++ };
    }
    const found: number[] = [];
    for await (const { value } of pool.run<{ echo: number }>(task, undefined, endless())) {
      found.push(value.echo);
      expect(taken).toBeLessThanOrEqual(found.length + 5); // two for each worker, and one ahead
      if (found.length === 30) break;
    }
    expect(found).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  test("an error of the task keeps code, details and stack; that of another class its name", async () => {
    await expect(all(pool.run(task, undefined, [{ do: "fail" }]))).rejects.toMatchObject({
      name: "ZarrError",
      code: "ERR_VALUE",
      message: expect.stringMatching(/^the task says no \[item 0, module ".*task\.mjs"\]$/),
      details: { path: "p", number: 3, item: 0 },
      stack: expect.stringContaining("task.mjs"),
    });
    await expect(all(pool.run(task, undefined, [{ do: "throw" }]))).rejects.toMatchObject({
      code: "ERR_TASK",
      message: expect.stringMatching(/^item 0 of .*task\.mjs failed: out of reach$/),
      details: { item: 0, module: task.href },
      cause: {
        name: "RangeError",
        code: "E_MINE",
        message: "out of reach",
        stack: expect.stringContaining("task.mjs"),
        cause: { name: "ZarrError", code: "ERR_CODEC", message: "deeper" },
      },
    });
  });

  test("a module without a task is an error that names it and its default export", async () => {
    const missing = new URL("missing.mjs", import.meta.url);
    await expect(all(pool.run(missing, undefined, [1]))).rejects.toMatchObject({
      code: "ERR_TASK",
      message: expect.stringContaining("missing.mjs"),
      cause: { code: "ERR_MODULE_NOT_FOUND" },
    });
    const named = "data:text/javascript,export const task = 1;";
    await expect(all(pool.run(named, undefined, [1]))).rejects.toMatchObject({
      code: "ERR_TASK",
      message: `item 0 of ${named} failed: the module has no task: its default export is undefined, expected a function`,
    });
    const malformed = "data:text/javascript,export default (";
    await expect(all(pool.run(malformed, undefined, [1]))).rejects.toMatchObject({
      code: "ERR_TASK",
      cause: { name: "SyntaxError" },
    });
    await expect(all(pool.run("task.mjs", undefined, [1]))).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
  });

  test.each([
    ["null", "null"],
    ["null prototype", "a value that has no text"],
    ["symbol", "Symbol(x)"],
    ["text", "just text"],
    ["message that throws", "a value that has no text"],
    ["cyclic details", "in circles"],
  ])("a thrown value (%s) is reported, and costs no worker", async (what, message) => {
    const { started } = await pool.stats();
    await expect(all(pool.run(task, undefined, [{ do: "throw odd", what }]))).rejects.toMatchObject({
      name: "ZarrError",
      message: expect.stringContaining(message),
      details: { item: 0 },
    });
    expect((await pool.stats()).started).toBe(started);
  });

  test("an item that cannot be cloned is an error, and those before it have their results", async () => {
    await expect(all(pool.run(task, undefined, [{ do: "function" }]))).rejects.toMatchObject({
      code: "ERR_TASK",
      message: expect.stringContaining("could not be cloned"),
      details: { item: 0 },
    });
    const found: number[] = [];
    const items = [{ value: 1 }, { value: () => 1 }];
    const run = pool.run<{ echo: number }>(task, undefined, items, { concurrency: 1 });
    const loop = async () => {
      for await (const { value } of run) found.push(value.echo);
    };
    await expect(loop()).rejects.toMatchObject({
      code: "ERR_TASK",
      message: expect.stringContaining("could not be cloned"),
      details: { item: 1 },
    });
    expect(await all(pool.run<{ echo: number }>(task, undefined, [{ value: 5 }]))).toMatchObject([{ echo: 5 }]);
  });

  test("an abort and a break reach the tasks, and leave the pool usable", async () => {
    const wait = (name: string) => ({ do: "wait", began: `${folder}/${name}-began`, ended: `${folder}/${name}-ended` });
    const controller = new AbortController();
    const aborted = all(pool.run(task, undefined, [wait(`${kind}-abort`)], { signal: controller.signal }));
    const look = setInterval(
      () => existsSync(`${folder}/${kind}-abort-began`) && controller.abort(new Error("mine")),
      5,
    );
    await expect(aborted).rejects.toThrow("mine");
    clearInterval(look);
    for await (const { index } of pool.run(task, undefined, [{ value: 1 }, wait(`${kind}-break`)])) {
      expect(index).toBe(0);
      while (!existsSync(`${folder}/${kind}-break-began`)) await new Promise(setImmediate);
      break;
    }
    // Both workers take new items only when the tasks have ended.
    const items = Array.from({ length: 40 }, (_, value) => ({ value }));
    expect((await all(pool.run(task, undefined, items))).length).toBe(40);
    while (!existsSync(`${folder}/${kind}-break-ended`)) await new Promise(setImmediate);
    expect(existsSync(`${folder}/${kind}-abort-ended`)).toBe(true);
  });

  test("a task that does not look at its signal is ended with its worker, which is replaced", async () => {
    const own = await readyPool({ kind });
    const began = `${folder}/${kind}-spin`;
    const items = [{ do: "spin", began }];
    const controller = new AbortController();
    const aborted = all(own.run(task, undefined, items, { signal: controller.signal }));
    const look = setInterval(() => existsSync(began) && controller.abort(new Error("mine")), 5);
    await expect(aborted).rejects.toThrow("mine");
    clearInterval(look);
    const meet = Array.from({ length: 2 }, () => ({ value: kind }));
    while ((await own.stats()).replaced === 0) expect((await all(own.run(task, undefined, meet))).length).toBe(2);
    expect((await own.stats()).workers.length).toBe(2);
    await own.close();
  });

  test.each(["exit", "crash"])("an item that costs three workers (%s) is rejected with its number", async (how) => {
    const before = await pool.stats();
    const items = [{ value: 1 }, { value: 2 }, { do: how, code: 7 }, { value: 4 }];
    const reason = how === "exit" ? "code 7" : kind === "thread" ? "nobody catches this" : "code 1";
    await expect(all(pool.run(task, undefined, items))).rejects.toMatchObject({
      name: "ZarrError",
      code: "ERR_WORKER",
      message: expect.stringMatching(new RegExp(`^item 2 of .*task\\.mjs cost 3 workers.*${reason}`)),
      details: { item: 2 },
    });
    expect((await all(pool.run(task, undefined, [{ value: 1 }, { value: 2 }]))).length).toBe(2);
    const after = await pool.stats();
    expect(after.replaced - before.replaced).toBeGreaterThanOrEqual(2);
    expect(after.tasks.retried - before.tasks.retried).toBeGreaterThanOrEqual(2);
  });
});

test("concurrency: as many items at once as asked for, also several in one worker", async () => {
  const pool = new WorkerPool({ workers: 2 });
  const meet = (number: number, items: number) => {
    const buffer = new SharedArrayBuffer(4);
    return Array.from({ length: items }, () => ({ do: "meet", buffer, number }));
  };
  const threads = await all(pool.run<number>(task, undefined, meet(6, 6), { concurrency: 6 }));
  expect(new Set(threads).size).toBe(2);
  const one = meet(1, 4);
  const counter = new Int32Array(one[0]!.buffer);
  for await (const { index } of pool.run(task, undefined, one, { concurrency: 1 })) {
    // The results that wait and the one under way: never more than two ahead.
    expect(Atomics.load(counter, 0)).toBeLessThanOrEqual(index + 3);
  }
  await expect(all(pool.run(task, undefined, [], { concurrency: 0 }))).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
  await pool.close();
});

test("a pool without workers runs nothing", async () => {
  const pool = new WorkerPool({ workers: 0 });
  await expect(all(pool.run(task, undefined, [1]))).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
});

import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createArray, MemoryStore, type Selection, slice, type Values, ZipStore } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { counting, expectValues, settled } from "./files.js";

const folder = temporaryFolder();
const shape = [1000, 800];
const elements = 1000 * 800;
const base = { path: "a", shape, chunks: [130, 90], dtype: "uint32", compressors: [{ name: "gzip" }] } as const;

const half = counting(700 * 400);
const shared = new Uint32Array(new SharedArrayBuffer(4 * elements));
shared.set(counting(elements));
const withEmpty = counting(elements).fill(0, 0, 400 * 800);

const cases: [string, object, Selection, Values<"uint32">, object?][] = [
  ["everything", {}, null, counting(elements)],
  ["values on shared memory", {}, null, shared],
  ["a window that begins and ends within chunks", {}, [slice(100, 800), slice(150, 550)], half],
  ["steps", {}, [slice(1, null, 2), slice(null)], counting(elements / 2)],
  ["a scalar", {}, null, 17],
  ["a transposed chunk", {}, null, { data: counting(elements), shape, stride: [1, 1000] }],
  ["chunks of the fill value", {}, null, withEmpty],
  ["chunks of the fill value, kept", {}, null, withEmpty, { writeEmptyChunks: true }],
  ["shards", { chunks: [10, 20], shards: [200, 200] }, null, counting(elements)],
  ["strings", { dtype: "string" }, [slice(260), null], Array.from({ length: 260 * 800 }, (_, i) => `v${i % 50}`)],
  ["Zarr format 2", { zarrFormat: 2, order: "F" }, null, counting(elements)],
];

describe.each(["thread", "process"] as const)("%s: the file is that of array.set, byte for byte", (kind) => {
  const pool = new WorkerPool({ kind, workers: 2 });
  afterAll(() => pool.close());

  test.each(cases)("%s", async (name, layout, selection, values, options = {}) => {
    const paths = ["set", "pool"].map((by) => `${folder}/${by}-${kind}-${name}.zip`);
    const before = (await pool.stats()).tasks.done;
    for (const path of paths) {
      const store = await ZipStore.open(path, { mode: "w" });
      const array = await createArray(store, { ...base, ...layout });
      if (path === paths[0]) await array.set(selection, values, options);
      else await pool.write(array, selection, values, options);
      await store.close();
    }
    // With steps no chunk is written as a whole, and all is done here.
    expect((await pool.stats()).tasks.done > before).toBe(name !== "steps");
    const [bySet, byPool] = paths.map((path) => readFileSync(path));
    expect(byPool!.equals(bySet!)).toBe(true);
  });
});

test("a store in memory is written, too, and flushed once", async () => {
  const store = new MemoryStore();
  const flush = vi.spyOn(store, "flush");
  const array = await createArray(store, base);
  const pool = new WorkerPool({ workers: 2 });
  const steps: number[] = [];
  await pool.write(array, null, counting(elements), { onProgress: ({ done }) => steps.push(done) });
  expectValues((await array.get()).data, counting(elements));
  expect(steps).toEqual(Array.from({ length: 72 }, (_, i) => i + 1));
  expect(flush).toHaveBeenCalledTimes(1);
  await pool.close();
});

test("an abort rejects with its reason, flushes nothing, and leaves the pool usable", async () => {
  const path = `${folder}/aborted.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  const array = await createArray(store, base);
  const pool = new WorkerPool({ workers: 2 });
  const controller = new AbortController();
  const options = { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) };
  await expect(pool.write(array, null, counting(elements), options)).rejects.toThrow("enough");
  expect(() => store.getState()).toThrow(expect.objectContaining({ code: "ERR_DIRTY" }));
  await pool.write(array, null, counting(elements));
  expectValues((await array.get()).data, counting(elements));
  await settled(pool);
  await pool.close();
  await store.close();
});

test("wrong values, selections and stores are refused as by array.set", async () => {
  const store = new MemoryStore();
  const array = await createArray(store, base);
  const pool = new WorkerPool({ workers: 2 });
  await expect(pool.write(array, null, counting(elements - 1))).rejects.toMatchObject({ code: "ERR_VALUE" });
  await expect(pool.write(array, [0, 0, 0], counting(elements))).rejects.toMatchObject({ code: "ERR_SELECTION" });
  await array.close();
  await expect(pool.write(array, null, counting(elements))).rejects.toMatchObject({ code: "ERR_CLOSED" });
  await pool.close();
});

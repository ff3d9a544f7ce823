// Copies that are decoded and encoded by the workers of a pool: the file is that of a copy without one.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { copy, createArray, openArray, slice, ZipStore } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { counting } from "./files.js";

const folder = temporaryFolder();
let names = 0;
const newFile = () => ZipStore.open(`${folder}/${names++}.zip`, { mode: "w" });

describe.each(["thread", "process"] as const)("%s", (kind) => {
  const pool = new WorkerPool({ kind, workers: 2 });
  afterAll(() => pool.close());

  test.each([
    ["numbers, in other chunks", { dtype: "float32", compressors: [{ name: "gzip" }] }, { chunks: [64, 300] }],
    [
      "a shard of each, compressed otherwise",
      { dtype: "int32" },
      { shards: [200, 200], compressors: [{ name: "blosc" }] },
    ],
    [
      "Zarr format 2 with other filters",
      { zarrFormat: 2, dtype: "uint32", order: "F" },
      { filters: [{ id: "delta", dtype: "<u4" }] },
    ],
    ["chunks of several, and of parts of several", { dtype: "int32" }, { chunks: [50, 200] }],
    ["elements as they are", { dtype: "float64" }, { chunks: [200, 100], compressors: null }],
    ["chunks beyond the end", { dtype: "uint32" }, { chunks: [300, 300] }],
    ["chunks that are not stored", { dtype: "uint32", fillValue: 7 }, { chunks: [100, 25] }],
    ["big-endian moments of format 2", { zarrFormat: 2, dtype: ">M8[s]" }, { chunks: [500, 400] }],
    ["strings", { dtype: "string" }, { compressors: [{ name: "zstd", configuration: { level: 9, checksum: true } }] }],
  ] as const)("%s", async (_, layout, options) => {
    const source = await newFile();
    const isText = layout.dtype === "string";
    const shape = isText ? [260, 800] : [1000, 800];
    const chunks = [100, 100];
    const data = isText ? Array.from({ length: 260 * 800 }, (_, i) => `v${i % 50}`) : counting(800_000);
    if ("fillValue" in layout) data.fill(layout.fillValue as never, 0, 500 * 800);
    const array = await createArray(source, { ...layout, path: "a", shape, chunks, data: data as never });
    await source.flush();
    const [alone, byPool] = [await newFile(), await newFile()];
    await copy(array, alone, options);
    const before = (await pool.stats()).tasks.done;
    const copied = await copy(array, byPool, { ...options, pool });
    expect((await pool.stats()).tasks.done).toBeGreaterThan(before);
    const { data: found } = await copied.get([slice(0, 260), slice(0, 10)]);
    expect(found).toEqual((await array.get([slice(0, 260), slice(0, 10)])).data);
    for (const store of [source, alone, byPool]) await store.close();
    expect(readFileSync(byPool.path).equals(readFileSync(alone.path))).toBe(true);
  });

  test("a signal ends it, and the pool keeps working", async () => {
    const source = await newFile();
    const array = await createArray(source, {
      path: "a",
      shape: [1000, 800],
      chunks: [100, 100],
      dtype: "uint32",
      data: counting(800_000),
    });
    await source.flush();
    const target = await newFile();
    const stop = new AbortController();
    const copying = copy(array, target, { chunks: [50, 800], pool, signal: stop.signal });
    stop.abort("enough");
    await expect(copying).rejects.toBe("enough");
    await target.abort();
    expect((await pool.read(array, [slice(2), null])).data).toEqual(counting(1600));
    await source.close();
  });

  test("values that workers read have to be in the file", async () => {
    const source = await newFile();
    const options = { path: "a", shape: [1000, 800], chunks: [100, 100], dtype: "uint32" } as const;
    const array = await createArray(source, { ...options, data: counting(800_000) });
    const target = await newFile();
    const copying = copy(array, target, { chunks: [50, 800], pool });
    expect(
      await copying.then(
        () => "copied",
        ({ code }) => code,
      ),
    ).toBe("ERR_DIRTY");
    await Promise.all([source.abort(), target.abort()]);
  });
});

test("several parts of 64 MiB, one after the other", async () => {
  const pool = new WorkerPool({ workers: 2 });
  const source = await newFile();
  const row = 2 ** 20;
  const array = await createArray(source, { path: "a", shape: [75, row], chunks: [15, row], dtype: "uint8" });
  for (const at of [0, 62, 74])
    await array.set(
      [at],
      Uint8Array.from({ length: row }, (_, i) => (i + at) % 251),
    );
  await source.flush();
  const target = await newFile();
  const steps: number[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => steps.push(done, total);
  const copied = await copy(array, target, { path: "b", chunks: [5, row], pool, onProgress });
  expect(steps).toEqual([1, 2, 2, 2]);
  for (const at of [0, 1, 62, 74]) {
    expect(Buffer.compare((await copied.get([at])).data as Uint8Array, (await array.get([at])).data)).toBe(0);
  }
  await Promise.all([source.close(), target.close(), pool.close()]);
});

test("the copy can be opened from the file, as can its attributes", async () => {
  const pool = new WorkerPool({ workers: 2 });
  const source = await newFile();
  const options = { path: "a", shape: [100], chunks: [10], dtype: "int8", attributes: { unit: "m" } } as const;
  const array = await createArray(source, { ...options, data: 7 });
  await source.flush();
  const target = await newFile();
  await copy(array, target, { path: "b/c", chunks: [20], pool });
  await Promise.all([source.close(), target.close(), pool.close()]);
  const reader = await ZipStore.open(target.path);
  const copied = await openArray(reader, { path: "b/c" });
  expect([copied.attributes, [...(await copied.get()).data]]).toEqual([{ unit: "m" }, new Array(100).fill(7)]);
  await reader.close();
});

// Arrays of many small chunks: read in the order of the file, with the same values, errors and counts as one by one.
import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createArray, openArray, type Selection, slice, type ZarrArray, ZipStore } from "../../src/index.js";
import { WorkerPool } from "../../src/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();

/** 50 × 64 elements in chunks of 4 × 5: 13 × 13 chunks, of which the last of each dimension are cut. */
const shape = [50, 64];
const chunks = [4, 5];
const valueAt = (i: number, j: number) => 64 * i + j;
const values = Array.from({ length: 50 * 64 }, (_, n) => n);

const indices = (length: number, start = 0, step = 1) =>
  Array.from({ length: Math.ceil((length - start) / step) }, (_, i) => start + i * step);

const selections: [string, Selection | null, number[], number[]][] = [
  ["all", null, indices(50), indices(64)],
  ["a part", [slice(3, 41), slice(7, 60)], indices(41, 3), indices(60, 7)],
  ["every second, from an odd one on", [slice(1, null, 2), slice(0, null, 3)], indices(50, 1, 2), indices(64, 0, 3)],
  ["steps longer than a chunk", [slice(0, null, 9), null], indices(50, 0, 9), indices(64)],
  ["a row", [17, null], [17], indices(64)],
];

async function created(name: string, options: object = {}, data: unknown = Int32Array.from(values)): Promise<string> {
  const path = `${folder}/${name}.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  await createArray(store, { path: "a/b", shape, chunks, dtype: "int32", data, ...options } as never);
  await store.close();
  return path;
}

/** How often values were read together, and how many these were. */
function watched(array: ZarrArray) {
  const { store } = array;
  const getBatches = (store as ZipStore).getBatches.bind(store);
  const seen = { calls: 0, values: 0 };
  vi.spyOn(store as ZipStore, "getBatches").mockImplementation(async (request, take) => {
    seen.calls++;
    return await getBatches(request, (batch) => {
      seen.values += batch.numbers.length;
      return take(batch);
    });
  });
  return seen;
}

const encodings: Record<string, object> = {
  "not compressed": { codecs: ["bytes"] },
  "big-endian": { codecs: [{ name: "bytes", configuration: { endian: "big" } }] },
  zstd: { codecs: ["bytes", "zstd"] },
  gzip: { codecs: ["bytes", "gzip"] },
  "with a checksum of each chunk": { codecs: ["bytes", "crc32c"] },
  transposed: { codecs: [{ name: "transpose", configuration: { order: [1, 0] } }, "bytes"] },
  "in version 2": { zarrFormat: 2, codecs: undefined },
  "keys with dots": { chunkKeyEncoding: { name: "default", separator: "." } },
  "keys of version 2": { chunkKeyEncoding: { name: "v2", separator: "/" } },
};

describe.each(Object.keys(encodings))("%s", (name) => {
  let path: string;
  beforeAll(async () => {
    path = await created(`encoding-${name}`, encodings[name]);
  });

  test.each(selections)("%s", async (_, selection, rows, columns) => {
    const array = await openArray(path, { path: "a/b" });
    const seen = watched(array);
    const { data } = await array.get(selection as Selection);
    expect([...(data as Int32Array)]).toEqual(rows.flatMap((i) => columns.map((j) => valueAt(i, j))));
    const isDense = selection === null || rows.length > 30;
    if (isDense) expect(seen.values).toBeGreaterThan(60);
    await array.close();
  });
});

test("texts, which have no size of their own", async () => {
  const texts = values.map((n) => `text ${n}`);
  const path = await created("texts", { dtype: "string" }, texts);
  const array = await openArray(path, { path: "a/b" });
  const seen = watched(array);
  expect((await array.get()).data).toEqual(texts);
  expect(seen.values).toBe(13 * 13);
  await array.close();
});

test("elements of several entries each", async () => {
  const data = Float32Array.from({ length: 2 * 3200 }, (_, i) => i / 4);
  const path = await created("complex", { dtype: "complex64", codecs: ["bytes"] }, data);
  const array = await openArray(path, { path: "a/b" });
  expect((await array.get()).data).toEqual(data);
  await array.close();
});

test("chunks that are not stored are the fill value, also in memory that is given", async () => {
  const sparse = Int32Array.from(values, (n) => (Math.floor(n / 64) % 16 < 4 ? -7 : n));
  const path = await created("sparse", { fillValue: -7, codecs: ["bytes"] }, sparse);
  const array = await openArray(path, { path: "a/b" });
  const seen = watched(array);
  const out = new Int32Array(3200).fill(99);
  await array.get(null, { out });
  expect(out).toEqual(sparse);
  expect((await array.get()).data).toEqual(sparse);
  expect(seen.values).toBe(2 * 9 * 13); // four of thirteen rows of chunks are empty
  await array.close();
});

test("progress counts every chunk that is stored, and ends with all of them", async () => {
  const path = await created("progress", { codecs: ["bytes"] });
  const array = await openArray(path, { path: "a/b" });
  const counts: number[] = [];
  await array.get(null, { onProgress: ({ done, total }) => counts.push(done, total) });
  expect(counts).toEqual(indices(169).flatMap((i) => [i + 1, 169]));
  await array.close();
});

test("progress counts chunks that are not stored, too", async () => {
  const path = await created("progress-of-missing", { codecs: ["bytes"], data: undefined });
  const store = await ZipStore.open(path, { mode: "r+" });
  await (await openArray(store, { path: "a/b" })).set([slice(0, 4), null], 7);
  await store.close();
  const array = await openArray(path, { path: "a/b" });
  const counts: number[] = [];
  await array.get(null, { onProgress: ({ done, total }) => counts.push(done, total) });
  expect(counts).toEqual(indices(169).flatMap((i) => [i + 1, 169]));
  await array.close();
});

test("chunks whose coordinates have 16 digits are there, and go with a smaller shape", async () => {
  const path = `${folder}/far.zip`;
  const at = 2 ** 52;
  const store = await ZipStore.open(path, { mode: "w" });
  const options = { shape: [2 ** 53 - 1], chunks: [1], dtype: "int32", compressors: null, fillValue: -1 } as const;
  const written = await createArray(store, options);
  await written.set([slice(at, at + 40)], Int32Array.from(indices(40)));
  await store.flush();
  const array = await openArray(path);
  expect([...((await array.get([slice(at, at + 40)])) as { data: Int32Array }).data]).toEqual(indices(40));
  await array.close();
  await written.resize([10]);
  await written.resize([2 ** 53 - 1]);
  expect(await written.get([at + 1])).toBe(-1);
  await store.close();
});

test("an abort ends the read", async () => {
  const path = await created("abort", { codecs: ["bytes"] });
  const array = await openArray(path, { path: "a/b" });
  const controller = new AbortController();
  const reading = array.get(null, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  });
  await expect(reading).rejects.toThrow("enough");
  await array.close();
});

test("changes that wait to be committed are seen", async () => {
  const path = await created("pending", { codecs: ["bytes"] });
  const store = await ZipStore.open(path, { mode: "r+" });
  const array = await openArray(store, { path: "a/b" });
  await array.set([0, 0], -1);
  await store.delete("a/b/c/1/0");
  const data = (await array.get()).data as Int32Array;
  expect([data[0], data[1], data[4 * 64], data[8 * 64]]).toEqual([-1, 1, 0, 8 * 64]);
  await store.flush();
  expect((await array.get()).data).toEqual(data);
  await store.close();
});

describe("damage", () => {
  const chunk = Int32Array.of(valueAt(8, 20), valueAt(8, 21), valueAt(8, 22));

  test.each([
    ["a value", 0, "ERR_CHECKSUM"],
    ["a name", -1, "ERR_ZIP"], // the last byte of the local header
  ] as const)("of %s names the chunk", async (_, offset, code) => {
    const path = await created(`damage${offset}`, { codecs: ["bytes"] });
    const bytes = readFileSync(path);
    bytes[bytes.indexOf(Buffer.from(chunk.buffer)) + offset]! ^= 1;
    writeFileSync(path, bytes);
    const array = await openArray(path, { path: "a/b" });
    const details = { key: "a/b/c/2/4", chunk: [2, 4], path: "a/b" };
    await expect(array.get()).rejects.toMatchObject({ code, details });
    await array.close();
  });

  test("a chunk of another length is named", async () => {
    const path = await created("length", { codecs: ["bytes"] });
    const store = await ZipStore.open(path, { mode: "r+" });
    await store.set("a/b/c/3/5", new Uint8Array(79));
    await store.close();
    const array = await openArray(path, { path: "a/b" });
    await expect(array.get()).rejects.toMatchObject({ code: "ERR_CODEC", details: { key: "a/b/c/3/5" } });
    await array.close();
  });

  test("a chunk that does not decompress is named", async () => {
    const path = await created("zstd", { codecs: ["bytes", "zstd"] });
    const store = await ZipStore.open(path, { mode: "r+" });
    await store.set("a/b/c/3/5", Uint8Array.of(1, 2, 3));
    await store.close();
    const array = await openArray(path, { path: "a/b" });
    await expect(array.get()).rejects.toMatchObject({
      code: "ERR_CODEC",
      details: { key: "a/b/c/3/5", chunk: [3, 5] },
    });
    await array.close();
  });
});

test("keys that only look like chunks are passed over", async () => {
  const path = await created("strangers", { codecs: ["bytes"] });
  const store = await ZipStore.open(path, { mode: "r+" });
  for (const key of ["c/00/0", "c/0/13", "c/13/0", "c/0/0/0", "c/0", "c/0/-1", "0/0", "d/0/0"]) {
    await store.set(`a/b/${key}`, new Uint8Array(80).fill(1));
  }
  await store.set("a/c/0/0", new Uint8Array(80).fill(1));
  await store.close();
  const array = await openArray(path, { path: "a/b" });
  expect((await array.get()).data).toEqual(Int32Array.from(values));
  await array.close();
});

test("a pool gives the same", async () => {
  const path = `${folder}/pool.zip`;
  const data = Int32Array.from({ length: 512 * 1024 }, (_, n) => n * 3);
  const store = await ZipStore.open(path, { mode: "w" });
  await createArray(store, { shape: [512, 1024], chunks: [16, 16], dtype: "int32", codecs: ["bytes"], data });
  await store.close();
  const array = await openArray(path);
  const seen = watched(array);
  const pool = new WorkerPool({ workers: 2 });
  expect((await pool.read(array)).data).toEqual(data);
  expect(seen.values).toBe(32 * 64);
  await pool.close();
  await array.close();
});

describe("writing", () => {
  /** Values of what was written, from the file opened anew, chunk by chunk where `oneByOne`. */
  async function stored(path: string, where = "a/b") {
    const array = await openArray(path, { path: where });
    const { data } = await array.get();
    const keys: string[] = [];
    for await (const key of array.store.list(`${where}/c`)) keys.push(key);
    await array.close();
    return { data: [...(data as Int32Array)], keys };
  }

  test("stores chunks in the plan's order, and not those of the fill value", async () => {
    const data = Int32Array.from(values, (n) => (Math.floor(n / 64) % 16 < 4 ? 5 : n));
    const path = await created("written", { fillValue: 5, codecs: ["bytes"] }, data);
    const { data: found, keys } = await stored(path);
    expect(found).toEqual([...data]);
    const rows = indices(13).filter((row) => row % 4 !== 0);
    expect(keys).toEqual(rows.flatMap((row) => indices(13).map((column) => `a/b/c/${row}/${column}`)));
    const kept = await created("kept", { fillValue: 5, codecs: ["bytes"], data: undefined }, undefined);
    const store = await ZipStore.open(kept, { mode: "r+" });
    const array = await openArray(store, { path: "a/b" });
    await array.set(null, 5 as never, { writeEmptyChunks: true });
    await store.close();
    expect((await stored(kept)).keys).toHaveLength(169);
  });

  test("elements beyond the array's end have the fill value in the stored chunk", async () => {
    const path = await created("cut", { fillValue: 9, codecs: ["bytes"] });
    const store = await ZipStore.open(path);
    const chunk = new Int32Array((await store.get("a/b/c/12/12"))!.slice().buffer);
    const [a, b] = [valueAt(48, 60), valueAt(49, 60)];
    const rows = [[a, a + 1, a + 2, a + 3, 9], [b, b + 1, b + 2, b + 3, 9], new Array(5).fill(9), new Array(5).fill(9)];
    expect([...chunk]).toEqual(rows.flat());
    await store.close();
  });

  test("a part replaces nothing else, and a scalar fills", async () => {
    const path = await created("part", { codecs: ["bytes"] });
    const store = await ZipStore.open(path, { mode: "r+" });
    const array = await openArray(store, { path: "a/b" });
    const progress: number[] = [];
    await array.set([slice(2, 47), slice(3, 62)], -1 as never, {
      onProgress: ({ done, total }) => progress.push(done, total),
    });
    await store.close();
    const expected = values.map((n) => {
      const [i, j] = [Math.floor(n / 64), n % 64];
      return i >= 2 && i < 47 && j >= 3 && j < 62 ? -1 : n;
    });
    expect((await stored(path)).data).toEqual(expected);
    expect(progress).toEqual(indices(12 * 13).flatMap((i) => [i + 1, 12 * 13]));
  });

  test("chunks that become the fill value go, and what others write of a chunk at the same time stays", async () => {
    const path = await created("gone", { fillValue: 0, codecs: ["bytes"] });
    const store = await ZipStore.open(path, { mode: "r+" });
    const array = await openArray(store, { path: "a/b" });
    await Promise.all([array.set(null, 0 as never), array.set([1, 1], 7 as never), array.set([49, 63], 8 as never)]);
    await store.close();
    const { data, keys } = await stored(path);
    expect(keys).toEqual(["a/b/c/0/0", "a/b/c/12/12"]);
    expect([data[65], data.at(-1), data.filter((value) => value !== 0)]).toEqual([7, 8, [7, 8]]);
  });

  test.each(["stored", "deflate"] as const)(
    "setMany: sets, replaces and deletes, the last of a key counts (%s)",
    async (compression) => {
      const path = `${folder}/many-${compression}.zip`;
      const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString();
      const long = Buffer.from("long ".repeat(100));
      for (const mode of ["w", "r+"] as const) {
        const store = await ZipStore.open(path, { mode, compression });
        await store.set("a", Buffer.from("old"));
        await store.set("gone", Buffer.from("old"));
        await store.setMany([
          ["a", Buffer.from(`new ${mode}`)],
          ["b", long],
          ["gone", undefined],
          ["c", Buffer.from("first")],
          ["c", Buffer.from("second")],
          ["d", Buffer.from("first")],
          ["d", undefined],
          ["never", undefined],
        ]);
        const check = async (of: ZipStore) => {
          expect(text(await of.get("a"))).toBe(`new ${mode}`);
          expect(text(await of.get("b"))).toBe(long.toString());
          expect(text(await of.get("c"))).toBe("second");
          for (const key of ["gone", "d", "never"]) expect(await of.get(key)).toBeUndefined();
        };
        await check(store);
        await store.close();
        const reopened = await ZipStore.open(path);
        await check(reopened);
        await reopened.close();
      }
      const store = await ZipStore.open(path, { mode: "r+" });
      await expect(
        store.setMany([
          ["x", Buffer.from("1")],
          ["../y", Buffer.from("2")],
        ]),
      ).rejects.toMatchObject({ code: "ERR_KEY" });
      expect(await store.get("x")).toBeUndefined();
      await store.abort();
    },
  );

  test("a pool writes the same file", async () => {
    const data = Int32Array.from({ length: 512 * 1024 }, (_, n) => n * 3);
    const options = { shape: [512, 1024], chunks: [16, 16], dtype: "int32", codecs: ["bytes"] } as const;
    const files: Buffer[] = [];
    const pool = new WorkerPool({ workers: 2 });
    for (const isPooled of [false, true]) {
      const path = `${folder}/pooled-${isPooled}.zip`;
      const store = await ZipStore.open(path, { mode: "w" });
      const array = await createArray(store, options);
      await (isPooled ? pool.write(array, null, data) : array.set(null, data));
      await store.close();
      files.push(readFileSync(path));
    }
    await pool.close();
    expect(files[1]!.equals(files[0]!)).toBe(true);
  });
});

// Bits are data: what is copied keeps those of every NaN, which a JavaScript number does not.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createArray, MemoryStore, openArray, repack, slice, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();

/** VCF's "missing" and "end of vector", as bio2zarr and htslib write them in float32. */
const missing = 0x7f800001;
const endOfVector = 0x7f800002;

const floats = (...bits: number[]) => new Float32Array(Uint32Array.from(bits).buffer);
const bitsOf = (data: unknown) => {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return [...new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)];
};

/** The elements of an array's chunk as they are stored. */
async function stored(store: MemoryStore, key: string): Promise<number[]> {
  return bitsOf((await store.get(key))?.slice());
}

describe("signalling NaNs", () => {
  test("elements that a partial write does not touch keep their bits", async () => {
    const store = new MemoryStore();
    const array = await createArray(store, { shape: [10], chunks: [10], dtype: "float32", compressors: null });
    await array.set(null, floats(...new Array<number>(10).fill(missing)));
    await array.set([slice(0, 3)], [0, 0, 0]);
    await array.set([slice(4, 7)], floats(endOfVector, endOfVector, endOfVector));
    const [m, e] = [missing, endOfVector];
    expect(await stored(store, "c/0")).toEqual([0, 0, 0, m, e, e, e, m, m, m]);
  });

  test("one element may be given with all of its bits", async () => {
    const store = new MemoryStore();
    const options = { shape: [3], chunks: [3], compressors: null };
    const array = await createArray(store, { ...options, path: "a", dtype: "float32" });
    await array.set([1], floats(missing));
    await array.set([slice(2, 3)], { data: floats(endOfVector), shape: [1], stride: [0] });
    expect(await stored(store, "a/c/0")).toEqual([0, missing, endOfVector]);

    const complex = await createArray(store, { ...options, path: "b", dtype: "complex64" });
    await complex.set([1], floats(missing, endOfVector));
    expect(await stored(store, "b/c/0")).toEqual([0, 0, missing, endOfVector, 0, 0]);

    const struct = await createArray(store, { ...options, path: "c", dtype: [["a", "<f4"]], zarrFormat: 2 });
    await struct.set([1], new Uint8Array(floats(missing).buffer));
    expect(await stored(store, "c/0")).toEqual([0, missing, 0]);
  });

  test("they survive appending, resizing and repacking", async () => {
    const path = join(folder, "a.zip");
    const store = await ZipStore.open(path, { mode: "w" });
    const array = await createArray(store, { shape: [2], chunks: [4], dtype: "float32" });
    await array.set(null, floats(missing, endOfVector));
    await array.append(floats(missing, endOfVector, missing));
    await array.resize([4]);
    await array.resize([6]);
    await store.close();
    await repack(path);
    const { data } = await (await openArray(path)).get();
    expect(bitsOf(data)).toEqual([missing, endOfVector, missing, endOfVector, 0, 0]);
  });
});

describe("fill values", () => {
  test.each([
    ["float32", "0x7f800001", [missing, missing]],
    ["float32", "0xffc00001", [0xffc00001, 0xffc00001]],
    ["complex64", [1, "0x7f800001"], [0x3f800000, missing, 0x3f800000, missing]],
  ])("%s: elements that are not stored have all bits of %j", async (dtype, fill_value, expected) => {
    const store = new MemoryStore();
    const document = {
      zarr_format: 3,
      node_type: "array",
      shape: [2],
      data_type: dtype,
      chunk_grid: { name: "regular", configuration: { chunk_shape: [3] } },
      chunk_key_encoding: { name: "default" },
      codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      fill_value,
    };
    await store.set("zarr.json", new TextEncoder().encode(JSON.stringify(document)));
    const array = await openArray(store);
    expect(bitsOf((await array.get()).data)).toEqual(expected);
    await array.set([0], 2);
    const end = expected.slice(expected.length / 2);
    expect((await stored(store, "c/0")).slice(expected.length / 2)).toEqual([...end, ...end]);
    await array.resize([5]);
    expect(bitsOf((await array.get([slice(4, 5)])).data)).toEqual(end);
    expect(JSON.parse(new TextDecoder().decode(await store.get("zarr.json"))).fill_value).toEqual(fill_value);
  });

  test("an array can be created with one, and shows a number", async () => {
    const store = new MemoryStore();
    const options = { shape: [2], dtype: "float32", fillValue: floats(missing) } as const;
    const array = await createArray(store, options);
    expect(array.fillValue).toBeNaN();
    expect(bitsOf((await array.get()).data)).toEqual([missing, missing]);
    expect(JSON.parse(new TextDecoder().decode(await store.get("zarr.json"))).fill_value).toBe("0x7f800001");
    await expect(createArray(store, { ...options, path: "b", zarrFormat: 2 })).rejects.toMatchObject({
      code: "ERR_VALUE",
    });
  });

  test("a struct's, in base64, keeps all bits", async () => {
    const store = new MemoryStore();
    const fill = Buffer.from(Uint32Array.of(missing, 7).buffer).toString("base64");
    const document = {
      zarr_format: 2,
      shape: [1],
      chunks: [1],
      dtype: [
        ["a", "<f4"],
        ["b", "<i4"],
      ],
      fill_value: fill,
      order: "C",
      compressor: null,
      filters: null,
    };
    await store.set(".zarray", new TextEncoder().encode(JSON.stringify(document)));
    const array = await openArray(store);
    expect(array.fillValue).toEqual({ a: Number.NaN, b: 7 });
    expect(bitsOf((await array.get()).data)).toEqual([missing, 7]);
  });

  test("a chunk of other NaNs than the fill value's is stored", async () => {
    const store = new MemoryStore();
    for (const [path, chunks] of [
      ["a", [8]],
      ["b", [1]],
    ] as const) {
      const options = { path, shape: [8], chunks, dtype: "float32", fillValue: Number.NaN, compressors: null } as const;
      const array = await createArray(store, options);
      await array.set(null, floats(...new Array<number>(8).fill(0x7fc00001)));
      expect(bitsOf((await array.get()).data)).toEqual(new Array<number>(8).fill(0x7fc00001));
      await array.set(null, Number.NaN);
      expect(await store.get(`${path}/c/0`)).toBeUndefined();
    }
  });
});

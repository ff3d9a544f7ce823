// What an array says of itself, in zarr-python's words, and that nobody can change it in place.
import { describe, expect, test } from "vitest";
import { createArray, MemoryStore, openArray, openGroup, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();

describe("size, ndim, nbytes, nchunks, as zarr-python 3.1.6 gives them", () => {
  // zarr.create_array(MemoryStore(), shape=(10, 20), chunks=(3, 7), dtype="int32")
  test("of an array of 10 × 20 int32 in chunks of 3 × 7: 200, 2, 800 and 12", async () => {
    const array = await createArray(new MemoryStore(), { shape: [10, 20], chunks: [3, 7], dtype: "int32" });
    expect([array.size, array.ndim, array.nbytes, array.nchunks]).toEqual([200, 2, 800, 12]);
    expect(await array.nchunksInitialized()).toBe(0);
    await array.set([0, 0], 1);
    expect(await array.nchunksInitialized()).toBe(1);
  });

  // the same with chunks=(2, 5), shards=(4, 10)
  test("with shards, inner chunks count: 20, of which a stored shard has 4", async () => {
    const options = { shape: [10, 20], chunks: [2, 5], shards: [4, 10], dtype: "int32" } as const;
    const array = await createArray(new MemoryStore(), options);
    expect(array.nchunks).toBe(20);
    await array.set([0, 0], 1);
    expect(await array.nchunksInitialized()).toBe(4);
  });

  test("without dimensions: one element in one chunk; text has no size", async () => {
    const scalar = await createArray(new MemoryStore(), { shape: [], dtype: "float64" });
    expect([scalar.size, scalar.ndim, scalar.nbytes, scalar.nchunks]).toEqual([1, 0, 8, 1]);
    const text = await createArray(new MemoryStore(), { shape: [3], dtype: "string" });
    expect([text.size, text.nbytes]).toEqual([3, undefined]);
    const empty = await createArray(new MemoryStore(), { shape: [0, 5], dtype: "int8" });
    expect([empty.size, empty.nbytes, empty.nchunks]).toEqual([0, 0, 0]);
  });
});

test("info() is everything about an array, a line each", async () => {
  const array = await createArray(new MemoryStore(), {
    path: "a/b",
    shape: [10, 20],
    chunks: [2, 5],
    shards: [4, 10],
    dtype: "float32",
    fillValue: Number.NaN,
    dimensionNames: ["y", "x"],
    compressors: "gzip",
  });
  expect(array.info().split("\n")).toEqual([
    "Type            : Array",
    "Zarr format     : 3",
    "Store           : (memory)",
    "Path            : /a/b",
    "Read-only       : false",
    "Data type       : float32",
    'Fill value      : "NaN"',
    "Shape           : [10, 20]",
    'Dimension names : ["y","x"]',
    "Shard shape     : [4, 10]",
    "Chunk shape     : [2, 5]",
    expect.stringMatching(/^Codecs {10}: sharding_indexed /),
    "No. bytes       : 800",
    "No. chunks      : 20",
  ]);
});

describe("attributes", () => {
  const attributes = { units: "m", nested: { a: [1] } };

  test("cannot be changed in place, at any depth, of an array that was created, opened or changed", async () => {
    const store = new MemoryStore();
    const created = await createArray(store, { shape: [1], dtype: "int8", attributes });
    const opened = await openArray(store);
    for (const array of [created, opened]) {
      const found = array.attributes as { units: string; nested: { a: number[] } };
      expect(() => Object.assign(found, { units: "km" })).toThrow(TypeError);
      expect(() => found.nested.a.push(2)).toThrow(TypeError);
      expect(() => Object.assign(array.metadata.document.attributes as object, { units: "km" })).toThrow(TypeError);
    }
    await created.setAttributes({ other: { b: 1 } });
    expect(() => Object.assign(created.attributes.other as object, { b: 2 })).toThrow(TypeError);
    expect(created.attributes).toEqual({ ...attributes, other: { b: 1 } });
    attributes.nested.a.push(3); // those that were given stay the caller's
    expect(created.attributes.nested).toEqual({ a: [1] });
  });

  test("shape, chunks, shards, dimension names and codecs cannot be changed in place either", async () => {
    const options = { shape: [4], chunks: [2], shards: [4], dtype: "int8", dimensionNames: ["x"] } as const;
    const array = await createArray(new MemoryStore(), options);
    for (const list of [array.shape, array.chunks, array.shards, array.dimensionNames, array.codecs]) {
      expect(() => (list as unknown[]).push(1)).toThrow(TypeError);
    }
  });

  test("nor can the metadata, at any depth, of arrays and groups", async () => {
    const store = new MemoryStore();
    const options = { path: "g/a", shape: [4], chunks: [2], shards: [4], dtype: [["a", "<i4"]] } as const;
    const array = await createArray(store, { ...options, dimensionNames: ["x"] });
    const group = await openGroup(store, { path: "g" });
    await array.resize([8]);
    const changed: unknown[] = [];
    const seen = new Set<unknown>();
    const look = (value: unknown, path: string) => {
      if (typeof value !== "object" || value === null || seen.has(value)) return;
      seen.add(value);
      if (!Object.isFrozen(value)) changed.push(path);
      for (const [name, member] of Object.entries(value)) look(member, `${path}.${name}`);
    };
    look(array.metadata, "array");
    look(group.metadata, "group");
    expect(changed).toEqual([]);
    expect(seen.size).toBeGreaterThan(20);
    expect(() => (array.metadata.shape as number[]).push(1)).toThrow(TypeError);
  });

  test("deleteAttributes removes some, in the file as well; unknown names are allowed", async () => {
    const path = `${folder}/x.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    const array = await createArray(store, { path: "a", shape: [1], dtype: "int8", attributes: { x: 1, y: 2, z: 3 } });
    await array.deleteAttributes("x", "z", "never");
    expect(array.attributes).toEqual({ y: 2 });
    await store.close();
    const reader = await openArray(path, { path: "a" });
    expect(reader.attributes).toEqual({ y: 2 });
    await expect(reader.deleteAttributes("y")).rejects.toMatchObject({ code: "ERR_READ_ONLY" });
    await reader.close();
  });

  test.each([2, 3] as const)(
    "undefined is refused, with advice, and null is a value: format %i",
    async (zarrFormat) => {
      const array = await createArray(new MemoryStore(), {
        zarrFormat,
        shape: [1],
        dtype: "int8",
        attributes: { x: 1 },
      });
      await expect(array.setAttributes({ x: undefined as never })).rejects.toMatchObject({
        code: "ERR_ARGUMENT",
        message: expect.stringContaining("deleteAttributes"),
      });
      await array.setAttributes({ x: null });
      expect(array.attributes).toEqual({ x: null });
    },
  );
});

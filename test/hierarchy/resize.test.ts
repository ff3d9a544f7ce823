// Changing the shape of an array: what is left, what is removed, and what shows again.
import { afterEach, describe, expect, test } from "vitest";
import { createArray, DirectoryStore, MemoryStore, openArray, type Store, slice, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { SharedValues } from "./shared-values.js";

const folder = temporaryFolder();
let names = 0;

const stores: Record<string, () => Promise<Store>> = {
  MemoryStore: async () => new MemoryStore(),
  DirectoryStore: () => DirectoryStore.open(`${folder}/${names++}`, { mode: "w" }),
  "ZipStore, mode w": () => ZipStore.open(`${folder}/${names++}.zip`, { mode: "w" }),
  "ZipStore, mode a": () => ZipStore.open(`${folder}/${names++}.zip`, { mode: "a" }),
  "a store with transactions": async () => new SharedValues().writer(),
};

async function chunksOf(store: Store): Promise<string[]> {
  const coords: string[] = [];
  for await (const chunk of (await openArray(store, { path: "a" })).storedChunks()) coords.push(chunk.join());
  return coords.sort();
}

async function valuesOf(store: Store): Promise<number[]> {
  return [...((await (await openArray(store, { path: "a" })).get()).data as Int32Array)];
}

describe.each(Object.entries(stores))("resize in %s", (_, open) => {
  const opened: Store[] = [];
  const create = async () => {
    const store = await open();
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  const formats = [
    { zarrFormat: 3 },
    { zarrFormat: 2 },
    { zarrFormat: 3, chunks: [1, 1], shards: [2, 2] },
    {
      zarrFormat: 3,
      chunks: [
        [2, 2],
        [2, 2],
      ],
    },
  ] as const;
  test.each(formats)("cuts, and shows fill values where it grows again: %o", async (options) => {
    const store = await create();
    const data = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const array = await createArray(store, {
      path: "a",
      shape: [3, 3],
      chunks: [2, 2],
      dtype: "int32",
      fillValue: -1,
      data,
      ...options,
    });
    await array.resize([3, 1]);
    expect(array.shape).toEqual([3, 1]);
    expect(await chunksOf(store)).toEqual(["0,0", "1,0"]);
    expect(await valuesOf(store)).toEqual([1, 4, 7]);
    await array.resize([2, 3]);
    expect(await chunksOf(store)).toEqual(["0,0"]);
    expect(await valuesOf(store)).toEqual([1, -1, -1, 4, -1, -1]);
    await array.resize([4, 4]);
    expect(await valuesOf(store)).toEqual([1, -1, -1, -1, 4, -1, -1, -1, ...new Array(8).fill(-1)]);
    await array.set([slice(2, 4), 3], [5, 6]);
    expect(await valuesOf(store)).toEqual([1, -1, -1, -1, 4, -1, -1, -1, -1, -1, -1, 5, -1, -1, -1, 6]);
    await array.resize([0, 4]);
    expect(await chunksOf(store)).toEqual([]);
    await store.flush();
    expect((await openArray(store, { path: "a" })).shape).toEqual([0, 4]);
  });

  test("removes a chunk at the new end that holds nothing but the fill value", async () => {
    const store = await create();
    const array = await createArray(store, { path: "a", shape: [4], chunks: [4], dtype: "int32", data: [0, 0, 1, 2] });
    await array.resize([2]);
    expect(await chunksOf(store)).toEqual([]);
  });
});

describe("resize", () => {
  test("changes nothing of the document but the shape", async () => {
    const values = new Map<string, Uint8Array>();
    const store = new MemoryStore({ values });
    await createArray(store, { path: "a", shape: [2], chunks: [2], dtype: "float64", data: [1, 2] });
    const text = new TextDecoder().decode(values.get("a/zarr.json"));
    const foreign = text
      .replace('"fill_value": 0', '"fill_value":0.0')
      .replace('"attributes": {}', '"attributes": {"n": 1.0}');
    values.set("a/zarr.json", new TextEncoder().encode(foreign));
    const array = await openArray(store, { path: "a" });
    await array.resize([7]);
    const resized = new TextDecoder().decode(values.get("a/zarr.json"));
    expect(resized.replace(/"shape": \[\s*7\s*\]/, "")).toBe(foreign.replace(/"shape": \[\s*2\s*\]/, ""));
    expect([...(await array.get()).data]).toEqual([1, 2, 0, 0, 0, 0, 0]);
  });

  test("changes nothing in an array without dimensions, nor to the shape that it has", async () => {
    const store = new MemoryStore();
    const scalar = await createArray(store, { path: "0d", shape: [], dtype: "int32", data: [4] });
    await scalar.resize([]);
    expect(await scalar.get()).toBe(4);
    const array = await createArray(store, { path: "a", shape: [3], chunks: [2], dtype: "int32", data: [1, 2, 3] });
    await array.resize([3]);
    expect(await valuesOf(store)).toEqual([1, 2, 3]);
  });

  test.each([
    [[3, 3], "ERR_ARGUMENT", "[3, 3]"],
    [[], "ERR_ARGUMENT", "1 integers"],
    [[-1], "ERR_ARGUMENT", "[-1]"],
    [[1.5], "ERR_ARGUMENT", "[1.5]"],
    [[Number.NaN], "ERR_ARGUMENT", "[NaN]"],
    [7 as unknown as number[], "ERR_ARGUMENT", "is 7"],
    [[2 ** 53], "ERR_LIMIT", "2^53"],
  ])("refuses the shape %j", async (shape, code, text) => {
    const array = await createArray(new MemoryStore(), { shape: [3], chunks: [2], dtype: "int32", data: [1, 2, 3] });
    await expect(array.resize(shape)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    expect(array.shape).toEqual([3]);
  });

  test("stays within what a list of chunks covers", async () => {
    const store = new MemoryStore();
    const array = await createArray(store, {
      path: "a",
      shape: [3],
      chunks: [[2, 3]],
      dtype: "int32",
      data: [1, 2, 3],
    });
    await expect(array.resize([6])).rejects.toMatchObject({
      code: "ERR_UNSUPPORTED",
      message: /copy this one into it/,
    });
    await array.resize([5]);
    expect(await valuesOf(store)).toEqual([1, 2, 3, 0, 0]);
    await array.resize([1]);
    expect(array.chunkLengths).toEqual([
      [
        [2, 1],
        [3, 1],
      ],
    ]);
  });

  test("leaves keys alone that are not chunks of the array", async () => {
    const values = new Map<string, Uint8Array>();
    const store = new MemoryStore({ values });
    const array = await createArray(store, { path: "a", shape: [4], chunks: [2], dtype: "int32", data: [1, 2, 3, 4] });
    for (const key of ["a/c/01", "a/c/1/0", "a/notes.txt", "ab/c/1"]) values.set(key, Uint8Array.of(1));
    await array.resize([2]);
    expect([...values.keys()].sort()).toEqual([
      "a/c/0",
      "a/c/01",
      "a/c/1/0",
      "a/notes.txt",
      "a/zarr.json",
      "ab/c/1",
      "zarr.json",
    ]);
  });

  test("of a chunk that cannot be decoded says which one", async () => {
    const values = new Map<string, Uint8Array>();
    const array = await createArray(new MemoryStore({ values }), {
      path: "a",
      shape: [4],
      chunks: [4],
      dtype: "int32",
      data: [1, 2, 3, 4],
    });
    values.set("a/c/0", Uint8Array.of(1, 2, 3));
    await expect(array.resize([2])).rejects.toMatchObject({ code: "ERR_CODEC", details: { key: "a/c/0", chunk: [0] } });
  });
});

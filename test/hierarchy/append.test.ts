// Appending: the values and ranges that arithmetic gives, on every store, and by writers that know nothing of each other.
import { afterEach, describe, expect, test } from "vitest";
import {
  type BytesToBytesCodec,
  createArray,
  DirectoryStore,
  MemoryStore,
  openArray,
  register,
  type Store,
  ZipStore,
} from "../../src/index.js";
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

const counted = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

async function valuesOf(store: Store, path = "a"): Promise<{ shape: readonly number[]; data: unknown[] }> {
  const { shape, data } = await (await openArray(store, { path })).get();
  return { shape, data: [...(data as Int32Array)] };
}

describe.each(Object.entries(stores))("append to %s", (_, open) => {
  const opened: Store[] = [];
  const create = async () => {
    const store = await open();
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  test("gives the rows in the order of the calls, wherever they end within a chunk", async () => {
    const store = await create();
    const array = await createArray(store, { path: "a", shape: [0, 3], chunks: [4, 2], dtype: "int32", fillValue: -1 });
    const lengths = [1, 4, 2, 1, 8, 3];
    const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n));
    const ranges = lengths.map((n, i) => array.append(counted(3 * (ends[i]! - n), 3 * ends[i]!)));
    expect(await Promise.all(ranges)).toEqual(lengths.map((n, i) => ({ start: ends[i]! - n, end: ends[i] })));
    expect(array.shape).toEqual([19, 3]);
    expect(await valuesOf(store)).toEqual({ shape: [19, 3], data: counted(0, 57) });
    await store.flush();
    expect(await valuesOf(store)).toEqual({ shape: [19, 3], data: counted(0, 57) });
  });

  test("along another axis, of a chunk with strides", async () => {
    const store = await create();
    const array = await createArray(store, {
      path: "a",
      shape: [2, 3],
      chunks: [2, 2],
      dtype: "int32",
      data: counted(0, 6),
    });
    const columns = { data: Int32Array.of(6, 8, 7, 9), shape: [2, 2], stride: [1, 2] };
    expect(await array.append(columns, { axis: 1 })).toEqual({ start: 3, end: 5 });
    expect(await array.append([10, 11], { axis: -1, flush: true })).toEqual({ start: 5, end: 6 });
    expect(await valuesOf(store)).toEqual({ shape: [2, 6], data: [0, 1, 2, 6, 7, 10, 3, 4, 5, 8, 9, 11] });
  });

  test("to shards: full ones, and ones that are merged", async () => {
    const store = await create();
    const array = await createArray(store, { path: "a", shape: [0], chunks: [2], shards: [6], dtype: "int32" });
    for (const [from, to] of [
      [0, 6],
      [6, 9],
      [9, 10],
      [10, 25],
    ] as const)
      await array.append(counted(from, to));
    expect(await valuesOf(store)).toEqual({ shape: [25], data: counted(0, 25) });
  });

  test("by two instances at once: every row lands, none twice", async () => {
    const store = await create();
    const first = await createArray(store, { path: "a", shape: [0], chunks: [3], dtype: "int32" });
    const second = await openArray(store, { path: "a" });
    const appended = await Promise.all(counted(1, 21).map((n) => (n % 2 === 0 ? first : second).append([n, -n])));
    expect(appended.map(({ start }) => start).sort((a, b) => a - b)).toEqual(counted(0, 20).map((n) => 2 * n));
    const { data } = await valuesOf(store);
    expect(data.filter((_, i) => i % 2 === 0).sort((a, b) => Number(a) - Number(b))).toEqual(counted(1, 21));
    expect(data.filter((_, i) => i % 2 === 1)).toEqual(data.filter((_, i) => i % 2 === 0).map((n) => -Number(n)));
  });

  test("copies the values, text and byte strings as well, and leaves the rest of the document alone", async () => {
    const store = await create();
    const array = await createArray(store, {
      path: "a",
      shape: [0],
      chunks: [2],
      dtype: "variable_length_bytes",
      attributes: { a: 1 },
    });
    const given = [Uint8Array.of(1), Uint8Array.of(2, 3)];
    const appending = array.append(given);
    given[0]![0] = 9;
    given[1] = Uint8Array.of(9);
    await appending;
    await store.flush();
    const again = await openArray(store, { path: "a" });
    expect((await again.get()).data).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)]);
    expect(again.attributes).toEqual({ a: 1 });
  });

  test("without values is a range of no rows; fill values store no chunk", async () => {
    const store = await create();
    const array = await createArray(store, { path: "a", shape: [1, 0], chunks: [1, 1], dtype: "int32" });
    expect(await array.append({ data: [], shape: [3, 0] })).toEqual({ start: 1, end: 4 });
    expect(await array.append([], { axis: 1 })).toEqual({ start: 0, end: 0 });
    expect(await array.append([0, 0, 0, 0], { axis: 1 })).toEqual({ start: 0, end: 1 });
    expect(await valuesOf(store)).toEqual({ shape: [4, 1], data: [0, 0, 0, 0] });
    const stored: unknown[] = [];
    for await (const coords of array.storedChunks()) stored.push(coords);
    expect(stored).toEqual([]);
  });
});

describe("append", () => {
  const wrong: [
    string,
    (array: Awaited<ReturnType<typeof createArray<"int32">>>) => Promise<unknown>,
    string,
    string,
  ][] = [
    ["a length that fits no rows", (a) => a.append([1, 2, 3, 4]), "ERR_VALUE", "4 elements"],
    ["another shape", (a) => a.append({ data: [1, 2], shape: [1, 2] }), "ERR_VALUE", "[1, 2]"],
    ["another number of dimensions", (a) => a.append({ data: [1, 2, 3], shape: [3] }), "ERR_VALUE", "[any, 3]"],
    ["a scalar", (a) => a.append(7 as unknown as number[]), "ERR_VALUE", "not a list"],
    ["values of another type", (a) => a.append([1, 2, 2.5]), "ERR_VALUE", "2.5"],
    ["too little data", (a) => a.append({ data: [1, 2], shape: [1, 3] }), "ERR_VALUE", "2 entries"],
    ["an axis that is not there", (a) => a.append([1], { axis: 2 }), "ERR_ARGUMENT", "axis is 2"],
    ["an axis that is no integer", (a) => a.append([1], { axis: 0.5 }), "ERR_ARGUMENT", "axis is 0.5"],
  ];
  test.each(wrong)("refuses %s, and changes nothing", async (_, append, code, text) => {
    const store = new MemoryStore();
    const array = await createArray(store, {
      path: "a",
      shape: [1, 3],
      chunks: [2, 2],
      dtype: "int32",
      data: [1, 2, 3],
    });
    await expect(append(array)).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    expect(await valuesOf(store)).toEqual({ shape: [1, 3], data: [1, 2, 3] });
  });

  test("refuses an array without dimensions, a list of chunks that ends, and a read-only store", async () => {
    const values = new Map<string, Uint8Array>();
    const store = new MemoryStore({ values });
    const scalar = await createArray(store, { path: "0d", shape: [], dtype: "int32" });
    await expect(scalar.append([1])).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    const listed = await createArray(store, {
      path: "a",
      shape: [3],
      chunks: [[2, 3]],
      dtype: "int32",
      data: [0, 1, 2],
    });
    await expect(listed.append([3, 4, 5])).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
    await listed.append([3, 4]);
    expect(await valuesOf(store)).toEqual({ shape: [5], data: [0, 1, 2, 3, 4] });
    const readOnly = await openArray(new MemoryStore({ values, readOnly: true }), { path: "a" });
    await expect(readOnly.append([5])).rejects.toMatchObject({ code: "ERR_READ_ONLY" });
  });

  test("rejects with the signal's reason before anything is buffered", async () => {
    const store = new MemoryStore();
    const array = await createArray(store, { path: "a", shape: [0], chunks: [2], dtype: "int32" });
    await expect(array.append([1], { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect(array.shape).toEqual([0]);
  });
});

describe("append by writers that share a file", () => {
  test("leaves no gap and loses nothing: later flushes come later, also within a chunk", async () => {
    const shared = new SharedValues();
    const first = await createArray(shared.writer(), { path: "a", shape: [0], chunks: [4], dtype: "int32" });
    await first.store.flush();
    const second = await openArray(shared.writer(), { path: "a" });
    expect(await first.append([1, 2, 3])).toEqual({ start: 0, end: 3 });
    expect(await second.append([4, 5, 6])).toEqual({ start: 0, end: 3 });
    expect(await second.append([7])).toEqual({ start: 3, end: 4 });
    await first.store.flush();
    expect(await second.append([8, 9], { flush: true })).toEqual({ start: 7, end: 9 });
    expect(second.shape).toEqual([9]);
    expect(await valuesOf(shared.writer())).toEqual({ shape: [9], data: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
    expect(first.shape).toEqual([3]);
    expect(await first.refresh()).toBe(true);
    expect(first.shape).toEqual([9]);
    expect(await first.refresh()).toBe(false);
  });

  test("encodes a full chunk once, however often the append runs", async () => {
    let encoded = 0;
    const counting: BytesToBytesCodec = {
      kind: "bytes-to-bytes",
      name: "test.counting",
      configuration: undefined,
      maxEncodedSize: (size) => size,
      encode: (bytes) => {
        encoded++;
        return bytes;
      },
      decode: (bytes) => bytes,
    };
    register({ codec: { names: ["test.counting"], kind: "bytes-to-bytes", create: () => counting } });
    const shared = new SharedValues();
    const options = { path: "a", shape: [0], chunks: [4], dtype: "int32", compressors: "test.counting" } as const;
    const array = await createArray(shared.writer(), options);
    await array.store.flush();
    const other = await openArray(shared.writer(), { path: "a" });
    await other.append([1, 2, 3, 4], { flush: true });
    expect(encoded).toBe(1);
    await array.append([5, 6, 7, 8, 9, 10, 11, 12], { flush: true });
    expect(encoded).toBe(3);
    await other.append([13], { flush: true });
    await array.append([14, 15, 16, 17, 18], { flush: true });
    expect(await valuesOf(shared.writer())).toEqual({ shape: [18], data: counted(1, 19) });
  });

  test("an array that was deleted, or replaced by one of another type, is not appended to", async () => {
    const shared = new SharedValues();
    const array = await createArray(shared.writer(), { path: "a", shape: [0], chunks: [4], dtype: "int32" });
    await array.store.flush();
    const other = shared.writer();
    await array.append([1]);
    await createArray(other, { path: "a", shape: [0], chunks: [4], dtype: "int64", overwrite: true });
    await other.flush();
    await expect(array.store.flush()).rejects.toMatchObject({ code: "ERR_NOT_FOUND", message: /int64, not int32/ });
    expect((await openArray(shared.writer(), { path: "a" })).shape).toEqual([0]);
  });
});

// Appends of several stores that wait for one lock, which the test holds until all have begun: each is told the rows that are its own,
// or that its rows are in no version, also where the array has become another one meanwhile.
import { mkdirSync, readdirSync } from "node:fs";
import { setImmediate as immediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LockFile } from "../../src/commit/lock-file.js";
import type { AppendedRange } from "../../src/hierarchy/append.js";
import { createArray, openArray, type ZarrArray, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = temporaryFolder();
/** Those that end with the test. */
const stores: ZipStore[] = [];
let count = 0;
let folder: string;
let path: string;
let lock: LockFile;
beforeEach(() => {
  folder = `${root}/${count++}`;
  mkdirSync(folder);
  path = `${folder}/x.zip`;
  lock = new LockFile(path, { force: false });
});
afterEach(async () => {
  await lock.close();
  await Promise.all(stores.splice(0).map((store) => store.abort()));
  expect(readdirSync(folder)).toEqual(["x.zip"]);
});

/** Does all of it at once, and lets nobody commit before all have begun. */
async function together<T>(works: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]> {
  await lock.acquire({ timeoutMs: 300_000 });
  const settled = Promise.allSettled(works.map((work) => work()));
  for (let turn = 0; turn < 20; turn++) await immediate();
  await lock.release();
  return await settled;
}

/** What was fulfilled; throws what was not. */
function valuesOf<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

type Options = Partial<Parameters<typeof createArray>[1]>;

async function create(options: Options = {}): Promise<void> {
  const store = await ZipStore.open(path, { mode: "a" });
  const all = { path: "a", shape: [0], chunks: [4], dtype: "int32", compressors: null, ...options };
  await createArray(store, all as never);
  await store.close();
}

async function opening(mode: "r" | "r+" = "r+"): Promise<ZipStore> {
  const store = await ZipStore.open(path, { mode });
  stores.push(store);
  return store;
}

/** The array, each in a store of its own. */
async function openAll(number: number, name = "a"): Promise<ZarrArray[]> {
  const arrays: ZarrArray[] = [];
  for (let i = 0; i < number; i++) arrays.push(await openArray(await opening(), { path: name }));
  return arrays;
}

const stored = async (name = "a") => await openArray(await opening("r"), { path: name });

/** Expects that rows from 0 on are these ranges, each of as many rows. */
function expectNoGap(ranges: readonly AppendedRange[], rows: number): void {
  const starts = ranges.map(({ start }) => start).sort((a, b) => a - b);
  expect(starts).toEqual(ranges.map((_, i) => i * rows));
  for (const { start, end } of ranges) expect(end - start).toBe(rows);
}

/** What an array holds as lists that can be compared. */
const listed = (values: unknown): unknown[] => Array.from(values as ArrayLike<unknown>);

interface Case {
  readonly name: string;
  readonly options: Options;
  /** The rows of one writer, and the entries of data that each row has. */
  readonly rows: (writer: number) => unknown;
  readonly entries: number;
  readonly rowCount: number;
}

const float16 = (writer: number) => Float32Array.of(writer + 0.5, -writer, 65_504);
const instants = (writer: number) => BigInt64Array.of(BigInt(writer), -9_223_372_036_854_775_808n, 5n);
/** Three records of an int16 and a float64, as they are stored. */
function records(writer: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(30));
  for (const row of [0, 1, 2]) {
    view.setInt16(10 * row, 10 * writer + row, true);
    view.setFloat64(10 * row + 2, writer + row / 4, true);
  }
  return new Uint8Array(view.buffer);
}

const cases: readonly Case[] = [
  {
    name: "float16",
    options: { dtype: "float16" },
    rows: float16,
    entries: 1,
    rowCount: 3,
  },
  {
    name: "big-endian numbers of Zarr 2",
    options: { zarrFormat: 2, dtype: ">i4" as never },
    rows: (writer) => Int32Array.of(writer, 2 ** 24 + writer, -1),
    entries: 1,
    rowCount: 3,
  },
  {
    name: "two dimensions of Zarr 2, with chunks that do not divide them",
    options: { zarrFormat: 2, dtype: "float64", shape: [0, 3], chunks: [2, 2] },
    rows: (writer) => Float64Array.from({ length: 9 }, (_, i) => 100 * writer + i),
    entries: 3,
    rowCount: 3,
  },
  {
    name: "complex64",
    options: { dtype: "complex64" },
    rows: (writer) => Float32Array.of(writer, 0.5, -writer, 2, 0, 0),
    entries: 2,
    rowCount: 3,
  },
  {
    name: "strings of fixed length",
    options: { dtype: { name: "fixed_length_utf32", configuration: { length_bytes: 16 } } as never },
    rows: (writer) => [`w${writer}`, "", "äö😀x"],
    entries: 1,
    rowCount: 3,
  },
  {
    name: "instants",
    options: { dtype: { name: "numpy.datetime64", configuration: { unit: "s", scale_factor: 10 } } as never },
    rows: instants,
    entries: 1,
    rowCount: 3,
  },
  {
    name: "records of Zarr 2",
    options: {
      zarrFormat: 2,
      dtype: [
        ["id", "<i2"],
        ["at", "<f8"],
      ] as never,
    },
    rows: records,
    entries: 10,
    rowCount: 3,
  },
  {
    name: "bool",
    options: { dtype: "bool" },
    rows: (writer) => Uint8Array.of(writer % 2, 1, 0),
    entries: 1,
    rowCount: 3,
  },
  {
    name: "uint64 in shards that are not compressed",
    options: { dtype: "uint64", chunks: [2], shards: [8] },
    rows: (writer) => BigUint64Array.of(BigInt(writer), 2n ** 64n - 1n, 0n),
    entries: 1,
    rowCount: 3,
  },
  {
    name: "numbers that are compressed",
    options: { compressors: "zstd" },
    rows: (writer) => Int32Array.of(writer, 7, 7),
    entries: 1,
    rowCount: 3,
  },
  {
    name: "strings of any length",
    options: { dtype: "string" },
    rows: (writer) => [`writer ${writer}`, "", "x".repeat(100 * writer)],
    entries: 1,
    rowCount: 3,
  },
];

describe("rows of several writers that wait", () => {
  test.each(cases)("$name: all are there, where each was told", async (one) => {
    await create(one.options);
    const arrays = await openAll(4);
    const works = arrays.map((array, i) => () => array.append(one.rows(i + 1) as never, { flush: true }));
    const ranges = valuesOf(await together(works));
    expectNoGap(ranges, one.rowCount);
    const data = listed((await (await stored()).get()).data);
    for (const [i, { start, end }] of ranges.entries()) {
      expect(data.slice(start * one.entries, end * one.entries)).toEqual(listed(one.rows(i + 1)));
    }
  });

  test("two arrays: each has its own", async () => {
    await create();
    await create({ path: "b", shape: [0, 2], chunks: [3, 2] });
    const arrays = [...(await openAll(3, "a")), ...(await openAll(3, "b"))];
    const works = arrays.map((array, i) => () => array.append([i, i], { flush: true }));
    const ranges = valuesOf(await together(works));
    expectNoGap(ranges.slice(0, 3), 2);
    expectNoGap(ranges.slice(3), 1);
    for (const [i, { start }] of ranges.entries()) {
      const { data } = await (await stored(i < 3 ? "a" : "b")).get();
      const at = i < 3 ? start : 2 * start;
      expect(listed(data).slice(at, at + 2)).toEqual([i, i]);
    }
  });

  test("columns: all are there", async () => {
    await create({ shape: [2, 0], chunks: [2, 4] });
    const arrays = await openAll(3);
    const works = arrays.map((array, i) => () => array.append([i, i, 10 + i, 10 + i], { axis: 1, flush: true }));
    const ranges = valuesOf(await together(works));
    expectNoGap(ranges, 2);
    const { data, shape } = await (await stored()).get();
    expect(shape).toEqual([2, 6]);
    for (const [i, { start }] of ranges.entries()) {
      expect(listed(data).slice(start, start + 2)).toEqual([i, i]);
      expect(listed(data).slice(6 + start, 8 + start)).toEqual([10 + i, 10 + i]);
    }
  });

  test("given as flat values, as chunks with strides, and of nothing but the fill value: all are there", async () => {
    await create({ shape: [0, 3], chunks: [4, 2] });
    const arrays = await openAll(3);
    const values = [
      [1, 2, 3, 4, 5, 6],
      { data: Int32Array.of(1, 4, 2, 5, 3, 6), shape: [2, 3], stride: [1, 2] },
      new Int32Array(6),
    ];
    const works = arrays.map((array, i) => () => array.append(values[i] as never, { flush: true }));
    const ranges = valuesOf(await together(works));
    expectNoGap(ranges, 2);
    const data = listed((await (await stored()).get()).data);
    const found = ranges.map(({ start }) => data.slice(3 * start, 3 * start + 6));
    expect(found).toEqual([
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  test("2 MiB of them beside a few: all are there", async () => {
    await create({ dtype: "uint8", chunks: [2 ** 19] });
    const arrays = await openAll(3);
    const rows = [2 ** 21, 1000, 1000];
    const works = arrays.map((array, i) => () => array.append(new Uint8Array(rows[i]!).fill(i + 1), { flush: true }));
    const ranges = valuesOf(await together(works));
    const { data, shape } = await (await stored()).get();
    expect(shape).toEqual([2 ** 21 + 2000]);
    for (const [i, { start, end }] of ranges.entries()) {
      expect(end - start).toBe(rows[i]);
      expect(new Set((data as Uint8Array).subarray(start, end))).toEqual(new Set([i + 1]));
    }
  });

  test("of a store with other changes: they are there with those, and the attributes that others have set stay", async () => {
    await create();
    const arrays = await openAll(4);
    const [other] = (await openAll(1)) as [ZarrArray];
    await other.setAttributes({ kept: true });
    await other.store.flush();
    await arrays[0]!.store.set("own", Uint8Array.of(1));
    const works = arrays.map((array, i) => () => array.append([i, i], { flush: true }));
    const ranges = valuesOf(await together(works));
    expectNoGap(ranges, 2);
    const array = await stored();
    const { data } = await array.get();
    for (const [i, { start }] of ranges.entries()) expect(listed(data).slice(start, start + 2)).toEqual([i, i]);
    expect([array.attributes, await array.store.get("own")]).toEqual([{ kept: true }, Uint8Array.of(1)]);
  });
});

/** When the rows of the others reach their stores: after the change, so that they wait for the lock alone, or before it, so that they run again. */
const moments = ["wait for the lock", "wait for a flush"] as const;

describe.each(moments)("an array that another writer changes while appends %s", (moment) => {
  /** Makes the change by a store of its own, and appends by three that opened the array before, and by one that has another array. */
  async function appending(
    options: Options,
    values: (writer: number) => unknown,
    change: (array: ZarrArray) => Promise<unknown>,
  ): Promise<{ arrays: ZarrArray[]; results: PromiseSettledResult<AppendedRange>[] }> {
    await create(options);
    await create({ path: "b" });
    const arrays = await openAll(3);
    const [beside] = (await openAll(1, "b")) as [ZarrArray];
    const [other] = (await openAll(1)) as [ZarrArray];
    const appends = [...arrays.map((array, i) => ({ array, rows: values(i) })), { array: beside, rows: [5] }];
    const ranges: AppendedRange[] = [];
    if (moment === "wait for a flush") {
      for (const { array, rows } of appends) ranges.push(await array.append(rows as never));
    }
    await change(other);
    await other.store.flush();
    const works = appends.map(({ array, rows }, i) => async () => {
      if (moment === "wait for the lock") return await array.append(rows as never, { flush: true });
      await array.store.flush();
      return ranges[i]!;
    });
    const results = await together(works);
    expect(valuesOf(results.slice(3))).toEqual([{ start: 0, end: 1 }]);
    expect(listed((await (await stored("b")).get()).data)).toEqual([5]);
    for (const { store } of arrays) expect(() => store.getState()).not.toThrow(); // nothing waits
    return { arrays, results: results.slice(0, 3) };
  }

  function expectRejected(results: readonly PromiseSettledResult<unknown>[], code: string): void {
    for (const result of results) expect(result).toMatchObject({ status: "rejected", reason: { code } });
  }

  test("and deletes: each is told, and another array's rows are there", async () => {
    const rows = () => [1, 2];
    const { results } = await appending({}, rows, ({ store }) => store.delete("a/zarr.json"));
    expectRejected(results, "ERR_NOT_FOUND");
    await expect(stored()).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
  });

  test("and replaces by one of another type: each is told, and that one has no rows of theirs", async () => {
    const rows = () => [1, 2];
    const { results } = await appending({}, rows, async ({ store }) => {
      const options = { path: "a", shape: [1], chunks: [4], dtype: "float64", compressors: null } as const;
      await createArray(store, { ...options, overwrite: true });
    });
    expectRejected(results, "ERR_NOT_FOUND");
    const array = await stored();
    expect([array.shape, listed((await array.get()).data)]).toEqual([[1], [0]]);
  });

  test("and gives other columns: each is told whose rows do not fit, and can append others", async () => {
    const rows = () => ({ data: new Int32Array(6).fill(7), shape: [2, 3], stride: [3, 1] });
    const resize = (array: ZarrArray) => array.resize([1, 4]);
    const { arrays, results } = await appending({ shape: [1, 3], chunks: [4, 4] }, rows, resize);
    expectRejected(results, "ERR_VALUE");
    const array = await stored();
    expect([array.shape, listed((await array.get()).data)]).toEqual([
      [1, 4],
      [0, 0, 0, 0],
    ]);
    const late = arrays.map((array, i) => async () => {
      await array.refresh();
      return await array.append([i, i, i, i], { flush: true });
    });
    const ranges = valuesOf(await together(late));
    expect(ranges.map(({ start }) => start).sort()).toEqual([1, 2, 3]);
  });

  test("and gives other columns: flat values are as many rows as they make then", async () => {
    const rows = (writer: number) => new Int32Array(12).fill(writer + 1);
    const { results } = await appending({ shape: [0, 3], chunks: [4, 4] }, rows, (array) => array.resize([0, 4]));
    expect(valuesOf(results)).toHaveLength(3);
    const array = await stored();
    const data = listed((await array.get()).data);
    expect(array.shape).toEqual([9, 4]);
    const blocks = [0, 1, 2].map((i) => data.slice(12 * i, 12 * i + 12));
    expect(blocks.map(([first]) => first).sort()).toEqual([1, 2, 3]);
    for (const block of blocks) expect(new Set(block).size).toBe(1);
  });

  test("and replaces by one of the same kind with rows: theirs come behind", async () => {
    const rows = (writer: number) => [writer];
    const { results } = await appending({}, rows, async ({ store }) => {
      const options = { path: "a", chunks: [3], dtype: "int32", data: [9, 9], shape: [2], compressors: null } as const;
      await createArray(store, { ...options, overwrite: true });
    });
    const ranges = valuesOf(results);
    const data = listed((await (await stored()).get()).data);
    expect([data.slice(0, 2), data.slice(2).sort()]).toEqual([
      [9, 9],
      [0, 1, 2],
    ]);
    if (moment === "wait for the lock") expect(ranges.map(({ start }) => data[start])).toEqual([0, 1, 2]);
  });
});

// Ways to select, with what zarr-python 3.1.6 gives for the same array, and the errors.
import { describe, expect, expectTypeOf, it } from "vitest";
import { type Chunk, createArray, MemoryStore, slice, type ZarrArray } from "../../src/index.js";

/** `numpy.arange(360).reshape(20, 18)` in chunks of (2, 4) in shards of (8, 8). */
async function numbered(store = new MemoryStore()): Promise<ZarrArray<"int32", 2>> {
  return await createArray(store, {
    shape: [20, 18],
    chunks: [2, 4],
    shards: [8, 8],
    dtype: "int32",
    dimensionNames: ["y", "x"],
    data: Int32Array.from({ length: 360 }, (_, i) => i),
  });
}

const listed = ({ data, shape }: Chunk<Int32Array>) => ({ shape, data: [...data] });

it("dimensions may be named as the members of a slice", async () => {
  const array = await createArray(new MemoryStore(), {
    shape: [2, 2, 2],
    dtype: "int8",
    dimensionNames: ["start", "stop", "step"],
    data: Int8Array.of(0, 1, 2, 3, 4, 5, 6, 7),
  });
  expect(await array.get({ start: 1, stop: 0, step: 1 })).toBe(5);
  const { data } = (await array.get({ start: slice(1, 2), stop: null, step: 0 })) as Chunk<Int8Array>;
  expect([...data]).toEqual([4, 6]);
});

describe("selections as zarr-python reads them", () => {
  it("oindex: lists in any order, repeated, negative, boolean; an index drops its dimension", async () => {
    const array = await numbered();
    expect(await array.getOrthogonal([3, 4])).toBe(58);
    expect(listed(await array.getOrthogonal([3, [4, 4, 1]]))).toEqual({ shape: [3], data: [58, 58, 55] });
    expect(listed(await array.getOrthogonal([[-1, 0], slice(0, 18, 9)]))).toEqual({
      shape: [2, 2],
      data: [342, 351, 0, 9],
    });
    const rows = await array.getOrthogonal([[...new Array(19).fill(true), false], 0]);
    expect(rows.shape).toEqual([19]);
    expect([...rows.data.subarray(0, 6)]).toEqual([0, 18, 36, 54, 72, 90]);
    expect((await array.getOrthogonal([[], null])).shape).toEqual([0, 18]);
  });

  it("vindex: lists that are broadcast; only indices are a scalar", async () => {
    const array = await numbered();
    expect(
      listed(
        await array.getCoordinates([
          [[1], [2]],
          [0, 1, 2],
        ]),
      ),
    ).toEqual({
      shape: [2, 3],
      data: [18, 19, 20, 36, 37, 38],
    });
    expect(listed(await array.getCoordinates([[1], 2]))).toEqual({ shape: [1], data: [20] });
    expect(await array.getCoordinates([1, 2])).toBe(20);
    expect(listed(await array.getCoordinates([[], []]))).toEqual({ shape: [0], data: [] });
  });

  it("masks: nested lists or data with a shape", async () => {
    const array = await numbered();
    const mask = Array.from({ length: 20 }, () => new Array<boolean>(18).fill(false));
    mask[3][4] = true;
    mask[19][17] = true;
    expect(listed(await array.getMask(mask))).toEqual({ shape: [2], data: [58, 359] });
    const data = Uint8Array.from(mask.flat(), Number);
    expect(listed(await array.getMask({ data, shape: [20, 18] }))).toEqual({ shape: [2], data: [58, 359] });
  });

  it("blocks: in units of shards; no dimension is dropped", async () => {
    const array = await numbered();
    const first = await array.getBlocks([0, 0]);
    expect([first.shape, [...first.data.subarray(0, 6)]]).toEqual([
      [8, 8],
      [0, 1, 2, 3, 4, 5],
    ]);
    const last = await array.getBlocks([-1, slice(1, null)]);
    expect([last.shape, [...last.data.subarray(0, 6)]]).toEqual([
      [4, 10],
      [296, 297, 298, 299, 300, 301],
    ]);
    const rest = await array.getBlocks({ y: slice(1, 9), x: 0 });
    expect([rest.shape, rest.data[0]]).toEqual([[12, 8], 144]);
    expect((await array.getBlocks([slice(2, 2), 0])).shape).toEqual([0, 8]);
  });

  it("dimension names: a dimension that is not named is selected whole", async () => {
    const array = await numbered();
    expect(listed((await array.get({ x: slice(0, 2), y: 3 })) as Chunk<Int32Array>)).toEqual({
      shape: [2],
      data: [54, 55],
    });
    expect(await array.get({ x: 1, y: 3 })).toBe(55);
    expect((await array.getOrthogonal({ y: [5, 5] })).shape).toEqual([2, 18]);
    await array.set({ y: 0 }, -1);
    await array.setOrthogonal({ y: [1], x: [0, 17] }, [-2, -3]);
    expect([...(await array.get({ x: slice(16, null), y: slice(2) })).data]).toEqual([-1, -1, 34, -3]);
  });

  it("the last value stays of elements that are written twice", async () => {
    const array = await numbered();
    await array.setCoordinates([[0, 0, 0], 5], [7, 8, 9]);
    await array.setOrthogonal(
      [
        [1, 1],
        [2, 2],
      ],
      [1, 2, 3, 4],
    );
    expect(
      await array.getMany([
        [0, 5],
        [1, 2],
      ]),
    ).toEqual([9, 4]);
  });
});

describe("getMany", () => {
  /** Counts the reads of each key. */
  class CountingStore extends MemoryStore {
    readonly reads: string[] = [];
    override async get(...args: Parameters<MemoryStore["get"]>) {
      this.reads.push(args[0]);
      return await super.get(...args);
    }
  }

  it("reads a chunk once, however many selections share it, and counts it for each", async () => {
    const store = new CountingStore();
    const array = await createArray(store, {
      shape: [100],
      chunks: [10],
      dtype: "uint8",
      data: new Uint8Array(100).fill(1),
    });
    store.reads.length = 0;
    const progress: string[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) => progress.push(`${done}/${total}`);
    const windows = Array.from({ length: 30 }, (_, i) => [slice(i, i + 5)] as const);
    const found = await array.getMany(windows, { onProgress });
    expect(found.map(({ data }) => [...data])).toEqual(windows.map(() => [1, 1, 1, 1, 1]));
    expect(store.reads.filter((key) => key.startsWith("c/"))).toEqual(["c/0", "c/1", "c/2", "c/3"]);
    expect(progress).toEqual(["10/42", "24/42", "38/42", "42/42"]);
  });

  it("ends with the reason of its signal", async () => {
    const array = await numbered();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(array.getMany([null], { signal })).rejects.toThrow("enough");
  });

  it("wants one out for each selection, and no more than limits.readBytes in all", async () => {
    const store = new MemoryStore({ limits: { readBytes: 1000 } });
    const array = await createArray(store, { shape: [150], dtype: "int32" });
    await expect(array.getMany([null], { out: [] })).rejects.toMatchObject({ code: "ERR_VALUE" });
    await expect(array.getMany([null])).resolves.toHaveLength(1);
    await expect(array.getMany([null, null])).rejects.toMatchObject({ code: "ERR_LIMIT" });
  });
});

describe("errors of selections name dimension, value and bounds", () => {
  const cases: [string, (array: ZarrArray<"int32", 2>) => Promise<unknown>, string][] = [
    ["a listed index", (a) => a.getOrthogonal([[0, 20], 0]), "index 20 is out of bounds for dimension 0 of length 20"],
    ["a listed fraction", (a) => a.getOrthogonal([0, [0.5]]), "index 0.5 of dimension 1 is not an integer"],
    [
      "a short boolean list",
      (a) => a.getOrthogonal([[true], 0]),
      "the boolean list of dimension 0 has 1 entries, the dimension has a length of 20",
    ],
    [
      "a mixed list",
      (a) => a.setOrthogonal([0, [...new Array(17).fill(true), 1 as unknown as boolean]], 0),
      "entry 17 of the boolean list of dimension 1 is of type number: expected true or false",
    ],
    [
      "an entry of another kind",
      (a) => a.getOrthogonal(["a" as unknown as number, 0]),
      "entry 0 of the selection is of type string: expected an integer, slice(start, stop, step), null, or a list of integers or of booleans",
    ],
    ["an unknown name", (a) => a.get({ z: 1 }), 'no dimension is named "z": they are named "y", "x"'],
    ["a coordinate", (a) => a.getCoordinates([[0], [-19]]), "index -19 is out of bounds for dimension 1 of length 18"],
    [
      "shapes that do not go together",
      (a) =>
        a.getCoordinates([
          [0, 1],
          [0, 1, 2],
        ]),
      "coordinates of the shapes [2], [3] cannot be broadcast to one shape",
    ],
    [
      "ragged lists",
      (a) => a.getCoordinates([[[0], [1, 2]], 0]),
      "the coordinates of dimension 0 has lists of different lengths or depths",
    ],
    [
      "too few lists",
      (a) => a.setCoordinates([[0]], 1),
      "the coordinates are 1 entries: give a list of one entry for each of 2 dimensions",
    ],
    ["a mask of another shape", (a) => a.getMask([[true]]), "the mask has shape [1, 1], the array [20, 18]"],
    [
      "a mask of other values",
      (a) => a.getMask({ data: new Int8Array(360).fill(2), shape: [20, 18] }),
      "value 0 of the mask is 2: expected 0, 1, true or false",
    ],
    ["a block", (a) => a.getBlocks([3, 0]), "chunk index 3 is out of bounds for dimension 0 of 3 chunks"],
    [
      "a step of blocks",
      (a) => a.setBlocks([slice(0, 3, 2), 0], 1),
      "slice step 2 of dimension 0 is not 1: blocks take no other step",
    ],
  ];

  it.each(cases)("%s", async (_, call, message) => {
    await expect(call(await numbered())).rejects.toMatchObject({
      code: "ERR_SELECTION",
      message: `${message} [file "(memory)", path ""]`,
    });
  });

  it("an array without names says so", async () => {
    const array = await createArray(new MemoryStore(), { shape: [2], dtype: "int8" });
    const message = 'no dimension is named "x": its dimensions have no names [file "(memory)", path ""]';
    await expect(array.get({ x: 1 })).rejects.toMatchObject({ code: "ERR_SELECTION", message });
  });

  it("more points than one call takes are refused before they are made", async () => {
    const array = await createArray(new MemoryStore(), { shape: [2, 2], dtype: "int8" });
    const long = new Array<number>(10_000).fill(0);
    const call = array.getCoordinates([long.map((i) => [i]), long]);
    await expect(call).rejects.toMatchObject({ code: "ERR_LIMIT" });
  });

  it("values of another number are ERR_VALUE", async () => {
    const array = await numbered();
    const error = { code: "ERR_VALUE" };
    await expect(array.setOrthogonal([[0, 1], 0], [1])).rejects.toMatchObject(error);
    await expect(array.setCoordinates([[0, 1], 0], [1, 2, 3])).rejects.toMatchObject(error);
    await expect(array.setMask({ data: new Uint8Array(360), shape: [20, 18] }, [1])).rejects.toMatchObject(error);
  });
});

it("concurrent sets of parts of one chunk are all kept", async () => {
  const array = await createArray(new MemoryStore(), {
    shape: [64],
    chunks: [64],
    dtype: "uint8",
    compressors: "gzip",
  });
  await Promise.all(
    Array.from({ length: 64 }, (_, i) =>
      i % 3 === 0
        ? array.set([i], i + 1)
        : i % 3 === 1
          ? array.setCoordinates([[i]], i + 1)
          : array.setOrthogonal([[i, i]], [0, i + 1]),
    ),
  );
  expect([...(await array.get()).data]).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
});

it("the types tell scalars from regions", async () => {
  const array = await numbered();
  expectTypeOf(await array.getOrthogonal([1, 2])).toEqualTypeOf<number>();
  expectTypeOf(await array.getOrthogonal([[1], 2])).toEqualTypeOf<Chunk<Int32Array>>();
  expectTypeOf(await array.getCoordinates([1, 2])).toEqualTypeOf<number>();
  expectTypeOf(await array.getCoordinates([[1], 2])).toEqualTypeOf<Chunk<Int32Array>>();
  expectTypeOf(await array.get({ y: slice(1) })).toEqualTypeOf<Chunk<Int32Array>>();
  expectTypeOf(await array.get({ y: 1 })).toEqualTypeOf<number | Chunk<Int32Array>>();
  expectTypeOf(
    await array.getMany([
      [1, 2],
      [slice(1), 2],
    ]),
  ).toEqualTypeOf<[number, Chunk<Int32Array>]>();
});

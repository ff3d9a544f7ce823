// A selection shorter than the rank takes all of the other dimensions, as NumPy does.
import { describe, expect, expectTypeOf, test } from "vitest";
import { type Chunk, createArray, MemoryStore, openArray, slice } from "../../src/index.js";

const data = Int16Array.from({ length: 24 }, (_, i) => i);
const store = new MemoryStore();
const array = await createArray(store, { shape: [2, 3, 4], chunks: [1, 2, 3], dtype: "int16", data });

/** From NumPy: `np.arange(24).reshape(2, 3, 4)[…]`. */
describe("of np.arange(24).reshape(2, 3, 4)", () => {
  test("[1] is its second half", async () => {
    const { data, shape } = await array.get([1]);
    expect([shape, [...data]]).toEqual([
      [3, 4],
      [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
    ]);
  });

  test("[1, 2] is the last row, [-1, slice(1)] the first row of the second half", async () => {
    const row = await array.get([1, 2]);
    expect([row.shape, [...row.data]]).toEqual([[4], [20, 21, 22, 23]]);
    const rows = await array.get([-1, slice(1)]);
    expect([rows.shape, [...rows.data]]).toEqual([
      [1, 4],
      [12, 13, 14, 15],
    ]);
  });

  test("[()] is all of it, and an array without dimensions gives its value", async () => {
    expect([...(await array.get([])).data]).toEqual([...data]);
    const scalar = await createArray(new MemoryStore(), { shape: [], dtype: "int16", data: 7 });
    expect(await scalar.get([])).toBe(7);
  });

  test("orthogonal selections and blocks, too; too many entries are ERR_SELECTION", async () => {
    const listed = await array.getOrthogonal([[1, 0]]);
    expect([listed.shape, listed.data[0]]).toEqual([[2, 3, 4], 12]);
    expect((await array.getBlocks([1])).shape).toEqual([1, 3, 4]);
    expect((await array.getMany([[1], [0, 1]])).map((region) => (region as Chunk).shape)).toEqual([[3, 4], [4]]);
    await expect(array.get([0, 0, 0, 0] as never)).rejects.toMatchObject({ code: "ERR_SELECTION" });
  });

  test("set writes to what get reads", async () => {
    const written = await createArray(new MemoryStore(), { shape: [2, 3], dtype: "int16" });
    await written.set([1], [1, 2, 3]);
    await written.set([0, 1], 9);
    expect([...(await written.get()).data]).toEqual([0, 9, 0, 1, 2, 3]);
  });
});

test("types: a scalar only where every dimension is known to have an index", async () => {
  expectTypeOf(await array.get([1, 2, 3])).toEqualTypeOf<number>();
  expectTypeOf(await array.get([1])).toEqualTypeOf<Chunk<Int16Array>>();
  expectTypeOf(await array.get([1, null, 3])).toEqualTypeOf<Chunk<Int16Array>>();
  expectTypeOf(array.ndim).toEqualTypeOf<3>();
  const opened = await openArray<"int16">(store);
  expectTypeOf(await opened.get([1])).toEqualTypeOf<number | Chunk<Int16Array>>();
  const ranked = await openArray<"int16", 3>(store);
  expectTypeOf(await ranked.get([1, 2, 3])).toEqualTypeOf<number>();
});

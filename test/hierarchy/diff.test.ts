import { describe, expect, test } from "vitest";
import { type CreateArrayOptions, createArray, createGroup, diff, MemoryStore, openGroup } from "../../src/index.js";

const plain = { path: "a", shape: [2, 3], dtype: "float64", data: [1, 2, 3, 4, 5, 6] } as const;

/** A group with one array. */
async function group(options: object = {}) {
  const store = new MemoryStore();
  await createGroup(store);
  await createArray(store, { ...plain, ...options } as CreateArrayOptions);
  return await openGroup(store);
}

describe("diff", () => {
  test.each([
    ["chunks", { chunks: [1, 2] }],
    ["shards", { chunks: [1, 1], shards: [2, 3] }],
    ["codecs", { compressors: "gzip" }],
  ])("%s make no difference", async (_, options) => {
    expect(await diff(await group(), await group(options))).toEqual([]);
  });

  test("nor is the Zarr format", async () => {
    const store = new MemoryStore();
    await createArray(store, { ...plain, zarrFormat: 2 });
    expect(await diff(await group(), await openGroup(store))).toEqual([]);
  });

  test.each<[what: string, options: object, message: string]>([
    ["dtype", { dtype: "float32" }, "float64 here, float32 there"],
    ["shape", { shape: [3, 2] }, "[2,3] here, [3,2] there"],
    ["fillValue", { fillValue: 1 }, "0 here, 1 there"],
    ["dimensionNames", { dimensionNames: ["y", null] }, 'null here, ["y",null] there'],
    ["attributes", { attributes: { unit: "m" } }, '{} here, {"unit":"m"} there'],
    ["values", { data: [1, 2, 3, 4, 5, 7] }, "[1, 2] is 6 here, 7 there"],
    ["values", { data: [1, 2, 3, 4, 5, 7], chunks: [1, 1] }, "[1, 2] is 6 here, 7 there"],
  ])("%s %j", async (what, options, message) => {
    expect(await diff(await group(), await group(options))).toEqual([{ path: "a", what, message }]);
  });

  test("-0 is not 0, and a NaN is itself", async () => {
    const of = async (value: number) => await group({ data: [value, 2, 3, 4, 5, 6] });
    expect(await diff(await of(Number.NaN), await of(Number.NaN))).toEqual([]);
    expect(await diff(await of(0), await of(-0))).toMatchObject([{ what: "values" }]);
  });

  test("nodes that only one of them has", async () => {
    const other = await group();
    await other.createGroup({ path: "b" });
    expect(await diff(await group(), other)).toEqual([
      { path: "b", what: "node", message: "nothing here, group there" },
    ]);
  });

  test("the order of attributes makes no difference", async () => {
    const [one, other] = [
      await group({ attributes: { a: 1, b: { c: 2, d: 3 } } }),
      await group({ attributes: { b: { d: 3, c: 2 }, a: 1 } }),
    ];
    expect(await diff(one, other)).toEqual([]);
  });

  test("without data, values are not read", async () => {
    expect(await diff(await group(), await group({ data: [9, 2, 3, 4, 5, 6] }), { data: false })).toEqual([]);
  });
});

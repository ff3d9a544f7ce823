// The expected numbers are NumPy's, of values that test/interop/values.ts and NumPy compute alike; means and deviations in long double.
import { describe, expect, test } from "vitest";
import { type ArraySummary, createArray, MemoryStore, slice, summarize } from "../../src/index.js";
import { expectRejection } from "../expect-error.js";
import { type TestDataType, testValues } from "../interop/values.js";

/** Equal but for the last digits of mean and deviation. */
function expectSummary(found: ArraySummary, { mean, std, ...exact }: Partial<ArraySummary>) {
  expect(found).toMatchObject(exact);
  for (const [value, want] of [
    [found.mean, mean!],
    [found.std, std!],
  ]) {
    if (Number.isFinite(want)) expect(Math.abs(value! - want!)).toBeLessThanOrEqual(1e-12 * Math.abs(want!));
    else expect(value).toBe(want);
  }
}

const infinity = Number.POSITIVE_INFINITY;

describe("summarize", () => {
  test.each<[dtype: TestDataType, summary: Partial<ArraySummary>, counts: number[], range: [number, number]]>([
    [
      "bool",
      { nanCount: 0, fillCount: 15000, min: false, max: true, mean: 0.5, std: 0.5 },
      [15000, 0, 0, 0, 15000],
      [0, 1],
    ],
    [
      "int8",
      { nanCount: 0, fillCount: 118, min: -128, max: 127, mean: -0.5037666666666667, std: 73.90017130660493 },
      [5977, 5977, 5976, 5977, 6093],
      [-128, 127],
    ],
    [
      "uint8",
      { nanCount: 0, fillCount: 118, min: 0, max: 255, mean: 127.49623333333334, std: 73.90045998376615 },
      [5978, 5975, 5977, 5977, 6093],
      [0, 255],
    ],
    [
      "int16",
      { nanCount: 0, fillCount: 1, min: -32768, max: 32764, mean: -1.5105666666666666, std: 18918.614769711734 },
      [6000, 6000, 6000, 5999, 6001],
      [-32768, 32764],
    ],
    [
      "uint16",
      { nanCount: 0, fillCount: 1, min: 0, max: 65533, mean: 32766.489433333332, std: 18918.63988443025 },
      [6000, 6000, 6000, 6000, 6000],
      [0, 65533],
    ],
    [
      "int32",
      { nanCount: 0, fillCount: 0, min: -2147442408, max: 2147265943, mean: -66226.5368, std: 1239850401.1594505 },
      [6000, 6000, 6000, 5999, 6001],
      [-2147442408, 2147265943],
    ],
    [
      "uint32",
      { nanCount: 0, fillCount: 0, min: 7, max: 4294790824, mean: 2147417421.4632, std: 1239852039.39119 },
      [6000, 5999, 6001, 6000, 6000],
      [7, 4294790824],
    ],
    [
      "int64",
      {
        ...{ nanCount: 0, fillCount: 0, min: -9223194908715562867n, max: 9222437001606546434n },
        ...{ mean: -284438662156318.25, std: 5.325116923790618e18 },
      },
      [6000, 6000, 6000, 5999, 6001],
      [-9.223194908715563e18, 9.222437001606546e18],
    ],
    [
      "uint64",
      {
        ...{ nanCount: 0, fillCount: 0, min: 31605254546n, max: 18445986134995281725n },
        ...{ mean: 9.22308759819262e18, std: 5.325123961801973e18 },
      },
      [6000, 5999, 6001, 6000, 6000],
      [31605254546, 1.8445986134995282e19],
    ],
    [
      "float16",
      { nanCount: 2308, fillCount: 2323, min: -infinity, max: 127.875, mean: -infinity, std: Number.NaN },
      [4629, 4604, 6919, 4610, 4622],
      [-128, 127.875],
    ],
    [
      "float32",
      { nanCount: 2308, fillCount: 2323, min: -infinity, max: 127.875, mean: -infinity, std: Number.NaN },
      [4629, 4604, 6919, 4610, 4622],
      [-128, 127.875],
    ],
    [
      "float64",
      { nanCount: 2308, fillCount: 2323, min: -infinity, max: 127.875, mean: -infinity, std: Number.NaN },
      [4629, 4604, 6919, 4610, 4622],
      [-128, 127.875],
    ],
    [
      "complex128",
      { nanCount: 4615, fillCount: 5, min: 0, max: infinity, mean: infinity, std: Number.NaN },
      [954, 944, 4336, 4635, 9901],
      [0, 131.52590049112],
    ],
    [
      "datetime64[s]",
      {
        ...{ nanCount: 2308, fillCount: 0, min: -2147483641n, max: 2146883299n },
        ...{ mean: 419409.15188502095, std: 1239967342.879263 },
      },
      [5537, 5532, 5536, 5544, 5543],
      [-2147483641, 2146883299],
    ],
  ])("%s", async (dtype, expected, counts, range) => {
    const data = testValues(dtype, 30000, 7);
    const fillValue = dtype.startsWith("datetime") ? { fillValue: 0 } : {};
    const array = await createArray(new MemoryStore(), {
      ...{ shape: [60, 500], chunks: [7, 100], dtype, data: data as never, ...fillValue },
    });
    const summary = await summarize(array, { bins: 5, range });
    expectSummary(summary, { count: 30000, ...expected });
    expect(summary.histogram!.counts).toEqual(counts);
    expect([summary.histogram!.edges[0], summary.histogram!.edges.at(-1)]).toEqual(range);
  });

  /** Moments whose distances are far below what a number tells of them. */
  const base = 1_700_000_000_000_000_000n;
  const length = 4_500_000;

  test("64-bit integers and parts: the deviation is that of the distances", async () => {
    const data = BigInt64Array.from({ length }, (_, i) => base + BigInt((i * 7919) % 100003));
    const array = await createArray(new MemoryStore(), {
      ...{ shape: [length], chunks: [1_000_000], dtype: "int64", fillValue: base + 5n, compressors: null, data },
    });
    const parts: number[] = [];
    const summary = await summarize(array, { bins: 4, onProgress: ({ done, total }) => parts.push(done, total) });
    expect(parts).toEqual([1, 6, 2, 6, 3, 6, 4, 6, 5, 6, 6, 6]);
    expectSummary(summary, {
      ...{ count: length, fillCount: 45, min: base, max: base + 100002n, mean: 1700000000000050000 },
      std: 28868.390149149353,
    });
    const part = await summarize(array, { selection: [slice(10, 4_400_000, 3)] });
    expectSummary(part, {
      ...{ count: 1466664, min: base, max: base + 100002n, mean: 1700000000000050000, std: 28868.386883651223 },
    });
  });

  test("without a range the bins cover all values, which are read twice", async () => {
    const data = Float32Array.from({ length }, (_, i) => (i % 13 === 0 ? Number.NaN : ((i * 7919) % 100003) / 8));
    const array = await createArray(new MemoryStore(), {
      ...{ shape: [length], chunks: [2 ** 20], dtype: "float32", compressors: null, data },
    });
    expectSummary(await summarize(array, { bins: 4, range: [0, 10000] }), {
      ...{ nanCount: 346154, min: 0, max: 12500.25, mean: 6250.142919597886, std: 3608.547815004536 },
      histogram: { edges: [0, 2500, 5000, 7500, 10000], counts: [830737, 830742, 830747, 830787] },
    });
    const { histogram } = await summarize(array, { bins: 3 });
    expect(histogram!.edges).toEqual([0, 4166.75, 8333.5, 12500.25]);
    expect(histogram!.counts.reduce((sum, count) => sum + count)).toBe(length - 346154);
  });

  test("a chunk that is not stored, a scalar, and nothing", async () => {
    const store = new MemoryStore();
    const array = await createArray(store, { shape: [4], chunks: [2], dtype: "int16", fillValue: 3 });
    await array.set([slice(2)], [1, 2]);
    expect(await summarize(array)).toEqual({
      ...{ count: 4, nanCount: 0, fillCount: 2, min: 1, max: 3, mean: 2.25, std: Math.sqrt(11) / 4 },
    });
    expect(await summarize(array, { selection: [1] })).toMatchObject({ count: 1, min: 2, max: 2, mean: 2, std: 0 });
    expect(await summarize(array, { selection: [slice(0)], bins: 2 })).toEqual({
      ...{ count: 0, nanCount: 0, fillCount: 0, min: undefined, max: undefined, mean: Number.NaN, std: Number.NaN },
      histogram: { edges: [0, 0.5, 1], counts: [0, 0] },
    });
    const one = await createArray(new MemoryStore(), { shape: [], dtype: "float64", data: 7 });
    expect(await summarize(one, { bins: 1 })).toMatchObject({ histogram: { edges: [6.5, 7.5], counts: [1] } });
  });

  test("a fill value of NaN is found", async () => {
    const array = await createArray(new MemoryStore(), { shape: [3], dtype: "float32", fillValue: Number.NaN });
    await array.set([1], 5);
    expect(await summarize(array)).toMatchObject({ fillCount: 2, nanCount: 2, min: 5, max: 5, mean: 5 });
  });

  test("complex numbers of the fill value's magnitude are not it", async () => {
    const data = Float64Array.of(1, 0, 0, 1, -1, 0, 1, 0);
    const fillValue = [1, 0] as const;
    const array = await createArray(new MemoryStore(), { shape: [4], dtype: "complex128", fillValue, data });
    expect(await summarize(array)).toMatchObject({ fillCount: 2, min: 1, max: 1 });
    const nan = await createArray(new MemoryStore(), { shape: [2], dtype: "complex64", fillValue: [Number.NaN, 0] });
    await nan.set([0], [0, Number.NaN]);
    expect(await summarize(nan)).toMatchObject({ fillCount: 1, nanCount: 2 });
  });

  test.each([
    ["int64", 2n ** 62n],
    ["uint64", 2n ** 64n - 1n],
    ["float64", Number.MAX_VALUE],
    ["float64", -(2 ** 60)],
  ] as const)(
    "bins of one value alone hold it, where half a unit is nothing beside it: %s %s",
    async (dtype, value) => {
      const array = await createArray(new MemoryStore(), { shape: [3], dtype, fillValue: value });
      const { edges, counts } = (await summarize(array, { bins: 2 })).histogram!;
      expect(counts.reduce((sum, count) => sum + count)).toBe(3);
      expect(edges[2]).toBeGreaterThan(edges[0]!);
      expect(edges.every(Number.isFinite)).toBe(true);
    },
  );

  test("values without an order, and invalid bins", async () => {
    const store = new MemoryStore();
    const text = await createArray(store, { path: "text", shape: [1], dtype: "string" });
    await expectRejection(summarize(text as never), "ERR_UNSUPPORTED");
    const array = await createArray(store, { path: "a", shape: [2], dtype: "float64", data: [1, infinity] });
    await expectRejection(summarize(array, { bins: 0 }), "ERR_ARGUMENT");
    await expectRejection(summarize(array, { range: [0, 1] }), "ERR_ARGUMENT");
    await expectRejection(summarize(array, { bins: 2, range: [1, 0] }), "ERR_ARGUMENT");
    await expectRejection(summarize(array, { bins: 2 }), "ERR_ARGUMENT");
    await expectRejection(summarize(store as never), "ERR_ARGUMENT");
    expect((await summarize(array, { bins: 2, range: [0, 2] })).histogram!.counts).toEqual([0, 1]);
  });
});

// What arrays of each data type store, and give back. Bytes are NumPy's; documents are those that zarr-python 3.1.6 writes.
import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/bytes/parse-json.js";
import {
  createArray,
  type DTypeName,
  fieldOf,
  type Json,
  MemoryStore,
  openArray,
  slice,
  TimeType,
  type ZarrErrorCode,
} from "../../src/index.js";
import { expectError } from "../expect-error.js";

/** As {@link expectError}, of what a promise is rejected with. */
async function expectRejection(promise: Promise<unknown>, ...expected: [code: ZarrErrorCode, ...parts: string[]]) {
  const reason = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expectError(
    () => {
      throw reason;
    },
    ...expected,
  );
}

const bytes = (...values: number[]) => Uint8Array.from(values);

interface Case {
  readonly dtype: string | readonly Json[];
  /** Two values, or the data of two elements. */
  readonly values: unknown;
  readonly scalars: readonly unknown[];
  /** A document's `fill_value` for the first of them, in v2 and in v3. */
  readonly fill: readonly [Json, Json];
  /** The one chunk in v2, and in v3 where it differs. */
  readonly stored: readonly number[];
  readonly storedV3?: readonly number[];
}

const cases: Case[] = [
  {
    dtype: ">c8",
    values: [[1.5, -2], 0],
    scalars: [
      [1.5, -2],
      [0, 0],
    ],
    fill: [
      [1.5, -2],
      [1.5, -2],
    ],
    stored: [63, 192, 0, 0, 192, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  },
  {
    dtype: "datetime64[s]",
    values: [1, "NaT"],
    scalars: [1n, -(2n ** 63n)],
    fill: [1, 1],
    stored: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128],
  },
  {
    dtype: "V2",
    values: bytes(1, 2, 3, 4),
    scalars: [bytes(1, 2), bytes(3, 4)],
    fill: ["AQI=", "AQI="],
    stored: [1, 2, 3, 4],
  },
  {
    dtype: "S3",
    values: ["ab", bytes(255)],
    scalars: [bytes(97, 98), bytes(255)],
    fill: ["YWI=", "YWI="],
    stored: [97, 98, 0, 255, 0, 0],
  },
  {
    dtype: ">U2",
    values: ["é😀", ""],
    scalars: ["é😀", ""],
    fill: ["é😀", "é😀"],
    stored: [0, 0, 0, 233, 0, 1, 246, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  },
  {
    dtype: "string",
    values: ["é", ""],
    scalars: ["é", ""],
    fill: ["é", "é"],
    stored: [2, 0, 0, 0, 2, 0, 0, 0, 195, 169, 0, 0, 0, 0],
  },
  {
    dtype: "variable_length_bytes",
    values: [bytes(7, 8), bytes()],
    scalars: [bytes(7, 8), bytes()],
    fill: ["Bwg=", "Bwg="],
    stored: [2, 0, 0, 0, 2, 0, 0, 0, 7, 8, 0, 0, 0, 0],
  },
  {
    dtype: [
      ["a", "<i2"],
      ["b", ">i2"],
    ],
    values: [
      { a: 1, b: 2 },
      { a: -1, b: 0 },
    ],
    scalars: [
      { a: 1, b: 2 },
      { a: -1, b: 0 },
    ],
    fill: ["AQAAAg==", { a: 1, b: 2 }],
    stored: [1, 0, 0, 2, 255, 255, 0, 0],
    storedV3: [1, 0, 2, 0, 255, 255, 0, 0],
  },
];

describe.each(cases)("an array of $dtype", ({ dtype, values, scalars, fill, stored, storedV3 = stored }) => {
  test.each([2, 3] as const)("format %i: stores its elements, and gives them back", async (zarrFormat) => {
    const store = new MemoryStore();
    const created = await createArray(store, {
      ...{ zarrFormat, shape: [4], chunks: [2], dtype, compressors: null, fillValue: scalars[0] },
    });
    await created.set([slice(0, 2)], values as ArrayLike<unknown>);
    const document = await store.get(zarrFormat === 2 ? ".zarray" : "zarr.json");
    expect(parseJson(document!)).toMatchObject({ fill_value: fill[zarrFormat - 2] });
    const chunk = await store.get(zarrFormat === 2 ? "0" : "c/0");
    expect([...chunk!]).toEqual(zarrFormat === 2 ? stored : storedV3);

    const array = await openArray(store);
    expect(array.fillValue).toEqual(scalars[0]);
    expect([await array.get([0]), await array.get([1]), await array.get([3])]).toEqual([...scalars, scalars[0]]);
    expect(array.dataType.getScalar((await array.get()).data, array.dataType.width)).toEqual(scalars[1]);
  });

  test.each([2, 3] as const)(
    "format %i: one scalar is written to all of a region; the fill value removes",
    async (zarrFormat) => {
      const store = new MemoryStore();
      const array = await createArray(store, { zarrFormat, shape: [5], chunks: [2], dtype, fillValue: scalars[0] });
      await array.set(null, scalars[1]);
      expect([await array.get([0]), await array.get([4])]).toEqual([scalars[1], scalars[1]]);
      await array.set([slice(0, 4)], scalars[0]);
      const kept = [];
      for await (const coords of array.storedChunks()) kept.push(coords);
      expect(kept).toEqual([[2]]);
    },
  );
});

test("objects of JSON go through json2, in Zarr format 2", async () => {
  const store = new MemoryStore();
  const values = [{ a: [1, null] }, "x", 2n ** 60n, null];
  await createArray(store, { zarrFormat: 2, shape: [4], dtype: "object", data: values });
  const array = await openArray(store);
  expect([array.dtype, (await array.get()).data, await array.get([0])]).toEqual(["object", values, values[0]]);
  expect(parseJson((await store.get(".zarray"))!)).toMatchObject({ dtype: "|O", fill_value: null });
  const v3 = createArray(new MemoryStore(), { shape: [4], dtype: "object" });
  await expectRejection(v3, "ERR_DATA_TYPE", "object");
});

test.each(["pickle", "msgpack2"])("objects of %s are refused by that name, when they are used", async (id) => {
  const store = new MemoryStore();
  const document = { zarr_format: 2, shape: [1], chunks: [1], dtype: "|O", fill_value: null, order: "C" };
  const text = JSON.stringify({ ...document, compressor: null, filters: [{ id }] });
  await store.set(".zarray", new TextEncoder().encode(text));
  await expectRejection(
    openArray(store).then((array) => array.get()),
    "ERR_CODEC_UNAVAILABLE",
    id,
  );
});

test("the unit of dates is on the data type, and a struct's fields are data of their own", async () => {
  const dtype = [
    ["t", "<M8[10us]"],
    ["v", ">f4", [2]],
  ];
  const data = [
    { t: 1, v: [1, 2] },
    { t: "NaT", v: [3, 4] },
  ];
  const array = await createArray(new MemoryStore(), { zarrFormat: 2, shape: [2], dtype, data });
  const chunk = (await array.get()) as { data: Uint8Array; shape: number[]; stride: number[] };
  expect(fieldOf(chunk, array.dataType, "v")).toEqual({
    data: Float32Array.of(1, 2, 3, 4),
    shape: [2, 2],
    stride: [2, 1],
  });
  expect(fieldOf(chunk, array.dataType, "t").data).toEqual(BigInt64Array.of(1n, -(2n ** 63n)));
  const dates = await createArray(new MemoryStore(), { shape: [1], dtype: "datetime64[10us]" });
  expect(dates.dtype).toBe("datetime64[10us]");
  expect(dates.dataType instanceof TimeType && [dates.dataType.unit, dates.dataType.scaleFactor]).toEqual(["us", 10]);
});

describe("array.dtype is what createArray takes for another array of the type", () => {
  const record = [
    ["a", "<i4"],
    ["b", [["x", "<f8"]]],
    ["c", "|S3"],
  ];
  test.each<[DTypeName | Json[], string]>([
    ["float32", "float32"],
    [">i2", "int16"],
    ["c8", "complex64"],
    ["datetime64[ns]", "datetime64[ns]"],
    ["m8[10us]", "timedelta64[10us]"],
    ["M8", "datetime64"],
    ["<U8", "U8"],
    ["S4", "S4"],
    ["V3", "V3"],
    ["r16", "r16"],
    ["string", "string"],
    ["bytes", "bytes"],
    ["bfloat16", "bfloat16"],
    [record, '[["a","<i4"],["b",[["x","<f8"]]],["c","|S3"]]'],
    [[["a", "bfloat16"]], '[["a","bfloat16"]]'],
  ])("%j", async (dtype, spelled) => {
    const array = await createArray(new MemoryStore(), { shape: [1], dtype });
    expect(array.dtype).toBe(spelled);
    const other = await createArray(new MemoryStore(), { shape: [1], dtype: array.dtype });
    expect(other.dataType).toEqual(array.dataType);
  });

  test("object, which only Zarr format 2 has, and a type that another package has registered", async () => {
    const options = { zarrFormat: 2, shape: [1], filters: [{ id: "json2" }] } as const;
    const array = await createArray(new MemoryStore(), { ...options, dtype: "object" });
    expect(array.dtype).toBe("object");
    expect((await createArray(new MemoryStore(), { ...options, dtype: array.dtype })).dataType).toBe(array.dataType);
  });
});

test.each(["string", "bytes", "U8", "V8"])(
  "%s: a region or chunk beyond the limits is refused before it is allocated",
  async (dtype) => {
    const size = 2 ** 40;
    const wide = await createArray(new MemoryStore(), { shape: [size], chunks: [10], dtype });
    await expectRejection(wide.get(), "ERR_LIMIT", dtype === "V8" ? "readBytes" : "listBytes");
    const large = await createArray(new MemoryStore(), { shape: [size], chunks: [2 ** 30], dtype });
    await expectRejection(large.getChunk([0]), "ERR_LIMIT", dtype === "V8" ? "chunkBytes" : "listBytes");
  },
);

test("values that do not fit are refused with their index", async () => {
  const array = await createArray(new MemoryStore(), { shape: [2], dtype: "U2" });
  await expectRejection(array.set(null, ["ok", "long"]), "ERR_VALUE", "long", "index 1");
  await expectRejection(array.set(null, ["a", "b", "c"]), "ERR_VALUE", "3");
});

// Expected bytes are NumPy's, of the same two records in three layouts.
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/bytes/json.js";
import { dataTypeFromJson, dataTypeFromName, dataTypeFromV2, dataTypeToV2 } from "../../src/data-type/registry.js";
import { StructType } from "../../src/data-type/struct.js";
import { fieldOf } from "../../src/grid/field-of.js";
import { expectError } from "../expect-error.js";

const layout = (a: string, x: string, t: string, u: string, z: string): Json => [
  ["a", `${a}i4`],
  [
    "n",
    [
      ["x", `${x}f4`],
      ["y", "|u1"],
    ],
  ],
  ["t", `${t}M8[s]`, [2]],
  ["u", `${u}U2`],
  ["z", `${z}c8`],
];
const mixed = layout("<", ">", "<", ">", "<");
const stored = {
  mixed:
    "BwAAAD/AAADIAQAAAAAAAAACAAAAAAAAAAAAAGgAAADpAACAPwAAAMD/////voAAAAH//////////wAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAA==",
  little:
    "BwAAAAAAwD/IAQAAAAAAAAACAAAAAAAAAGgAAADpAAAAAACAPwAAAMD/////AACAvgH//////////wAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAA==",
  big: "AAAABz/AAADIAAAAAAAAAAEAAAAAAAAAAgAAAGgAAADpP4AAAMAAAAD/////voAAAAH//////////4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
};
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const little = bytesOf(stored.little);
const records = [
  { a: 7, n: { x: 1.5, y: 200 }, t: BigInt64Array.of(1n, 2n), u: "hé", z: [1, -2] },
  { a: -1, n: { x: -0.25, y: 1 }, t: BigInt64Array.of(-1n, -(2n ** 63n)), u: "", z: [0, 0] },
];

function structOf(dtype: Json): StructType {
  const { dataType } = dataTypeFromV2(dtype);
  if (!(dataType instanceof StructType)) throw new Error("no struct");
  return dataType;
}

describe("structs of v2", () => {
  test("fields lie without gaps", () => {
    const type = structOf(mixed);
    expect(type.fields.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ["a", 0, 4],
      ["n", 4, 5],
      ["t", 9, 16],
      ["u", 25, 8],
      ["z", 33, 8],
    ]);
    expect(type).toMatchObject({ name: "struct", itemSize: 41, width: 41, swapSize: 8 });
  });

  test.each<[string, Json, "little" | "big"]>([
    ["mixed", mixed, "little"],
    ["little", layout("<", "<", "<", "<", "<"), "little"],
    ["big", layout(">", ">", ">", ">", ">"), "big"],
    ["mixed", dataTypeToV2(structOf(mixed), "little"), "little"],
  ])("%s: %j is little-endian in memory, and is written as it was", (name, dtype, endian) => {
    const { dataType, endian: found } = dataTypeFromV2(dtype);
    expect(found).toBe(endian);
    const bytes = bytesOf(stored[name as keyof typeof stored]);
    // What the bytes codec does on a little-endian machine.
    const data = dataType.fromBytes(endian === "big" ? dataType.swapBytes(bytes) : bytes) as Uint8Array;
    expect(data).toEqual(little);
    expect([dataType.getScalar(data, 0), dataType.getScalar(data, 41)]).toEqual(records);
    const written = dataType.toBytes(data);
    expect(endian === "big" ? dataType.swapBytes(written) : written).toEqual(bytes);
    expect(dataTypeToV2(dataType, endian)).toEqual(dtype);
  });

  test("values are objects, or their bytes", () => {
    const type = structOf(mixed);
    expect(type.checkValues(records)).toEqual(little);
    expect(type.checkValues(little)).toBe(little);
    expect(type.checkScalar(little.subarray(0, 41))).toEqual(records[0]);
    const data = type.allocate(2);
    type.fill(data, type.checkScalar(records[0]), 41, 82);
    expect(data.subarray(41)).toEqual(little.subarray(0, 41));
    expect([type.isScalar(records[0]), type.isScalar(records), type.isScalar(little)]).toEqual([true, false, false]);
    const [first] = records;
    expectError(() => type.checkScalar({ ...first, a: 2 ** 31 }), "ERR_VALUE", "int32");
    expectError(() => type.checkScalar({ ...first, t: [1] }), "ERR_VALUE", '"t"', "2 elements");
    expectError(() => type.checkScalar({ ...first, b: 1 }), "ERR_VALUE", '"b"');
    expectError(() => type.checkScalar({ a: 1 }), "ERR_VALUE", '"n"');
    expectError(() => type.checkScalar(5), "ERR_VALUE", "5 is not a value of the struct");
    expectError(() => type.checkValues([first, { a: 1 }]), "ERR_VALUE", "index 1");
    expectError(() => type.checkValues(little.subarray(1)), "ERR_VALUE", "81 bytes");
    expectError(() => type.fromBytes(little.subarray(1)), "ERR_CODEC", "81 bytes");
  });

  test("a field of a region has its own type, and the dimensions of its shape", () => {
    const type = structOf(mixed);
    const chunk = { data: little, shape: [2, 1], stride: [1, 1] };
    expect(fieldOf(chunk, type, "a")).toEqual({ data: Int32Array.of(7, -1), shape: [2, 1], stride: [1, 1] });
    const times = fieldOf(chunk, type, "t");
    expect(times).toMatchObject({ shape: [2, 1, 2], stride: [2, 2, 1] });
    expect(times.data).toEqual(BigInt64Array.of(1n, 2n, -1n, -(2n ** 63n)));
    expect(fieldOf(chunk, type, "u").data).toEqual(["hé", ""]);
    expect(fieldOf(chunk, type, "z").data).toEqual(Float32Array.of(1, -2, 0, 0));
    const nested = fieldOf(chunk, type, "n");
    expect(fieldOf(nested, type.field("n").dataType, "x").data).toEqual(Float32Array.of(1.5, -0.25));
    expectError(() => fieldOf(chunk, type, "q"), "ERR_ARGUMENT", '"q"', '"a"');
    expectError(() => fieldOf(chunk, dataTypeFromJson("int8"), "a"), "ERR_DATA_TYPE", "int8");
  });

  test("a fill value in base64 has the stored byte orders", () => {
    // zarr-python 3.1.6 for np.void((7, 2.5)) of this type
    const { dataType, endian } = dataTypeFromV2([
      ["a", "<i4"],
      ["b", ">f8"],
    ]);
    expect(dataType.fillValueFromJson("BwAAAEAEAAAAAAAA", 2, endian)).toEqual({ a: 7, b: 2.5 });
    expect(dataType.fillValueToJson({ a: 7, b: 2.5 }, 2, endian)).toBe("BwAAAEAEAAAAAAAA");
    const big = dataTypeFromV2([["b", ">f8"]]);
    expect(big.dataType.fillValueFromJson("QAQAAAAAAAA=", 2, big.endian)).toEqual({ b: 2.5 });
    expect(big.dataType.fillValueToJson({ b: 2.5 }, 2, big.endian)).toBe("QAQAAAAAAAA=");
    expect(dataType.fillValueFromJson(null, 2)).toEqual({ a: 0, b: 0 });
    expect(dataType.fillValueFromJson(0, 2)).toEqual({ a: 0, b: 0 });
    expectError(() => dataType.fillValueFromJson("AAAA", 2), "ERR_METADATA", "12 bytes");
  });

  test("NumPy's names for fields without one", () => {
    expect(
      structOf([
        ["a", "|i1"],
        ["", "|V3"],
        ["b", "<i4"],
      ]).fields.map(({ name }) => name),
    ).toEqual(["a", "f1", "b"]);
  });

  test.each<[Json, "ERR_METADATA" | "ERR_DATA_TYPE" | "ERR_LIMIT", string]>([
    [[], "ERR_METADATA", "no fields"],
    [["a", "<i4"], "ERR_METADATA", "dtype[0]"],
    [[["a"]], "ERR_METADATA", "dtype[0]"],
    [
      [
        ["a", "<i4"],
        ["a", "<i4"],
      ],
      "ERR_METADATA",
      'two fields "a"',
    ],
    [[["a", "<q4"]], "ERR_DATA_TYPE", "<q4"],
    [[["a", "|O"]], "ERR_DATA_TYPE", "|O"],
    [[["a", "<i4", [0]]], "ERR_METADATA", "dtype[0]"],
    [[["a", "<i4", [2 ** 30, 2 ** 30]]], "ERR_LIMIT", "struct"],
    [[["a", [["b", "|u1", [2 ** 20]]], [2 ** 20]]], "ERR_LIMIT", "struct"],
  ])("%j is refused", (dtype, code, part) => {
    expectError(() => dataTypeFromV2(dtype), code, part);
  });

  test("an own field named __proto__ is one as any other", () => {
    const type = structOf([
      ["__proto__", "|u1"],
      ["length", "|u1"],
    ]);
    const value = type.getScalar(Uint8Array.of(3, 4), 0);
    expect(Object.entries(value)).toEqual([
      ["__proto__", 3],
      ["length", 4],
    ]);
    expect(type.checkValues([value])).toEqual(Uint8Array.of(3, 4));
    expectError(() => type.checkScalar({ length: 4 }), "ERR_VALUE", "__proto__");
  });
});

describe("structs of v3", () => {
  const field = (name: string, dataType: Json) => ({ name, data_type: dataType });
  const struct = (...fields: Json[]) => ({ name: "struct", configuration: { fields } });

  test("the registry's examples", () => {
    const json = struct(
      field("point", struct(field("x", "float32"), field("y", "float32"))),
      field("value", "float64"),
    );
    const type = dataTypeFromJson(json) as StructType;
    expect([type.itemSize, type.field("value").offset, type.toJson()]).toEqual([16, 8, json]);
    const fill = { point: { x: 1, y: 2 }, value: 3.14 };
    expect(type.fillValueFromJson(fill, 3)).toEqual(fill);
    expect(type.fillValueToJson(fill, 3)).toEqual(fill);
    expect(
      (dataTypeFromJson(struct(field("id", "int32"), field("flags", "uint8"), field("value", "float64"))) as StructType)
        .fields,
    ).toMatchObject([{ offset: 0 }, { offset: 4 }, { offset: 5 }]);
  });

  test("older documents have lists for fields, another name, and base64", () => {
    const type = dataTypeFromJson({
      name: "structured",
      configuration: {
        fields: [
          ["x", "float32"],
          ["y", "int16"],
        ],
      },
    });
    expect(type.toJson()).toEqual(struct(field("x", "float32"), field("y", "int16")));
    expect(type.fillValueFromJson("AADAPwEA", 3)).toEqual({ x: 1.5, y: 1 });
    expect(type.fillValueFromJson("P8AAAAAB", 3, "big")).toEqual({ x: 1.5, y: 1 });
  });

  test.each<[Json, string]>([
    [{ name: "struct", configuration: {} }, "fields is missing"],
    [struct(), "no fields"],
    [struct(field("", "int8")), "fields[0]"],
    [struct({ name: "a" }), "fields[0]"],
    [struct(field("a", "string")), "varying length"],
    [struct(field("a", "int8"), field("a", "int8")), 'two fields "a"'],
  ])("%j is refused", (json, part) => {
    expectError(() => dataTypeFromJson(json), "ERR_METADATA", part);
  });

  test.each<Json>([{ x: 1 }, { x: 1, z: 2 }, { x: 1, y: "a" }, { x: 1, y: 2, z: 3 }, 0, null, "AAA="])(
    "the fill value %j is refused",
    (json) => {
      const type = dataTypeFromJson(struct(field("x", "float32"), field("y", "int16")));
      expectError(() => type.fillValueFromJson(json, 3), "ERR_METADATA", "fill_value");
    },
  );

  test("a caller may use NumPy's list; v3 has no fields with a shape", () => {
    const { dataType, endian } = dataTypeFromName([
      ["a", ">i4"],
      ["b", "float64"],
    ]);
    expect([dataType.toJson(), endian]).toEqual([struct(field("a", "int32"), field("b", "float64")), "big"]);
    expectError(() => structOf(mixed).toJson(), "ERR_DATA_TYPE", '"t"', "[2]");
  });
});

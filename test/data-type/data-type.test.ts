import { describe, expect, expectTypeOf, test } from "vitest";
import type { Json } from "../../src/bytes/json.js";
import type { ChunkData, DataType } from "../../src/data-type/data-type.js";
import type { DataOf, ScalarOf } from "../../src/data-type/data-type-map.js";
import { dataTypeFromJson, dataTypeFromName, dataTypeFromV2, dataTypeToV2 } from "../../src/data-type/registry.js";
import type { ZarrErrorCode } from "../../src/errors.js";
import { expectError } from "../expect-error.js";

const type = (name: string): DataType => dataTypeFromJson(name);

/** name, v2 code, bytes, default fill value */
const types: [string, string, number, unknown][] = [
  ["bool", "|b1", 1, false],
  ["int8", "|i1", 1, 0],
  ["uint8", "|u1", 1, 0],
  ["int16", "<i2", 2, 0],
  ["uint16", "<u2", 2, 0],
  ["int32", "<i4", 4, 0],
  ["uint32", "<u4", 4, 0],
  ["int64", "<i8", 8, 0n],
  ["uint64", "<u8", 8, 0n],
  ["float16", "<f2", 2, 0],
  ["float32", "<f4", 4, 0],
  ["float64", "<f8", 8, 0],
];

describe("data types: names", () => {
  test.each(types)("%s is %s in v2, of %i bytes", (name, v2, itemSize, fillValue) => {
    const dataType = type(name);
    expect([dataType.name, dataType.toJson(), dataType.itemSize]).toEqual([name, name, itemSize]);
    expect([dataType.swapSize, dataType.width, dataType.defaultFillValue]).toEqual([itemSize, 1, fillValue]);
    const endian = itemSize === 1 ? undefined : "little";
    expect(dataTypeFromV2(v2)).toEqual({ dataType, endian });
    expect(dataTypeToV2(dataType)).toBe(v2);
    expect(dataTypeToV2(dataType, "big")).toBe(v2.replace("<", ">"));
    expect(dataTypeFromV2(dataTypeToV2(dataType, "big")).endian).toBe(itemSize === 1 ? undefined : "big");
    expect(dataTypeFromJson({ name, configuration: {} })).toBe(dataType);
  });

  test.each([
    ["float32", "float32", undefined],
    ["<f4", "float32", "little"],
    [">f4", "float32", "big"],
    ["f4", "float32", "little"],
    ["=i8", "int64", "little"],
    ["u1", "uint8", undefined],
    ["|b1", "bool", undefined],
  ])("a caller's %s is %s", (spelling, name, endian) => {
    expect(dataTypeFromName(spelling)).toEqual({ dataType: type(name), endian });
  });

  test.each<Json>(["float31", "<q9", "|i4", "f4", "<f4[s]", "|O", "constructor", "__proto__", "<f99999999999", "", 3])(
    "%o is not a v2 dtype",
    (dtype) => {
      expectError(() => dataTypeFromV2(dtype), "ERR_DATA_TYPE", dtype === 3 ? "3" : `"${dtype}"`);
    },
  );

  test.each<[Json | undefined, ZarrErrorCode]>([
    ["no.such.type", "ERR_DATA_TYPE"],
    [{ name: "no.such.type", configuration: {} }, "ERR_DATA_TYPE"],
    ["toString", "ERR_DATA_TYPE"],
    ["<f4", "ERR_DATA_TYPE"],
    [null, "ERR_METADATA"],
    [undefined, "ERR_METADATA"],
    [["int32"], "ERR_METADATA"],
    [{ configuration: {} }, "ERR_METADATA"],
    [{ name: "int32", configuration: 3 }, "ERR_METADATA"],
  ])("%o is not a v3 data type: %s", (json, code) => {
    expectError(() => dataTypeFromJson(json), code);
  });
});

test("a name of the other notation is told as it is written in this one, and no name is suggested for itself", () => {
  const told = (work: () => unknown, meant: string) => expect(work).toThrow(new RegExp(`did you mean ${meant}\\?$`));
  told(() => dataTypeFromV2("int32"), "<i4");
  told(() => dataTypeFromV2("bool"), "\\|b1");
  told(() => dataTypeFromV2("datetime64[ns]"), "<M8\\[ns\\]");
  told(() => dataTypeFromV2("u1"), "\\|u1");
  told(() => dataTypeFromJson("<i4"), "int32");
  told(() => dataTypeFromJson(">M8[us]"), "datetime64\\[us\\]");
});

describe("data types: bytes", () => {
  test.each([
    ["int16", [0x01, 0x80], -32767],
    ["uint32", [0xff, 0xff, 0xff, 0xff], 4294967295],
    ["int64", [1, 0, 0, 0, 0, 0, 0, 0x80], -9223372036854775807n],
    ["uint64", [255, 255, 255, 255, 255, 255, 255, 255], 18446744073709551615n],
    ["float16", [0x01, 0x3c], 1.0009765625],
    ["float32", [0, 0, 0xc0, 0x3f], 1.5],
    ["float64", [0, 0, 0, 0, 0, 0, 0, 0x80], -0],
    ["bool", [1], true],
  ])("%s: %o is %s, aligned or not", (name, encoded, scalar) => {
    const dataType = type(name);
    for (const offset of [0, 1]) {
      const bytes = new Uint8Array(offset + encoded.length).subarray(offset);
      bytes.set(encoded);
      const data = dataType.fromBytes(bytes);
      expect(dataType.getScalar(data, 0)).toBe(scalar);
      expect([...dataType.toBytes(data)]).toEqual(encoded);
    }
  });

  test("aligned bytes are viewed, unaligned ones copied", () => {
    const bytes = new Uint8Array(12);
    expect((type("int32").fromBytes(bytes.subarray(4)) as Int32Array).buffer).toBe(bytes.buffer);
    expect((type("int32").fromBytes(bytes.subarray(1, 5)) as Int32Array).buffer).not.toBe(bytes.buffer);
    expect(type("int32").fromBytes(Buffer.from([0, 1, 0, 0, 0]).subarray(1))).toEqual(Int32Array.of(1));
  });

  test("bytes that are not a whole number of elements are ERR_CODEC", () => {
    for (const name of ["int32", "float16"])
      expectError(() => type(name).fromBytes(new Uint8Array(5)), "ERR_CODEC", "5");
  });

  test("bool: a stored byte other than 0 is true, and the bytes given stay as they are", () => {
    const bytes = Uint8Array.of(0, 1, 2, 255);
    expect([...(type("bool").fromBytes(bytes) as Uint8Array)]).toEqual([0, 1, 1, 1]);
    expect([...bytes]).toEqual([0, 1, 2, 255]);
  });

  test.each(types)("%s: allocate gives zeros, shared if asked, and fill writes its range", (name) => {
    const dataType = type(name);
    const data = dataType.allocate(3, true) as Float64Array;
    expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
    const one = dataType.checkScalar(1);
    dataType.fill(data, one, 1, 2);
    const scalars = [0, 1, 2].map((i) => dataType.getScalar(data, i));
    expect(scalars).toEqual([dataType.defaultFillValue, one, dataType.defaultFillValue]);
    expect(dataType.allocate(0).length).toBe(0);
  });
});

describe("data types: a caller's values", () => {
  test.each<[string, unknown, unknown]>([
    ["int8", -128, -128],
    ["int8", 127n, 127],
    ["int32", -0, 0],
    ["uint64", 2n ** 64n - 1n, 2n ** 64n - 1n],
    ["int64", -5, -5n],
    ["float32", 0.1, 0.10000000149011612],
    ["float32", 1e39, Number.POSITIVE_INFINITY],
    ["float64", 2n ** 60n, 2 ** 60],
    ["float16", 0.1, 0.0999755859375],
    ["bool", 1, true],
    ["bool", 0n, false],
  ])("%s takes %s as %s", (name, value, scalar) => {
    expect(type(name).checkScalar(value)).toBe(scalar);
    const data = type(name).checkValues([value]);
    expect(type(name).getScalar(data, 0)).toBe(scalar);
  });

  test.each<[string, unknown, string[]]>([
    ["int8", 128, ["128", "int8", "-128", "127"]],
    ["uint8", -1, ["-1", "0 to 255"]],
    ["uint8", 256n, ["256"]],
    ["int32", 1.5, ["1.5", "not an integer"]],
    ["int32", Number.NaN, ["NaN"]],
    ["int32", "7", ['"7"']],
    ["int32", true, ["true"]],
    ["int32", undefined, ["undefined"]],
    ["int32", null, ["null"]],
    ["int64", 2 ** 53, ["not exact", "bigint"]],
    ["int64", 2n ** 63n, ["9223372036854775808", "9223372036854775807"]],
    ["uint64", -1n, ["-1"]],
    ["float32", "1", ['"1"']],
    ["float32", true, ["true"]],
    ["float64", 2n ** 53n + 1n, ["not exact"]],
    ["float64", 10n ** 400n, ["not exact"]],
    ["bool", 2, ["2"]],
    ["bool", "true", ['"true"']],
  ])("%s refuses %s", (name, value, parts) => {
    expectError(() => type(name).checkScalar(value), "ERR_VALUE", ...parts);
    expectError(() => type(name).checkValues([0, value]), "ERR_VALUE", ...parts, "index 1");
  });

  test.each<[string, ChunkData]>([
    ["int32", Int32Array.of(1)],
    ["int64", BigInt64Array.of(1n)],
    ["float32", Float32Array.of(1)],
    ["uint8", Buffer.of(1)],
    ["bool", Uint8Array.of(1)],
  ])("%s keeps data of its own type", (name, data) => {
    expect(type(name).checkValues(data)).toBe(data);
  });

  test.each<[string, ArrayLike<unknown>, unknown]>([
    ["int32", Float64Array.of(1, -2), Int32Array.of(1, -2)],
    ["int64", Int32Array.of(-1), BigInt64Array.of(-1n)],
    ["uint8", BigInt64Array.of(255n), Uint8Array.of(255)],
    ["uint8", new Uint8ClampedArray([255]), Uint8Array.of(255)],
    ["float32", Float64Array.of(0.1), Float32Array.of(0.1)],
    ["float64", Float32Array.of(0.1), Float64Array.of(0.10000000149011612)],
    ["float64", BigUint64Array.of(2n ** 63n), Float64Array.of(2 ** 63)],
    ["bool", [true, false, 1], Uint8Array.of(1, 0, 1)],
    ["bool", Int8Array.of(1, 0), Uint8Array.of(1, 0)],
  ])("%s converts %s", (name, values, data) => {
    expect(type(name).checkValues(values)).toEqual(data);
  });

  test.each<[string, ArrayLike<unknown>]>([
    ["int32", Float64Array.of(1, 1.5)],
    ["int8", Int16Array.of(0, 300)],
    ["uint64", BigInt64Array.of(0n, -1n)],
    ["bool", Uint8Array.of(0, 2)],
    ["float64", BigInt64Array.of(0n, 2n ** 53n + 1n)],
  ])("%s refuses what does not fit of %s", (name, values) => {
    expectError(() => type(name).checkValues(values), "ERR_VALUE", "index 1");
  });

  test("float16 rounds doubles once", () => {
    const data = type("float16").checkValues(Float64Array.of(1 + 2 ** -11 + 2 ** -40));
    expect(type("float16").getScalar(data, 0)).toBe(1.0009765625);
  });
});

describe("data types: fill values", () => {
  test.each<[string, Json, unknown]>([
    ["bool", true, true],
    ["int8", -128, -128],
    ["int64", -9223372036854775808n, -9223372036854775808n],
    ["int64", 5, 5n],
    ["uint64", 18446744073709551615n, 18446744073709551615n],
    ["float32", 3, 3],
    ["float32", 0.1, 0.10000000149011612],
    ["float64", 2n ** 64n, 2 ** 64],
    ["float64", -0, -0],
    ["float32", "NaN", Number.NaN],
    ["float16", "Infinity", Number.POSITIVE_INFINITY],
    ["float64", "-Infinity", Number.NEGATIVE_INFINITY],
    ["float32", Number.NaN, Number.NaN],
    ["float32", "0x7fc00000", Number.NaN],
    ["float32", "0xBF800000", -1],
    ["float16", "0x3c01", 1.0009765625],
    ["float64", "0x0000000000000001", 5e-324],
    ["float64", "0x8000000000000000", -0],
  ])("%s: %o is %s in both formats", (name, json, value) => {
    expect(type(name).fillValueFromJson(json, 3)).toBe(value);
    expect(type(name).fillValueFromJson(json, 2)).toBe(value);
  });

  test.each<[string, Json]>([
    ["bool", "true"],
    ["bool", 2],
    ["int32", 1.5],
    ["int32", "1"],
    ["int32", 1099511627776],
    ["int32", true],
    ["int64", 9223372036854775808n],
    ["int64", 1e18],
    ["uint64", -1],
    ["float32", "nan"],
    ["float32", "0x7fc0"],
    ["float32", "0x7fc0000g"],
    ["float64", "0x7fc00000"],
    ["float64", "1.5"],
    ["float64", []],
    ["float64", {}],
  ])("%s: %o is ERR_METADATA", (name, json) => {
    expectError(() => type(name).fillValueFromJson(json, 3), "ERR_METADATA", "fill_value");
    expectError(() => type(name).fillValueFromJson(json, 2), "ERR_METADATA", "fill_value");
  });

  test.each(types)("%s: null is the default in v2, and an error in v3", (name, _v2, _size, fillValue) => {
    expect(type(name).fillValueFromJson(null, 2)).toBe(fillValue);
    expectError(() => type(name).fillValueFromJson(null, 3), "ERR_METADATA", "null");
  });

  test.each<[string, unknown, Json]>([
    ["bool", true, true],
    ["int64", 5n, 5],
    ["uint64", 18446744073709551615n, 18446744073709551615n],
    ["float32", Number.NaN, "NaN"],
    ["float64", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["float64", -0, -0],
  ])("%s: %s is written as %o", (name, value, json) => {
    expect(type(name).fillValueToJson(value, 3)).toBe(json);
  });
});

test("DataOf and ScalarOf give the types of a name", () => {
  expectTypeOf<DataOf<"int32">>().toEqualTypeOf<Int32Array>();
  expectTypeOf<DataOf<"bool">>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<DataOf<"float16">>().toEqualTypeOf<Float16Array | Float32Array>();
  expectTypeOf<DataOf<string>>().toEqualTypeOf<ChunkData>();
  expectTypeOf<ScalarOf<"int64">>().toEqualTypeOf<bigint>();
  expectTypeOf<ScalarOf<"no.such.type">>().toEqualTypeOf<unknown>();
});

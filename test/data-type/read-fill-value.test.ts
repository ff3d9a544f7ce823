// What zarr-python 2.18.3, 3.0.10 and 3.1.6, tensorstore 0.1.86 and netCDF-C 4.10.1 write or read as a fill value: the expected
// values are theirs.
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/bytes/json.js";
import { readFillValue } from "../../src/data-type/read-fill-value.js";
import { readMoment } from "../../src/data-type/read-moment.js";
import { dataTypeFromName } from "../../src/data-type/registry.js";
import { expectError } from "../expect-error.js";

const type = (name: Json) => dataTypeFromName(name).dataType;
const nat = -(2n ** 63n);

describe("fill values of others", () => {
  test.each<[Json, Json, unknown]>([
    ["int32", "0", 0],
    ["int32", "-9999", -9999],
    ["int8", " 5 ", 5],
    ["int32", [-32767], -32767],
    ["int32", ["5"], 5],
    ["int32", [[5]], 5],
    ["int32", false, 0],
    ["uint8", true, 1],
    ["int64", -9.223372036854776e18, nat],
    ["int64", 9007199254740992, 9007199254740992n],
    ["int64", -9223372036854776000n, nat],
    ["int64", "-9223372036854775807", -9223372036854775807n],
    ["uint64", 9.223372036854776e18, 2n ** 63n],
    ["float32", "-9999", -9999],
    ["float32", "0", 0],
    ["float64", "-0", -0],
    ["float64", "1e3", 1000],
    ["float64", "nan", Number.NaN],
    ["float32", "NAN", Number.NaN],
    ["float32", "inf", Number.POSITIVE_INFINITY],
    ["float32", "-Inf", Number.NEGATIVE_INFINITY],
    ["float32", "+Infinity", Number.POSITIVE_INFINITY],
    ["float16", [1.5], 1.5],
    ["float64", true, 1],
    ["bool", [1], true],
    ["bool", 255, true],
    ["complex64", -9999, [-9999, 0]],
    ["complex64", "nan", [Number.NaN, 0]],
    ["complex128", [5], [5, 0]],
    ["complex128", ["inf", "-1.5"], [Number.POSITIVE_INFINITY, -1.5]],
    ["datetime64[ns]", "1970-01-01T00:00:00.000000003", 3n],
    ["datetime64[s]", "1970-01-02", 86_400n],
    ["datetime64[s]", [-9], -9n],
    ["datetime64[ns]", -9.223372036854776e18, nat],
    ["datetime64[Y]", "1973", 3n],
    ["timedelta64[ns]", "-9999", -9999n],
    ["timedelta64[ns]", [5], 5n],
    ["timedelta64[s]", -9.223372036854776e18, nat],
    ["S1", "Z", Uint8Array.of(0x5a)],
    ["S2", "é", Uint8Array.of(0xc3, 0xa9)],
    ["U2", "-9999", "-9"],
    ["U1", "😀😀", "😀"],
    ["float8_e8m0fnu", 0, 2 ** -127],
    ["bfloat16", "nan", Number.NaN],
    ["string", 0, ""],
    ["r16", 0, Uint8Array.of(0, 0)],
  ])("%o: %o is %o, in both formats", (name, json, value) => {
    expect(readFillValue(type(name), json, 2)).toEqual(value);
    expect(readFillValue(type(name), json, 3)).toEqual(value);
  });

  test.each<[Json, unknown]>([
    ["int16", 0],
    ["float32", 0],
    ["bool", false],
    ["complex64", [0, 0]],
    ["datetime64[s]", nat],
    ["float8_e8m0fnu", 2 ** -127],
  ])("%o: null is its default, also in v3, where GDAL writes it", (name, value) => {
    expect(readFillValue(type(name), null, 3)).toEqual(value);
  });

  const struct = type([
    ["a", "<i4"],
    ["b", "<c8"],
  ]);
  test("fields of structs follow the same rules", () => {
    expect(readFillValue(struct, { a: "7", b: 1 }, 3)).toEqual({ a: 7, b: [1, 0] });
    expect(readFillValue(struct, 0, 3)).toEqual({ a: 0, b: [0, 0] });
    for (const json of [{ a: "7" }, { a: 1, b: 1, c: 1 }]) {
      expectError(() => readFillValue(struct, json, 3), "ERR_METADATA", "fill_value");
    }
  });

  test.each<[Json, Json]>([
    ["int32", "nan"],
    ["int32", "1.5"],
    ["int32", 1.5],
    ["int32", "0x10"],
    ["int32", ""],
    ["int32", {}],
    ["int32", []],
    ["int32", [5, 6]],
    ["int8", "300"],
    ["int8", 1e3],
    ["uint8", -1],
    ["int64", 9.223372036854776e18],
    ["uint64", 1.8446744073709552e19],
    ["float32", "0x10"],
    ["float32", "x"],
    ["float32", [1, 2]],
    // NumPy takes every text but the empty one for true.
    ["bool", "0"],
    ["bool", "false"],
    ["bool", 0.5],
    ["complex64", [1, 2, 3]],
    ["complex64", {}],
    ["datetime64[s]", "0"],
    ["datetime64[s]", "2020-02-30"],
    ["datetime64[s]", "1970-01-01T00:00:00.5"],
    ["datetime64[10s]", "1970-01-01T00:00:05"],
    ["S2", "abc"],
    ["r16", "Z"],
    ["float8_e8m0fnu", -1],
  ])("%o: %o is refused, as its meaning is not clear", (name, json) => {
    expectError(() => readFillValue(type(name), json, 2), "ERR_METADATA", "fill_value");
    expectError(() => readFillValue(type(name), json, 3), "ERR_METADATA", "fill_value");
  });

  test("a list within lists within lists, as deep as a document may be, is read", () => {
    let json: Json = 5;
    for (let depth = 0; depth < 60; depth++) json = [json];
    expect(readFillValue(type("int32"), json, 2)).toBe(5);
  });
});

describe("moments", () => {
  // From numpy.datetime64(text, unit).astype("i8") of NumPy 2.2.
  test.each<[string, string, number, bigint]>([
    ["1970", "Y", 1, 0n],
    ["-1030", "Y", 1, -3000n],
    ["11970", "Y", 1, 10_000n],
    ["1970-04", "M", 1, 3n],
    ["1969-12", "M", 1, -1n],
    ["1970-01-22", "W", 1, 3n],
    ["1970-01-04", "D", 1, 3n],
    ["2000-02-29", "D", 1, 11_016n],
    ["1600-03-01", "D", 1, -135_080n],
    ["0000-01-01", "D", 1, -719_528n],
    ["-0001-12-31", "D", 1, -719_529n],
    ["2100-03-01", "D", 1, 47_541n],
    ["1970-01-01T03", "h", 1, 3n],
    ["1970-01-01T00:03", "m", 1, 3n],
    ["1970-01-01T00:00:30", "s", 10, 3n],
    ["1970-01-01T00:00:00.003", "ms", 1, 3n],
    ["1969-12-31T23:59:59.999997", "us", 1, -3n],
    ["2262-04-11T23:47:16.854775807", "ns", 1, 2n ** 63n - 1n],
    ["1970-01-01T00:00:00.000000000003", "ps", 1, 3n],
    ["1970-01-01T00:00:00.000000000000003", "fs", 1, 3n],
    ["1970-01-01T00:00:00.000000000000000003", "as", 1, 3n],
  ])("%s in steps of %s, %d at a time, is %d", (text, unit, scaleFactor, value) => {
    expect(readMoment(text, unit, scaleFactor)).toBe(value);
  });

  test.each<[string, string]>([
    ["1970-00", "M"],
    ["1970-13", "M"],
    ["1970-02", "Y"],
    ["1970-01-02", "M"],
    ["1970-01-02", "W"],
    ["1900-02-29", "D"],
    ["1970-01-00", "D"],
    ["1970-01-01T24", "h"],
    ["1970-01-01T00:60", "m"],
    ["1970-01-01T00:00:60", "s"],
    ["1970-01-01T00:00:00", "generic"],
    ["70-01-01", "D"],
    ["1970-1-1", "D"],
    ["today", "D"],
  ])("%s is not a whole number of %s", (text, unit) => {
    expect(readMoment(text, unit, 1)).toBeUndefined();
  });
});

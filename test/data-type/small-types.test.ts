// Expected values are those of the Python package ml_dtypes 0.6.0, which the registry's documents refer to.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { dataTypeFromJson, dataTypeFromV2, dataTypeToV2 } from "../../src/data-type/registry.js";
import { expectError } from "../expect-error.js";

/** name, bits, SHA-256 of the values of all codes as little-endian float32 with 0x7fc00000 for every NaN */
const floats: [string, number, string][] = [
  ["bfloat16", 16, "f12e27efe34841dfd6391497b86f389096b03a376586e1d9691bba0a8de3980a"],
  ["float8_e3m4", 8, "dbadb7342f17427478c8e77954625c363790851f2c54cc0c63a7a1bd09244574"],
  ["float8_e4m3", 8, "9ce77bd30a02e10bb70f4b9f1d8c65d129f60f0b405311976ab8c0f19d46571a"],
  ["float8_e4m3fn", 8, "422eccfaa21e72a6b26855bb10cdcfead6c1ce3262ecd813c99d8cbf9677f2e2"],
  ["float8_e4m3b11fnuz", 8, "74505330e3c9cb738d787c6bcd5d5a61a2090f98e302b7b0812c7faf29f4e1fe"],
  ["float8_e4m3fnuz", 8, "ac4866f772a7c08077713fde1fa54131d49c26339c885e971a24fc0fac6e33f4"],
  ["float8_e5m2", 8, "229a94c5f728edf2259da970a0e1dfb45cc1d69cce2b30e37659f3212ec4b8b9"],
  ["float8_e5m2fnuz", 8, "aac12d2730bf26ca53bfa107a7a6a8df192aba8cf58b971eec9126f83991e6d4"],
  ["float8_e8m0fnu", 8, "2fb2732a956043772ccd2c1664ae5d2558c62f9c06780c04d95f1ff0050f2f2f"],
  ["float6_e2m3fn", 6, "178eab5d385741cfac12154e83ad2b9616503fed5f08093c75b9c25065f0d3c4"],
  ["float6_e3m2fn", 6, "1f21874836838a0a1f329d5ff459699e3a0f786b93c85e22fcd353c1b6dca41d"],
  ["float4_e2m1fn", 4, "c736c7e2e761e08975d601fab3563265be14d8df46628e596c0989b97735b5f5"],
];

describe("floating-point types of at most 16 bits", () => {
  test.each(floats)("%s: each of the codes of %i bits has its value, and is written back", (name, bits, sha256) => {
    const dataType = dataTypeFromJson(name);
    const length = 2 ** bits;
    const codes = bits > 8 ? Uint16Array.from({ length }, (_, i) => i) : Uint8Array.from({ length }, (_, i) => i);
    const data = dataType.fromBytes(new Uint8Array(codes.buffer)) as Float32Array;
    const singles = Uint32Array.from(new Uint32Array(data.buffer), (single, i) =>
      Number.isNaN(data[i]) ? 0x7fc00000 : single,
    );
    expect(createHash("sha256").update(new Uint8Array(singles.buffer)).digest("hex")).toBe(sha256);
    expect(dataType.toBytes(data)).toEqual(new Uint8Array(codes.buffer));
  });

  test.each([
    ["bfloat16", Math.PI, [73, 64], 3.140625],
    ["bfloat16", Number.NaN, [0xc0, 0x7f], Number.NaN],
    ["float8_e5m2", 1e6, [0x7c], Number.POSITIVE_INFINITY],
    ["float8_e5m2", Number.NaN, [0x7e], Number.NaN],
    ["float8_e4m3", 0.1, [29], 0.1015625],
    ["float8_e4m3", Number.NaN, [0x7c], Number.NaN],
    ["float8_e4m3fn", 464, [0x7e], 448],
    ["float8_e4m3fn", Number.NaN, [0x7f], Number.NaN],
    ["float8_e3m4", -2.03, [192], -2],
    ["float8_e3m4", Number.NaN, [0x78], Number.NaN],
    ["float8_e4m3fnuz", -0, [0], 0],
    ["float8_e4m3fnuz", Number.NaN, [0x80], Number.NaN],
    ["float8_e8m0fnu", 3, [129], 4],
    ["float8_e8m0fnu", Number.NaN, [0xff], Number.NaN],
    ["float4_e2m1fn", -5.5, [0xf], -6],
  ])("%s: %d is written as %j, and is %d", (name, value, bytes, rounded) => {
    const dataType = dataTypeFromJson(name);
    expect(dataType.checkScalar(value)).toBe(rounded);
    expect([...dataType.toBytes(dataType.checkValues([value]))]).toEqual(bytes);
  });

  test.each([
    ["float8_e4m3fnuz", 1000],
    ["float8_e4m3b11fnuz", Number.POSITIVE_INFINITY],
    ["float8_e4m3fn", 465],
    ["float8_e4m3fn", Number.NEGATIVE_INFINITY],
    ["float8_e8m0fnu", 0],
    ["float8_e8m0fnu", -1],
    ["float6_e2m3fn", Number.NaN],
    ["float4_e2m1fn", 7.1],
  ])("%s has nothing near %d", (name, value) => {
    const dataType = dataTypeFromJson(name);
    expectError(() => dataType.checkScalar(value), "ERR_VALUE", name, "out of range");
    expectError(() => dataType.checkValues(Float32Array.of(1, value)), "ERR_VALUE", "index 1");
    expectError(() => dataType.fillValueFromJson(value, 3), "ERR_METADATA", "out of range");
  });

  test.each([
    ["bfloat16", "0x7fc0", Number.NaN],
    ["bfloat16", "0x3f80", 1],
    ["float8_e5m2", "0x7c", Number.POSITIVE_INFINITY],
    ["float8_e4m3", "-Infinity", Number.NEGATIVE_INFINITY],
    ["float8_e8m0fnu", 0.5, 0.5],
  ])("%s: the fill value %j is %d", (name, json, value) => {
    expect(dataTypeFromJson(name).fillValueFromJson(json, 3)).toBe(value);
  });

  test("bits above those of a format are ignored", () => {
    expect([...(dataTypeFromJson("float4_e2m1fn").fromBytes(Uint8Array.of(0xf2, 0x0a)) as Float32Array)]).toEqual([
      1, -1,
    ]);
  });

  test("Zarr format 2 has them by their names, as tensorstore writes them, but no complex numbers of them", () => {
    for (const name of ["bfloat16", "float8_e5m2", "float4_e2m1fn", "int4", "int2"]) {
      expect(dataTypeToV2(dataTypeFromJson(name))).toBe(name);
      expect(dataTypeFromV2(name).dataType).toBe(dataTypeFromJson(name));
    }
    expect(dataTypeFromV2("bfloat16").endian).toBe("little");
    for (const name of ["complex_bfloat16", "<bfloat16", "int3", "float32", "int8"]) {
      expectError(() => dataTypeFromV2(name), "ERR_DATA_TYPE", name);
    }
    expectError(() => dataTypeToV2(dataTypeFromJson("complex_bfloat16")), "ERR_DATA_TYPE", "complex_bfloat16");
  });
});

describe("integers of less than a byte", () => {
  test.each([
    ["int2", [0b01, 0b10, 0b11111111], [1, -2, -1], [0b01, 0b10, 0b11]],
    ["uint2", [0b01, 0b10, 0b11111111], [1, 2, 3], [0b01, 0b10, 0b11]],
    ["int4", [0x07, 0x08, 0xff], [7, -8, -1], [0x07, 0x08, 0x0f]],
    ["uint4", [0x07, 0x08, 0xff], [7, 8, 15], [0x07, 0x08, 0x0f]],
  ])("%s: the bytes %j are %j; the high bits are ignored, and written as 0", (name, bytes, values, written) => {
    const dataType = dataTypeFromJson(name);
    const data = dataType.fromBytes(Uint8Array.from(bytes));
    expect([...(data as Int8Array)]).toEqual(values);
    expect([...dataType.toBytes(data)]).toEqual(written);
  });

  test.each([
    ["int2", 2],
    ["int4", -9],
    ["uint2", -1],
    ["uint4", 16],
  ])("%s refuses %i, in lists of its own kind, too", (name, value) => {
    const dataType = dataTypeFromJson(name);
    expectError(() => dataType.checkScalar(value), "ERR_VALUE", name, "out of range");
    const list = name.startsWith("u") ? Uint8Array.of(1, value & 0xff) : Int8Array.of(1, value);
    expectError(() => dataType.checkValues(list), "ERR_VALUE", "index 1");
  });
});

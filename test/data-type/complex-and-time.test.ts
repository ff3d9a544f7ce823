// Expected bytes are NumPy's.
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/bytes/json.js";
import { dataTypeFromJson, dataTypeFromName, dataTypeFromV2, dataTypeToV2 } from "../../src/data-type/registry.js";
import { TimeType } from "../../src/data-type/time.js";
import { expectError } from "../expect-error.js";

describe("complex numbers", () => {
  const complex64 = dataTypeFromJson("complex64");

  test.each([
    ["complex64", "c8", 8, 4, Float32Array],
    ["complex128", "c16", 16, 8, Float64Array],
  ])("%s is %s in v2, of %i bytes in two parts", (name, code, itemSize, swapSize, arrayType) => {
    const { dataType, endian } = dataTypeFromV2(`>${code}`);
    expect([dataType.name, endian, dataType.itemSize, dataType.swapSize, dataType.width]).toEqual([
      ...[name, "big", itemSize, swapSize, 2],
    ]);
    expect(dataType).toBe(dataTypeFromJson(name));
    expect(dataTypeToV2(dataType, "big")).toBe(`>${code}`);
    expect(dataType.allocate(3)).toEqual(new arrayType(6));
  });

  test("each part is swapped by itself", () => {
    const big = Uint8Array.of(63, 192, 0, 0, 192, 0, 0, 0, 127, 192, 0, 0, 0, 0, 0, 0);
    const data = complex64.fromBytes(complex64.swapBytes(big));
    expect([complex64.getScalar(data, 0), complex64.getScalar(data, 2)]).toEqual([
      [1.5, -2],
      [Number.NaN, 0],
    ]);
  });

  test("values are numbers in turn, or pairs; a scalar is a pair or a number", () => {
    const data = Float32Array.of(1, 2, 3, 0);
    expect(complex64.checkValues(data)).toBe(data);
    expect(complex64.checkValues([1, 2, 3, 0])).toEqual(data);
    expect(complex64.checkValues([[1, 2], 3])).toEqual(data);
    expect(complex64.checkScalar(0.1)).toEqual([Math.fround(0.1), 0]);
    expect([complex64.isScalar([1, 2]), complex64.isScalar(1), complex64.isScalar([[1, 2]])]).toEqual([
      true,
      true,
      false,
    ]);
    complex64.fill(data, [7, 8], 2, 4);
    expect([...data]).toEqual([1, 2, 7, 8]);
    expectError(() => complex64.checkValues([1, 2, 3]), "ERR_VALUE", "3 numbers");
    expectError(() => complex64.checkScalar("1+2j"), "ERR_VALUE", '"1+2j"');
    expectError(() => complex64.checkScalar([1, "2"]), "ERR_VALUE", '"2"');
  });

  test.each<[Json, [number, number]]>([
    [
      ["NaN", "-Infinity"],
      [Number.NaN, Number.NEGATIVE_INFINITY],
    ],
    [
      [-0, 1.5],
      [-0, 1.5],
    ],
    [
      ["0x7fc00000", "0x3f800000"],
      [Number.NaN, 1],
    ],
  ])("the fill value %j is %j", (json, value) => {
    expect(complex64.fillValueFromJson(json, 3)).toEqual(value);
    expect(complex64.fillValueFromJson(json, 2)).toEqual(value);
    expect(complex64.fillValueFromJson(complex64.fillValueToJson(value, 3), 3)).toEqual(value);
  });

  test.each<Json>([1, "NaN", [1], [1, 2, 3], ["1", 2], null])("the fill value %j is refused", (json) => {
    expectError(() => complex64.fillValueFromJson(json, 3), "ERR_METADATA", "fill_value");
  });

  test("zeros and nothing stand for zero in v2", () => {
    expect(complex64.fillValueFromJson(null, 2)).toEqual([0, 0]);
    expect(complex64.fillValueFromJson(0, 2)).toEqual([0, 0]);
  });

  test("complex_float32 and complex_float64 are other names; the registry's other parts are widened", () => {
    expect(dataTypeFromJson("complex_float32")).toBe(complex64);
    expect(dataTypeFromJson("complex_float64")).toBe(dataTypeFromJson("complex128"));
    const dataType = dataTypeFromJson("complex_bfloat16");
    expect([dataType.itemSize, dataType.swapSize]).toEqual([4, 2]);
    expect(dataType.fromBytes(Uint8Array.of(0x80, 0x3f, 0, 0xc0))).toEqual(Float32Array.of(1, -2));
  });
});

describe("dates and durations", () => {
  const nat = -(2n ** 63n);
  const seconds = { name: "numpy.datetime64", configuration: { unit: "s", scale_factor: 1 } };

  test.each<[Json, string, string, number, string]>([
    [seconds, "numpy.datetime64", "s", 1, "<M8[s]"],
    [
      { name: "numpy.timedelta64", configuration: { unit: "us", scale_factor: 10 } },
      "numpy.timedelta64",
      "us",
      10,
      "<m8[10us]",
    ],
    [
      { name: "numpy.timedelta64", configuration: { unit: "μs", scale_factor: 1 } },
      "numpy.timedelta64",
      "us",
      1,
      "<m8[us]",
    ],
    [
      { name: "numpy.datetime64", configuration: { unit: "generic", scale_factor: 1 } },
      "numpy.datetime64",
      "generic",
      1,
      "<M8",
    ],
  ])("%j is %s of %s × %i, in v2 %s", (json, name, unit, scaleFactor, v2) => {
    for (const dataType of [dataTypeFromJson(json), dataTypeFromV2(v2).dataType]) {
      expect(dataType).toBeInstanceOf(TimeType);
      expect(dataType).toMatchObject({ name, unit, scaleFactor, itemSize: 8, swapSize: 8, defaultFillValue: nat });
      expect(dataTypeToV2(dataType)).toBe(v2);
      expect(dataType.toJson()).toEqual({ name, configuration: { unit, scale_factor: scaleFactor } });
    }
  });

  test("a caller may use NumPy's names", () => {
    expect(dataTypeFromName("datetime64[ns]")).toEqual(dataTypeFromName("<M8[ns]"));
    expect(dataTypeFromName("timedelta64[10us]")).toEqual(dataTypeFromName("m8[10us]"));
    expect(dataTypeFromName(">M8[D]").endian).toBe("big");
    expectError(() => dataTypeFromJson("datetime64[ns]"), "ERR_DATA_TYPE", "datetime64[ns]");
  });

  test("NaT is the least 64-bit integer", () => {
    const dataType = dataTypeFromJson(seconds);
    const data = dataType.fromBytes(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128));
    expect(data).toEqual(BigInt64Array.of(1n, nat));
    expect(dataType.checkValues([1, "NaT"])).toEqual(data);
    expect(dataType.fillValueFromJson("NaT", 3)).toBe(nat);
    expect(dataType.fillValueFromJson(nat, 2)).toBe(nat);
    expect(dataType.fillValueFromJson(-5, 3)).toBe(-5n);
    expect(dataType.fillValueToJson(nat, 3)).toBe(nat);
    expect(dataType.fillValueFromJson(null, 2)).toBe(nat);
    expectError(() => dataType.checkScalar("2020"), "ERR_VALUE", "numpy.datetime64");
    expectError(() => dataType.fillValueFromJson("nat", 3), "ERR_METADATA", '"nat"');
    expectError(() => dataType.fillValueFromJson(0.5, 3), "ERR_METADATA", "0.5");
  });

  test.each<[Json, string]>([
    [{}, "unit"],
    [{ unit: "x", scale_factor: 1 }, '"x"'],
    [{ unit: "s" }, "scale_factor"],
    [{ unit: "s", scale_factor: 0 }, "scale_factor 0"],
    [{ unit: "s", scale_factor: 2 ** 31 }, "2147483648"],
    [{ unit: "s", scale_factor: 1, zone: "UTC" }, '"zone"'],
  ])("the configuration %j is refused", (configuration, part) => {
    expectError(() => dataTypeFromJson({ name: "numpy.datetime64", configuration }), "ERR_METADATA", part);
  });

  test.each(["<M4[s]", "<M8[x]", "<M8[0s]", "<M8[]", "|M8[s]", "<M8[99999999999s]"])(
    "%s is not a v2 dtype",
    (dtype) => {
      expectError(() => dataTypeFromV2(dtype), "ERR_DATA_TYPE", dtype);
    },
  );
});

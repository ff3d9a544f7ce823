// Expected bytes are NumPy's; base64 is that of Python's module.
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/bytes/json.js";
import { dataTypeFromJson, dataTypeFromName, dataTypeFromV2, dataTypeToV2 } from "../../src/data-type/registry.js";
import { expectError } from "../expect-error.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const ofLength = (name: string, length: Json) => dataTypeFromJson({ name, configuration: { length_bytes: length } });

describe("elements of so many bytes: names", () => {
  test.each<[string, Json, number, number, number]>([
    ["|V5", { name: "raw_bytes", configuration: { length_bytes: 5 } }, 5, 1, 5],
    ["|S5", { name: "null_terminated_bytes", configuration: { length_bytes: 5 } }, 5, 1, 5],
    ["<U3", { name: "fixed_length_utf32", configuration: { length_bytes: 12 } }, 12, 4, 1],
  ])("%s is %j", (v2, json, itemSize, swapSize, width) => {
    for (const dataType of [
      dataTypeFromV2(v2).dataType,
      dataTypeFromJson(json),
      dataTypeFromName(v2.slice(1)).dataType,
    ]) {
      expect(dataType.toJson()).toEqual(json);
      expect(dataTypeToV2(dataType)).toBe(v2);
      expect(dataType).toMatchObject({ itemSize, swapSize, width, objectCodec: undefined });
    }
  });

  test("r32 keeps its name, and is |V4 in v2", () => {
    const dataType = dataTypeFromJson("r32");
    expect([dataType.toJson(), dataType.itemSize, dataTypeToV2(dataType)]).toEqual(["r32", 4, "|V4"]);
  });

  test.each(["r0", "r4", "r12", "r", "r08"])("%s is not a data type", (name) => {
    expectError(() => dataTypeFromJson(name), "ERR_DATA_TYPE", name);
  });

  test.each<[string, Json]>([
    ["raw_bytes", 0],
    ["null_terminated_bytes", -1],
    ["fixed_length_utf32", 6],
    ["fixed_length_utf32", 1.5],
    ["raw_bytes", "5"],
  ])("%s of length_bytes %j is refused", (name, length) => {
    expectError(() => ofLength(name, length), "ERR_METADATA", name, String(length));
  });

  test("an element longer than a metadata document is refused before anything is allocated", () => {
    for (const name of ["raw_bytes", "null_terminated_bytes", "fixed_length_utf32"]) {
      expectError(() => ofLength(name, 2 ** 40), "ERR_LIMIT", "1099511627776");
    }
    for (const v2 of ["|V999999999", "|S999999999", "<U999999999"]) expectError(() => dataTypeFromV2(v2), "ERR_LIMIT");
  });

  test.each(["|S0", "|V0", "<U0", "|S", "|U3", "|O"])("%s is not a v2 dtype", (dtype) => {
    expectError(() => dataTypeFromV2(dtype), "ERR_DATA_TYPE", dtype);
  });
});

describe("raw bytes", () => {
  const raw = ofLength("raw_bytes", 3);

  test("a scalar is exactly so many bytes", () => {
    const data = bytes(1, 2, 3, 4, 5, 6);
    expect(raw.fromBytes(data)).toBe(data);
    expect(raw.getScalar(data, 3)).toEqual(bytes(4, 5, 6));
    expect(raw.checkValues([bytes(1, 2, 3), bytes(4, 5, 6)])).toEqual(data);
    expect(raw.checkValues(data)).toBe(data);
    expect([raw.isScalar(bytes(1, 2, 3)), raw.isScalar(data)]).toEqual([true, false]);
    for (const value of [bytes(1, 2), "abc", 7, [1, 2, 3]])
      expectError(() => raw.checkScalar(value), "ERR_VALUE", "length 3");
    expectError(() => raw.checkValues(bytes(1, 2, 3, 4)), "ERR_VALUE", "4 bytes");
    expectError(() => raw.fromBytes(bytes(1, 2, 3, 4)), "ERR_CODEC", "4 bytes");
  });

  test("fill values are base64, or lists of integers for r*", () => {
    const value = bytes(0, 255, 1);
    for (const json of ["AP8B", [0, 255, 1]]) expect(raw.fillValueFromJson(json, 3)).toEqual(value);
    expect(raw.fillValueToJson(value, 3)).toBe("AP8B");
    expect(dataTypeFromJson("r24").fillValueToJson(value, 3)).toEqual([0, 255, 1]);
    expect(dataTypeFromJson("r24").fillValueToJson(value, 2)).toBe("AP8B");
    expect(raw.fillValueFromJson(null, 2)).toEqual(bytes(0, 0, 0));
    expect(raw.fillValueFromJson(0, 2)).toEqual(bytes(0, 0, 0));
    for (const json of ["AP8", "AP8BAg==", [0, 256, 1], [1, 2], "", "A-8B", 0, null]) {
      expectError(() => raw.fillValueFromJson(json, 3), "ERR_METADATA", "3 bytes");
    }
  });
});

describe("null-terminated bytes", () => {
  const type = ofLength("null_terminated_bytes", 5);

  test("a shorter value is filled up with zeros, which a scalar lacks", () => {
    const data = bytes(97, 98, 0, 0, 0, 97, 98, 99, 100, 101);
    expect(type.checkValues(["ab", bytes(97, 98, 99, 100, 101)])).toEqual(data);
    expect([type.getScalar(data, 0), type.getScalar(data, 5)]).toEqual([bytes(97, 98), bytes(97, 98, 99, 100, 101)]);
    type.fill(data, bytes(255), 5, 10);
    expect([...data]).toEqual([97, 98, 0, 0, 0, 255, 0, 0, 0, 0]);
    expectError(() => type.checkScalar("abcdef"), "ERR_VALUE", "abcdef", "5 bytes");
    expectError(() => type.checkScalar("ééé"), "ERR_VALUE", "6 bytes");
    expectError(() => type.checkScalar(5), "ERR_VALUE", "5 is not a value of type null_terminated_bytes");
  });

  test("fill values are base64", () => {
    expect(type.fillValueFromJson("YWL/", 2)).toEqual(bytes(97, 98, 255));
    expect(type.fillValueToJson(bytes(97, 98, 255), 3)).toBe("YWL/");
    expect(type.fillValueFromJson("", 3)).toEqual(bytes());
    expectError(() => type.fillValueFromJson("YWJjZGVm", 3), "ERR_METADATA", "up to 5 bytes");
  });
});

describe("strings of so many characters", () => {
  const type = ofLength("fixed_length_utf32", 12);
  const little = bytes(233, 0, 0, 0, 0, 246, 1, 0, 0, 0, 0, 0, ...Array(12).fill(0));

  test("they are UTF-32, filled up with zeros, in both byte orders", () => {
    expect(type.fromBytes(little)).toEqual(["é😀", ""]);
    expect(type.toBytes(["é😀", ""])).toEqual(little);
    const big = bytes(0, 0, 0, 233, 0, 1, 246, 0, 0, 0, 0, 0, 0, 0, 0, 97, 0, 0, 0, 98, 0, 0, 0, 99);
    expect(type.fromBytes(type.swapBytes(big))).toEqual(["é😀", "abc"]);
    expect(type.fromBytes(bytes(0, ...little).subarray(1))).toEqual(["é😀", ""]);
    expect(type.fromBytes(bytes(0, 0, 0, 0, 97, 0, 0, 0, 0, 0, 0, 0))).toEqual(["\0a"]);
  });

  test.each([[0x110000], [0xffffffff], [0xd800]])("the code 0x%x is ERR_CODEC", (point) => {
    expectError(
      () => type.fromBytes(new Uint8Array(Uint32Array.of(97, point, 0).buffer)),
      "ERR_CODEC",
      point.toString(16),
    );
  });

  test("values are checked; characters beyond U+FFFF count once", () => {
    const list = ["😀😀😀", "a"];
    expect(type.checkValues(list)).toBe(list);
    expect(type.checkValues(["a\0\0\0\0"])).toEqual(["a"]);
    expectError(() => type.checkValues(["a", "abcd"]), "ERR_VALUE", "abcd", "4 code points", "index 1");
    expectError(() => type.checkScalar("\ud800"), "ERR_VALUE", "surrogate");
    expectError(() => type.checkScalar(1), "ERR_VALUE", "not a string");
    expect(type.holdsSame(["a"], ["a"])).toBe(true);
    expect(type.holdsSame(["a"], ["b"])).toBe(false);
  });

  test("fill values are strings", () => {
    expect(type.fillValueFromJson("é😀", 3)).toBe("é😀");
    expect([type.fillValueFromJson(null, 2), type.fillValueFromJson(0, 2)]).toEqual(["", ""]);
    for (const json of ["abcd", 0, null])
      expectError(() => type.fillValueFromJson(json, 3), "ERR_METADATA", "fill_value");
  });
});

describe("elements of any length", () => {
  const string = dataTypeFromJson("string");
  const byteString = dataTypeFromJson("bytes");
  const object = dataTypeFromName("object").dataType;

  test.each([
    ["vlen-utf8", "string"],
    ["vlen-bytes", "bytes"],
    ["json2", "object"],
    ["categorize", "string"],
    ["pickle", "object"],
  ])("|O with %s is %s", (codec, name) => {
    const { dataType, endian } = dataTypeFromV2("|O", codec);
    expect([dataType.name, endian, dataType.itemSize]).toEqual([name, undefined, undefined]);
    expect(dataTypeToV2(dataType)).toBe("|O");
  });

  test("each names the codec that it needs", () => {
    const codecs = [string, byteString, dataTypeFromJson("variable_length_bytes"), object].map(
      (type) => type.objectCodec,
    );
    expect(codecs).toEqual(["vlen-utf8", "vlen-bytes", "vlen-bytes", "json2"]);
    expectError(() => string.fromBytes(bytes(1)), "ERR_CODEC", "vlen-utf8");
    expectError(() => byteString.toBytes([bytes(1)]), "ERR_CODEC", "vlen-bytes");
    expectError(() => dataTypeFromV2("|O"), "ERR_DATA_TYPE", "vlen-utf8");
  });

  test("new data holds the default", () => {
    expect(string.allocate(2)).toEqual(["", ""]);
    expect(byteString.allocate(2)).toEqual([bytes(), bytes()]);
    expect(object.allocate(2)).toEqual([null, null]);
  });

  test("entries are compared by value", () => {
    expect(byteString.holdsSame([bytes(1, 2)], [bytes(1, 2)])).toBe(true);
    expect(byteString.holdsSame([bytes(1, 2)], [bytes(1, 3)])).toBe(false);
    expect(byteString.holdsSame([bytes(1, 2)], [bytes(1)])).toBe(false);
    expect(object.holdsSame([{ a: [1] }], [{ a: [1] }])).toBe(true);
    expect(object.holdsSame([0], [-0])).toBe(false);
    expect(object.holdsSame([{ a: 1 }], [{ a: 2 }])).toBe(false);
  });

  test("values are checked", () => {
    expectError(() => string.checkValues(["a", 5]), "ERR_VALUE", "5 is not a string", "index 1");
    expectError(() => string.checkScalar("a\udc00"), "ERR_VALUE", "surrogate");
    expectError(() => byteString.checkScalar("a"), "ERR_VALUE", "Uint8Array");
    expectError(() => object.checkScalar(new Date()), "ERR_VALUE", "JSON");
    expectError(() => object.checkScalar({ a: undefined, b: () => 1 }), "ERR_VALUE", "JSON");
    const list = [{ a: 1 }, null, "x", 2n ** 70n];
    expect(object.checkValues(list)).toBe(list);
    expect([object.isScalar({ a: 1 }), object.isScalar([1]), object.isScalar({ data: [], shape: [] })]).toEqual([
      true,
      false,
      false,
    ]);
    expect([byteString.isScalar(bytes(1)), byteString.isScalar([bytes(1)])]).toEqual([true, false]);
  });

  test("fill values, including null and 0 in v2", () => {
    expect(string.fillValueFromJson("foo", 3)).toBe("foo");
    expect([string.fillValueFromJson(0, 2), string.fillValueFromJson(null, 2)]).toEqual(["", ""]);
    for (const json of ["AQID", [1, 2, 3]]) expect(byteString.fillValueFromJson(json, 3)).toEqual(bytes(1, 2, 3));
    expect(byteString.fillValueToJson(bytes(1, 2, 3), 3)).toBe("AQID");
    expect([byteString.fillValueFromJson(0, 2), byteString.fillValueFromJson("", 2)]).toEqual([bytes(), bytes()]);
    expect(object.fillValueFromJson({ a: 0 }, 2)).toEqual({ a: 0 });
    for (const json of [0, null, [1]])
      expectError(() => string.fillValueFromJson(json, 3), "ERR_METADATA", "fill_value");
    for (const json of [0, null, "A", [300]])
      expectError(() => byteString.fillValueFromJson(json, 3), "ERR_METADATA", "fill_value");
  });

  test("filled entries are not the fill value itself, which stays as it is", () => {
    const fill = bytes(1);
    const data = byteString.allocate(1);
    byteString.fill(data, fill, 0, 1);
    (data as Uint8Array[])[0]![0] = 9;
    expect(fill).toEqual(bytes(1));
  });

  test("v3 has no objects", () => {
    expectError(() => object.toJson(), "ERR_DATA_TYPE", "object");
    expectError(() => dataTypeFromJson("object"), "ERR_DATA_TYPE", "object");
  });
});

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/bytes/json.js";
import { objectOf, rewriteJson, withMember } from "../../src/bytes/json-rewrite.js";
import { parseJson } from "../../src/bytes/parse-json.js";

/** Writes `changes` over the members of `source`; `undefined` removes one. */
function changed(source: string, changes: Record<string, unknown>): string {
  const old = parseJson(source) as JsonObject;
  return rewriteJson(source, old, { ...old, ...changes } as JsonObject);
}

describe("rewriteJson", () => {
  test.each([
    [
      "a float that is whole, a long integer, words of Python",
      '{"a": 1.0, "b": 12345678901234567890, "c": NaN, "d": [-Infinity, 1e400]}',
    ],
    ["names that JavaScript would sort", '{"10": 1, "2": [1.50, 2E+0], "b": 0, "1": {"9": 1, "3": 2}}'],
    ["escapes", String.raw`{"caf\u00e9": "\ud83e\udd93 \/ \" }]", "b\"": "\\"}`],
    ["another layout", '{\n\t"a" : [ 1,\n 2 ],\n\t"b" : { }\n}'],
  ])("leaves %s as they are when a member is added, changed and removed again", (_, source) => {
    const end = source.lastIndexOf("}");
    const added = changed(source, { new: 1 });
    expect(added.startsWith(source.slice(0, end).trimEnd())).toBe(true);
    expect(parseJson(added)).toEqual({ ...(parseJson(source) as object), new: 1 });
    const twice = changed(added, { new: [1, 2] });
    expect(parseJson(twice)).toEqual({ ...(parseJson(source) as object), new: [1, 2] });
    expect(changed(twice, { new: undefined })).toBe(source);
  });

  test("changes one member in its place, at any depth", () => {
    const source = '{"zarr_format": 3, "attributes": {"a": 1.0, "b": {"c": 2.0, "d": 3.0}}, "shape": [10]}';
    const old = parseJson(source) as { attributes: { b: object } & JsonObject } & JsonObject;
    const value = { ...old, attributes: { ...old.attributes, b: { ...old.attributes.b, c: 5 } } };
    expect(rewriteJson(source, old, value)).toBe(source.replace("2.0", "5"));
  });

  test("new members have the indentation of the document", () => {
    expect(changed('{\n  "a": 1.0\n}', { b: { c: [1] } })).toBe(
      '{\n  "a": 1.0,\n  "b": {\n    "c": [\n      1\n    ]\n  }\n}',
    );
    expect(changed('{"a":1.0,"b":2.0}', { c: { d: 1 } })).toBe('{"a":1.0,"b":2.0,"c":{"d":1}}');
    expect(changed('{"a": 1.0, "b": 2.0}', { c: 1 })).toBe('{"a": 1.0, "b": 2.0, "c": 1}');
    expect(changed("{}", { a: 1 })).toBe('{\n  "a": 1\n}');
  });

  test("0 and -0 are not the same, NaN and NaN are", () => {
    expect(changed('{"a": 0.0, "b": NaN}', { a: -0, b: Number.NaN })).toBe('{"a": -0.0, "b": NaN}');
  });

  test("the last of several members with one name stays, which is the one that is read", () => {
    expect(changed('{"a": 1.0, "a": 2.0, "b": 3.0}', { b: 4 })).toBe('{"a": 2.0, "b": 4}');
  });
});

test("withMember replaces or appends a text; objectOf makes an object of texts", () => {
  expect(withMember('{"a": 1.0, "b": 2.0}', "a", "[\n  1\n]")).toBe('{"a": [\n  1\n], "b": 2.0}');
  expect(withMember('{\n  "a": 1.0\n}', "b", "{\n  1\n}")).toBe('{\n  "a": 1.0,\n  "b": {\n    1\n  }\n}');
  expect(objectOf([])).toBe("{}");
  expect(
    objectOf([
      ["x", "1.0"],
      ["y", objectOf([["z", "2"]])],
    ]),
  ).toBe('{\n  "x": 1.0,\n  "y": {\n    "z": 2\n  }\n}');
});

import { describe, expect, test } from "vitest";
import { resolveRange } from "../../src/bytes/byte-range.js";
import { namesBelow, normalizeKey, normalizePrefix } from "../../src/store/key.js";

describe("normalizeKey", () => {
  test.each([
    ["zarr.json", "zarr.json"],
    ["/zarr.json", "zarr.json"],
    ["/a/c/0/0", "a/c/0/0"],
    ["a/.zattrs", "a/.zattrs"],
    ["...", "..."],
    [".a/b./..c", ".a/b./..c"],
    ["a b/é", "a b/é"],
    ["emoji😀/c/0", "emoji😀/c/0"],
  ])("%j is %j", (key, expected) => {
    expect(normalizeKey(key)).toBe(expected);
  });

  const wrong: unknown[] = [
    "",
    "/",
    "//a",
    "a/",
    "a//b",
    ".",
    "/.",
    "./a",
    "a/.",
    "a/./b",
    "..",
    "../a",
    "a/..",
    "a/../b",
  ];
  wrong.push("\ud800", "a/\udc00/b", "\ud83da/x", "a\\b", "\\", "a\0", undefined, null, 5, ["a"]);
  test.each(wrong.map((key) => [key]))("%j is not a key: ERR_KEY", (key) => {
    expect(() => normalizeKey(key as string)).toThrow(
      expect.objectContaining({
        code: "ERR_KEY",
        message: expect.stringMatching(/is not a store key: expected segments/),
      }),
    );
  });
});

test("a prefix loses one leading slash", () => {
  expect([normalizePrefix("/a/b"), normalizePrefix("a"), normalizePrefix("")]).toEqual(["a/b", "a", ""]);
});

test("namesBelow gives each first segment once", () => {
  const keys = ["a/b/c", "a/b/d", "a/e", "ab/f", "a"];
  expect(namesBelow(keys, "")).toEqual(["a", "ab"]);
  for (const folder of ["a", "a/", "/a", "/a/"]) expect(namesBelow(keys, folder)).toEqual(["b", "e"]);
  expect(namesBelow(keys, "a/b")).toEqual(["c", "d"]);
  expect(namesBelow(keys, "a/e")).toEqual([]);
});

describe("resolveRange", () => {
  test.each([
    [{ offset: 0, length: 10 }, 10, 0, 10],
    [{ offset: 10, length: 0 }, 10, 10, 10],
    [{ suffixLength: 4 }, 10, 6, 10],
    [{ suffixLength: 0 }, 10, 10, 10],
    [{ suffixLength: 11 }, 10, 0, 10],
    [{ suffixLength: 3 }, 0, 0, 0],
  ])("%j of %i bytes is [%i, %i)", (range, size, start, end) => {
    expect(resolveRange(range, size, "k")).toEqual({ start, end });
  });

  test.each([
    [{ offset: 5, length: 6 }],
    [{ offset: 2 ** 53 - 1, length: 2 ** 53 - 1 }],
    [{ offset: -1, length: 1 }],
    [{ offset: 0 }],
    [{ length: 1 }],
    [{ offset: "0", length: 1 }],
    [{ offset: 0, length: 1, suffixLength: 1 }],
    [{ suffixLength: -1 }],
    [{}],
    [undefined],
    [null],
  ])("%j of 10 bytes: ERR_RANGE names what was asked and what there is", (range) => {
    expect(() => resolveRange(range as never, 10, "k")).toThrow(
      expect.objectContaining({
        code: "ERR_RANGE",
        message: `${JSON.stringify(range)} is not within the 10 bytes of the value: expected { offset, length } or { suffixLength }`,
        details: { key: "k" },
      }),
    );
  });
});

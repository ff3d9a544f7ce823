import { describe, expect, test } from "vitest";
import { defaultChunkKeyEncoding, v2ChunkKeyEncoding } from "../../src/metadata/chunk-key-encoding.js";
import { checkNodePath, normalizeNodePath } from "../../src/metadata/node-name.js";
import { expectError } from "../expect-error.js";

describe("chunk keys", () => {
  const encodings = {
    "default /": defaultChunkKeyEncoding(),
    "default .": defaultChunkKeyEncoding("."),
    "v2 .": v2ChunkKeyEncoding(),
    "v2 /": v2ChunkKeyEncoding("/"),
  };

  test.each<[keyof typeof encodings, number[], string]>([
    ["default /", [1, 23, 45], "c/1/23/45"],
    ["default /", [0], "c/0"],
    ["default /", [], "c"],
    ["default .", [1, 2], "c.1.2"],
    ["default .", [], "c"],
    ["v2 .", [1, 23, 45], "1.23.45"],
    ["v2 .", [], "0"],
    ["v2 /", [1, 2], "1/2"],
    ["v2 /", [], "0"],
    ["v2 .", [2 ** 49], "562949953421312"],
  ])("%s: %o is %s, and back", (name, coords, key) => {
    expect(encodings[name].encode(coords)).toBe(key);
    expect(encodings[name].decode(key, coords.length)).toEqual(coords);
  });

  test.each<[keyof typeof encodings, string, number]>([
    ["default /", "c/1", 2],
    ["default /", "c/1/2/3", 2],
    ["default /", "c.1.2", 2],
    ["default /", "c/01/2", 2],
    ["default /", "c/-1/2", 2],
    ["default /", "c/1/", 2],
    ["default /", "c", 1],
    ["default /", "c/0", 0],
    ["default /", "d/1/2", 2],
    ["default /", "zarr.json", 0],
    ["v2 .", "1/2", 2],
    ["v2 .", ".zarray", 2],
    ["v2 .", "1.2e3", 2],
    ["v2 .", "0", 2],
    ["v2 /", "", 1],
    ["v2 .", "9007199254740993", 1],
  ])("%s: %s is not a chunk of %i dimensions", (name, key, rank) => {
    expect(encodings[name].decode(key, rank)).toBeUndefined();
  });
});

describe("node paths", () => {
  test.each([
    ["", ""],
    ["/", ""],
    ["a/b", "a/b"],
    ["/a//b/", "a/b"],
    ["a\\b", "a/b"],
    ["__x/...", "__x/..."],
  ])("of an existing node: %o is %o, as in zarr-python", (path, normal) => {
    expect(normalizeNodePath(path)).toBe(normal);
  });

  test.each(["..", "a/../b", "./a", "a\\.."])("of an existing node: %o is ERR_KEY", (path) => {
    expectError(() => normalizeNodePath(path), "ERR_KEY", JSON.stringify(path));
  });

  test.each([
    ["", ""],
    ["/", ""],
    ["a", "a"],
    ["/a/b.c/ünï", "a/b.c/ünï"],
    [".hidden", ".hidden"],
    ["_x", "_x"],
  ])("of a new node: %o is %o", (path, normal) => {
    expect(checkNodePath(path, 3)).toBe(normal);
  });

  test.each(["a//b", "a/", "//", ".", "a/..", "...", "__x", "a/__zarr", "a\\b", "a\0", "a/zarr.json", ".zarray"])(
    "of a new node: %o is ERR_KEY",
    (path) => {
      expectError(() => checkNodePath(path, 3), "ERR_KEY", JSON.stringify(path));
    },
  );

  test("the prefix __ is reserved by v3 only", () => {
    expect(checkNodePath("__x", 2)).toBe("__x");
  });
});

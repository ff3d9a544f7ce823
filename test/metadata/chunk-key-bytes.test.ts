// Chunk keys in UTF-8: each is one chunk's, or nobody's, as the specification says of the two encodings.
import { expect, test } from "vitest";
import { keyBytesDecoder } from "../../src/metadata/chunk-key-bytes.js";
import { defaultChunkKeyEncoding, v2ChunkKeyEncoding } from "../../src/metadata/chunk-key-encoding.js";

const encodings = {
  "default /": defaultChunkKeyEncoding("/"),
  "default .": defaultChunkKeyEncoding("."),
  "v2 .": v2ChunkKeyEncoding("."),
  "v2 /": v2ChunkKeyEncoding("/"),
};

/** Coordinates of a key in the middle of other bytes, or `undefined`. */
function decode(encoding: keyof typeof encodings, key: string, rank: number): number[] | undefined {
  const bytes = Buffer.from(`7${key}7`);
  const coords = new Array<number>(rank).fill(-1);
  return keyBytesDecoder(encodings[encoding], rank)?.(bytes, 1, bytes.length - 1, coords) ? coords : undefined;
}

const cases: [keyof typeof encodings, string, number, number[] | undefined][] = [
  ["default /", "c/0", 1, [0]],
  ["default /", "c/12/345/6", 3, [12, 345, 6]],
  ["default /", "c/999999999999999", 1, [999999999999999]],
  ["default /", "c/4503599627370496", 1, [2 ** 52]],
  ["default /", "c/9007199254740991", 1, [2 ** 53 - 1]],
  ["default /", "c/9007199254740992", 1, undefined],
  ["default /", "c/9007199254740993", 1, undefined],
  ["default /", "c/9999999999999999", 1, undefined],
  ["default /", "c/10000000000000000", 1, undefined],
  ["default .", "c.1.2", 2, [1, 2]],
  ["v2 .", "1.20", 2, [1, 20]],
  ["v2 /", "1/20", 2, [1, 20]],
  ["default /", "c/1.2", 2, undefined],
  ["default /", "c.1/2", 2, undefined],
  ["default /", "1/2", 2, undefined],
  ["default /", "c/1", 2, undefined],
  ["default /", "c/1/", 2, undefined],
  ["default /", "c/1/2/", 2, undefined],
  ["default /", "c/1/2/3", 2, undefined],
  ["default /", "c/01/2", 2, undefined],
  ["default /", "c/00/2", 2, undefined],
  ["default /", "c/-1/2", 2, undefined],
  ["default /", "c/+1/2", 2, undefined],
  ["default /", "c/1e1/2", 2, undefined],
  ["default /", "c//2", 2, undefined],
  ["default /", "c/", 1, undefined],
  ["default /", "c", 1, undefined],
  ["default /", "", 1, undefined],
  ["default /", "d/1", 1, undefined],
  ["default /", "zarr.json", 1, undefined],
  ["v2 .", ".1", 2, undefined],
  ["v2 .", "1.", 2, undefined],
  ["v2 .", "", 1, undefined],
  ["v2 .", "c/1", 1, undefined],
  ["v2 .", "١", 1, undefined],
];

test.each(cases)("%s: %j of rank %i", (encoding, key, rank, expected) => {
  expect(decode(encoding, key, rank)).toEqual(expected);
  // The same as what is read of the key as text.
  expect(encodings[encoding].decode(key, rank)).toEqual(expected);
});

test("neither other encodings nor the one chunk of a scalar have a decoder", () => {
  const custom = { name: "custom", encode: () => "", decode: () => undefined, toJson: () => "custom" };
  expect(keyBytesDecoder(custom, 2)).toBeUndefined();
  expect(keyBytesDecoder(encodings["default /"], 0)).toBeUndefined();
});

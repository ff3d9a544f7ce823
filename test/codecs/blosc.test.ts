import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../src/bytes/limits.js";
import { bloscEntry } from "../../src/codecs/blosc.js";
import type { BytesToBytesCodec } from "../../src/codecs/codec.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { bloscCases, bloscCasesOf, chunksOf } from "./cases.js";
import { integers, vector } from "./vectors.js";

testBytesCodec(bloscEntry, [...bloscCases, ...bloscCasesOf("zstd")], { describe, it });

const context = { decoded: chunksOf("int16", [300]), limits: defaultLimits, zarrFormat: 3 } as const;
const blosc = bloscEntry.create({ typesize: 2 }, context, "blosc") as BytesToBytesCodec;

/** A chunk that numcodecs wrote, with a header field overwritten. */
function withField(offset: number, value: number, size: 1 | 4): Uint8Array {
  const bytes = vector("blosc-lz4-shuffle");
  const view = new DataView(bytes.buffer);
  if (size === 1) view.setUint8(offset, value);
  else view.setUint32(offset, value, true);
  return bytes;
}

describe("blosc: header", () => {
  it.each([
    ["a format version of 3", 0, 3, 1],
    ["an item size of 0", 3, 0, 1],
    ["1 GiB of content", 4, 2 ** 30, 4],
    ["4 GiB of content", 4, 2 ** 32 - 1, 4],
    ["blocks of 0 bytes", 8, 0, 4],
    ["blocks of 1 byte", 8, 1, 4],
    ["blocks larger than the content", 8, 2 ** 31, 4],
    ["a chunk larger than the bytes", 12, 10_000, 4],
    ["a first block within the header", 16, 4, 4],
    ["a first block behind the end", 16, 2 ** 32 - 1, 4],
    ["an unknown inner format", 2, 0xe1, 1],
  ] as const)("%s is ERR_CODEC", async (_, offset, value, size) => {
    await expect(blosc.decode(withField(offset, value, size), integers.length)).rejects.toMatchObject({
      code: "ERR_CODEC",
    });
  });

  it("writes the item size of the configuration, and 1 where a byte cannot hold it", async () => {
    for (const [typesize, written] of [
      [2, 2],
      [16, 16],
      [300, 1],
    ]) {
      const codec = bloscEntry.create({ typesize }, context, "blosc") as BytesToBytesCodec;
      expect((await codec.encode(integers))[3]).toBe(written);
    }
  });
});

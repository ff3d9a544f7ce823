import { describe, expect, it } from "vitest";
import { bloscEntry } from "../../src/codecs/blosc.js";
import type { BytesToBytesCodec, CodecConfiguration } from "../../src/codecs/codec.js";
import { decodeSnappy } from "../../src/codecs/kernels/snappy.js";
import { testBytesCodec } from "../../src/testing/index.js";
import { bloscCases, bloscCasesOf, chunksOf } from "./cases.js";
import { codecOf } from "./codec-of.js";
import { floats, integers, vector } from "./vectors.js";

testBytesCodec(bloscEntry, [...bloscCases, ...bloscCasesOf("zstd")], { describe, it });

const bloscOf = (configuration: CodecConfiguration) =>
  codecOf<BytesToBytesCodec>(bloscEntry, configuration, chunksOf("int16", [300]));
const blosc = bloscOf({ typesize: 2 });

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
      const codec = bloscOf({ typesize });
      expect((await codec.encode(integers))[3]).toBe(written);
    }
  });
});

describe("blosc: small chunks", () => {
  // numcodecs.blosc.compress(content, b"lz4", 5, 1, 0, typesize): blocks are of whole items, or of 1 byte.
  it.each([
    ["three items and a half", "61626364656667", "02013302070000000600000017000000"],
    ["less than one item", "61626364656667", "02013310070000000100000017000000"],
    [
      "three items and two bytes",
      "000102030405060708090a0b0c0d0e0f10111213141516171819",
      "020133081a000000180000002a000000",
    ],
  ])("decodes %s", async (_, content, header) => {
    const encoded = Uint8Array.from(Buffer.from(header + content, "hex"));
    expect(Buffer.from(await blosc.decode(encoded, content.length / 2)).toString("hex")).toBe(content);
  });
});

describe("blosc: content that is no whole number of items", () => {
  it.each(["lz4", "blosclz"])("comes back from split blocks of %s", async (cname) => {
    const codec = bloscOf({ cname, clevel: 5, shuffle: "shuffle", typesize: 16, blocksize: 0 });
    const content = Uint8Array.from({ length: 8804 }, (_, i) => (i >> 6) & 0xff);
    const encoded = await codec.encode(content);
    // c-blosc, too, makes a block of the whole items and one of the rest.
    expect(new DataView(encoded.buffer, encoded.byteOffset).getUint32(8, true)).toBe(8800);
    expect(Buffer.from(await codec.decode(encoded, content.length)).equals(content)).toBe(true);
  });
});

describe("blosc: snappy", () => {
  it("decodes what C-Blosc wrote while it had Snappy", async () => {
    expect(await blosc.decode(vector("blosc-snappy-shuffle"), integers.length)).toEqual(integers);
    expect(await blosc.decode(vector("blosc-snappy-floats"), floats.length)).toEqual(floats);
  });

  it("is not written: ERR_UNSUPPORTED", async () => {
    const codec = bloscOf({ typesize: 2, cname: "snappy" });
    await expect(codec.encode(integers)).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
  });

  // Each stream by hand, after the format description: its length, then literals of "ab" (04), and one copy of 4 bytes.
  it.each([
    ["a distance of one byte", [6, 4, 97, 98, 1, 2], "ababab"],
    ["a distance of two bytes", [6, 4, 97, 98, 14, 2, 0], "ababab"],
    ["a distance of four bytes", [6, 4, 97, 98, 15, 1, 0, 0, 0], "abbbbb"],
    ["a literal length of one byte", [2, 240, 1, 97, 98], "ab"],
    ["a literal length of four bytes", [2, 252, 1, 0, 0, 0, 97, 98], "ab"],
  ])("a stream with %s", (_, stream, text) => {
    const output = new Uint8Array(text.length);
    decodeSnappy(Uint8Array.from(stream), output);
    expect(String.fromCharCode(...output)).toBe(text);
  });

  it.each([
    ["another length than its own", [7, 4, 97, 98, 1, 2]],
    ["a length that never ends", [255, 255, 255, 255, 255, 255]],
    ["a distance of 0", [6, 4, 97, 98, 1, 0]],
    ["a distance to before the start", [6, 4, 97, 98, 1, 3]],
    ["a distance that is cut off", [6, 4, 97, 98, 14, 2]],
    ["a copy past the end", [6, 4, 97, 98, 5, 2]],
    ["literals that are cut off", [6, 20, 97, 98]],
    ["nothing in it", []],
  ])("a stream with %s is malformed", (_, stream) => {
    const decode = () => decodeSnappy(Uint8Array.from(stream), new Uint8Array(6));
    expect(decode).toThrow(expect.objectContaining({ fault: "malformed" }));
  });
});

import { describe, expect, it, test } from "vitest";
import { base64Entry } from "../../src/codecs/base64.js";
import { bz2Entry } from "../../src/codecs/bz2.js";
import type { BytesToBytesCodec, CodecConfiguration, CodecEntry } from "../../src/codecs/codec.js";
import { lz4Entry } from "../../src/codecs/lz4.js";
import { lzmaEntry } from "../../src/codecs/lzma.js";
import { shuffleEntry } from "../../src/codecs/shuffle.js";
import { type BytesCodecCase, chunksOf, testBytesCodec } from "../../src/testing/index.js";
import { codecOf } from "./codec-of.js";
import { numcodecsVector } from "./numcodecs-vectors.js";
import { integers } from "./vectors.js";

const representation = chunksOf("int16", [300]);

/** A case on `integers`. */
function onIntegers(
  title: string,
  configuration: CodecConfiguration,
  written: Parameters<typeof numcodecsVector>[0],
  checksum = false,
): BytesCodecCase {
  return { title, configuration, checksum, representation, decoded: integers, encoded: [numcodecsVector(written)] };
}

const lzma1 = 0x4000000000000001n;

testBytesCodec(lz4Entry, [onIntegers("default", {}, "lz4"), onIntegers("fast", { acceleration: 9 }, "lz4")], {
  describe,
  it,
});
testBytesCodec(bz2Entry, [onIntegers("level 9", { level: 9 }, "bz2", true)], { describe, it });
testBytesCodec(
  lzmaEntry,
  [
    onIntegers("xz", {}, "xz", true),
    onIntegers("xz with CRC-32", { check: 1 }, "xzCrc32", true),
    onIntegers("xz without a check", { check: 0 }, "xzNone"),
    onIntegers(
      "xz behind delta",
      {
        filters: [
          { id: 3, dist: 2 },
          { id: 33, preset: 6 },
        ],
      },
      "xzDelta",
      true,
    ),
    onIntegers("alone", { format: 2 }, "alone"),
    onIntegers("raw LZMA2", { format: 3, filters: [{ id: 33, preset: 6 }] }, "rawLzma2"),
    onIntegers("raw LZMA", { format: 3, filters: [{ id: lzma1, preset: 6 }] }, "rawLzma1"),
  ],
  { describe, it },
);
testBytesCodec(shuffleEntry, [{ ...onIntegers("of two bytes", { elementsize: 2 }, "shuffle2"), openEnded: true }], {
  describe,
  it,
});
testBytesCodec(base64Entry, [{ ...onIntegers("text", {}, "base64"), openEnded: true }], { describe, it });

const make = (entry: CodecEntry, configuration = {}, zarrFormat: 2 | 3 = 3) =>
  codecOf<BytesToBytesCodec>(entry, configuration, representation, zarrFormat);
const code = (name: string) => expect.objectContaining({ code: name });

describe("bytes codecs of numcodecs", () => {
  it("lz4: a size that so few bytes cannot hold is ERR_CODEC before any memory is taken", () => {
    expect(() => make(lz4Entry).decode(Uint8Array.of(255, 255, 255, 63, 0), 2 ** 30)).toThrow(code("ERR_CODEC"));
  });

  it("shuffle: bytes that are not a whole number of elements are ERR_CODEC", () => {
    expect(() => make(shuffleEntry, { elementsize: 4 }).encode(new Uint8Array(6))).toThrow(code("ERR_CODEC"));
  });

  it("shuffle: without an elementsize it is the data type's, in version 2 four", () => {
    expect(make(shuffleEntry).configuration).toEqual({ elementsize: 2 });
    expect(make(shuffleEntry, {}, 2).configuration).toEqual({ elementsize: 4 });
  });

  it("base64: another alphabet, and padding that is missing, are ERR_CODEC", () => {
    for (const text of ["AA-_", "AAA", "AA==AAAA", "A=AA"]) {
      const bytes = new TextEncoder().encode(text);
      expect(() => make(base64Entry).decode(bytes, 100), text).toThrow(code("ERR_CODEC"));
    }
  });

  it("bz2 and xz: streams that follow each other are one", async () => {
    for (const [entry, name] of [
      [bz2Entry, "bz2"],
      [lzmaEntry, "xz"],
    ] as const) {
      const twice = Uint8Array.of(...numcodecsVector(name), ...numcodecsVector(name));
      expect(await make(entry).decode(twice, 1200)).toEqual(Uint8Array.of(...integers, ...integers));
      expect(() => make(entry).decode(twice, 1199)).toThrow(code("ERR_CODEC"));
    }
  });

  it.each([[0], [1], [4], [258], [259], [260], [300], [33_000], [250_000]])(
    "bz2 and lzma keep a run of %i bytes",
    async (length) => {
      for (const entry of [bz2Entry, lzmaEntry]) {
        const run = new Uint8Array(length).fill(7);
        const encoded = await make(entry).encode(run);
        expect(await make(entry).decode(encoded, length)).toEqual(run);
      }
    },
  );

  it("lzma: bytes without any order take hardly more room than before", async () => {
    let seed = 1;
    const noise = Uint8Array.from({ length: 70_000 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed >>> 24;
    });
    const encoded = await make(lzmaEntry).encode(noise);
    expect(encoded.length).toBeLessThan(70_100);
    expect(await make(lzmaEntry).decode(encoded, 70_000)).toEqual(noise);
  });

  it.each<[CodecConfiguration]>([
    [{ format: 3 }],
    [{ format: 0 }],
    [{ filters: [{ id: lzma1 }] }],
    [{ format: 3, filters: [{ id: 3 }] }],
    [{ format: 3, filters: [{ id: 4 }, { id: 33 }] }],
    [{ format: 3, filters: [{ id: 33, dict_size: -1 }] }],
  ])("lzma: %o is ERR_METADATA", (configuration) => {
    expect(() => make(lzmaEntry, configuration)).toThrow(code("ERR_METADATA"));
  });

  it("lzma: the check may be SHA-256, as Python's lzma writes it", async () => {
    // lzma.compress(bytes(range(8)), check=lzma.CHECK_SHA256); the 32 bytes are hashlib.sha256(bytes(range(8))).digest()
    const digest = "8a851ff82ee7048ad09ec3847f1ddf44944104d2cbd17ef4e3db22c6785a0d45";
    const before = "fd377a585a00000ae1fb0ca10200210116000000742fe5a301000700010203040506070";
    const bytes = new Uint8Array(Buffer.from(`${before}0${digest}00013808e281c239189b4b9a01000000000a595a`, "hex"));
    const content = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const codec = make(lzmaEntry, { check: 10 });
    expect(await codec.decode(bytes, 8)).toEqual(content);
    expect(Buffer.from(await codec.encode(content)).toString("hex")).toContain(digest);
    bytes[bytes.indexOf(0x8a)]! ^= 1;
    expect(() => codec.decode(bytes, 8)).toThrow(code("ERR_CHECKSUM"));
  });
});

describe("several streams in a row", () => {
  test.each([
    ["bz2", bz2Entry, "bz2"],
    ["lzma", lzmaEntry, "xz"],
  ] as const)("%s: in format 2, bytes behind them that begin no other one are left out", async (_, entry, written) => {
    const stream = numcodecsVector(written);
    const followed = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat([stream, ...parts]));
    const codec = (zarrFormat: 2 | 3) => codecOf<BytesToBytesCodec>(entry, {}, representation, zarrFormat);
    for (const rest of ["\0", "\n", "B", "ended by whoever wrote it"]) {
      const bytes = followed(stream, Buffer.from(rest));
      expect(await codec(2).decode(bytes, 1200)).toEqual(new Uint8Array(Buffer.concat([integers, integers])));
      await expect(async () => codec(3).decode(bytes, 1200)).rejects.toMatchObject({ code: "ERR_CODEC" });
    }
    // What begins like one has to be one.
    const cut = followed(stream.subarray(0, -1));
    await expect(async () => codec(2).decode(cut, 1200)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });
});

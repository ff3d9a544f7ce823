import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../src/bytes/limits.js";
import type { ChunkRegion, EncodedReader } from "../../src/codecs/codec.js";
import { createPipeline } from "../../src/codecs/pipeline.js";
import { loadCodecs } from "../../src/codecs/registry.js";
import { shardingIndexedEntry } from "../../src/codecs/sharding-indexed.js";
import { testArrayToBytesCodec } from "../../src/testing/index.js";
import { chunksOf } from "./cases.js";

await loadCodecs(["sharding_indexed", "gzip", "zstd"].map((name) => ({ name, configuration: {} })));

const crc32c = { name: "crc32c", configuration: {} };
const littleEndian = { name: "bytes", configuration: { endian: "little" } };
const bytes = { name: "bytes", configuration: {} };

/** Little-endian uint64 numbers; -1 stands for 2^64 - 1. */
const uint64s = (...numbers: number[]) => [
  ...new Uint8Array(BigUint64Array.from(numbers, (n) => BigInt.asUintN(64, BigInt(n))).buffer),
];

/** A configuration for inner chunks of two elements, whose index has no checksum. */
const pairs = (location: "start" | "end", codecs: readonly object[] = [bytes]) =>
  ({ chunk_shape: [2], codecs, index_codecs: [littleEndian], index_location: location }) as never;

testArrayToBytesCodec(
  shardingIndexedEntry,
  [
    {
      // The CRC-32C of the 32 bytes of the index is google-crc32c's, in Python.
      title: "the index, with its checksum, at the end",
      configuration: {
        chunk_shape: [2],
        codecs: [bytes],
        index_codecs: [littleEndian, crc32c],
        index_location: "end",
      } as never,
      representation: chunksOf("uint8", [4]),
      decoded: { data: Uint8Array.of(7, 8, 0, 9), shape: [4], stride: [1] },
      encoded: Uint8Array.of(7, 8, 0, 9, ...uint64s(0, 2, 2, 2), 0x04, 0x52, 0x6e, 0x88),
    },
    {
      title: "an inner chunk of fill values is left out",
      configuration: pairs("end"),
      representation: chunksOf("uint8", [6]),
      decoded: { data: Uint8Array.of(7, 8, 0, 0, 0, 9), shape: [6], stride: [1] },
      encoded: Uint8Array.of(7, 8, 0, 9, ...uint64s(0, 2, -1, -1, 2, 2)),
    },
  ],
  { describe, it },
);

const pipeline = (configuration: object, type = "uint8", shape: readonly number[] = [4]) =>
  createPipeline([{ name: "sharding_indexed", configuration: configuration as never }], chunksOf(type, shape), {
    limits: defaultLimits,
    zarrFormat: 3,
  });

const region = (start: number, count: number, whole = false): ChunkRegion => ({
  start: [start],
  step: [1],
  count: [count],
  whole,
});

/** Reads `shard`, and counts the bytes that were asked for. */
function counted(shard: Uint8Array): { read: EncodedReader; bytesRead: () => number } {
  let total = 0;
  const read: EncodedReader = async (range) => {
    const [start, end] =
      range === undefined
        ? [0, shard.length]
        : "suffixLength" in range
          ? [shard.length - range.suffixLength, shard.length]
          : [range.offset, range.offset + range.length];
    total += end - start;
    return shard.slice(start, end);
  };
  return { read, bytesRead: () => total };
}

describe("sharding_indexed", () => {
  it("an index at the start comes before the inner chunks, which are counted from the shard's first byte", async () => {
    const encoded = Uint8Array.of(...uint64s(32, 2, 34, 2), 1, 2, 3, 4);
    const chunk = { data: Uint8Array.of(1, 2, 3, 4), shape: [4], stride: [1] };
    expect(await pipeline(pairs("start")).encode(chunk)).toEqual(encoded);
    expect((await pipeline(pairs("start")).decode(encoded)).data).toEqual(chunk.data);
  });

  it("inner chunks may lie in any order, with bytes between them that nobody uses", async () => {
    const encoded = Uint8Array.of(3, 4, 99, 99, 1, 2, ...uint64s(4, 2, 0, 2));
    expect((await pipeline(pairs("end")).decode(encoded)).data).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it("a part reads the index and the inner chunks that it touches, and nothing else", async () => {
    const shape = [1000];
    const data = Uint8Array.from({ length: 1000 }, (_, i) => i % 250);
    const configuration = { chunk_shape: [10], codecs: [bytes], index_codecs: [littleEndian], index_location: "end" };
    const sharded = pipeline(configuration, "uint8", shape);
    const { read, bytesRead } = counted(await sharded.encode({ data, shape, stride: [1] }));
    const target = new Uint8Array(15);
    expect(await sharded.decodeInto(read, region(505, 15), { data: target, offset: 0, stride: [1] })).toBe(true);
    expect(target).toEqual(data.slice(505, 520));
    expect(bytesRead()).toBe(100 * 16 + 20);
  });

  it("writing a part keeps the other inner chunks' bytes as they are", async () => {
    // The second inner chunk is damaged: decoding it would fail, and nothing asks for it.
    const gzip = { name: "gzip", configuration: { level: 5 } };
    const sharded = pipeline(pairs("end", [bytes, gzip]));
    const before = await sharded.encode({ data: Uint8Array.of(1, 2, 3, 4), shape: [4], stride: [1] });
    const length = (before.length - 32) / 2;
    before[length + 5] ^= 0xff;
    before[before.length - 40] ^= 0xff;
    const source = { data: Uint8Array.of(9), offset: 0, stride: [1] };
    const after = await sharded.encodeFrom(counted(before).read, region(0, 1), source, { keepEmpty: false });
    expect(after?.slice(length, 2 * length)).toEqual(before.slice(length, 2 * length));
    const first = new Uint8Array(2);
    await sharded.decodeInto(counted(after as Uint8Array).read, region(0, 2), { data: first, offset: 0, stride: [1] });
    expect(first).toEqual(Uint8Array.of(9, 2));
  });

  it("a shard whose last inner chunk becomes empty is not stored, unless asked", async () => {
    const sharded = pipeline(pairs("end"));
    const before = Uint8Array.of(5, 6, ...uint64s(0, 2, -1, -1));
    const zeros = { data: new Uint8Array(2), offset: 0, stride: [1] };
    const write = (keepEmpty: boolean) => sharded.encodeFrom(counted(before).read, region(0, 2), zeros, { keepEmpty });
    expect(await write(false)).toBeUndefined();
    expect(await write(true)).toEqual(Uint8Array.of(0, 0, ...uint64s(0, 2, -1, -1)));
  });

  const damaged: [string, Uint8Array][] = [
    ["an inner chunk behind the end", Uint8Array.of(1, 2, 3, 4, ...uint64s(0, 2, 1000, 2))],
    ["an inner chunk with more bytes than one can have", Uint8Array.of(1, 2, 3, 4, ...uint64s(0, 2, 2, 2 ** 40))],
    ["an offset that wraps around with its length", Uint8Array.of(1, 2, 3, 4, ...uint64s(0, 2, -2, 4))],
    ["an offset without a length", Uint8Array.of(1, 2, 3, 4, ...uint64s(0, 2, 2, -1))],
    ["a length without an offset", Uint8Array.of(1, 2, 3, 4, ...uint64s(0, 2, -1, 2))],
    ["an inner chunk that is too short", Uint8Array.of(1, 2, 3, 4, ...uint64s(0, 2, 2, 1))],
    ["an empty inner chunk", Uint8Array.of(1, 2, 3, 4, ...uint64s(0, 2, 2, 0))],
    ["fewer bytes than the index has", Uint8Array.of(1, 2, 3)],
    ["no bytes", new Uint8Array()],
  ];
  for (const [what, shard] of damaged) {
    it(`${what} is ERR_CODEC, read whole or in part`, async () => {
      await expect(pipeline(pairs("end")).decode(shard)).rejects.toMatchObject({ code: "ERR_CODEC" });
      const target = { data: new Uint8Array(1), offset: 0, stride: [1] };
      await expect(pipeline(pairs("end")).decodeInto(counted(shard).read, region(2, 1), target)).rejects.toMatchObject({
        code: "ERR_CODEC",
      });
    });
  }

  it.each<[string, object, string]>([
    [
      "a chunk shape that does not divide the shard's",
      { ...(pairs("end") as object), chunk_shape: [3] },
      "ERR_METADATA",
    ],
    ["a chunk shape of another rank", { ...(pairs("end") as object), chunk_shape: [2, 2] }, "ERR_METADATA"],
    ["a chunk shape of zero", { ...(pairs("end") as object), chunk_shape: [0] }, "ERR_METADATA"],
    ["no codecs", { ...(pairs("end") as object), codecs: [] }, "ERR_METADATA"],
    ["an index in the middle", { ...(pairs("end") as object), index_location: "middle" }, "ERR_METADATA"],
    [
      "an index of no fixed size",
      { ...(pairs("end") as object), index_codecs: [littleEndian, "gzip"] },
      "ERR_METADATA",
    ],
    [
      "an unknown inner codec",
      { ...(pairs("end") as object), codecs: [bytes, "no.such.codec"] },
      "ERR_CODEC_UNAVAILABLE",
    ],
  ])("%s is refused", (_, configuration, code) => {
    expect(() => pipeline(configuration)).toThrow(expect.objectContaining({ code }));
  });

  it("2^40 inner chunks are ERR_LIMIT before anything is allocated", () => {
    expect(() => pipeline({ ...(pairs("end") as object), chunk_shape: [1] }, "uint8", [2 ** 40])).toThrow(
      expect.objectContaining({ code: "ERR_LIMIT" }),
    );
  });

  it("shards within shards end at the limit", () => {
    let configuration = pairs("end") as object;
    for (let depth = 0; depth < defaultLimits.shardNesting + 1; depth++) {
      configuration = pairs("end", [{ name: "sharding_indexed", configuration }]) as object;
    }
    expect(() => pipeline(configuration, "uint8", [2])).toThrow(expect.objectContaining({ code: "ERR_LIMIT" }));
  });
});

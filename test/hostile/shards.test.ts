import { concat, uint64s } from "../zip/build-archive.js";
import { archiveOf, arrayDocument, hex } from "./array-archive.js";
import { testHostile } from "./test-hostile.js";

const little = { name: "bytes", configuration: { endian: "little" } };
const absent = 2n ** 64n - 1n;

/** A shard of two inner chunks of 8 bytes; its index is at the end. */
const shardCodec = (changes: object = {}) => ({
  name: "sharding_indexed",
  configuration: { chunk_shape: [8], codecs: ["bytes"], index_codecs: [little], ...changes },
});
const shard = (index: readonly bigint[], changes: object = {}) =>
  archiveOf(arrayDocument({ codecs: [shardCodec(changes)] }), concat(content, uint64s(...index)));
const content = Uint8Array.from({ length: 16 }, (_, i) => i);
const values = [...content];

const regular = (length: number) => ({ name: "regular", configuration: { chunk_shape: [length] } });
const wide = (length: number, inner: number, chunk?: Uint8Array) =>
  archiveOf(
    arrayDocument({ shape: [length], chunk_grid: regular(length), codecs: [shardCodec({ chunk_shape: [inner] })] }),
    chunk,
  );

/** Shards within shards, each of one inner chunk of 16 bytes. */
const nested = (depth: number) =>
  Array.from({ length: depth }).reduce<unknown>((inner) => shardCodec({ chunk_shape: [16], codecs: [inner] }), "bytes");

testHostile("indices of shards", [
  ["what one looks like", values, () => shard([0n, 8n, 8n, 8n])],
  ["an inner chunk past the end", "ERR_CODEC", () => shard([0n, 8n, 41n, 8n])],
  ["an inner chunk at 2^40", "ERR_CODEC", () => shard([0n, 8n, 2n ** 40n, 8n])],
  ["an inner chunk at 2^63, negative where it is signed", "ERR_CODEC", () => shard([0n, 8n, 2n ** 63n, 8n])],
  ["an inner chunk that wraps around", "ERR_CODEC", () => shard([0n, 8n, 2n ** 64n - 8n, 16n])],
  ["an inner chunk of 2^64 - 2 bytes", "ERR_CODEC", () => shard([0n, 8n, 8n, 2n ** 64n - 2n])],
  ["an offset without a length", "ERR_CODEC", () => shard([0n, 8n, 8n, absent])],
  ["a length without an offset", "ERR_CODEC", () => shard([0n, 8n, absent, 8n])],
  ["an inner chunk that is the shard itself", "ERR_CODEC", () => shard([0n, 8n, 0n, 48n])],
  ["an inner chunk that is too short", "ERR_CODEC", () => shard([0n, 8n, 8n, 7n])],
  ["an empty inner chunk", "ERR_CODEC", () => shard([0n, 8n, 8n, 0n])],
  [
    "a wrong checksum of the index",
    "ERR_CHECKSUM",
    () =>
      archiveOf(
        arrayDocument({ codecs: [shardCodec({ index_codecs: [little, "crc32c"] })] }),
        concat(content, uint64s(0n, 8n, 8n, 8n), hex("00000000")),
      ),
  ],
  ["shorter than the index", "ERR_CODEC", () => archiveOf(arrayDocument({ codecs: [shardCodec()] }), content)],
  ["empty", "ERR_CODEC", () => archiveOf(arrayDocument({ codecs: [shardCodec()] }), new Uint8Array())],
  [
    "shards within it that are the shard itself",
    [0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0],
    () => archiveOf(arrayDocument({ codecs: [nested(8)] }), uint64s(0n, 16n)),
  ],
]);

testHostile("codecs of shards", [
  ["8 shards within each other", Array(16).fill(0), () => archiveOf(arrayDocument({ codecs: [nested(8)] }))],
  ["9 shards within each other", "ERR_LIMIT", () => archiveOf(arrayDocument({ codecs: [nested(9)] }))],
  ["80 shards within each other", "ERR_LIMIT", () => archiveOf(arrayDocument({ codecs: [nested(80)] }))],
  ["2^40 inner chunks", "ERR_LIMIT", () => wide(2 ** 40, 1)],
  ["2^53 - 1 inner chunks", "ERR_LIMIT", () => wide(2 ** 53 - 1, 1)],
  ["2^26 inner chunks, and a value of 16 bytes", "ERR_CODEC", () => wide(2 ** 26, 1, content)],
  ["inner chunks of no length", "ERR_METADATA", () => shard([0n, 8n, 8n, 8n], { chunk_shape: [0] })],
  [
    "inner chunks of another rank",
    "ERR_METADATA",
    () => shard([0n, 8n, 8n, 8n], { chunk_shape: Array(100_000).fill(1) }),
  ],
  ["inner chunks of 2^60 elements", "ERR_METADATA", () => shard([0n, 8n, 8n, 8n], { chunk_shape: [2 ** 60] })],
  ["no inner chunk shape", "ERR_METADATA", () => shard([0n, 8n, 8n, 8n], { chunk_shape: undefined })],
  ["inner chunks that do not divide the shard", "ERR_METADATA", () => shard([0n, 8n, 8n, 8n], { chunk_shape: [7] })],
  ["an index of no fixed size", "ERR_METADATA", () => shard([0n, 8n, 8n, 8n], { index_codecs: [little, "gzip"] })],
  ["an index that is a shard", "ERR_METADATA", () => shard([0n, 8n, 8n, 8n], { index_codecs: [shardCodec()] })],
  [
    "10,000 codecs of inner chunks",
    "ERR_LIMIT",
    () => shard([0n, 8n, 8n, 8n], { codecs: ["bytes", ...Array(10_000).fill("gzip")] }),
  ],
  [
    "10,000 codecs of the index",
    "ERR_LIMIT",
    () => shard([0n, 8n, 8n, 8n], { index_codecs: [little, ...Array(10_000).fill("crc32c")] }),
  ],
]);

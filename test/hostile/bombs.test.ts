import { gzipSync } from "node:zlib";
import { buildArchive, concat, uint64s } from "../zip/build-archive.js";
import { archiveOf, arrayDocument, encodedChunk, hex, uint32 } from "./array-archive.js";
import {
  base64Text,
  bloscChunk,
  bloscLz,
  bombSize,
  bzip2ed,
  deflated,
  gzipped,
  lz4Block,
  lzmaAlone,
  snappy,
  xz,
  zlibbed,
  zstdLiterals,
  zstdRepeats,
} from "./bombs.js";
import { testHostile } from "./test-hostile.js";

/** Window of 128 KiB; with a content size of 272 (16 + 256) bytes; a single segment of 16 bytes. */
const undeclared = "00 38";
const declared = "40 38 1000";
const single = "20 10";

const lzma = { name: "numcodecs.lzma", configuration: { format: 2 } };
const lz4 = (size: number) => concat(uint32(size), lz4Block);
const sizes = (size: number) => ({ local: { 22: size }, central: { 24: size } });
const entry = { payload: deflated, method: 8 };
const metadata = (lie: object) => buildArchive([{ name: "zarr.json", ...entry, ...lie }]);

testHostile("bombs for a chunk of 16 bytes", [
  ["gzip", "ERR_CODEC", () => encodedChunk(["gzip"], gzipped)],
  ["gzip within gzip", "ERR_CODEC", () => encodedChunk(["gzip", "gzip"], new Uint8Array(gzipSync(gzipped)))],
  [
    "gzip, a bomb as the second member",
    "ERR_CODEC",
    () => encodedChunk(["gzip"], concat(new Uint8Array(gzipSync(new Uint8Array(16))), gzipped)),
  ],
  [
    "gzip, 50,000 members without content",
    "ERR_CODEC",
    () =>
      encodedChunk(
        ["gzip"],
        concat(...Array.from({ length: 50_000 }, () => new Uint8Array(gzipSync(new Uint8Array(0))))),
      ),
  ],
  ["zlib", "ERR_CODEC", () => encodedChunk(["numcodecs.zlib"], zlibbed)],
  ["zstd: 1 GiB of repeated bytes", "ERR_CODEC", () => encodedChunk(["zstd"], zstdRepeats(undeclared, 8192))],
  [
    "zstd: the same, with another size declared",
    "ERR_CODEC",
    () => encodedChunk(["zstd"], zstdRepeats(declared, 8192)),
  ],
  ["zstd: 1 GiB of literals", "ERR_CODEC", () => encodedChunk(["zstd"], zstdLiterals(undeclared, 8192))],
  ["zstd: 62 MiB of literals", "ERR_CODEC", () => encodedChunk(["zstd"], zstdLiterals(undeclared, 500))],
  [
    "zstd: literals in a frame that declares 16 bytes",
    "ERR_CODEC",
    () => encodedChunk(["zstd"], zstdLiterals(single, 8192)),
  ],
  [
    "zstd: literals in a frame that declares 272 bytes",
    "ERR_CODEC",
    () => encodedChunk(["zstd"], zstdLiterals(declared, 8192)),
  ],
  ["blosc with blosclz", "ERR_CODEC", () => encodedChunk(["numcodecs.blosc"], bloscChunk(0, bloscLz))],
  ["blosc with lz4", "ERR_CODEC", () => encodedChunk(["numcodecs.blosc"], bloscChunk(1, lz4Block))],
  ["blosc with snappy", "ERR_CODEC", () => encodedChunk(["numcodecs.blosc"], bloscChunk(2, snappy))],
  ["blosc with zlib", "ERR_CODEC", () => encodedChunk(["numcodecs.blosc"], bloscChunk(3, zlibbed))],
  [
    "blosc with zstd",
    "ERR_CODEC",
    () => encodedChunk(["numcodecs.blosc"], bloscChunk(4, zstdLiterals(undeclared, 500))),
  ],
  ["lz4", "ERR_CODEC", () => encodedChunk(["numcodecs.lz4"], lz4(16))],
  ["bz2", "ERR_CODEC", () => encodedChunk(["numcodecs.bz2"], bzip2ed)],
  ["lzma: xz", "ERR_CODEC", () => encodedChunk(["numcodecs.lzma"], xz)],
  ["lzma: alone", "ERR_CODEC", () => encodedChunk([lzma], lzmaAlone)],
  ["base64", "ERR_CODEC", () => encodedChunk(["numcodecs.base64"], base64Text(2 ** 20))],
  [
    "62 times base64, which together make a chunk 50 million times longer",
    "ERR_LIMIT",
    () => encodedChunk(Array(62).fill("numcodecs.base64"), base64Text(2 ** 20)),
  ],
  ["base64: more than is read at all", "ERR_LIMIT", () => encodedChunk(["numcodecs.base64"], base64Text(2 ** 23))],
  ["a ZIP entry that says 16 bytes", "ERR_ZIP", () => archiveOf(arrayDocument(), { ...entry, ...sizes(16) })],
  [
    "a ZIP entry that says what it holds",
    "ERR_LIMIT",
    () => archiveOf(arrayDocument(), { ...entry, ...sizes(bombSize) }),
  ],
  ["a ZIP entry of bzip2", "ERR_ZIP", () => archiveOf(arrayDocument(), { payload: bzip2ed, method: 12, ...sizes(16) })],
  [
    "a ZIP entry of LZMA",
    "ERR_ZIP",
    () =>
      archiveOf(arrayDocument(), {
        payload: concat(hex("1000 0500"), lzmaAlone.subarray(0, 5), lzmaAlone.subarray(13)),
        method: 14,
        flags: 2,
        ...sizes(16),
      }),
  ],
]);

testHostile("bombs in other places", [
  [
    "an inner chunk",
    "ERR_CODEC",
    () => {
      const inner = {
        chunk_shape: [16],
        codecs: ["bytes", "gzip"],
        index_codecs: [{ name: "bytes", configuration: { endian: "little" } }],
      };
      const codecs = [{ name: "sharding_indexed", configuration: inner }];
      return archiveOf(arrayDocument({ codecs }), concat(gzipped, uint64s(0n, BigInt(gzipped.length))));
    },
  ],
  ["a metadata document that says 100 bytes", "ERR_ZIP", () => metadata(sizes(100))],
  ["a metadata document that says what it holds", "ERR_LIMIT", () => metadata(sizes(bombSize))],
]);

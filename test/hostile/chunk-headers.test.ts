import { bytesOf, concat } from "../zip/build-archive.js";
import { archiveOf, arrayDocument, encodedChunk, hex, uint32 } from "./array-archive.js";
import { bloscChunk, zstdRepeats } from "./bombs.js";
import { testHostile } from "./test-hostile.js";

const sixteen = new Uint8Array(16);
const zstd = (frame: string) => encodedChunk(["zstd"], hex(`28b52ffd ${frame}`));
const blosc = (lies: Readonly<Record<number, number>>) =>
  encodedChunk(["numcodecs.blosc"], bloscChunk(1, sixteen, lies));
const lz4 = (size: number, block: string) => encodedChunk(["numcodecs.lz4"], concat(uint32(size), hex(block)));

testHostile("headers of compressed chunks", [
  ["zstd: a window of 2^41 bytes", "ERR_CODEC", () => zstd("00 f8 810000 00")],
  ["zstd: a content of 2^64 - 1 bytes", "ERR_CODEC", () => zstd("c0 38 ffffffffffffffff 830000 00")],
  ["zstd: a single segment of 2^63 bytes", "ERR_CODEC", () => zstd("e0 0000000000000080 830000 00")],
  ["zstd: a content of 4 GiB in one block", "ERR_CODEC", () => zstd("80 38 ffffffff 830000 00")],
  ["zstd: a block of the reserved type", "ERR_CODEC", () => zstd("00 38 870000 00")],
  ["zstd: a dictionary", "ERR_CODEC", () => zstd("03 38 ffffffff 810000")],
  ["zstd: a skippable frame of 2^32 - 1 bytes", "ERR_CODEC", () => encodedChunk(["zstd"], hex("502a4d18 ffffffff"))],
  [
    "zstd: 100,000 skippable frames",
    "ERR_CODEC",
    () => encodedChunk(["zstd"], concat(...Array.from({ length: 100_000 }, () => hex("502a4d18 00000000")))),
  ],
  [
    "zstd: 100,000 frames without content",
    "ERR_CODEC",
    () => encodedChunk(["zstd"], concat(...Array.from({ length: 100_000 }, () => hex("28b52ffd 20 00 010000")))),
  ],
  ["zstd: cut off", "ERR_CODEC", () => encodedChunk(["zstd"], zstdRepeats("00 38", 2).subarray(0, -1))],
  ["blosc: a content of 2^32 - 1 bytes", "ERR_CODEC", () => blosc({ 4: 0xffffffff })],
  ["blosc: no content", "ERR_CODEC", () => blosc({ 4: 0 })],
  ["blosc: blocks of 0 bytes", "ERR_CODEC", () => blosc({ 8: 0 })],
  ["blosc: blocks of 1 byte", "ERR_CODEC", () => blosc({ 8: 1 })],
  ["blosc: blocks of 2^32 - 1 bytes", "ERR_CODEC", () => blosc({ 8: 0xffffffff })],
  ["blosc: a chunk of 2^32 - 1 bytes", "ERR_CODEC", () => blosc({ 12: 0xffffffff })],
  ["blosc: a block within the header", "ERR_CODEC", () => blosc({ 16: 0 })],
  ["blosc: a block at 2^32 - 1", "ERR_CODEC", () => blosc({ 16: 0xffffffff })],
  ["lz4: a size of 2^32 - 1", "ERR_CODEC", () => lz4(0xffffffff, "1061")],
  ["lz4: a match before the start", "ERR_CODEC", () => lz4(16, "1f61 ffff 00")],
  ["lz4: a match at distance 0", "ERR_CODEC", () => lz4(16, "1f61 0000 00")],
  ["lz4: literals past the end", "ERR_CODEC", () => lz4(16, "f0 ffffff")],
  [
    "lzma: alone, of 2^63 bytes",
    "ERR_CODEC",
    () =>
      encodedChunk(
        [{ name: "numcodecs.lzma", configuration: { format: 2 } }],
        hex("5d ffffffff 0000000000000080 0000000000"),
      ),
  ],
  [
    "lzma: alone, a dictionary of 4 GiB for 16 bytes",
    "ERR_CODEC",
    () =>
      encodedChunk(
        [{ name: "numcodecs.lzma", configuration: { format: 2 } }],
        hex("5d ffffffff 1000000000000000 00ffffffff"),
      ),
  ],
  [
    "bz2: 70,000 streams without content",
    "ERR_CODEC",
    () =>
      encodedChunk(
        ["numcodecs.bz2"],
        concat(...Array.from({ length: 70_000 }, () => hex("425a6839 177245385090 00000000"))),
      ),
  ],
  [
    "xz: 30,000 streams without content",
    "ERR_CODEC",
    () =>
      encodedChunk(
        ["numcodecs.lzma"],
        concat(
          ...Array.from({ length: 30_000 }, () =>
            hex("fd377a585a000004e6d6b446000000001cdf44211fb6f37d010000000004595a"),
          ),
        ),
      ),
  ],
  [
    "bz2: a block of random bytes",
    "ERR_CODEC",
    () => encodedChunk(["numcodecs.bz2"], hex("425a6839 314159265359 ffffffff ffffffff")),
  ],
  [
    "packbits: a byte too many",
    "ERR_CODEC",
    () => archiveOf(arrayDocument({ codecs: ["packbits"] }), new Uint8Array(17)),
  ],
  [
    "packbits: padding of 255 bits",
    "ERR_CODEC",
    () => {
      const codecs = [{ name: "packbits", configuration: { padding_encoding: "first_byte" } }];
      return archiveOf(arrayDocument({ codecs, data_type: "bool", fill_value: false }), hex("ff ffff"));
    },
  ],
  [
    "packbits: bits that an element does not have",
    "ERR_METADATA",
    () => {
      const codecs = [{ name: "packbits", configuration: { first_bit: 2 ** 40, last_bit: 2 ** 41 } }];
      return archiveOf(arrayDocument({ codecs }), sixteen);
    },
  ],
  [
    "numcodecs.packbits: padding of 255 bits",
    "ERR_CODEC",
    () =>
      archiveOf(
        arrayDocument({ codecs: ["numcodecs.packbits", "bytes"], data_type: "bool", fill_value: false }),
        hex("ff ffff"),
      ),
  ],
  [
    "shuffle: elements of 2^40 bytes",
    "ERR_METADATA",
    () => encodedChunk([{ name: "numcodecs.shuffle", configuration: { elementsize: 2 ** 40 } }], sixteen),
  ],
]);

const text = (chunk: Uint8Array, changes = {}) =>
  archiveOf(
    arrayDocument({
      shape: [2],
      chunk_grid: grid(2),
      data_type: "string",
      fill_value: "",
      codecs: ["vlen-utf8"],
      ...changes,
    }),
    chunk,
  );
const grid = (length: number) => ({ name: "regular", configuration: { chunk_shape: [length] } });

testHostile("elements of any length", [
  ["what they look like", ["ab", ""], () => text(concat(uint32(2), uint32(2), bytesOf("ab"), uint32(0)))],
  ["a count of 2^32 - 1", "ERR_CODEC", () => text(concat(uint32(0xffffffff), new Uint8Array(8)))],
  ["a count of 0", "ERR_CODEC", () => text(new Uint8Array(4))],
  ["a length of 2^32 - 1", "ERR_CODEC", () => text(concat(uint32(2), uint32(0xffffffff), uint32(0)))],
  ["a length one too long", "ERR_CODEC", () => text(concat(uint32(2), uint32(0), uint32(1)))],
  ["lengths that end too early", "ERR_CODEC", () => text(concat(uint32(2), uint32(0), uint32(0), hex("00")))],
  ["no bytes at all", "ERR_CODEC", () => text(new Uint8Array())],
  ["text that is no UTF-8", "ERR_CODEC", () => text(concat(uint32(2), uint32(2), hex("c328"), uint32(0)))],
  [
    "2^40 of them in a chunk, where the array has 2",
    "ERR_LIMIT",
    () => text(concat(uint32(0), new Uint8Array(8)), { chunk_grid: grid(2 ** 40) }),
  ],
  [
    "2^23 of them in a chunk of 12 bytes, where the array has 2",
    "ERR_CODEC",
    () => text(concat(uint32(2 ** 23), new Uint8Array(8)), { chunk_grid: grid(2 ** 23) }),
  ],
  [
    "byte strings with a length of 2^31",
    "ERR_CODEC",
    () => text(concat(uint32(2), uint32(2 ** 31), uint32(0)), { data_type: "bytes", codecs: ["vlen-bytes"] }),
  ],
]);

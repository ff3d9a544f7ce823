// The cases of the codecs on bytes for the codec contract; they run on node:zlib and on what stands in for it elsewhere.
import { type BytesCodecCase, chunksOf } from "../../src/testing/index.js";
import { floats, integers, type VectorName, vector } from "./vectors.js";

export { chunksOf };

/** A case on `floats`. */
function onFloats(
  title: string,
  configuration: BytesCodecCase["configuration"],
  checksum: boolean,
  written: readonly VectorName[],
): BytesCodecCase {
  const representation = chunksOf("float32", [150]);
  return { title, configuration, checksum, representation, decoded: floats, encoded: written.map(vector) };
}

export const gzipCases: readonly BytesCodecCase[] = [
  onFloats("level 0", { level: 0 }, true, ["gzip0"]),
  onFloats("level 1", { level: 1 }, true, ["gzip1"]),
  onFloats("level 9", { level: 9 }, true, ["gzip9"]),
  { ...onFloats("its name in numcodecs", { level: 5 }, true, ["gzip1"]), name: "numcodecs.gzip" },
];

export const zlibCases: readonly BytesCodecCase[] = [
  onFloats("level 1", { level: 1 }, true, ["zlib1"]),
  onFloats("level 9", { level: 9 }, true, ["zlib9"]),
  { ...onFloats("version 2", { level: 9 }, true, ["zlib9"]), zarrFormat: 2, mayBeFollowed: true },
];

export const zstdCases: readonly BytesCodecCase[] = [
  onFloats("with checksum", { level: 3, checksum: true }, true, ["zstd3c"]),
  onFloats("without checksum", { level: 0, checksum: false }, false, ["zstd0"]),
  onFloats("a negative level", { level: -5, checksum: true }, true, []),
  { ...onFloats("version 2", { level: 19 }, false, ["zstd19", "zstd-5"]), zarrFormat: 2 },
];

const version2 = { cname: "lz4", clevel: 5, shuffle: -1, blocksize: 0 };

/** Those without Zstandard in them. */
export const bloscCases: readonly BytesCodecCase[] = [
  ...(["blosclz", "lz4", "lz4hc", "zlib"] as const).flatMap(bloscCasesOf),
  { ...bloscCasesOf("lz4")[0], title: "version 2", configuration: version2, zarrFormat: 2, mayBeFollowed: true },
  { ...bloscCasesOf("lz4")[0], title: "too short to compress", decoded: integers.subarray(0, 20), encoded: [] },
];

/** Every shuffle of one compressor. */
export function bloscCasesOf(cname: "blosclz" | "lz4" | "lz4hc" | "zlib" | "zstd"): BytesCodecCase[] {
  return (["noshuffle", "shuffle", "bitshuffle"] as const).map((shuffle) => ({
    title: `${cname}, ${shuffle}`,
    configuration: { typesize: 2, cname, clevel: 5, shuffle, blocksize: 256 },
    checksum: false,
    representation: chunksOf("int16", [300]),
    decoded: integers,
    encoded: [vector(`blosc-${cname}-${shuffle}`)],
  }));
}

/** CRC-32C of `integers` from numcodecs. */
const integersCrc = [0x3c, 0xc5, 0x07, 0x85];
const onIntegers = { representation: chunksOf("int16", [300]), checksum: true, decoded: integers };

export const crc32cCases: readonly BytesCodecCase[] = [
  { ...onIntegers, title: "at the end", configuration: {}, encoded: [Uint8Array.of(...integers, ...integersCrc)] },
  {
    ...onIntegers,
    title: "at the start",
    name: "numcodecs.crc32c",
    configuration: { location: "start" },
    encoded: [Uint8Array.of(...integersCrc, ...integers)],
  },
];

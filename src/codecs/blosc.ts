import { DecompressionError } from "../bytes/decompression.js";
import { ZarrError } from "../errors.js";
import type { BytesToBytesCodec, CodecConfiguration, CodecEntry } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { type BloscDecoder, decodeBlosc, decodeBloscPieces } from "./kernels/blosc-decode.js";
import { type BloscEncoder, type BloscLayout, encodeBlosc } from "./kernels/blosc-encode.js";
import { type BloscFormat, type BloscHeader, declaredSize } from "./kernels/blosc-header.js";
import { decodeBloscLz, encodeBloscLz } from "./kernels/blosclz.js";
import { decodeLz4, encodeLz4 } from "./kernels/lz4.js";
import { decodeSnappy } from "./kernels/snappy.js";
import { compressZlib, decompressZlib } from "./zlib.js";
import { compressZstd, decompressZstd } from "./zstd.js";

const names = ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"] as const;
type BloscName = (typeof names)[number];

/** Words of version 3; their positions are the numbers of version 2, which has -1 besides. */
const shuffles = ["noshuffle", "shuffle", "bitshuffle"] as const;
const shuffleKinds: readonly BloscHeader["shuffle"][] = ["none", "bytes", "bits"];

const decoders: Readonly<Record<BloscFormat, BloscDecoder>> = {
  blosclz: decodeBloscLz,
  lz4: decodeLz4,
  snappy: decodeSnappy,
  zlib: async (input, output) => copyExactly(await decompressZlib(input, output.length), output),
  zstd: async (input, output) => copyExactly(await decompressZstd(input, output.length), output),
};

/**
 * Blosc 1. The format has no checksum: some damaged chunks decode, to wrong values, unless a codec or the store around it has one.
 * In format 2 bytes behind the chunk are left out, as numcodecs does.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/blosc/index.html
 */
export const bloscEntry: CodecEntry = {
  names: ["blosc", "numcodecs.blosc"],
  kind: "bytes-to-bytes",
  create(configuration, context, name) {
    const reader = new ConfigurationReader(name, configuration, [
      "cname",
      "clevel",
      "shuffle",
      "blocksize",
      "typesize",
    ]);
    const cname = reader.choice("cname", names, "lz4");
    const level = reader.integer("clevel", 0, 9, 5);
    const blockSize = reader.integer("blocksize", 0, 2 ** 31 - 1, 0);
    const typeSize = reader.integer("typesize", 1, 2 ** 31 - 1, context.decoded.dataType.itemSize ?? 1);
    const numbered = context.zarrFormat === 2 || name === "numcodecs.blosc";
    const shuffle = numbered ? reader.choice("shuffle", [-1, 0, 1, 2], 1) : readShuffle(reader, typeSize);
    // -1 is numcodecs' "auto".
    const kind = shuffleKinds[shuffle === -1 ? (typeSize === 1 ? 2 : 1) : shuffle];
    const format = cname === "lz4hc" ? "lz4" : cname;
    // The header has one byte for the item size; as c-blosc, larger items count as bytes.
    const itemSize = typeSize > 255 ? 1 : typeSize;
    const acceleration = cname === "lz4" ? accelerationOf(level) : undefined;
    const layout: BloscLayout = { format, level, blockSize, shuffle: kind, itemSize, acceleration };
    const written: CodecConfiguration = numbered
      ? { cname, clevel: level, shuffle, blocksize: blockSize }
      : { typesize: typeSize, cname, clevel: level, shuffle: shuffles[shuffle], blocksize: blockSize };
    return bloscCodec(name, written, layout, encoderOf(cname, level), context.zarrFormat === 2);
  },
};

/** As in zarr-python, items of one byte are shuffled by bits unless the configuration says otherwise. */
function readShuffle(reader: ConfigurationReader, typeSize: number): number {
  return shuffles.indexOf(reader.choice("shuffle", shuffles, typeSize === 1 ? "bitshuffle" : "shuffle"));
}

function bloscCodec(
  name: string,
  configuration: CodecConfiguration,
  layout: BloscLayout,
  encode: BloscEncoder,
  mayBeFollowed: boolean,
): BytesToBytesCodec {
  const chunkOf = (bytes: Uint8Array) => (mayBeFollowed ? bytes.subarray(0, declaredSize(bytes)) : bytes);
  return {
    name,
    kind: "bytes-to-bytes",
    configuration,
    // Content that does not get shorter is copied behind 16 bytes; an encoder that does not may add a little to each block.
    maxEncodedSize: (decodedSize) => decodedSize + Math.ceil(decodedSize / 16) + 1024,
    encode: (bytes) => encodeBlosc(bytes, layout, encode),
    givesOwnMemory: true,
    decode: (bytes, maxSize) => decodeBlosc(chunkOf(bytes), maxSize, decoders).catch(throwCodecError),
    decodePieces: (bytes, size, unit, take) => decodePieces(chunkOf(bytes), size, unit, take),
  };
}

const decodePieces: NonNullable<BytesToBytesCodec["decodePieces"]> = (bytes, size, unit, take) => {
  try {
    return decodeBloscPieces(bytes, size, unit, take);
  } catch (error) {
    if (error instanceof DecompressionError) return false;
    throw error;
  }
};

function encoderOf(cname: BloscName, level: number): BloscEncoder {
  const fast = { depth: 1, acceleration: accelerationOf(level) };
  switch (cname) {
    case "blosclz":
      return (input, output) => encodeBloscLz(input, output, fast);
    case "lz4":
      return (input, output) => encodeLz4(input, output, fast);
    case "lz4hc":
      return (input, output) => encodeLz4(input, output, { depth: 2 ** level, acceleration: 1 });
    case "snappy":
      return () => {
        const problem =
          "Blosc with Snappy is read, but not written, since numcodecs from 0.9 on cannot read it: use lz4";
        throw new ZarrError("ERR_UNSUPPORTED", problem, { codec: "blosc" });
      };
    case "zlib":
      return async (input, output) => putIfShorter(await compressZlib(input, level), output);
    case "zstd":
      // c-blosc spreads its nine levels over those of zstd like this.
      return async (input, output) =>
        putIfShorter(await compressZstd(input, level < 9 ? 2 * level - 1 : 22, false), output);
  }
}

/** As c-blosc has it. */
function accelerationOf(level: number): number {
  return 10 - level;
}

function putIfShorter(encoded: Uint8Array, output: Uint8Array): number | undefined {
  if (encoded.length > output.length) return undefined;
  output.set(encoded);
  return encoded.length;
}

function copyExactly(decoded: Uint8Array, output: Uint8Array): void {
  if (decoded.length !== output.length) {
    throw new DecompressionError(
      "malformed",
      `a stream of a Blosc block holds ${decoded.length} bytes, expected ${output.length}`,
    );
  }
  output.set(decoded);
}

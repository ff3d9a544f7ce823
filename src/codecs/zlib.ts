import { deflateRaw, inflateRaw } from "#zlib";
import { DecompressionError } from "../bytes/decompression.js";
import { viewOf } from "../bytes/view-of.js";
import type { BytesToBytesCodec, CodecEntry } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { adler32 } from "./kernels/adler32.js";
import { maxDeflatedSize } from "./kernels/deflate-bound.js";

const headerSize = 2;
const trailerSize = 4;

/**
 * zlib (RFC 1950), a codec of numcodecs. In format 2 bytes behind the stream are left out, as numcodecs does.
 * @see https://numcodecs.readthedocs.io/en/stable/compression/zlib.html
 */
export const zlibEntry: CodecEntry = {
  names: ["zlib", "numcodecs.zlib"],
  kind: "bytes-to-bytes",
  create(configuration, { zarrFormat }, name) {
    const level = new ConfigurationReader(name, configuration, ["level"]).integer("level", -1, 9, 1);
    return zlibCodec(name, level, zarrFormat === 2);
  },
};

function zlibCodec(name: string, level: number, mayBeFollowed: boolean): BytesToBytesCodec {
  return {
    name,
    kind: "bytes-to-bytes",
    configuration: { level },
    maxEncodedSize: (decodedSize) => maxDeflatedSize(decodedSize) + headerSize + trailerSize,
    encode: (bytes) => compressZlib(bytes, level),
    givesOwnMemory: true,
    decode: (bytes, maxSize) => decompressZlib(bytes, maxSize, mayBeFollowed).catch(throwCodecError),
  };
}

/** One zlib stream. */
export async function compressZlib(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  const deflated = await deflateRaw(bytes, level);
  const encoded = new Uint8Array(headerSize + deflated.length + trailerSize);
  // DEFLATE with a 32 KiB window; 0x9c marks the default level and completes the header to a multiple of 31.
  encoded.set([0x78, 0x9c]);
  encoded.set(deflated, headerSize);
  new DataView(encoded.buffer).setUint32(headerSize + deflated.length, adler32(bytes));
  return encoded;
}

/**
 * Content of a zlib stream.
 * @param mayBeFollowed - whether bytes behind the stream are left out, as Python's `zlib` does, instead of refused
 * @throws DecompressionError - not exactly one zlib stream of at most `maxSize` bytes
 */
export async function decompressZlib(bytes: Uint8Array, maxSize: number, mayBeFollowed = false): Promise<Uint8Array> {
  const view = viewOf(bytes);
  // RFC 1950 section 2.2: CM = 8 and CINFO <= 7 in the first byte, no preset dictionary (bit 5) in the second.
  const header = bytes.length >= headerSize ? view.getUint16(0) : 0;
  if (header % 31 !== 0 || (header & 0x0f00) !== 0x0800 || header >= 0x8000 || (header & 0x20) !== 0) {
    throw new DecompressionError("malformed", `a zlib stream begins with 78 9c or alike, found ${header.toString(16)}`);
  }
  const { bytes: content, consumed } = await inflateRaw(bytes.subarray(headerSize), maxSize);
  const trailer = headerSize + consumed;
  if (trailer + trailerSize > bytes.length) throw new DecompressionError("truncated", "the zlib trailer is cut off");
  if (!mayBeFollowed && trailer + trailerSize < bytes.length) {
    const message = `trailing bytes at offset ${trailer + trailerSize} of ${bytes.length}, behind the zlib stream`;
    throw new DecompressionError("malformed", message);
  }
  if (view.getUint32(trailer) !== adler32(content)) {
    throw new DecompressionError("checksum", "the Adler-32 in the zlib trailer is not that of the content");
  }
  return content;
}

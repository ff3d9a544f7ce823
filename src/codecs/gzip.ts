import { deflateRaw, gunzip } from "#zlib";
import { crc32 } from "../bytes/crc32.js";
import { DecompressionError } from "../bytes/decompression.js";
import { gzipHeaderSize, gzipTrailerSize, readGzipHeader } from "../bytes/gzip-members.js";
import { viewOf } from "../bytes/view-of.js";
import type { BytesToBytesCodec, CodecEntry } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { maxDeflatedSize } from "./kernels/deflate-bound.js";

/**
 * gzip (RFC 1952). Several members in a row are read as one; anything else behind a member is an error, except zeros in format 2,
 * which Python's `gzip` leaves out.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/gzip/index.html
 */
export const gzipEntry: CodecEntry = {
  names: ["gzip", "numcodecs.gzip"],
  kind: "bytes-to-bytes",
  create(configuration, { zarrFormat }, name) {
    const level = new ConfigurationReader(name, configuration, ["level"]).integer("level", -1, 9, 5);
    return gzipCodec(name, level, zarrFormat === 2);
  },
};

function gzipCodec(name: string, level: number, mayBePadded: boolean): BytesToBytesCodec {
  return {
    name,
    kind: "bytes-to-bytes",
    configuration: { level },
    maxEncodedSize: (decodedSize) => maxDeflatedSize(decodedSize) + gzipHeaderSize + gzipTrailerSize,
    encode: async (bytes) => wrap(bytes, await deflateRaw(bytes, level)),
    givesOwnMemory: true,
    decode: (bytes, maxSize) => expand(bytes, maxSize, mayBePadded).catch(throwCodecError),
  };
}

function wrap(bytes: Uint8Array, deflated: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(gzipHeaderSize + deflated.length + gzipTrailerSize);
  // No name, no time, unknown operating system (255): the same bytes give the same file.
  encoded.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  encoded.set(deflated, gzipHeaderSize);
  const trailer = new DataView(encoded.buffer, gzipHeaderSize + deflated.length);
  trailer.setUint32(0, crc32(bytes), true);
  trailer.setUint32(4, bytes.length, true);
  return encoded;
}

async function expand(bytes: Uint8Array, maxSize: number, mayBePadded: boolean): Promise<Uint8Array> {
  readGzipHeader(viewOf(bytes), 0); // says better than zlib what is wrong
  const { bytes: content, consumed } = await gunzip(bytes, maxSize);
  const rest = bytes.subarray(consumed);
  if (rest.length === 0 || (mayBePadded && rest.every((byte) => byte === 0))) return content;
  const message = `trailing bytes at offset ${consumed} of ${bytes.length} are not a gzip member`;
  throw new DecompressionError("malformed", message);
}

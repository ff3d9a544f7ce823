import { deflateRaw, gunzip, gunzipWhole, inflateRaw } from "#zlib";
import { concatenate } from "../bytes/concatenate.js";
import { crc32 } from "../bytes/crc32.js";
import { type Decompressed, DecompressionError } from "../bytes/decompression.js";
import { checkGzipTrailer, gzipHeaderSize, gzipTrailerSize, readGzipHeader } from "../bytes/gzip-members.js";
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
  const whole = gunzipWhole === undefined ? undefined : await gunzipWhole(bytes, maxSize);
  if (whole !== undefined) return whole;
  const { bytes: first, consumed: end } = await expandMember(bytes, maxSize);
  const isPadding = (from: number) => mayBePadded && bytes.subarray(from).every((byte) => byte === 0);
  if (end === bytes.length || isPadding(end)) return first;
  readGzipHeader(viewOf(bytes), end, crc32); // says better than zlib what is wrong
  const { bytes: others, consumed } = await gunzip(bytes.subarray(end), maxSize - first.length);
  const rest = end + consumed;
  if (rest === bytes.length || isPadding(rest)) return concatenate([first, others]);
  const message = `trailing bytes at offset ${rest} of ${bytes.length} are not a gzip member`;
  throw new DecompressionError("malformed", message);
}

/** Expands the first member, which is all that most chunks have: faster than zlib does, whose CRC-32 is slower. */
async function expandMember(bytes: Uint8Array, maxSize: number): Promise<Decompressed> {
  const view = viewOf(bytes);
  const offset = readGzipHeader(view, 0, crc32);
  const { bytes: content, consumed } = await inflateRaw(bytes.subarray(offset), maxSize);
  const trailer = offset + consumed;
  checkGzipTrailer(view, trailer, content, crc32);
  return { bytes: content, consumed: trailer + gzipTrailerSize };
}

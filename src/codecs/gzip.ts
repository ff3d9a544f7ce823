import { deflateRaw, inflateRaw } from "#zlib";
import { concatenate } from "../bytes/concatenate.js";
import { crc32 } from "../bytes/crc32.js";
import { DecompressionError } from "../bytes/decompression.js";
import { viewOf } from "../bytes/view-of.js";
import type { BytesToBytesCodec, CodecEntry } from "./codec.js";
import { throwCodecError } from "./codec-error.js";
import { ConfigurationReader } from "./configuration.js";
import { maxDeflatedSize } from "./kernels/deflate-bound.js";

const headerSize = 10;
const trailerSize = 8;

/**
 * gzip (RFC 1952). Several members in a row are read as one; anything else behind a member is an error.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/gzip/index.html
 */
export const gzipEntry: CodecEntry = {
  names: ["gzip", "numcodecs.gzip"],
  kind: "bytes-to-bytes",
  create(configuration, _context, name) {
    const level = new ConfigurationReader(name, configuration, ["level"]).integer("level", -1, 9, 5);
    return gzipCodec(name, level);
  },
};

function gzipCodec(name: string, level: number): BytesToBytesCodec {
  return {
    name,
    kind: "bytes-to-bytes",
    configuration: { level },
    maxEncodedSize: (decodedSize) => maxDeflatedSize(decodedSize) + headerSize + trailerSize,
    encode: async (bytes) => wrap(bytes, await deflateRaw(bytes, level)),
    givesOwnMemory: true,
    decode: (bytes, maxSize) => gunzip(bytes, maxSize).catch(throwCodecError),
  };
}

function wrap(bytes: Uint8Array, deflated: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(headerSize + deflated.length + trailerSize);
  // No name, no time, unknown operating system (255): the same bytes give the same file.
  encoded.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  encoded.set(deflated, headerSize);
  const trailer = new DataView(encoded.buffer, headerSize + deflated.length);
  trailer.setUint32(0, crc32(bytes), true);
  trailer.setUint32(4, bytes.length, true);
  return encoded;
}

async function gunzip(bytes: Uint8Array, maxSize: number): Promise<Uint8Array> {
  const view = viewOf(bytes);
  const members: Uint8Array[] = [];
  let size = 0;
  let position = 0;
  do {
    const offset = readHeader(view, position);
    const { bytes: content, consumed } = await inflateRaw(bytes.subarray(offset), maxSize - size);
    const trailer = offset + consumed;
    if (trailer + trailerSize > bytes.length) throw new DecompressionError("truncated", "the gzip trailer is cut off");
    if (view.getUint32(trailer, true) !== crc32(content)) {
      throw new DecompressionError("checksum", "the CRC-32 in the gzip trailer is not that of the content");
    }
    if (view.getUint32(trailer + 4, true) !== content.length >>> 0) {
      throw new DecompressionError("malformed", "the size in the gzip trailer is not that of the content");
    }
    members.push(content);
    size += content.length;
    position = trailer + trailerSize;
  } while (position < bytes.length);
  return members.length === 1 ? members[0] : concatenate(members);
}

/**
 * Checks a member header (RFC 1952 section 2.3).
 * @returns where its DEFLATE stream begins
 */
function readHeader(view: DataView, start: number): number {
  const end = view.byteLength;
  const flags = start + headerSize <= end ? view.getUint8(start + 3) : 0;
  // 0  ID1 ID2, 2  CM = 8 (deflate), 3  FLG, 4  MTIME, 8  XFL, 9  OS
  if (start + 3 > end || view.getUint16(start) !== 0x1f8b || view.getUint8(start + 2) !== 8 || flags > 0x1f) {
    const what =
      start === 0 ? "a gzip stream begins with 1f 8b 08" : "bytes that are no gzip member follow the last one";
    throw new DecompressionError("malformed", `${what} (offset ${start} of ${end})`);
  }
  let position = start + headerSize;
  // FEXTRA
  if (flags & 4 && position + 2 <= end) position += 2 + view.getUint16(position, true);
  // FNAME, FCOMMENT: each ends with a zero byte
  for (const flag of [8, 16]) {
    if (flags & flag) {
      while (position < end && view.getUint8(position) !== 0) position++;
      position++;
    }
  }
  // FHCRC: the low half of the CRC-32 of all before
  if (flags & 2 && position + 2 <= end) {
    const header = new Uint8Array(view.buffer, view.byteOffset + start, position - start);
    if (view.getUint16(position, true) !== (crc32(header) & 0xffff)) {
      throw new DecompressionError("checksum", "the CRC-16 of the gzip header does not match");
    }
    position += 2;
  }
  if (position >= end) throw new DecompressionError("truncated", "the gzip header is cut off");
  return position;
}

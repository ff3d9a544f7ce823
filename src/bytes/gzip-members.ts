import { type Decompressed, DecompressionError } from "./decompression.js";
import { GrowingBytes } from "./growing-bytes.js";
import { inflateInto } from "./inflate.js";
import { viewOf } from "./view-of.js";

/** Bytes of a member's header without its optional parts, and of its trailer. */
export const gzipHeaderSize = 10;
export const gzipTrailerSize = 8;

/** Gives the CRC-32 of bytes: an argument here, since one of the backends of `#zlib`, which has the other one, is made of this. */
type Crc32 = (bytes: Uint8Array) => number;

/**
 * Expands the gzip members at the start of `bytes`, for runtimes without `node:zlib`. As there, a zero byte ends them.
 * @throws DecompressionError - damaged, cut off, or more than `maxSize` bytes
 */
export function gunzip(bytes: Uint8Array, maxSize: number, crc32: Crc32): Decompressed {
  const view = viewOf(bytes);
  const output = new GrowingBytes(maxSize, bytes.length);
  let position = 0;
  do {
    const start = output.length;
    const trailer = inflateInto(output, bytes, readGzipHeader(view, position, crc32));
    checkGzipTrailer(view, trailer, output.bytes.subarray(start, output.length), crc32);
    position = trailer + gzipTrailerSize;
  } while (position < bytes.length && bytes[position] !== 0);
  return { bytes: output.finish(), consumed: position };
}

/**
 * Checks the trailer of a member with this content.
 * @throws DecompressionError - cut off, or of other content
 */
export function checkGzipTrailer(view: DataView, trailer: number, content: Uint8Array, crc32: Crc32): void {
  if (trailer + gzipTrailerSize > view.byteLength) {
    throw new DecompressionError("truncated", "the gzip trailer is cut off");
  }
  if (view.getUint32(trailer, true) !== crc32(content)) {
    throw new DecompressionError("checksum", "the CRC-32 in the gzip trailer is not that of the content");
  }
  if (view.getUint32(trailer + 4, true) !== content.length >>> 0) {
    throw new DecompressionError("malformed", "the size in the gzip trailer is not that of the content");
  }
}

/**
 * Checks a member header (RFC 1952 section 2.3).
 * @returns where its DEFLATE stream begins
 */
export function readGzipHeader(view: DataView, start: number, crc32: Crc32): number {
  const end = view.byteLength;
  const flags = start + gzipHeaderSize <= end ? view.getUint8(start + 3) : 0;
  // 0  ID1 ID2, 2  CM = 8 (deflate), 3  FLG, 4  MTIME, 8  XFL, 9  OS
  if (start + 3 > end || view.getUint16(start) !== 0x1f8b || view.getUint8(start + 2) !== 8 || flags > 0x1f) {
    const what = start === 0 ? "a gzip stream begins with 1f 8b 08" : "trailing bytes are not a gzip member";
    throw new DecompressionError("malformed", `${what} (offset ${start} of ${end})`);
  }
  let position = start + gzipHeaderSize;
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

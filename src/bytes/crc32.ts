import { crc32 as crc32OfPiece } from "#zlib";
import { makeCrc } from "./crc-tables.js";

/** zlib takes the length as 32 bits. */
const pieceBytes = 2 ** 30;

/** CRC-32 of ZIP and gzip (ISO 3309, APPNOTE 4.4.7); `seed` continues an earlier one. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  if (bytes.length <= pieceBytes) return crc32OfPiece(bytes, seed);
  let crc = seed;
  for (let i = 0; i < bytes.length; i += pieceBytes) crc = crc32OfPiece(bytes.subarray(i, i + pieceBytes), crc);
  return crc;
}

/** A view of less costs more than its sum, in bytes. */
const smallBytes = 256;

const crc32OfFew = makeCrc(0xedb88320);

/** CRC-32 of bytes [start, end): for many small pieces of one memory. */
export function crc32Within(bytes: Uint8Array, start: number, end: number): number {
  return end - start < smallBytes ? crc32OfFew(bytes, 0, start, end) : crc32(bytes.subarray(start, end));
}

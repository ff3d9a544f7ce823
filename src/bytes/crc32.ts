import { crc32 as crc32OfPiece } from "#zlib";

/** zlib takes the length as 32 bits. */
const pieceBytes = 2 ** 30;

/** CRC-32 of ZIP and gzip (ISO 3309, APPNOTE 4.4.7); `seed` continues an earlier one. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  if (bytes.length <= pieceBytes) return crc32OfPiece(bytes, seed);
  let crc = seed;
  for (let i = 0; i < bytes.length; i += pieceBytes) crc = crc32OfPiece(bytes.subarray(i, i + pieceBytes), crc);
  return crc;
}

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

/** The polynomial, bit-reflected as everything here: the highest bit is x^0. */
const polynomial = 0xedb88320;

const crc32OfFew = makeCrc(polynomial);

/** CRC-32 of bytes [start, end): for many small pieces of one memory. */
export function crc32Within(bytes: Uint8Array, start: number, end: number): number {
  return end - start < smallBytes ? crc32OfFew(bytes, 0, start, end) : crc32(bytes.subarray(start, end));
}

const one = 0x80000000;

/** x^8, which is to a CRC what one more zero byte is, and then each the square of the one before, as far as they were needed. */
const powers = [0x00800000];

/** CRC-32 of two pieces in a row from that of each, without their bytes. */
export function combinedCrc32(first: number, second: number, secondLength: number): number {
  let shift = one;
  for (let rest = secondLength, i = 0; rest > 0; rest = Math.floor(rest / 2), i++) {
    powers[i] ??= product(powers[i - 1]!, powers[i - 1]!);
    if (rest % 2 === 1) shift = product(shift, powers[i]!);
  }
  return (product(shift, first) ^ second) >>> 0;
}

/** Product of two polynomials over GF(2), modulo {@link polynomial}. */
function product(a: number, b: number): number {
  let sum = 0;
  let shifted = b;
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest < 0 || rest >= one) sum ^= shifted;
    shifted = (shifted >>> 1) ^ (polynomial & -(shifted & 1));
  }
  return sum;
}

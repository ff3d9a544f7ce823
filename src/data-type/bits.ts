import type { ChunkData } from "./data-type.js";

/** Unsigned integers. */
export type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/**
 * The entries of a typed array as unsigned integers of the same width, over the same memory. Copying goes through them: a NaN that
 * becomes a JavaScript number on its way may lose its sign, its payload, and that it was signalling. Loops that meet no more than
 * these four kinds of arrays also stay fast, however many data types a program reads.
 */
export function bitsOf({ BYTES_PER_ELEMENT, buffer, byteOffset, length }: Exclude<ChunkData, unknown[]>): Bits {
  switch (BYTES_PER_ELEMENT) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Uint16Array(buffer, byteOffset, length);
    case 4:
      return new Uint32Array(buffer, byteOffset, length);
    default:
      return new BigUint64Array(buffer, byteOffset, length);
  }
}

/** True if both have the same length and, bit by bit, the same entries. */
export function isSameBits(a: Bits, b: Bits): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

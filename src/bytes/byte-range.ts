import { ZarrError } from "../errors.js";
import { describe } from "./json.js";

/** Bytes of a value. */
export interface PieceRange {
  /** Number of bytes before the first of them. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** Bytes of a value: a piece from `offset`, or its last `suffixLength` bytes. */
export type ByteRange =
  | {
      readonly offset: number;
      readonly length: number;
      /**
       * Bytes that the whole value must have, or the read fails with `ERR_RANGE`. A store that keeps a checksum then checks the whole
       * value once before it gives pieces of it; without this a piece may be one that no checksum covers.
       */
      readonly wholeSize?: number;
    }
  | { readonly suffixLength: number };

/**
 * A byte range as offsets [start, end) within a value of `size` bytes. A suffix longer than the value is the value.
 * @throws ZarrError `ERR_RANGE` - not within the value
 */
export function resolveRange(range: ByteRange, size: number, key: string): { start: number; end: number } {
  const {
    offset,
    length,
    suffixLength,
    wholeSize = size,
  }: { offset?: number; length?: number; suffixLength?: number; wholeSize?: number } = range ?? {};
  if (isLength(suffixLength) && offset === undefined && length === undefined) {
    return { start: Math.max(0, size - suffixLength), end: size };
  }
  if (
    isLength(offset) &&
    isLength(length) &&
    suffixLength === undefined &&
    offset + length <= size &&
    wholeSize === size
  ) {
    return { start: offset, end: offset + length };
  }
  throw new ZarrError(
    "ERR_RANGE",
    `${show(range)} is not within the ${size} bytes of the value: expected { offset, length } or { suffixLength }`,
    { key },
  );
}

/** A byte range, or without one the whole, as a piece of a value of `size` bytes; it may reach beyond the value. */
export function pieceOf(range: ByteRange | undefined, size: number): PieceRange {
  if (range === undefined) return { offset: 0, length: size };
  if ("offset" in range) return range;
  const length = Math.min(size, range.suffixLength);
  return { offset: size - length, length };
}

function isLength(n: number | undefined): n is number {
  return Number.isSafeInteger(n) && (n as number) >= 0;
}

function show(range: unknown): string {
  try {
    return String(JSON.stringify(range, (_, value) => (typeof value === "bigint" ? describe(value) : value)));
  } catch {
    return describe(range); // it refers to itself
  }
}

import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { ByteRange } from "./store.js";

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
  const shown = JSON.stringify(range, (_, value) => (typeof value === "bigint" ? describe(value) : value));
  throw new ZarrError(
    "ERR_RANGE",
    `${shown} is not within the ${size} bytes of the value: expected { offset, length } or { suffixLength }`,
    { key },
  );
}

function isLength(n: number | undefined): n is number {
  return Number.isSafeInteger(n) && (n as number) >= 0;
}

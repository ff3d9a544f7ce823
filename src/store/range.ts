import { ZarrError } from "../errors.js";
import type { ByteRange } from "./store.js";

/**
 * A byte range as offsets [start, end) within a value of `size` bytes. A suffix longer than the value is the value.
 * @throws ZarrError `ERR_RANGE` - not within the value
 */
export function resolveRange(range: ByteRange, size: number, key: string): { start: number; end: number } {
  const isLength = (n: number) => Number.isSafeInteger(n) && n >= 0;
  if ("suffixLength" in range && isLength(range.suffixLength)) {
    return { start: Math.max(0, size - range.suffixLength), end: size };
  }
  if ("offset" in range && isLength(range.offset) && isLength(range.length) && range.offset + range.length <= size) {
    return { start: range.offset, end: range.offset + range.length };
  }
  throw new ZarrError(
    "ERR_RANGE",
    `${JSON.stringify(range)} is not within the ${size} bytes of the value: expected { offset, length } or { suffixLength }`,
    { key },
  );
}

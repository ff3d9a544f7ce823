import { DecompressionError } from "../../bytes/decompression.js";

/** The error of a decoder that has come to `offset` of `length` bytes, or past their end, and found no `format` up to there. */
export function malformedBlock(format: string, offset: number, length: number): DecompressionError {
  const place = `wrong at or before byte ${Math.min(offset, length)} of ${length}`;
  return new DecompressionError("malformed", `not ${format}: ${place}`);
}

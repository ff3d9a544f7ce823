import type { ChunkKeyEncoding } from "./chunk-key-encoding.js";

/**
 * Puts the coordinates of the chunk whose key is `bytes` [start, end), in UTF-8, into `coords`.
 * @returns whether it is a chunk's key
 */
export type KeyBytesDecoder = (bytes: Uint8Array, start: number, end: number, coords: number[]) => boolean;

const zero = 0x30;

/** Digits of the largest integer that is exact in a number. */
const maxDigits = 16;

/**
 * Decodes keys as `encoding.decode` does, without making text of them: for callers that look at many.
 * @returns `undefined` for encodings that are not built in, and for arrays without dimensions
 */
export function keyBytesDecoder({ name, separator }: ChunkKeyEncoding, rank: number): KeyBytesDecoder | undefined {
  if (separator === undefined || rank === 0) return undefined;
  const separatorByte = separator.charCodeAt(0);
  const lead = name === "default" ? [0x63, separatorByte] : []; // c
  return (bytes, start, end, coords) => {
    for (let i = 0; i < lead.length; i++) if (bytes[start + i] !== lead[i]) return false;
    let at = start + lead.length;
    for (let d = 0; d < rank; d++) {
      if (d > 0 && (at >= end || bytes[at++] !== separatorByte)) return false;
      const first = at;
      let value = 0;
      for (; at < end && bytes[at] >= zero && bytes[at] <= zero + 9; at++) value = value * 10 + (bytes[at] - zero);
      const digits = at - first;
      // A leading zero would make two keys of one chunk.
      if (digits === 0 || digits > maxDigits || (digits > 1 && bytes[first] === zero)) return false;
      if (value > Number.MAX_SAFE_INTEGER) return false;
      coords[d] = value;
    }
    return at === end;
  };
}

import { type MatchEffort, MatchFinder } from "./match-finder.js";
import { xxHash64Low } from "./xxhash64.js";
import { maxBlockSize } from "./zstd-frame.js";
import { concatenate, encodeLiterals, littleEndian } from "./zstd-literals-encode.js";
import { encodeSequences, type Sequences } from "./zstd-sequences-encode.js";

/** Greatest window; every decoder is asked to support this much (RFC 8878 section 3.1.1.1.2). */
const maxWindow = 8 * 2 ** 20;

/**
 * One Zstandard frame with its content size, for runtimes without Zstandard of their own.
 *
 * @param level - from -131072 to 22, as in the reference encoder: higher looks for matches longer
 */
export function encodeZstd(bytes: Uint8Array, level: number, checksum: boolean): Uint8Array {
  const parts = [frameHeader(bytes.length, checksum)];
  const window = Math.min(bytes.length, maxWindow);
  const finder = new MatchFinder(bytes, window, effortOf(level));
  const recentOffsets: [number, number, number] = [1, 4, 8];
  let start = 0;
  do {
    const end = Math.min(start + Math.min(window, maxBlockSize), bytes.length);
    parts.push(encodeBlock(bytes, start, end, finder, recentOffsets, end === bytes.length));
    start = end;
  } while (start < bytes.length);
  if (checksum) parts.push(littleEndian(xxHash64Low(bytes), 4));
  return concatenate(parts);
}

function effortOf(level: number): MatchEffort {
  if (level < 0) return { depth: 1, acceleration: Math.min(1 - level, 1024) };
  const effective = level === 0 ? 3 : level;
  return { depth: effective < 3 ? 1 : Math.min(2 ** (effective - 2), 1024), acceleration: 1 };
}

function frameHeader(size: number, checksum: boolean): Uint8Array {
  const single = size <= maxWindow;
  const sizeFlag = size < 256 && single ? 0 : size >= 256 && size < 65792 ? 1 : size < 2 ** 32 ? 2 : 3;
  const descriptor = (sizeFlag << 6) | (single ? 0x20 : 0) | (checksum ? 4 : 0);
  return concatenate([
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor),
    // The exponent of 8 MiB over 1 KiB, in the high five bits.
    single ? new Uint8Array() : Uint8Array.of(13 << 3),
    littleEndian(sizeFlag === 1 ? size - 256 : size, 2 ** sizeFlag),
  ]);
}

function encodeBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  finder: MatchFinder,
  recentOffsets: [number, number, number],
  last: boolean,
): Uint8Array {
  const header = (type: number, size: number) => littleEndian((last ? 1 : 0) | (type << 1) | (size << 3), 3);
  const raw = bytes.subarray(start, end);
  const before = recentOffsets.slice();
  const body = compressBlock(bytes, start, end, finder, recentOffsets);
  if (body.length < raw.length) return concatenate([header(2, body.length), body]);
  // A raw block leaves the recent offsets as they were.
  for (const [i, offset] of before.entries()) recentOffsets[i] = offset;
  return concatenate([header(0, raw.length), raw]);
}

function compressBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  finder: MatchFinder,
  recentOffsets: [number, number, number],
): Uint8Array {
  const literals = new Uint8Array(end - start);
  const sequences: Sequences = { literalLengths: [], matchLengths: [], offsets: [] };
  let count = 0;
  const rest = finder.find(start, end, end, (from, matchStart, length, distance) => {
    literals.set(bytes.subarray(from, matchStart), count);
    count += matchStart - from;
    sequences.literalLengths.push(matchStart - from);
    sequences.matchLengths.push(length);
    sequences.offsets.push(distance);
  });
  literals.set(bytes.subarray(rest, end), count);
  count += end - rest;
  return concatenate([encodeLiterals(literals.subarray(0, count)), encodeSequences(sequences, recentOffsets)]);
}

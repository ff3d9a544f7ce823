import { InflateError } from "../../bytes/inflate-error.js";
import { copyLiterals, copyMatch } from "./copy-match.js";
import { type MatchEffort, MatchFinder } from "./match-finder.js";

/** Greatest distance that two bytes can say, and the longest copy of one element. */
const window = 65535;
const maxCopy = 64;

/**
 * Decodes one raw Snappy stream to exactly the bytes of `output`.
 * @throws InflateError - malformed, or of another length
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function decodeSnappy(input: Uint8Array, output: Uint8Array): void {
  const { value, end } = readVarint(input);
  if (value !== output.length) {
    throw new InflateError("malformed", `the Snappy stream declares ${value} bytes, expected ${output.length}`);
  }
  let i = end;
  let at = 0;
  while (i < input.length) {
    const tag = input[i++];
    const type = tag & 3;
    if (type === 0) {
      // Literals: length - 1 in the high six bits; 60 to 63 say that it follows in one to four bytes.
      const lengthBytes = Math.max(0, (tag >> 2) - 59);
      const length = 1 + (lengthBytes === 0 ? tag >> 2 : littleEndian(input, i, lengthBytes));
      i += lengthBytes;
      if (!(length <= input.length - i && length <= output.length - at)) throw malformed(i, input.length);
      copyLiterals(input, i, output, at, length);
      i += length;
      at += length;
    } else {
      // Copies with a distance of 11 bits (three of them in the tag), 16 or 32 bits.
      const distanceBytes = type === 3 ? 4 : type;
      const length = type === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
      const distance = littleEndian(input, i, distanceBytes) + (type === 1 ? (tag >> 5) << 8 : 0);
      i += distanceBytes;
      if (!(distance > 0 && distance <= at && length <= output.length - at)) throw malformed(i, input.length);
      copyMatch(output, at, distance, length);
      at += length;
    }
  }
  if (at !== output.length) throw malformed(i, input.length);
}

/**
 * Encodes `input` as one raw Snappy stream into the start of `output`.
 * @returns its length, or `undefined` where it does not fit
 */
export function encodeSnappy(input: Uint8Array, output: Uint8Array, effort: MatchEffort): number | undefined {
  let length = 0;
  for (let rest = input.length; ; rest = Math.floor(rest / 128)) {
    output[length++] = rest < 128 ? rest : (rest & 127) | 128;
    if (rest < 128) break;
  }
  const putLiterals = (from: number, end: number): void => {
    const count = end - from;
    if (count === 0) return;
    const lengthBytes = count <= 60 ? 0 : Math.ceil((32 - Math.clz32(count - 1)) / 8);
    output[length++] = (lengthBytes === 0 ? count - 1 : 59 + lengthBytes) << 2;
    for (let i = 0; i < lengthBytes; i++) output[length++] = (count - 1) >>> (8 * i);
    if (length + count <= output.length) copyLiterals(input, from, output, length, count);
    length += count;
  };
  const finder = new MatchFinder(input, window, effort);
  const rest = finder.find(0, input.length, input.length, (literals, start, matchLength, distance) => {
    putLiterals(literals, start);
    for (let left = matchLength; left > 0; left -= maxCopy) {
      output[length++] = ((Math.min(left, maxCopy) - 1) << 2) | 2;
      output[length++] = distance & 255;
      output[length++] = distance >> 8;
    }
  });
  putLiterals(rest, input.length);
  return length <= output.length ? length : undefined;
}

function readVarint(input: Uint8Array): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 5 && i < input.length; i++) {
    value += (input[i] & 127) * 2 ** (7 * i);
    if (input[i] < 128) return { value, end: i + 1 };
  }
  throw malformed(0, input.length);
}

/** NaN where the input ends before: no comparison holds for it. */
function littleEndian(input: Uint8Array, start: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value += input[start + i] * 2 ** (8 * i);
  return value;
}

function malformed(offset: number, length: number): InflateError {
  return new InflateError(
    "malformed",
    `not a Snappy stream: wrong at or before byte ${Math.min(offset, length)} of ${length}`,
  );
}

import { DecompressionError } from "../../bytes/decompression.js";
import { copyLiterals, copyMatch } from "./copy-match.js";
import { malformedBlock } from "./malformed-block.js";
import { type MatchEffort, MatchFinder } from "./match-finder.js";

const format = "an LZ4 block";

/** Greatest distance of a match. */
const window = 65535;
const minMatch = 4;
/** The last match starts this many bytes before the end, and the last five bytes are literals ("End of block conditions"). */
const matchStartMargin = 12;
const literalMargin = 5;

/**
 * Decodes one LZ4 block to exactly the bytes of `output`.
 * @throws DecompressionError - malformed, or of another length
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export function decodeLz4(input: Uint8Array, output: Uint8Array): void {
  const inputEnd = input.length;
  const outputEnd = output.length;
  let i = 0;
  let at = 0;
  while (i < inputEnd) {
    // Token: literal length in the high four bits, match length - 4 in the low ones; 15 goes on in the bytes behind.
    const token = input[i++];
    let length = token >> 4;
    if (length === 15) {
      let more: number;
      do {
        more = input[i++];
        length += more;
      } while (more === 255);
    }
    // A byte behind the end is undefined, which makes the length NaN: no comparison holds for it.
    if (!(length <= inputEnd - i && length <= outputEnd - at)) throw malformedBlock(format, i, inputEnd);
    copyLiterals(input, i, output, at, length);
    i += length;
    at += length;
    if (i === inputEnd) break;

    const distance = input[i] | (input[i + 1] << 8);
    i += 2;
    length = token & 15;
    if (length === 15) {
      let more: number;
      do {
        more = input[i++];
        length += more;
      } while (more === 255);
    }
    length += minMatch;
    if (!(distance > 0 && distance <= at && length <= outputEnd - at && i < inputEnd))
      throw malformedBlock(format, i, inputEnd);
    copyMatch(output, at, distance, length);
    at += length;
  }
  if (at !== outputEnd) {
    throw new DecompressionError("malformed", `the LZ4 block holds ${at} bytes, expected ${outputEnd}`);
  }
}

/**
 * Encodes `input` as one LZ4 block into the start of `output`.
 * @returns its length, or `undefined` where it does not fit
 */
export function encodeLz4(input: Uint8Array, output: Uint8Array, effort: MatchEffort): number | undefined {
  const writer = new Lz4Writer(input, output);
  const finder = new MatchFinder(input, window, effort);
  const rest = finder.find(0, input.length - matchStartMargin + 1, input.length - literalMargin, writer.putMatch);
  writer.putLast(rest);
  return writer.length <= output.length ? writer.length : undefined;
}

/** Writes sequences. What does not fit is only counted: then there is no result. */
class Lz4Writer {
  readonly #input: Uint8Array;
  readonly #output: Uint8Array;
  length = 0;

  constructor(input: Uint8Array, output: Uint8Array) {
    this.#input = input;
    this.#output = output;
  }

  readonly putMatch = (literals: number, start: number, length: number, distance: number): void => {
    this.#putLiterals(literals, start - literals, Math.min(length - minMatch, 15));
    this.#output[this.length++] = distance & 255;
    this.#output[this.length++] = distance >> 8;
    if (length - minMatch >= 15) this.#putLength(length - minMatch - 15);
  };

  putLast(literals: number): void {
    this.#putLiterals(literals, this.#input.length - literals, 0);
  }

  #putLiterals(from: number, count: number, matchBits: number): void {
    this.#output[this.length++] = (Math.min(count, 15) << 4) | matchBits;
    if (count >= 15) this.#putLength(count - 15);
    if (this.length + count <= this.#output.length) copyLiterals(this.#input, from, this.#output, this.length, count);
    this.length += count;
  }

  #putLength(rest: number): void {
    for (; rest >= 255; rest -= 255) this.#output[this.length++] = 255;
    this.#output[this.length++] = rest;
  }
}

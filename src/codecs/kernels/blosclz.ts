import { DecompressionError } from "../../bytes/decompression.js";
import { copyLiterals, copyMatch } from "./copy-match.js";
import { malformedBlock } from "./malformed-block.js";
import { type MatchEffort, MatchFinder } from "./match-finder.js";

const format = "a BloscLZ block";

/** Distances up to here take 13 bits; greater ones 16 more. */
const maxNear = 8191;
const maxFar = 65535 + maxNear;
const maxLiterals = 32;
/** c-blosc wants a block to end in literals. */
const literalMargin = 2;

/**
 * Decodes one BloscLZ block to exactly the bytes of `output`. The format is FastLZ's level 2. Each instruction begins with
 * a byte: below 32 it is a number of literals - 1; else its high three bits are a match length - 2 (7 goes on in the bytes behind,
 * which end with one below 255), and its low five the high bits of the match's distance - 1, whose low byte follows. All ones,
 * 0x1fff, say that the distance - 8192 follows in two bytes, high byte first. The high bits of a block's first byte are ignored.
 * @throws DecompressionError - malformed, or of another length
 */
export function decodeBloscLz(input: Uint8Array, output: Uint8Array): void {
  const inputEnd = input.length;
  const outputEnd = output.length;
  let i = 0;
  let at = 0;
  let instruction = input[i++] & 31;
  for (;;) {
    if (instruction < 32) {
      const length = instruction + 1;
      if (length > inputEnd - i || length > outputEnd - at) throw malformedBlock(format, i, inputEnd);
      copyLiterals(input, i, output, at, length);
      i += length;
      at += length;
    } else {
      let length = (instruction >> 5) + 2;
      let distance = (instruction & 31) << 8;
      if (length === 9) {
        let more: number;
        do {
          more = input[i++];
          length += more;
        } while (more === 255);
      }
      distance += input[i++];
      if (distance === maxNear) {
        distance += (input[i] << 8) | input[i + 1];
        i += 2;
      }
      distance++;
      // A byte behind the end is undefined, which makes the sums NaN: no comparison holds for them.
      if (!(i <= inputEnd && distance <= at && length <= outputEnd - at)) throw malformedBlock(format, i, inputEnd);
      copyMatch(output, at, distance, length);
      at += length;
    }
    if (i >= inputEnd) break;
    instruction = input[i++];
  }
  if (at !== outputEnd) {
    throw new DecompressionError("malformed", `the BloscLZ block holds ${at} bytes, expected ${outputEnd}`);
  }
}

/**
 * Encodes `input` as one BloscLZ block into the start of `output`.
 * @returns its length, or `undefined` where it does not fit
 */
export function encodeBloscLz(input: Uint8Array, output: Uint8Array, effort: MatchEffort): number | undefined {
  let length = 0;
  const putLiterals = (from: number, end: number): void => {
    for (let start = from; start < end; start += maxLiterals) {
      const count = Math.min(maxLiterals, end - start);
      output[length++] = count - 1;
      if (length + count <= output.length) copyLiterals(input, start, output, length, count);
      length += count;
    }
  };
  // The first instruction has to be literals, so no match may begin at 0; the finder cannot find one there.
  const finder = new MatchFinder(input, maxFar, effort);
  const rest = finder.find(0, input.length, input.length - literalMargin, (literals, start, matchLength, distance) => {
    putLiterals(literals, start);
    const near = Math.min(distance - 1, maxNear);
    const first = Math.min(matchLength - 2, 7);
    output[length++] = (first << 5) | (near >> 8);
    if (first === 7) {
      let more = matchLength - 9;
      for (; more >= 255; more -= 255) output[length++] = 255;
      output[length++] = more;
    }
    output[length++] = near & 255;
    if (near === maxNear) {
      output[length++] = (distance - 1 - maxNear) >> 8;
      output[length++] = (distance - 1 - maxNear) & 255;
    }
  });
  putLiterals(rest, input.length);
  return length <= output.length ? length : undefined;
}

import { DecompressionError } from "../../bytes/decompression.js";
import { copyLiterals, copyMatch } from "./copy-match.js";
import { malformedBlock } from "./malformed-block.js";

const format = "a Snappy stream";

/**
 * Decodes one raw Snappy stream to exactly the bytes of `output`.
 * @throws DecompressionError - malformed, or of another length
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function decodeSnappy(input: Uint8Array, output: Uint8Array): void {
  const { value, end } = readVarint(input);
  if (value !== output.length) {
    throw new DecompressionError("malformed", `the Snappy stream declares ${value} bytes, expected ${output.length}`);
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
      if (!(length <= input.length - i && length <= output.length - at)) throw malformedBlock(format, i, input.length);
      copyLiterals(input, i, output, at, length);
      i += length;
      at += length;
    } else {
      // Copies with a distance of 11 bits (three of them in the tag), 16 or 32 bits.
      const distanceBytes = type === 3 ? 4 : type;
      const length = type === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
      const distance = littleEndian(input, i, distanceBytes) + (type === 1 ? (tag >> 5) << 8 : 0);
      i += distanceBytes;
      if (!(distance > 0 && distance <= at && length <= output.length - at))
        throw malformedBlock(format, i, input.length);
      copyMatch(output, at, distance, length);
      at += length;
    }
  }
  if (at !== output.length) throw malformedBlock(format, i, input.length);
}

function readVarint(input: Uint8Array): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 5 && i < input.length; i++) {
    value += (input[i] & 127) * 2 ** (7 * i);
    if (input[i] < 128) return { value, end: i + 1 };
  }
  throw malformedBlock(format, 0, input.length);
}

/** NaN where the input ends before: no comparison holds for it. */
function littleEndian(input: Uint8Array, start: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value += input[start + i] * 2 ** (8 * i);
  return value;
}

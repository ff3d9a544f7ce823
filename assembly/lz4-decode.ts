import { copyLiterals, copyMatch } from "./copy";

const minMatch: usize = 4;

/**
 * Decodes one LZ4 block to exactly the bytes of the output; false for anything else.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export function decodeLz4(input: usize, inputLength: usize, output: usize, outputLength: usize): bool {
  const inputEnd = input + inputLength;
  const outputEnd = output + outputLength;
  let from = input;
  let to = output;
  while (from < inputEnd) {
    // Token: literal length in the high four bits, match length - 4 in the low ones; 15 goes on in the bytes behind.
    const token: usize = load<u8>(from++);
    let length = token >> 4;
    if (length === 15) {
      let more: usize;
      do {
        // The second condition keeps the sum from overflowing.
        if (from >= inputEnd || length > outputLength) return false;
        more = load<u8>(from++);
        length += more;
      } while (more === 255);
    }
    if (length > inputEnd - from || length > outputEnd - to) return false;
    copyLiterals(from, to, length);
    from += length;
    to += length;
    if (from === inputEnd) break;

    // One of these two bytes, or both, may be behind the end; the last check sees it.
    const distance: usize = load<u16>(from);
    from += 2;
    length = token & 15;
    if (length === 15) {
      let more: usize;
      do {
        if (from >= inputEnd || length > outputLength) return false;
        more = load<u8>(from++);
        length += more;
      } while (more === 255);
    }
    length += minMatch;
    if (distance === 0 || distance > to - output || length > outputEnd - to || from >= inputEnd) return false;
    copyMatch(to, distance, length);
    to += length;
  }
  return to === outputEnd;
}

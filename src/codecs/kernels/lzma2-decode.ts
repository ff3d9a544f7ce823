import { type Decompressed, DecompressionError } from "../../bytes/decompression.js";
import { GrowingBytes } from "../../bytes/growing-bytes.js";
import { LzmaDecoder, type LzmaProperties, RangeDecoder, unpackProperties } from "../../bytes/lzma.js";

/**
 * Expands an LZMA2 stream from byte `start` of `input` on: chunks of LZMA or of plain bytes, and a zero byte at the end.
 * @throws DecompressionError - malformed, cut off, or longer than `maxSize`
 */
export function expandLzma2(input: Uint8Array, start: number, dictionarySize: number, maxSize: number): Decompressed {
  const output = new GrowingBytes(maxSize, input.length);
  const end = expandLzma2Into(output, input, start, dictionarySize);
  return { bytes: output.finish(), consumed: end - start };
}

/** As {@link expandLzma2}, behind what `output` has. Returns where the stream ends. */
export function expandLzma2Into(
  output: GrowingBytes,
  input: Uint8Array,
  start: number,
  dictionarySize: number,
): number {
  let decoder: LzmaDecoder | undefined;
  let properties: LzmaProperties | undefined;
  /** The start of the dictionary; nothing before the first chunk, which has to reset it. */
  let base: number | undefined;
  let position = start;
  const need = (count: number) => {
    if (position + count > input.length) throw new DecompressionError("truncated", "the stream ends too early");
  };
  for (;;) {
    need(1);
    const control = input[position++];
    if (control === 0) return position;
    if (control === 1 || control >= 0xe0) base = output.length;
    if (base === undefined || (control > 2 && control < 0x80)) throw malformed("a chunk has no valid control byte");
    // Bytes 0 and 1 of a chunk: the low bits of its size, less one; the high ones are in the control byte of LZMA.
    need(control < 0x80 ? 2 : 4);
    const low = (input[position] << 8) | input[position + 1];
    if (control < 0x80) {
      position += 2;
      need(low + 1);
      output.reserve(low + 1);
      output.bytes.set(input.subarray(position, position + low + 1), output.length);
      output.length += low + 1;
      position += low + 1;
      decoder = undefined;
      continue;
    }
    const size = (((control & 0x1f) << 16) | low) + 1;
    const compressedSize = ((input[position + 2] << 8) | input[position + 3]) + 1;
    position += 4;
    if (control >= 0xc0) {
      need(1);
      properties = unpackProperties(input[position++], dictionarySize);
      if (properties.lc + properties.lp > 4) throw malformed("lc and lp are more than 4 together");
    }
    if (control >= 0xa0 && properties !== undefined) decoder = new LzmaDecoder(properties);
    if (decoder === undefined) throw malformed("a chunk continues a state that does not exist");
    need(compressedSize);
    output.reserve(size);
    const range = new RangeDecoder(input.subarray(position, position + compressedSize), 0);
    decoder.decode(range, output, base, output.length + size);
    if (range.position !== compressedSize) throw malformed("a chunk has another size than it says");
    position += compressedSize;
  }
}

function malformed(what: string): DecompressionError {
  return new DecompressionError("malformed", `not an LZMA2 stream: ${what}`);
}

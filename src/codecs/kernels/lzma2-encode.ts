import { concatenate } from "../../bytes/concatenate.js";
import { LzmaEncoder, packedProperties, RangeEncoder } from "./lzma-encode.js";
import { type MatchEffort, MatchFinder } from "./match-finder.js";

/** Bytes of a chunk before compression; what gets longer is kept as it is, so none gets too long for its size field. */
const chunkSize = 2 ** 15;

/** An LZMA stream without header, with an end marker. */
export function encodeLzma1(input: Uint8Array, window: number, effort: MatchEffort): Uint8Array {
  const range = new RangeEncoder();
  const encoder = new LzmaEncoder(input);
  encoder.encode(range, new MatchFinder(input, window, effort), 0, input.length);
  encoder.putEndMarker(range, input.length);
  return range.finish();
}

/** An LZMA2 stream. */
export function encodeLzma2(input: Uint8Array, window: number, effort: MatchEffort): Uint8Array {
  const finder = new MatchFinder(input, window, effort);
  const parts: Uint8Array[] = [];
  let encoder: LzmaEncoder | undefined;
  let hasProperties = false;
  for (let start = 0; start < input.length; start += chunkSize) {
    const end = Math.min(start + chunkSize, input.length);
    const resets = encoder === undefined;
    encoder ??= new LzmaEncoder(input);
    const range = new RangeEncoder();
    encoder.encode(range, finder, start, end);
    const encoded = range.finish();
    const size = end - start - 1;
    if (encoded.length <= size) {
      // 0xe0 resets the dictionary, too; 0xc0 brings properties; 0xa0 resets the state; 0x80 goes on.
      const control = start === 0 ? 0xe0 : !hasProperties ? 0xc0 : resets ? 0xa0 : 0x80;
      const compressed = encoded.length - 1;
      parts.push(Uint8Array.of(control | (size >> 16), size >> 8, size, compressed >> 8, compressed));
      if (control >= 0xc0) parts.push(Uint8Array.of(packedProperties));
      parts.push(encoded);
      hasProperties = true;
    } else {
      parts.push(Uint8Array.of(start === 0 ? 1 : 2, size >> 8, size), input.subarray(start, end));
      encoder = undefined;
    }
  }
  parts.push(Uint8Array.of(0));
  return concatenate(parts);
}

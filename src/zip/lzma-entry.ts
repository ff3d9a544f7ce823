import { type Decompressed, DecompressionError } from "../bytes/decompression.js";
import { expandLzma, unpackProperties } from "../bytes/lzma.js";
import { viewOf } from "../bytes/view-of.js";

/** General purpose bit 1 of an LZMA entry: an end marker follows the data (APPNOTE 4.4.4). */
const hasEndMarker = 1 << 1;

/**
 * Expands the payload of an LZMA entry: 0 version of the LZMA SDK, 2 size of the properties, 4 the properties (one byte that
 * packs lc, lp and pb, and the size of the dictionary), 9 the stream (APPNOTE 5.8.8).
 *
 * @param size - bytes that the stream holds
 * @param flags - general purpose bits of the entry
 * @throws DecompressionError - malformed, cut off, or longer than `size`
 */
export function expandLzmaEntry(payload: Uint8Array, size: number, flags: number): Decompressed {
  if (payload.length < 14) throw new DecompressionError("truncated", "the stream ends within its header");
  const view = viewOf(payload);
  if (view.getUint16(2, true) !== 5) {
    throw new DecompressionError("malformed", "not an LZMA stream: its properties are not those of LZMA");
  }
  const properties = unpackProperties(payload[4]!, Math.max(4096, view.getUint32(5, true)));
  return expandLzma(payload, 9, properties, size, (flags & hasEndMarker) !== 0);
}

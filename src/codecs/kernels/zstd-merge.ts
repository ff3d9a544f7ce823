import { DecompressionError } from "../../bytes/decompression.js";
import { readZstdFrames, type ZstdFrame } from "./zstd-frame.js";

/** Bytes that a {@link separator} leaves behind each content. */
export const separatorSize = 16;

/** Bytes of content that a separator refers to. */
const minContent = 8;

/**
 * A block after which decoding is where it is at the start of a frame. Of what blocks leave to the next ones, a valid frame takes over
 * nothing before it has set it, except the three last offsets, which at its start are 1, 4 and 8. So the block consists of four matches of
 * four bytes, without literals, at offsets 8, 8, 4 and 1. In the order of RFC 8878 sections 3.1.1.2 and 3.1.1.3:
 *
 * - 4c 00 00: the block's header: not the last one (bit 0), compressed (2 in bits 1-2), of 9 bytes (from bit 3 on)
 * - 00: no literals, raw
 * - 04: four sequences
 * - 44: the tables: of literal lengths one code (1 in bits 6-7), of offsets the predefined one (0), of match lengths one code (1 in bits 2-3)
 * - 00, 01: these codes: 0 literals; a match of 4 bytes
 * - b8 dd ca 4a: the sequences, read from the last byte's highest bit on: a 1 that marks the beginning, the first state of the offsets
 *   (00101, code 3), and per offset value - the offset plus 3 - what it has beyond the power of two of its code, and the way to the next state:
 *   011 (11) 00101 (state 5), 011 (11) 01110 (state 14, code 2), 11 (7) 01110 (state 14), 00 (4)
 */
const separator = Uint8Array.of(0x4c, 0, 0, 0, 4, 0x44, 0, 1, 0xb8, 0xdd, 0xca, 0x4a);

/** How far back the sixteen bytes of a separator are copied from. */
const distances = [8, 8, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 1, 1, 1, 1];

/** An empty raw block, the last one. */
const endBlock = Uint8Array.of(1, 0, 0);

/** Magic number, descriptor (content size of 4 bytes, single segment), content size. */
const headerSize = 9;

/**
 * One frame with the contents of many: decoders begin each frame anew, which for small ones costs more than their content.
 *
 * @param values - each one frame of `size` bytes of content
 * @returns `undefined` if one is something else, or has a checksum, which would be lost
 */
export function mergeZstdFrames(values: readonly Uint8Array[], size: number): Uint8Array | undefined {
  if (size < minContent) return undefined;
  const frames: ZstdFrame[] = [];
  let length = headerSize + endBlock.length;
  for (const value of values) {
    const frame = onlyFrame(value, size);
    if (frame === undefined) return undefined;
    frames.push(frame);
    length += frame.blocksEnd - frame.blocks + separator.length;
  }
  const merged = new Uint8Array(length);
  const view = new DataView(merged.buffer);
  view.setUint32(0, 0xfd2fb528, true);
  view.setUint8(4, 0xa0);
  view.setUint32(5, values.length * (size + separatorSize), true);
  let position = headerSize;
  for (const [i, { blocks, blocksEnd, lastBlock }] of frames.entries()) {
    merged.set(values[i].subarray(blocks, blocksEnd), position);
    merged[position + lastBlock - blocks] &= 0xfe;
    position += blocksEnd - blocks;
    merged.set(separator, position);
    position += separator.length;
  }
  merged.set(endBlock, position);
  return merged;
}

/** Whether a merged frame's content is `count` contents of `size` bytes, each with what a separator makes behind it. */
export function areMergedContents(bytes: Uint8Array, count: number, size: number): boolean {
  const stride = size + separatorSize;
  if (bytes.length !== count * stride) return false;
  for (let end = size; end < bytes.length; end += stride) {
    for (let i = 0; i < separatorSize; i++) {
      if (bytes[end + i] !== bytes[end + i - distances[i]]) return false;
    }
  }
  return true;
}

/** The frame that a value consists of, if its blocks alone are its content. */
function onlyFrame(value: Uint8Array, size: number): ZstdFrame | undefined {
  try {
    const [frame] = readZstdFrames(value, size);
    const { start, end, blocksEnd, maxDecodedSize } = frame;
    const isAll = start === 0 && end === value.length && blocksEnd === end;
    return isAll && maxDecodedSize === size ? frame : undefined;
  } catch (error) {
    if (error instanceof DecompressionError) return undefined;
    throw error;
  }
}

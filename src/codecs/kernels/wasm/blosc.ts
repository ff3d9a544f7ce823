import type { TakePiece } from "../../../bytes/bulk-reads.js";
import { type BloscHeader, bloscFlags, bloscHeaderSize, splitCount } from "../blosc-header.js";
import { type Kernels, withKernels } from "./instance.js";

/** Below this the copies into WebAssembly's memory and back take longer than what they save. */
const minContent = 256;

/** So many bytes of content are in the kernels' memory at a time, or one block: they stay in a processor's cache. */
const windowSize = 2 ** 18;

/** As the kernels name it. */
const shuffleFlags = { none: 0, bytes: bloscFlags.byteShuffle, bits: bloscFlags.bitShuffle } as const;

/**
 * Decodes the blocks of a chunk whose inner format is LZ4.
 * @param header - of `bytes`, with blocks behind it, not a copy
 * @returns `undefined` for what the kernels cannot decode, whatever the reason: the caller's own decoder finds it
 */
export function decodeLz4Blocks(bytes: Uint8Array, header: BloscHeader): Uint8Array | undefined {
  const { contentSize } = header;
  if (contentSize < minContent) return undefined;
  const output = new Uint8Array(contentSize);
  const isDecoded = decodeLz4Pieces(bytes, header, (piece, offset) => output.set(piece, offset));
  return isDecoded ? output : undefined;
}

/**
 * As {@link decodeLz4Blocks}, in pieces of some blocks.
 * @param take - gets a piece, which is memory of the kernels and holds until it returns: it must not use them
 * @returns whether all were handed over
 */
export function decodeLz4Pieces(bytes: Uint8Array, header: BloscHeader, take: TakePiece): boolean {
  const { contentSize } = header;
  const window = windowOf(header);
  const isDecoded = withKernels(
    [...scratch(header), bytes.length, window] as const,
    (kernels, memory, [first, second, chunk, content]) => {
      memory.set(bytes, chunk);
      setLayout(kernels, header, first, second);
      for (let start = 0; start < contentSize; start += window) {
        const length = Math.min(window, contentSize - start);
        if (!kernels.decodeBlocks(chunk, bytes.length, start, length, content)) return false;
        take(memory.subarray(content, content + length), start);
      }
      return true;
    },
  );
  return isDecoded === true;
}

/**
 * Encodes content as the blocks of a chunk whose inner format is LZ4, with room in front for its header.
 * @returns the chunk, but for its header; `"no shorter"` where a copy of the content would be as short; `undefined` where there are no kernels for it
 */
export function encodeLz4Blocks(
  bytes: Uint8Array,
  header: BloscHeader,
  acceleration: number,
): Uint8Array | "no shorter" | undefined {
  const { contentSize, blockSize } = header;
  if (contentSize < minContent) return undefined;
  const window = windowOf(header);
  const blocks = Math.ceil(contentSize / blockSize);
  const firstOffset = bloscHeaderSize + 4 * blocks;
  const chunkSize = firstOffset + contentSize + 4 * blocks * splitCount(blockSize, header);
  return withKernels(
    [...scratch(header), chunkSize, window] as const,
    (kernels, memory, [first, second, chunk, content]) => {
      setLayout(kernels, header, first, second);
      let end = firstOffset;
      for (let start = 0; start < contentSize; start += window) {
        const part = bytes.subarray(start, start + window);
        memory.set(part, content);
        end = kernels.encodeBlocks(content, start, part.length, chunk, end, acceleration);
        if (end >= bloscHeaderSize + contentSize) return "no shorter";
      }
      return memory.slice(chunk, chunk + end);
    },
  );
}

/** Whole blocks. */
function windowOf({ contentSize, blockSize }: BloscHeader): number {
  return Math.min(contentSize, Math.max(blockSize, windowSize - (windowSize % blockSize)));
}

/** Sizes of the two regions in which blocks are shuffled. */
function scratch({ shuffle, blockSize }: BloscHeader): readonly [number, number] {
  return shuffle === "none" ? [0, 0] : [blockSize, blockSize];
}

function setLayout(kernels: Kernels, header: BloscHeader, first: number, second: number): void {
  const { contentSize, blockSize, itemSize, shuffle } = header;
  const streams = splitCount(blockSize, header);
  kernels.setLayout(contentSize, blockSize, streams, itemSize, shuffleFlags[shuffle], first, second);
}

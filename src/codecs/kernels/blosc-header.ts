import { DecompressionError } from "../../bytes/decompression.js";
import { viewOf } from "../../bytes/view-of.js";

/** Bytes of the header; the offsets of the blocks follow. */
export const bloscHeaderSize = 16;

/** Bits of the flags byte. */
export const bloscFlags = { byteShuffle: 1, copied: 2, bitShuffle: 4, notSplit: 16 } as const;

/** Formats within a block, in the order of their numbers (bits 5-7 of the flags). LZ4HC writes LZ4. */
export const bloscFormats = ["blosclz", "lz4", "snappy", "zlib", "zstd"] as const;
export type BloscFormat = (typeof bloscFormats)[number];

/** Smallest block that any encoder is asked to make; smaller chunks are one block. */
const minBlockSize = 128;

/** Most streams that a block is split into. */
const maxSplits = 16;

/** Header of a chunk, checked. */
export interface BloscHeader {
  readonly format: BloscFormat;
  readonly shuffle: "none" | "bytes" | "bits";
  /** The content follows the header as it is. */
  readonly copied: boolean;
  readonly itemSize: number;
  readonly contentSize: number;
  readonly blockSize: number;
  /** True if a block has one stream for each byte of an item; see {@link splitCount}. */
  readonly split: boolean;
}

/**
 * Reads the header of a Blosc chunk of format 1 or 2 and checks it against the bytes that there are.
 * @throws DecompressionError - malformed, cut off, or more than `maxSize` bytes of content
 * @see https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst
 */
export function readBloscHeader(bytes: Uint8Array, maxSize: number): BloscHeader {
  if (bytes.length < bloscHeaderSize) {
    throw new DecompressionError(
      "truncated",
      `a Blosc chunk has a header of ${bloscHeaderSize} bytes, found ${bytes.length}`,
    );
  }
  const view = viewOf(bytes);
  // 0  format version, 1  version of the inner format, 2  flags, 3  item size
  const version = view.getUint8(0);
  const flags = view.getUint8(2);
  const itemSize = view.getUint8(3);
  // 4  content size, 8  block size, 12  size of this chunk with its header
  const contentSize = view.getUint32(4, true);
  const blockSize = view.getUint32(8, true);
  const chunkSize = view.getUint32(12, true);
  if (version < 1 || version > 2) throw malformed(`format version ${version}, expected 1 or 2`);
  if (itemSize === 0) throw malformed("an item size of 0");
  if (chunkSize !== bytes.length) throw malformed(`it declares ${chunkSize} bytes, found ${bytes.length}`);
  if (contentSize > maxSize) {
    throw new DecompressionError(
      "too long",
      `the Blosc chunk declares ${contentSize} bytes, expected at most ${maxSize}`,
    );
  }
  const copied = (flags & bloscFlags.copied) !== 0;
  if (copied && bytes.length !== bloscHeaderSize + contentSize)
    throw malformed("the size of its copied content is wrong");
  // Encoders round blocks down to whole items, which keeps more than half of them; less than one item is in blocks of 1 byte.
  const least = contentSize < itemSize ? 1 : Math.min(contentSize, minBlockSize) / 2;
  if (blockSize < 1 || blockSize < least || blockSize > Math.max(1, contentSize)) {
    throw malformed(`blocks of ${blockSize} bytes for ${contentSize} bytes of content`);
  }
  const offsetsSize = copied ? 0 : 4 * Math.ceil(contentSize / blockSize);
  if (bloscHeaderSize + offsetsSize > bytes.length) throw malformed("the offsets of its blocks are cut off");
  const format = bloscFormats[flags >> 5];
  if (format === undefined) throw malformed(`inner format ${flags >> 5}, expected 0 to ${bloscFormats.length - 1}`);
  const shuffle =
    flags & bloscFlags.byteShuffle && itemSize > 1 ? "bytes" : flags & bloscFlags.bitShuffle ? "bits" : "none";
  const split = (flags & bloscFlags.notSplit) === 0;
  return { format, shuffle, copied, itemSize, contentSize, blockSize, split };
}

/** Bytes that a chunk says it has, with its header; `undefined` if that is cut off. */
export function declaredSize(bytes: Uint8Array): number | undefined {
  return bytes.length < bloscHeaderSize ? undefined : viewOf(bytes).getUint32(12, true);
}

/** Number of streams in a block of `size` bytes. The last block is never split if it is shorter than the others. */
export function splitCount(size: number, { blockSize, itemSize, split }: BloscHeader): number {
  const splits = split && size === blockSize && itemSize <= maxSplits && size / itemSize >= minBlockSize;
  return splits ? itemSize : 1;
}

/** The error for bytes that are no Blosc chunk. */
export function malformed(what: string): DecompressionError {
  return new DecompressionError("malformed", `not a Blosc chunk: ${what}`);
}

import type { TakePiece } from "../../bytes/bulk-reads.js";
import { viewOf } from "../../bytes/view-of.js";
import {
  type BloscFormat,
  type BloscHeader,
  bloscHeaderSize,
  malformed,
  readBloscHeader,
  splitCount,
} from "./blosc-header.js";
import { decodeLz4Blocks, decodeLz4Pieces } from "./wasm/blosc.js";
import { bitUnshuffle, unshuffle } from "./wasm/shuffle.js";

/** Decodes a stream of one inner format to exactly the bytes of `output`; throws an DecompressionError where it cannot. */
export type BloscDecoder = (input: Uint8Array, output: Uint8Array) => void | Promise<void>;

/**
 * Decodes a Blosc chunk. Nothing in the format tells a flipped bit of its content: that is left to a checksum around it.
 * @throws DecompressionError - malformed, cut off, or more than `maxSize` bytes of content
 */
export async function decodeBlosc(
  bytes: Uint8Array,
  maxSize: number,
  decoders: Readonly<Record<BloscFormat, BloscDecoder>>,
): Promise<Uint8Array> {
  const header = readBloscHeader(bytes, maxSize);
  if (header.copied) return bytes.subarray(bloscHeaderSize);
  return (
    (header.format === "lz4" ? decodeLz4Blocks(bytes, header) : undefined) ?? decodeBlocks(bytes, header, decoders)
  );
}

/**
 * Decodes a chunk of `size` bytes of content at once, and hands it over in pieces of a multiple of `unit` bytes, in their order.
 * @param take - gets a piece, which holds until it returns
 * @returns whether all was handed over; if not, `decodeBlosc` decodes the chunk, or says what is wrong with it
 */
export function decodeBloscPieces(bytes: Uint8Array, size: number, unit: number, take: TakePiece): boolean {
  const header = readBloscHeader(bytes, size);
  const { copied, format, contentSize, blockSize } = header;
  if (copied || format !== "lz4" || contentSize !== size) return false;
  return (blockSize >= contentSize || blockSize % unit === 0) && decodeLz4Pieces(bytes, header, take);
}

/**
 * Decodes the blocks of a chunk one after the other.
 * @param header - of `bytes`, which is not a copy
 */
export async function decodeBlocks(
  bytes: Uint8Array,
  header: BloscHeader,
  decoders: Readonly<Record<BloscFormat, BloscDecoder>>,
): Promise<Uint8Array> {
  const { contentSize, blockSize } = header;
  const output = new Uint8Array(contentSize);
  const view = viewOf(bytes);
  const scratch = header.shuffle === "none" ? undefined : new Uint8Array(blockSize);
  const firstOffset = bloscHeaderSize + 4 * Math.ceil(contentSize / blockSize);
  for (let block = 0, start = 0; start < contentSize; block++, start += blockSize) {
    const target = output.subarray(start, start + blockSize);
    const offset = view.getUint32(bloscHeaderSize + 4 * block, true);
    if (offset < firstOffset) throw malformed(`block ${block} begins at byte ${offset}, within the header`);
    const shuffled = scratch?.subarray(0, target.length) ?? target;
    await decodeStreams(bytes, view, offset, shuffled, header, decoders[header.format]);
    if (header.shuffle === "bytes") unshuffle(shuffled, target, header.itemSize);
    else if (header.shuffle === "bits") bitUnshuffle(shuffled, target, header.itemSize);
  }
  return output;
}

/** Each stream has its length in front; one that is as long as its content is the content. */
async function decodeStreams(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  target: Uint8Array,
  header: BloscHeader,
  decode: BloscDecoder,
): Promise<void> {
  const count = splitCount(target.length, header);
  const size = Math.floor(target.length / count);
  // A split block that is no multiple of the item size has no form: nothing would fill its end.
  if (size * count !== target.length) throw malformed(`blocks of ${target.length} bytes in ${count} streams`);
  let position = offset;
  for (let stream = 0; stream < count; stream++) {
    if (position + 4 > bytes.length) throw malformed(`a stream at byte ${position} of ${bytes.length}`);
    const length = view.getUint32(position, true);
    position += 4;
    if (length > bytes.length - position)
      throw malformed(`a stream of ${length} bytes at byte ${position} of ${bytes.length}`);
    const input = bytes.subarray(position, position + length);
    const output = target.subarray(stream * size, (stream + 1) * size);
    if (length === size) output.set(input);
    else await decode(input, output);
    position += length;
  }
}

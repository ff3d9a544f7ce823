import { viewOf } from "../../bytes/view-of.js";
import {
  type BloscFormat,
  type BloscHeader,
  bloscFlags,
  bloscFormats,
  bloscHeaderSize,
  splitCount,
} from "./blosc-header.js";
import { encodeLz4Blocks } from "./wasm/blosc.js";
import { bitShuffle, shuffle } from "./wasm/shuffle.js";

/** Encodes `input` into the start of `output`; `undefined` where it does not fit. */
export type BloscEncoder = (input: Uint8Array, output: Uint8Array) => number | undefined | Promise<number | undefined>;

/** Version of the inner formats, the same for all of them. */
const innerVersion = 1;

/** Smallest content that is compressed at all; also the smallest block. */
const minContent = 128;

/** The form of an encoded chunk. */
export interface BloscLayout {
  readonly format: BloscFormat;
  readonly shuffle: BloscHeader["shuffle"];
  /** 1 to 255. */
  readonly itemSize: number;
  /** Bytes of a block, or 0 to let `level` decide. */
  readonly blockSize: number;
  /** 0 (copy) to 9. */
  readonly level: number;
  /** The encoding by LZ4 in its fast mode, which needs no {@link BloscEncoder} where there is WebAssembly. */
  readonly acceleration?: number | undefined;
}

/** Encodes a Blosc chunk of format 2, which c-blosc reads; content that does not get shorter is copied. */
export async function encodeBlosc(bytes: Uint8Array, layout: BloscLayout, encode: BloscEncoder): Promise<Uint8Array> {
  const blockSize = chooseBlockSize(bytes.length, layout);
  // Streams for each byte of an item pay for the fast formats on shuffled bytes, where one stream is much like itself.
  const split = layout.shuffle === "bytes" && (layout.format === "lz4" || layout.format === "blosclz");
  const header: BloscHeader = { ...layout, copied: false, contentSize: bytes.length, blockSize, split };
  const worthIt = layout.level > 0 && bytes.length >= minContent;
  const compressed = worthIt ? await compress(bytes, header, layout, encode) : undefined;
  const chunk = compressed ?? copyContent(bytes);
  writeHeader(chunk, { ...header, copied: compressed === undefined });
  return chunk;
}

/** The chunk, its header still empty, or `undefined` where a copy would be as short. */
async function compress(
  bytes: Uint8Array,
  header: BloscHeader,
  { acceleration }: BloscLayout,
  encode: BloscEncoder,
): Promise<Uint8Array | undefined> {
  const encoded = acceleration === undefined ? undefined : encodeLz4Blocks(bytes, header, acceleration);
  if (encoded === undefined) return await encodeBlocks(bytes, header, encode);
  return encoded === "no shorter" ? undefined : encoded;
}

function copyContent(bytes: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(bloscHeaderSize + bytes.length);
  chunk.set(bytes, bloscHeaderSize);
  return chunk;
}

/** The chunk without its header, or `undefined` where a copy would be as short. */
async function encodeBlocks(
  bytes: Uint8Array,
  header: BloscHeader,
  encode: BloscEncoder,
): Promise<Uint8Array | undefined> {
  const { blockSize, itemSize } = header;
  const chunk = new Uint8Array(bloscHeaderSize + bytes.length);
  const view = new DataView(chunk.buffer);
  const scratch = new Uint8Array(blockSize);
  let position = bloscHeaderSize + 4 * Math.ceil(bytes.length / blockSize);
  for (let block = 0, start = 0; start < bytes.length; block++, start += blockSize) {
    let content = bytes.subarray(start, start + blockSize);
    const shuffled = scratch.subarray(0, content.length);
    if (header.shuffle === "bytes") shuffle(content, shuffled, itemSize);
    else if (header.shuffle === "bits") bitShuffle(content, shuffled, itemSize);
    if (header.shuffle !== "none") content = shuffled;
    if (position >= chunk.length) return undefined;
    view.setUint32(bloscHeaderSize + 4 * block, position, true);
    const count = splitCount(content.length, header);
    const size = content.length / count;
    for (let stream = 0; stream < count; stream++) {
      const input = content.subarray(stream * size, (stream + 1) * size);
      // One byte less than the content, whose own length says "copied".
      const room = Math.min(chunk.length - position - 4, size - 1);
      if (room < 0) return undefined;
      let length = await encode(input, chunk.subarray(position + 4, position + 4 + room));
      if (length === undefined) {
        length = size;
        if (position + 4 + size > chunk.length) return undefined;
        chunk.set(input, position + 4);
      }
      view.setUint32(position, length, true);
      position += 4 + length;
    }
  }
  return position < chunk.length ? chunk.slice(0, position) : undefined;
}

function writeHeader(chunk: Uint8Array, header: BloscHeader): void {
  const { itemSize, contentSize, blockSize } = header;
  const view = viewOf(chunk);
  view.setUint8(0, 2);
  view.setUint8(1, innerVersion);
  view.setUint8(2, headerFlags(header));
  view.setUint8(3, itemSize);
  view.setUint32(4, contentSize, true);
  view.setUint32(8, blockSize, true);
  view.setUint32(12, chunk.length, true);
}

function headerFlags({ format, shuffle: kind, split, copied }: BloscHeader): number {
  return (
    (bloscFormats.indexOf(format) << 5) |
    (copied ? bloscFlags.copied : 0) |
    (split ? 0 : bloscFlags.notSplit) |
    (kind === "bytes" ? bloscFlags.byteShuffle : kind === "bits" ? bloscFlags.bitShuffle : 0)
  );
}

/** Whole groups of eight items, as bit shuffle wants them, or whole items; 32 KiB to 1 MiB where the caller leaves it open. */
function chooseBlockSize(contentSize: number, { blockSize, itemSize, level }: BloscLayout): number {
  const wanted = blockSize > 0 ? Math.max(blockSize, minContent) : 2 ** (15 + Math.ceil(level / 2));
  const unit = wanted >= 8 * itemSize ? 8 * itemSize : wanted >= itemSize ? itemSize : 1;
  const size = Math.min(contentSize, wanted - (wanted % unit));
  // A block that is split has to be of whole items: what is left of the content is a block of its own.
  return Math.max(1, size < itemSize ? size : size - (size % itemSize));
}

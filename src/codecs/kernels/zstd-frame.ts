import { InflateError } from "../../bytes/inflate-error.js";

/** Largest content of one block (RFC 8878 section 3.1.1.2.4). */
export const maxBlockSize = 128 * 1024;

/** Largest window that is accepted: what the reference decoder allows by default. */
const maxWindowSize = 2 ** 27;

/** One block of a frame. */
export interface ZstdBlock {
  readonly type: "raw" | "rle" | "compressed";
  /** Where its content begins in the input. */
  readonly offset: number;
  /** Content bytes in the input; 1 of an `rle` block. */
  readonly size: number;
  /** Bytes that it gives: exact for `raw` and `rle`, at most for `compressed`. */
  readonly maxDecodedSize: number;
}

/** What the headers of one frame promise. Skippable frames are left out. */
export interface ZstdFrame {
  readonly contentSize: number | undefined;
  /** How far back a match may reach, and the most that one block may give. */
  readonly windowSize: number;
  readonly blocks: readonly ZstdBlock[];
  /** XXH64's low half over the content, if the frame has it. */
  readonly checksum: number | undefined;
}

/** All frames of a chunk. */
export interface ZstdFrames {
  readonly frames: readonly ZstdFrame[];
  /** Upper bound on the content of all frames; exact where each declares its size. */
  readonly maxDecodedSize: number;
}

/**
 * Walks the headers of the frames and blocks that `bytes` consist of, and decodes nothing. Decoders let pass what this
 * does not: bytes behind the last frame, a missing checksum, a size that the blocks cannot reach.
 * @throws InflateError - malformed, cut off, or surely more than `maxSize` bytes
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
export function readZstdFrames(bytes: Uint8Array, maxSize: number): ZstdFrames {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: ZstdFrame[] = [];
  let maxDecodedSize = 0;
  let position = 0;
  let frameCount = 0;
  do {
    frameCount++;
    if (position + 8 > view.byteLength) throw truncated();
    const magic = view.getUint32(position, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      // A skippable frame: 4 bytes of size, and the application's own data.
      position += 8 + view.getUint32(position + 4, true);
      if (position > view.byteLength) throw truncated();
      continue;
    }
    if (magic !== 0xfd2fb528) {
      const what = position === 0 ? "a frame begins with 28 b5 2f fd" : "bytes that are no frame follow the last one";
      throw new InflateError("malformed", `${what} (offset ${position} of ${view.byteLength})`);
    }
    const { frame, size, end } = readFrame(view, position);
    frames.push(frame);
    maxDecodedSize += size;
    if (maxDecodedSize - slack(frame, size) > maxSize) {
      throw new InflateError("too long", `the frames hold more than ${maxSize} bytes`);
    }
    position = end;
  } while (position < view.byteLength);
  if (frames.length === 0) throw malformed(`${frameCount} skippable frames, but none with content`);
  return { frames, maxDecodedSize };
}

/** By how much the content of a frame may fall short of its bound. */
function slack({ contentSize, blocks }: ZstdFrame, size: number): number {
  if (contentSize !== undefined) return 0;
  return size - blocks.reduce((sum, block) => sum + (block.type === "compressed" ? 0 : block.maxDecodedSize), 0);
}

function readFrame(view: DataView, start: number): { frame: ZstdFrame; size: number; end: number } {
  // 4  Frame_Header_Descriptor: content size flag (bits 7-6), single segment (5), reserved (3), checksum (2), dictionary (1-0)
  const descriptor = view.getUint8(start + 4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3];
  const sizeLength = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 2 ** sizeFlag;
  if (descriptor & 8) throw malformed("a reserved bit is set");
  let position = start + 5 + (singleSegment ? 0 : 1) + dictionaryLength + sizeLength;
  if (position > view.byteLength) throw truncated();
  const contentSize = readContentSize(view, position - sizeLength, sizeLength);
  for (let i = 0; i < dictionaryLength; i++) {
    if (view.getUint8(position - sizeLength - 1 - i) !== 0) throw malformed("it needs a dictionary");
  }
  const windowSize = singleSegment ? (contentSize ?? 0) : readWindowSize(view.getUint8(start + 5));
  if (windowSize > maxWindowSize) throw malformed(`a window of ${windowSize} bytes, the most is ${maxWindowSize}`);

  const maxSize = Math.min(windowSize, maxBlockSize);
  const blocks: ZstdBlock[] = [];
  let size = 0;
  for (let last = false; !last; ) {
    // 3 bytes: last block (bit 0), type (1-2), size (3-23)
    if (position + 3 > view.byteLength) throw truncated();
    const header = view.getUint16(position, true) | (view.getUint8(position + 2) << 16);
    last = (header & 1) === 1;
    const block = readBlock((header >> 1) & 3, header >> 3, position + 3, maxSize);
    blocks.push(block);
    size += block.maxDecodedSize;
    position = block.offset + block.size;
    if (position > view.byteLength) throw truncated();
  }
  const hasChecksum = (descriptor & 4) !== 0;
  if (hasChecksum && position + 4 > view.byteLength) throw truncated();
  const checksum = hasChecksum ? view.getUint32(position, true) : undefined;
  if ((contentSize ?? 0) > size) throw malformed(`it declares ${contentSize} bytes, its blocks hold ${size} at most`);
  const frame = { contentSize, windowSize, blocks, checksum };
  return { frame, size: contentSize ?? size, end: position + (hasChecksum ? 4 : 0) };
}

function readBlock(type: number, size: number, offset: number, maxSize: number): ZstdBlock {
  if (type === 3) throw malformed("a block of the reserved type");
  if (size > maxSize) throw malformed(`a block of ${size} bytes, the most is ${maxSize}`);
  if (type === 0) return { type: "raw", offset, size, maxDecodedSize: size };
  if (type === 1) return { type: "rle", offset, size: 1, maxDecodedSize: size };
  return { type: "compressed", offset, size, maxDecodedSize: maxSize };
}

function readContentSize(view: DataView, position: number, length: number): number | undefined {
  if (length === 0) return undefined;
  if (length === 1) return view.getUint8(position);
  if (length === 2) return view.getUint16(position, true) + 256;
  if (length === 4) return view.getUint32(position, true);
  return Number(view.getBigUint64(position, true));
}

/** Exponent in the high five bits, eighths in the low three (section 3.1.1.1.2). */
function readWindowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function truncated(): InflateError {
  return new InflateError("truncated", "the frame ends too early");
}

/** The error for bytes that are no Zstandard frame. */
export function malformed(what: string): InflateError {
  return new InflateError("malformed", `not a Zstandard frame: ${what}`);
}

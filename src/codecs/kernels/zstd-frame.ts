import { DecompressionError } from "../../bytes/decompression.js";
import { viewOf } from "../../bytes/view-of.js";

/** Largest content of one block (RFC 8878 section 3.1.1.2.4). */
const maxBlockSize = 128 * 1024;

/** Largest window beside the content that is accepted: what the reference decoder allows by default. */
const maxWindowSize = 2 ** 27;

/** Frames that one chunk may have: each costs a decoder of its own, even without content. */
const maxFrames = 4096;

/** The place of a frame with content, and the promises of its headers. */
export interface ZstdFrame {
  /** First byte of the frame in the input. */
  readonly start: number;
  /** First byte behind the frame. */
  readonly end: number;
  /** Bytes of content: exact where the frame declares it, else what its blocks can hold at most. */
  readonly maxDecodedSize: number;
}

/**
 * Walks the headers of the frames and blocks that `bytes` consist of, and decodes nothing. Decoders let pass what this
 * does not: bytes behind the last frame, a missing checksum, a size that the blocks cannot reach.
 *
 * @returns the frames with content; skippable ones are left out
 * @throws DecompressionError - malformed, cut off, or surely more than `maxSize` bytes
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
export function readZstdFrames(bytes: Uint8Array, maxSize: number): ZstdFrame[] {
  const view = viewOf(bytes);
  const frames: ZstdFrame[] = [];
  let minTotal = 0;
  let position = 0;
  do {
    if (position + 4 > view.byteLength) throw position === 0 ? truncated() : trailing(position, view.byteLength);
    const magic = view.getUint32(position, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      // A skippable frame: 4 bytes of size, and the application's own data.
      if (position + 8 > view.byteLength) throw truncated();
      position += 8 + view.getUint32(position + 4, true);
      if (position > view.byteLength) throw truncated();
      continue;
    }
    if (magic !== 0xfd2fb528) {
      throw position === 0 ? malformed("it begins with 28 b5 2f fd") : trailing(position, view.byteLength);
    }
    const { frame, minDecodedSize } = readFrame(view, position);
    frames.push(frame);
    if (frames.length > maxFrames) throw malformed(`more than ${maxFrames} frames in a row`);
    minTotal += minDecodedSize;
    if (minTotal > maxSize) throw new DecompressionError("too long", `the frames hold more than ${maxSize} bytes`);
    position = frame.end;
  } while (position < view.byteLength);
  if (frames.length === 0) throw malformed("only skippable frames, none with content");
  return frames;
}

function readFrame(view: DataView, start: number): { frame: ZstdFrame; minDecodedSize: number } {
  // 4  Frame_Header_Descriptor: content size flag (bits 7-6), single segment (5), reserved (3), checksum (2), dictionary (1-0)
  if (start + 5 > view.byteLength) throw truncated();
  const descriptor = view.getUint8(start + 4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3];
  const sizeLength = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 2 ** sizeFlag;
  if (descriptor & 8) throw malformed("a reserved bit is set");
  // 5  Window_Descriptor, unless single segment; then Dictionary_ID and Frame_Content_Size
  let position = start + 5 + (singleSegment ? 0 : 1) + dictionaryLength + sizeLength;
  if (position > view.byteLength) throw truncated();
  const contentSize = readContentSize(view, position - sizeLength, sizeLength);
  for (let i = 0; i < dictionaryLength; i++) {
    if (view.getUint8(position - sizeLength - 1 - i) !== 0) throw malformed("it needs a dictionary");
  }
  const windowSize = singleSegment ? (contentSize ?? 0) : readWindowSize(view.getUint8(start + 5));
  // The window of a single segment is the content itself, of which the caller knows how much it may be.
  if (!singleSegment && windowSize > maxWindowSize)
    throw malformed(`a window of ${windowSize} bytes, the maximum is ${maxWindowSize}`);

  const blockLimit = Math.min(windowSize, maxBlockSize);
  /** Bytes that the blocks give for certain, and at most: they differ where blocks are compressed. */
  let least = 0;
  let most = 0;
  for (let last = false; !last; ) {
    // 3 bytes: last block (bit 0), type (1-2), size (3-23)
    if (position + 3 > view.byteLength) throw truncated();
    const header = view.getUint16(position, true) | (view.getUint8(position + 2) << 16);
    last = (header & 1) === 1;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3) throw malformed("a block of the reserved type");
    if (size > blockLimit) throw malformed(`a block of ${size} bytes, the maximum is ${blockLimit}`);
    // Raw (0) and RLE (1) blocks tell their content's size, an RLE block is one byte long; compressed (2) ones their own.
    least += type === 2 ? 0 : size;
    most += type === 2 ? blockLimit : size;
    position += 3 + (type === 1 ? 1 : size);
    if (position > view.byteLength) throw truncated();
  }
  const end = position + (descriptor & 4 ? 4 : 0);
  if (end > view.byteLength) throw truncated();
  if ((contentSize ?? 0) > most) throw malformed(`it declares ${contentSize} bytes, its blocks hold ${most} at most`);
  const frame = { start, end, maxDecodedSize: contentSize ?? most };
  return { frame, minDecodedSize: contentSize ?? least };
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

function truncated(): DecompressionError {
  return new DecompressionError("truncated", "the Zstandard frame ends too early");
}

function trailing(offset: number, length: number): DecompressionError {
  return malformed(`trailing bytes at offset ${offset} of ${length}`);
}

function malformed(what: string): DecompressionError {
  return new DecompressionError("malformed", `not a Zstandard frame: ${what}`);
}

import { InflateError } from "../../bytes/inflate-error.js";
import { xxHash64Low } from "./xxhash64.js";
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from "./zstd-entropy.js";
import { malformed, maxBlockSize, type ZstdFrame, type ZstdFrames } from "./zstd-frame.js";
import { runSequences, type SequenceState } from "./zstd-sequences.js";

/** What a block may take over from the blocks before it in its frame. */
interface FrameState extends SequenceState {
  huffman: HuffmanTable | undefined;
}

/**
 * Decodes the frames that `readZstdFrames` found in `bytes`, for runtimes without Zstandard of their own.
 * @throws InflateError - malformed, a wrong checksum, or more than `maxSize` bytes
 * @see https://www.rfc-editor.org/rfc/rfc8878
 */
export function decodeZstd(bytes: Uint8Array, { frames, maxDecodedSize }: ZstdFrames, maxSize: number): Uint8Array {
  const output = new Uint8Array(Math.min(maxDecodedSize, maxSize));
  let end = 0;
  for (const frame of frames) end = decodeFrame(bytes, frame, output, end);
  return end * 2 < output.length ? output.slice(0, end) : output.subarray(0, end);
}

function decodeFrame(bytes: Uint8Array, frame: ZstdFrame, output: Uint8Array, start: number): number {
  const state: FrameState = {
    huffman: undefined,
    literalLengths: undefined,
    offsets: undefined,
    matchLengths: undefined,
    recentOffsets: [1, 4, 8],
  };
  const { blocks, contentSize, checksum } = frame;
  const frameEnd = contentSize === undefined ? output.length : start + contentSize;
  let at = start;
  for (const { type, offset, size, maxDecodedSize } of blocks) {
    const end = Math.min(at + maxDecodedSize, frameEnd);
    if (type !== "compressed" && end - at < maxDecodedSize) throw tooLong(frameEnd - start);
    if (type === "raw") output.set(bytes.subarray(offset, offset + size), at);
    else if (type === "rle") output.fill(bytes[offset], at, end);
    if (type !== "compressed") at = end;
    else at = decodeBlock(bytes.subarray(offset, offset + size), state, output, start, at, end);
  }
  if (contentSize !== undefined && at !== frameEnd) {
    throw malformed(`it declares ${contentSize} bytes, its blocks hold ${at - start}`);
  }
  if (checksum !== undefined && checksum !== xxHash64Low(output.subarray(start, at))) {
    throw new InflateError("checksum", "the checksum of the Zstandard frame is not that of its content");
  }
  return at;
}

function decodeBlock(
  block: Uint8Array,
  state: FrameState,
  output: Uint8Array,
  frameStart: number,
  start: number,
  end: number,
): number {
  const { literals, consumed } = readLiterals(block, state);
  return runSequences(block.subarray(consumed), literals, state, { output, frameStart, start, end });
}

/** Reads a literals section (section 3.1.1.3.1). */
function readLiterals(block: Uint8Array, state: FrameState): { literals: Uint8Array; consumed: number } {
  if (block.length < 2) throw malformed("a compressed block that is cut off");
  const type = block[0] & 3;
  const format = (block[0] >> 2) & 3;
  if (type < 2) {
    // One, two or three bytes: type (bits 0-1), format (2-3, of which 0 and 2 use one bit), size
    const headerSize = format === 1 ? 2 : format === 3 ? 3 : 1;
    const header = block[0] | (block[1] << 8) | (block[2] << 16);
    const size = headerSize === 1 ? block[0] >> 3 : headerSize === 2 ? (header & 0xffff) >> 4 : header >> 4;
    const consumed = headerSize + (type === 0 ? size : 1);
    if (size > maxBlockSize || !(consumed <= block.length)) throw malformed("literals that are cut off");
    if (type === 0) return { literals: block.subarray(headerSize, consumed), consumed };
    return { literals: new Uint8Array(size).fill(block[headerSize]), consumed };
  }
  // Three, four or five bytes: type (bits 0-1), format (2-3), both sizes of 10, 14 or 18 bits each
  const headerSize = format < 2 ? 3 : format + 2;
  const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18;
  if (headerSize > block.length) throw malformed("literals that are cut off");
  const low = (block[0] | (block[1] << 8) | (block[2] << 16)) >> 4;
  const header = low + (headerSize > 3 ? block[3] * 2 ** 20 : 0) + (headerSize > 4 ? block[4] * 2 ** 28 : 0);
  const size = header % 2 ** sizeBits;
  const consumed = headerSize + Math.floor(header / 2 ** sizeBits);
  if (size > maxBlockSize || consumed > block.length) throw malformed("literals that are cut off");
  let streams = block.subarray(headerSize, consumed);
  if (type === 2) {
    const { table, consumed: described } = readHuffmanTable(streams);
    state.huffman = table;
    streams = streams.subarray(described);
  }
  if (state.huffman === undefined) throw malformed("a repeated literals' code without a first");
  const literals = new Uint8Array(size);
  if (format === 0) decodeHuffman(streams, state.huffman, literals, 0, size);
  else decodeFourStreams(streams, state.huffman, literals);
  return { literals, consumed };
}

/** A table of the first three streams' sizes, and four streams for a quarter of the literals each (section 4.2.2). */
function decodeFourStreams(streams: Uint8Array, table: HuffmanTable, literals: Uint8Array): void {
  const tableSize = 6;
  if (streams.length < tableSize) throw malformed("literals that are cut off");
  const quarter = (literals.length + 3) >> 2;
  let offset = tableSize;
  for (let i = 0; i < 4; i++) {
    const size = i < 3 ? streams[2 * i] | (streams[2 * i + 1] << 8) : streams.length - offset;
    const end = i < 3 ? (i + 1) * quarter : literals.length;
    if (size < 1 || offset + size > streams.length || end > literals.length)
      throw malformed("literals that are cut off");
    decodeHuffman(streams.subarray(offset, offset + size), table, literals, i * quarter, end);
    offset += size;
  }
}

function tooLong(expected: number): InflateError {
  return new InflateError("too long", `the frame holds more than ${expected} bytes`);
}

import { bitShuffle, bitUnshuffle } from "./bit-shuffle";
import { shuffle, unshuffle } from "./byte-shuffle";
import { decodeLz4 } from "./lz4-decode";
import { encodeLz4 } from "./lz4-encode";

/** Bytes of a chunk's header; the offsets of the blocks follow. */
const headerSize: usize = 16;

/** Bits of the flags byte that say how blocks are shuffled. */
const byteShuffled: u32 = 1;
const bitShuffled: u32 = 4;

// The layout of the chunk at hand.
let contentSize: usize = 0;
let blockSize: usize = 0;
let streams: usize = 0;
let itemSize: usize = 0;
let shuffled: u32 = 0;
let scratch: usize = 0;
let otherScratch: usize = 0;

/**
 * Says what the chunk is like that is decoded or encoded next: how many streams a whole block has, and by which bit of its flags it
 * is shuffled, or 0. If it is, there is room for a block in `space`, and in `otherSpace`.
 */
export function setLayout(
  content: usize,
  block: usize,
  split: usize,
  item: usize,
  flag: u32,
  space: usize,
  otherSpace: usize,
): void {
  contentSize = content;
  blockSize = block;
  streams = split;
  itemSize = item;
  shuffled = flag;
  scratch = space;
  otherScratch = otherSpace;
}

/**
 * Decodes the blocks that have the content [start, start + length) to `output`; false where one of them is malformed.
 * Of the chunk only its header has been checked, and that the offsets are within it.
 */
export function decodeBlocks(chunk: usize, chunkLength: usize, start: usize, length: usize, output: usize): bool {
  const firstOffset = headerSize + 4 * ((contentSize + blockSize - 1) / blockSize);
  for (let done: usize = 0; done < length; done += blockSize) {
    const offset: usize = load<u32>(chunk + headerSize + 4 * ((start + done) / blockSize));
    if (offset < firstOffset || offset > chunkLength) return false;
    const size = min(blockSize, length - done);
    const target = shuffled ? scratch : output + done;
    if (!decodeStreams(chunk + offset, chunk + chunkLength, target, size)) return false;
    if (shuffled === byteShuffled) unshuffle(target, output + done, size, itemSize);
    else if (shuffled === bitShuffled) bitUnshuffle(target, output + done, size, itemSize, otherScratch);
  }
  return true;
}

/** Each stream has its length in front; one that is as long as its content is the content. */
function decodeStreams(from: usize, end: usize, target: usize, size: usize): bool {
  const count = streamsOf(size);
  const streamSize = size / count;
  if (streamSize * count !== size) return false;
  const targetEnd = target + size;
  for (; target < targetEnd; target += streamSize) {
    if (end - from < 4) return false;
    const length: usize = load<u32>(from);
    from += 4;
    if (length > end - from) return false;
    if (length === streamSize) memory.copy(target, from, length);
    else if (!decodeLz4(from, length, target, streamSize)) return false;
    from += length;
  }
  return true;
}

/**
 * Encodes the `length` bytes of `content`, which are the content of the chunk from `start` on, as blocks from byte `offset` of the
 * chunk on, and writes the offsets of the blocks. There must be room for the content and four bytes for each stream.
 * @returns the offset behind the last block
 */
export function encodeBlocks(
  content: usize,
  start: usize,
  length: usize,
  chunk: usize,
  offset: usize,
  acceleration: u32,
): usize {
  let to = chunk + offset;
  for (let done: usize = 0; done < length; done += blockSize) {
    const size = min(blockSize, length - done);
    store<u32>(chunk + headerSize + 4 * ((start + done) / blockSize), <u32>(to - chunk));
    if (shuffled === byteShuffled) shuffle(content + done, scratch, size, itemSize);
    else if (shuffled === bitShuffled) bitShuffle(content + done, scratch, size, itemSize, otherScratch);
    to = encodeStreams(shuffled ? scratch : content + done, size, to, acceleration);
  }
  return to - chunk;
}

/** A stream that does not get shorter is the content. */
function encodeStreams(from: usize, size: usize, to: usize, acceleration: u32): usize {
  const streamSize = size / streamsOf(size);
  for (const end = from + size; from < end; from += streamSize) {
    let length = encodeLz4(from, streamSize, to + 4, streamSize - 1, acceleration);
    if (length === 0) {
      memory.copy(to + 4, from, streamSize);
      length = streamSize;
    }
    store<u32>(to, <u32>length);
    to += 4 + length;
  }
  return to;
}

/** The last block is never split if it is shorter than the others. */
function streamsOf(size: usize): usize {
  return size === blockSize ? streams : 1;
}

import type { ExpectedRead } from "../bytes/bulk-reads.js";
import type { ChunkRegion } from "../codecs/codec.js";
import { type ArrayContext, chunksAtOnce } from "./array-context.js";
import { chunkKey } from "./chunk-layout.js";
import { checksWholeValues, maxEncodedBytes } from "./chunk-reader.js";
import { inOrder } from "./in-order.js";

/** The part of a chunk that is read. */
export interface ChunkRead {
  readonly coords: readonly number[];
  readonly regions: readonly ChunkRegion[];
}

/** So many reads are announced to a store at a time. */
const announcedReads = 4096;

/**
 * As {@link inOrder}, of items that each read one chunk: a store that is far away is told beforehand what they are going to read.
 * @param readOf - says what an item reads
 */
export async function chunksInOrder<Item, Result>(
  array: ArrayContext,
  items: Iterable<Item>,
  readOf: (item: Item) => ChunkRead,
  produce: (item: Item) => Promise<Result>,
  consume: (result: Result, item: Item) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<void> {
  const { store } = array;
  const width = chunksAtOnce(array);
  if (store.expect === undefined) return await inOrder(items, width, produce, consume, signal);
  for (const block of blocksOf(items, announcedReads)) {
    const giveUp = await announceReads(array, block.map(readOf));
    try {
      await inOrder(block, width, produce, consume, signal);
    } finally {
      giveUp();
    }
  }
}

/** Tells a store that is far away what will be read. @returns gives up what has not been read */
export async function announceReads(array: ArrayContext, reads: readonly ChunkRead[]): Promise<() => void> {
  const { expect } = array.store;
  return expect === undefined ? () => undefined : await expect(reads.flatMap((read) => expectedReads(array, read)));
}

function expectedReads(array: ArrayContext, { coords, regions }: ChunkRead): ExpectedRead[] {
  const key = chunkKey(array, coords);
  const maxBytes = maxEncodedBytes(array, coords);
  const ranges = array.pipelineAt(coords).firstRanges(regions, checksWholeValues(array.store));
  return ranges.map((range) => ({ key, range, maxBytes }));
}

function* blocksOf<Item>(items: Iterable<Item>, length: number): Generator<Item[]> {
  let block: Item[] = [];
  for (const item of items) {
    block.push(item);
    if (block.length < length) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

import { absentReader } from "../codecs/kernels/encoded-reader.js";
import { chunkCount, chunkLength, chunkStart, type DimensionGrid } from "../grid/chunk-grid.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import type { StoreValues } from "../store/store.js";
import { transact } from "../store/transaction.js";
import { type ArrayContext, arrayContext } from "./array-context.js";
import { ChunkDecoder } from "./chunk-decoder.js";
import { chunkReader, withChunk } from "./chunk-reader.js";
import { type LoadedNode, nodeKey } from "./load-node.js";
import { saveDocuments } from "./save-node.js";
import { withStoredShape } from "./stored-shape.js";

/**
 * Gives an array another shape, within a transaction. Chunks that are outside of it are deleted, and what chunks at its new end
 * hold beyond it becomes the fill value. The document goes first, so that whoever is interrupted leaves chunks that nobody reads.
 *
 * @param stored - the array as `values` has it
 * @param known - the array as it was, whose codecs need not be made again
 */
export async function resizeArray(
  values: StoreValues,
  stored: LoadedNode<ArrayMetadata>,
  known: ArrayContext,
  shape: readonly number[],
): Promise<LoadedNode<ArrayMetadata>> {
  const { path } = known;
  const node = withStoredShape(stored, shape, values.limits);
  const array = arrayContext({ store: values, path, metadata: node.metadata }, known);
  await saveDocuments(values, path, node.documents, stored.documents);
  const cut = stored.metadata.shape.map((length, d) => shape[d] < length);
  if (cut.includes(true)) await dropChunks(array, cut);
  return node;
}

/** @param cut - which dimensions have become shorter */
async function dropChunks(array: ArrayContext, cut: readonly boolean[]): Promise<void> {
  const { shape, chunkGrid, chunkKeyEncoding } = array.metadata;
  const prefix = nodeKey(array.path, "");
  const outside: string[] = [];
  const atEnd: (readonly number[])[] = [];
  for await (const key of array.store.list(prefix)) {
    const coords = chunkKeyEncoding.decode(key.slice(prefix.length), shape.length);
    if (coords === undefined) continue;
    if (coords.some((coord, d) => coord >= chunkCount(chunkGrid[d], shape[d]))) outside.push(key);
    else if (coords.some((coord, d) => cut[d] && chunkEnd(chunkGrid[d], coord) > shape[d])) atEnd.push(coords);
  }
  for (const key of outside) await array.store.delete(key);
  for (const coords of atEnd) await trimChunk(array, coords);
}

function chunkEnd(grid: DimensionGrid, coord: number): number {
  return chunkStart(grid, coord) + chunkLength(grid, coord);
}

/** Leaves of a chunk what lies within the array. */
async function trimChunk(array: ArrayContext, coords: readonly number[]): Promise<void> {
  const { shape, chunkGrid } = array.metadata;
  const count = coords.map(
    (coord, d) => Math.min(chunkEnd(chunkGrid[d], coord), shape[d]) - chunkStart(chunkGrid[d], coord),
  );
  const region = { start: coords.map(() => 0), step: coords.map(() => 1), count, whole: true };
  await withChunk(array, coords, async (key) => {
    await transact(array.store, key, async (values) => {
      const seen = { ...array, store: values };
      const kept = await new ChunkDecoder(seen, {}).decode(coords, region, chunkReader(seen, coords, {}));
      const bytes = await seen.pipelineAt(coords).encodeFrom(absentReader, region, kept, { keepEmpty: false });
      if (bytes === undefined) await values.delete(key);
      else await values.set(key, bytes);
    });
  });
}

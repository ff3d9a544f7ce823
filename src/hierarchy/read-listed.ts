import type { EncodedReader } from "../codecs/codec.js";
import { chunkStart, type DimensionGrid } from "../grid/chunk-grid.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { gatherPicked } from "../grid/copy-picked.js";
import type { StridedRegion } from "../grid/copy-region.js";
import type { DimensionSelection } from "../grid/dimension-selection.js";
import { type ArrayContext, chunksAtOnce } from "./array-context.js";
import { type ChunkDecoder, targetOf } from "./chunk-decoder.js";
import { decodingGrid, locateRegion } from "./chunk-layout.js";
import { inOrder } from "./in-order.js";

/** Reads what is listed of a chunk: of a shard only those inner chunks are decoded that hold some of it. */
export async function readListed(
  array: ArrayContext,
  decoder: ChunkDecoder,
  part: ChunkPart,
  target: StridedRegion,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { metadata } = array;
  const { chunkGrid, dataType, shape } = metadata;
  const inner = decodingGrid(metadata);
  const grid = chunkGrid.map((chunks, d) => (part.picks?.[d] === undefined ? chunks : inner[d]));
  const plan = new ChunkPlan(selectionsOf(part, chunkGrid), shape, grid);
  const readAll = (reader?: EncodedReader) => {
    const read = async (listed: ChunkPart) => {
      const first = listed.start.map((start, d) => chunkStart(grid[d], listed.coords[d]) + start);
      const { coords, region } = locateRegion(metadata, first, listed.step, listed.count);
      gatherPicked(await decoder.decode(coords, region, reader), targetOf(listed, target), listed, dataType.width);
    };
    return inOrder(plan, chunksAtOnce(array), read, () => undefined, signal);
  };
  await (plan.size === 1 ? readAll() : decoder.hold(part.coords, readAll));
}

/** A part of a chunk as a selection of the array; places along a listed dimension are those in the region. */
function selectionsOf(part: ChunkPart, chunkGrid: readonly DimensionGrid[]): DimensionSelection[] {
  return part.count.map((count, d) => {
    const start = chunkStart(chunkGrid[d], part.coords[d]) + part.start[d];
    const picks = part.picks?.[d];
    if (picks === undefined) return { start, step: part.step[d], count, dropped: false };
    const indices = picks.from.map((index) => start + index);
    return { indices, places: picks.to, count: indices.length, dropped: false };
  });
}

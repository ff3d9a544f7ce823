import type { Chunk } from "../grid/chunk.js";
import { copyElements } from "../grid/copy-picked.js";
import { groupPoints, type PointGroup, type Points } from "../grid/points.js";
import { offsetOf } from "../grid/strides.js";
import { type ArrayParts, chunksAtOnce, decodingGrid, placeInGrid } from "./array-parts.js";
import { ChunkDecoder } from "./chunk-decoder.js";
import { inOrder } from "./in-order.js";
import { newRegion, progressOf, type ReadOptions } from "./read-selection.js";
import { changeBox, valuesFor, type WriteOptions, writeChunks } from "./write-selection.js";

/** The elements at some points, in the points' shape. Each chunk, of a shard each inner chunk, is decoded once. */
export async function readPoints(array: ArrayParts, points: Points, options: ReadOptions): Promise<Chunk> {
  const { metadata } = array;
  const { region } = newRegion(array, points.shape, options.out);
  const groups = groupPoints(points, decodingGrid(metadata));
  const decoder = new ChunkDecoder(array, { signal: options.signal });
  const read = async ({ first, count, inBox, places }: PointGroup) => {
    const box = await decoder.decodeBox(first, count);
    copyElements({ data: box.data, places: inBox }, { data: region.data, places }, metadata.dataType.width);
  };
  await inOrder(groups, chunksAtOnce(array), read, progressOf(groups.length, options), options.signal);
  return region;
}

/** Writes `values`, of the points' shape or one scalar for all, to some points; of points that are there twice the last value. */
export async function writePoints(
  array: ArrayParts,
  points: Points,
  values: unknown,
  options: WriteOptions,
): Promise<void> {
  const { metadata } = array;
  const source = valuesFor(metadata, values, points.shape);
  const parts = groupPoints(points, metadata.chunkGrid).map(({ first, count, inBox, places }) => {
    const { coords, region } = placeInGrid(
      metadata,
      first,
      first.map(() => 1),
      count,
    );
    return { ...region, coords, inBox, places };
  });
  const decoder = new ChunkDecoder(array, { signal: options.signal });
  await writeChunks(array, parts, parts.length, options, async (part, read) => {
    const places = part.places.map((place) => offsetOf(indexAt(place, points.shape), source.stride));
    return await changeBox(decoder, part, read, (box) =>
      copyElements({ data: source.data, places }, { data: box.data, places: part.inBox }, metadata.dataType.width),
    );
  });
}

/** Index of an element by its number in C order. */
function indexAt(number: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  let rest = number;
  for (let d = shape.length - 1; d >= 0; d--) {
    index[d] = rest % shape[d];
    rest = Math.floor(rest / shape[d]);
  }
  return index;
}

import { describe } from "../bytes/json.js";
import type { ChunkRegion } from "../codecs/codec.js";
import { memorySize } from "../data-type/item-size.js";
import { ZarrError } from "../errors.js";
import { chunkLength, chunkOf, chunkStart, type DimensionGrid } from "../grid/chunk-grid.js";
import { product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import { nodeKey } from "./load-node.js";

/** Shape of the chunk at `coords`, what lies beyond the array's end included. */
export function chunkShapeAt({ chunkGrid, chunkShape }: ArrayMetadata, coords: readonly number[]): readonly number[] {
  if (chunkGrid === chunkShape) return chunkShape;
  return chunkGrid.map((grid, d) => chunkLength(grid, coords[d]));
}

/** Shape of the inner chunks, where sharding is all that the codecs do. */
export function innerChunkShape({ codecs }: ArrayMetadata): readonly number[] | undefined {
  const [{ name, configuration }] = codecs;
  const isSharded = codecs.length === 1 && name === "sharding_indexed";
  return isSharded ? (configuration.chunk_shape as readonly number[]) : undefined;
}

/** The parts of an array that decode by themselves: its inner chunks, or where it has no shards its chunks. */
export function decodingGrid(metadata: ArrayMetadata): readonly DimensionGrid[] {
  return innerChunkShape(metadata) ?? metadata.chunkGrid;
}

/** The place of elements in the chunk grid. */
export interface LocatedRegion {
  /** Coordinates of the chunk. */
  readonly coords: readonly number[];
  readonly region: ChunkRegion;
}

/** The places of `count` elements of one chunk, `step` apart from the one at `first` of the array on. */
export function locateRegion(
  { chunkGrid }: ArrayMetadata,
  first: readonly number[],
  step: readonly number[],
  count: readonly number[],
): LocatedRegion {
  const coords = first.map((index, d) => chunkOf(chunkGrid[d], index));
  const start = first.map((index, d) => index - chunkStart(chunkGrid[d], coords[d]));
  return { coords, region: { start, step, count, whole: false } };
}

/** Store key of the chunk at `coords`. */
export function chunkKey(
  { path, metadata }: { readonly path: string; readonly metadata: ArrayMetadata },
  coords: readonly number[],
): string {
  return nodeKey(path, metadata.chunkKeyEncoding.encode(coords));
}

/** @throws ZarrError `ERR_SELECTION` - not one integer from 0 on for each dimension, as those of a chunk are */
export function checkCoords(coords: readonly number[], rank: number): void {
  const isCoords =
    Array.isArray(coords) &&
    coords.length === rank &&
    coords.every((coord) => Number.isSafeInteger(coord) && coord >= 0);
  if (isCoords) return;
  const message = `${describe(coords)} is not the coordinates of a chunk: give a list of an integer for each of ${rank} dimensions`;
  throw new ZarrError("ERR_SELECTION", message);
}

/** Bytes of a decoded chunk, as far as its type tells them. */
export function chunkBytes(metadata: ArrayMetadata, coords: readonly number[]): number {
  return product(chunkShapeAt(metadata, coords)) * memorySize(metadata.dataType);
}

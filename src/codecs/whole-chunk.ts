import type { ChunkData, DataType } from "../data-type/data-type.js";
import type { Chunk } from "../grid/chunk.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ChunkMemory } from "./chunk-memory.js";
import { fillChunk } from "./chunk-values.js";
import type { ChunkRegion, ChunkRepresentation } from "./codec.js";

/** A C-order copy that shares nothing with the chunk. */
export function copyOf(chunk: Chunk, dataType: DataType): Chunk {
  const { shape } = chunk;
  const data = dataType.allocate(product(shape));
  const stride = cStrides(shape);
  copyRegion({ ...chunk, offset: 0 }, { data, offset: 0, stride }, shape, dataType.width);
  return { data, shape, stride };
}

/** Every element of a chunk. */
export function wholeRegion(shape: readonly number[]): ChunkRegion {
  return { start: shape.map(() => 0), step: shape.map(() => 1), count: shape, whole: true };
}

/** True if a region has every element of a chunk of this shape, in order. */
export function coversAll({ start, step, count }: ChunkRegion, shape: readonly number[]): boolean {
  return shape.every((length, d) => start[d] === 0 && step[d] === 1 && count[d] === length);
}

/**
 * All elements of a chunk from where they lie: not copied if they follow each other there.
 * @param memory - where to copy them to, else to new memory
 */
export function chunkFrom(
  source: StridedRegion,
  { shape, dataType }: ChunkRepresentation,
  memory?: ChunkMemory,
): Chunk {
  const stride = cStrides(shape);
  const { width } = dataType;
  const isInRow = shape.every((length, d) => length <= 1 || source.stride[d] === stride[d]);
  if (isInRow && !Array.isArray(source.data)) {
    const start = source.offset * width;
    return { data: source.data.subarray(start, start + product(shape) * width), shape, stride };
  }
  const data = memory?.take(dataType, product(shape)) ?? dataType.allocate(product(shape));
  copyRegion(source, { data, offset: 0, stride }, shape, width);
  return { data, shape, stride };
}

/** True if a contiguous chunk holds nothing but the fill value. */
export function isFill({ data }: Chunk, decoded: ChunkRepresentation): boolean {
  const { dataType } = decoded;
  const first = fillChunk({ ...decoded, shape: [] });
  const mayBe = data.length === 0 || dataType.holdsSame(data.slice(0, dataType.width) as ChunkData, first.data);
  return mayBe && dataType.holdsSame(data, fillChunk(decoded).data);
}

import type { DataType } from "../data-type/data-type.js";
import type { Chunk } from "../grid/chunk.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { cStrides, offsetOf, product } from "../grid/strides.js";
import type { ChunkRegion, ChunkRepresentation } from "./codec.js";

/** A chunk of fill values, in C order. */
export function fillChunk({ shape, dataType, fillValue }: ChunkRepresentation): Chunk {
  const elements = product(shape);
  const data = dataType.allocate(elements);
  dataType.fill(data, fillValue, 0, elements * dataType.width);
  return { data, shape, stride: cStrides(shape) };
}

/** A C-order copy that shares nothing with the chunk. */
export function copyOf(chunk: Chunk, dataType: DataType): Chunk {
  const { shape } = chunk;
  const data = dataType.allocate(product(shape));
  const stride = cStrides(shape);
  copyRegion({ ...chunk, offset: 0 }, { data, offset: 0, stride }, shape, dataType.width);
  return { data, shape, stride };
}

/** The elements of `region` within a chunk. */
export function regionOf(chunk: Chunk, { start, step }: ChunkRegion): StridedRegion {
  const stride = chunk.stride.map((distance, d) => distance * step[d]);
  return { data: chunk.data, offset: offsetOf(start, chunk.stride), stride };
}

/** Every element of a chunk. */
export function wholeRegion(shape: readonly number[]): ChunkRegion {
  return { start: shape.map(() => 0), step: shape.map(() => 1), count: shape, whole: true };
}

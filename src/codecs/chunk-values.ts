import type { Chunk } from "../grid/chunk.js";
import type { StridedRegion } from "../grid/copy-region.js";
import { cStrides, offsetOf, product } from "../grid/strides.js";
import type { ChunkRegion, ChunkRepresentation } from "./codec.js";

/** A chunk of fill values, in C order. */
export function fillChunk({ shape, dataType, fillValue }: ChunkRepresentation): Chunk {
  const elements = product(shape);
  const data = dataType.allocate(elements);
  dataType.fill(data, fillValue, 0, elements * dataType.width);
  return { data, shape, stride: cStrides(shape) };
}

/** The elements of `region` within a chunk. */
export function regionOf(chunk: Chunk, { start, step }: ChunkRegion): StridedRegion {
  const stride = chunk.stride.map((distance, d) => distance * step[d]);
  return { data: chunk.data, offset: offsetOf(start, chunk.stride), stride };
}

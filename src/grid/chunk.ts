import type { ChunkData } from "../data-type/data-type.js";

/** Values with their geometry. Strides are in elements; `data` of a C-order chunk holds `product(shape) * width` entries. */
export interface Chunk<Data extends ChunkData = ChunkData> {
  /** The elements; those of the region are at the strides. */
  readonly data: Data;
  /** Elements along each dimension. */
  readonly shape: readonly number[];
  /** Distance, in elements, between neighbours along each dimension. */
  readonly stride: readonly number[];
}

import type { Chunk } from "./chunk.js";

/** Number of elements of an array of this shape; 1 for a 0-d array. */
export function product(shape: readonly number[]): number {
  return shape.reduce((elements, length) => elements * length, 1);
}

/** Strides, in elements, of a C-order (row-major) array. */
export function cStrides(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length);
  let elements = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    stride[d] = elements;
    elements *= shape[d];
  }
  return stride;
}

/** True if the elements lie in C order without gaps. Dimensions of length 1 may have any stride. */
export function isContiguous({ shape, stride }: Pick<Chunk, "shape" | "stride">): boolean {
  let elements = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && stride[d] !== elements) return elements === 0;
    elements *= shape[d];
  }
  return true;
}

/** Distance, in elements, from the first element to the one at `index`. */
export function offsetOf(index: readonly number[], stride: readonly number[]): number {
  return index.reduce((offset, i, d) => offset + i * stride[d], 0);
}

import { memorySize } from "../data-type/item-size.js";
import { chunkCount, chunkLength, chunkStart } from "../grid/chunk-grid.js";
import { type Slice, slice } from "../grid/slice.js";
import { product } from "../grid/strides.js";
import type { ZarrArray } from "./array.js";

/** Bytes of a part, unless a single chunk has more. */
const partBytes = 64 * 2 ** 20;

/** Boxes of whole chunks that cover the array in C order, each of about {@link partBytes}. */
export function partsOf({ metadata }: ZarrArray): Slice[][] {
  const { shape, chunkGrid, chunkShape, dataType } = metadata;
  if (shape.includes(0)) return [];
  let bytes = product(chunkShape) * memorySize(dataType);
  const perPart = shape.map(() => 1);
  for (let d = shape.length - 1; d >= 0; d--) {
    const count = chunkCount(chunkGrid[d], shape[d]);
    perPart[d] = Math.max(1, Math.min(count, Math.floor(partBytes / bytes)));
    bytes *= perPart[d];
    if (perPart[d] < count) break;
  }
  let parts: Slice[][] = [[]];
  for (const [d, length] of shape.entries()) {
    const count = chunkCount(chunkGrid[d], length);
    const slices: Slice[] = [];
    for (let first = 0; first < count; first += perPart[d]) {
      const last = Math.min(first + perPart[d], count) - 1;
      const end = chunkStart(chunkGrid[d], last) + chunkLength(chunkGrid[d], last);
      slices.push(slice(chunkStart(chunkGrid[d], first), Math.min(end, length)));
    }
    parts = parts.flatMap((part) => slices.map((one) => [...part, one]));
  }
  return parts;
}

import { memorySize } from "../data-type/item-size.js";
import type { DimensionGrid } from "../grid/chunk-grid.js";
import { ChunkPlan, type Piece } from "../grid/chunk-plan.js";
import { type IndexRange, resolveSelection } from "../grid/selection.js";
import { type Slice, slice } from "../grid/slice.js";
import { product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";

/** The region that is cut into parts, and the size of these. */
export interface PartsOptions {
  /** The region that is cut into parts; by default all of the array. */
  readonly ranges?: readonly IndexRange[];
  /** The chunks that no part divides; default those of the array, or shards where it has them. */
  readonly grid?: readonly DimensionGrid[];
  /** Bytes of a part, unless a single chunk has more. Default 64 MiB. */
  readonly bytes?: number;
}

/** Boxes that cover a selection in C order. */
export interface Parts extends Iterable<Slice[]> {
  /** The number of parts. */
  readonly size: number;
}

/** Bytes of a part where nothing else is asked for. */
export const partBytes = 64 * 2 ** 20;

/** An array, or a selection of it, in boxes of whole chunks. */
export function partsOf({ metadata }: { readonly metadata: ArrayMetadata }, options: PartsOptions = {}): Parts {
  const { shape, chunkGrid, dataType } = metadata;
  const { ranges = resolveSelection(null, shape), grid = chunkGrid, bytes = partBytes } = options;
  const plan = new ChunkPlan(ranges, shape, grid);
  const pieces = ranges.map((_, d) => [...plan.piecesAlong(d)]);
  const perPart = piecesPerPart(pieces, memorySize(dataType), bytes);
  const slices = pieces.map((along, d) => grouped(along, perPart[d]).map((group) => sliceOf(ranges[d], group)));
  return { size: product(slices.map(({ length }) => length)), [Symbol.iterator]: () => boxes(slices) };
}

/** The number of pieces of each dimension in a part: as many as fit, those of the last dimension first. */
function piecesPerPart(pieces: readonly (readonly Piece[])[], itemSize: number, most: number): number[] {
  const longest = pieces.map((along) => along.reduce((length, { count }) => Math.max(length, count), 0));
  let bytes = product(longest) * itemSize;
  const perPart = pieces.map(() => 1);
  for (let d = pieces.length - 1; d >= 0; d--) {
    const { length } = pieces[d];
    perPart[d] = Math.max(1, Math.min(length, Math.floor(most / bytes)));
    bytes *= perPart[d];
    if (perPart[d] < length) break;
  }
  return perPart;
}

function grouped(pieces: readonly Piece[], size: number): Piece[][] {
  const count = Math.ceil(pieces.length / size);
  return Array.from({ length: count }, (_, i) => pieces.slice(i * size, (i + 1) * size));
}

function sliceOf({ start, step }: IndexRange, group: readonly Piece[]): Slice {
  const [first, last] = [group[0], group.at(-1) as Piece];
  const end = last.regionStart + last.count - 1;
  return slice(start + first.regionStart * step, start + end * step + 1, step);
}

function* boxes(slices: readonly (readonly Slice[])[], outer: readonly Slice[] = []): Generator<Slice[]> {
  if (outer.length === slices.length) yield [...outer];
  else for (const one of slices[outer.length]) yield* boxes(slices, [...outer, one]);
}

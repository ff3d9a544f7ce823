import type { ChunkData, DataType } from "../data-type/data-type.js";
import type { Chunk } from "./chunk.js";
import { cStrides, isContiguous, product } from "./strides.js";

/** One side of a copy: where the region's first element lies, and how far its neighbours are. Both in elements. */
export interface StridedRegion {
  readonly data: ChunkData;
  readonly offset: number;
  /** May be 0 in a source, which repeats one element along that dimension. */
  readonly stride: readonly number[];
}

/** Typed arrays have `set` and `subarray`; both sides of a copy hold the same kind of entries. */
interface Entries {
  [index: number]: unknown;
  set?(source: Entries, offset: number): void;
  subarray?(start: number, end: number): Entries;
  fill(value: unknown, start: number, end: number): unknown;
}

/** Below this many entries a loop is faster than making a view. */
const smallRow = 24;

/**
 * Copies a region of `count` elements per dimension between two strided layouts, each element `width` entries wide.
 * Neighbouring dimensions that are contiguous on both sides are copied as one.
 */
export function copyRegion(source: StridedRegion, target: StridedRegion, count: readonly number[], width = 1): void {
  const counts: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const push = (n: number, s: number, t: number) => {
    const last = counts.length - 1;
    if (last >= 0 && from[last] === s * n && to[last] === t * n) {
      counts[last] *= n;
      from[last] = s;
      to[last] = t;
    } else {
      counts.push(n);
      from.push(s);
      to.push(t);
    }
  };
  for (let d = 0; d < count.length; d++) {
    if (count[d] === 0) return;
    if (count[d] > 1) push(count[d], source.stride[d] * width, target.stride[d] * width);
  }
  if (width > 1) push(width, 1, 1);
  if (counts.length === 0) push(1, 1, 1);

  const src = source.data as unknown as Entries;
  const dst = target.data as unknown as Entries;
  copyDimension(src, source.offset * width, from, dst, target.offset * width, to, counts, 0);
}

function copyDimension(
  src: Entries,
  s: number,
  from: readonly number[],
  dst: Entries,
  t: number,
  to: readonly number[],
  counts: readonly number[],
  d: number,
): void {
  const n = counts[d];
  const ds = from[d];
  const dt = to[d];
  if (d < counts.length - 1) {
    for (let i = 0; i < n; i++) copyDimension(src, s + i * ds, from, dst, t + i * dt, to, counts, d + 1);
  } else if (n >= smallRow && dt === 1 && ds === 1 && dst.set !== undefined && src.subarray !== undefined) {
    dst.set(src.subarray(s, s + n), t);
  } else if (dt === 1 && ds === 0) {
    dst.fill(src[s], t, t + n);
  } else {
    for (let i = 0, p = s, q = t; i < n; i++, p += ds, q += dt) dst[q] = src[p];
  }
}

/** The chunk in C order without gaps: itself if it is so already and its data holds nothing else, else a copy. */
export function toContiguous(chunk: Chunk, dataType: DataType): Chunk {
  const elements = product(chunk.shape);
  if (isContiguous(chunk) && chunk.data.length === elements * dataType.width) return chunk;
  const data = dataType.allocate(elements);
  const stride = cStrides(chunk.shape);
  copyRegion(
    { data: chunk.data, offset: 0, stride: chunk.stride },
    { data, offset: 0, stride },
    chunk.shape,
    dataType.width,
  );
  return { data, shape: chunk.shape, stride };
}

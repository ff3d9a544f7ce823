import { type Bits, bitsOf } from "../data-type/bits.js";
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

/** The entries that copying moves: as bits, or those of a list. Both sides of a copy hold the same kind. */
export type Entries = Bits | unknown[];

export function entriesOf(data: ChunkData): Entries {
  return Array.isArray(data) ? data : bitsOf(data);
}

/** Below this many entries a loop is faster than making a view. */
const smallRow = 24;

/**
 * Copies regions of `count` elements per dimension from one strided layout to another, each element `width` entries wide.
 * Neighbouring dimensions that are contiguous on both sides are copied as one.
 */
export class RegionCopier {
  readonly #counts: number[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #width: number;
  readonly #isEmpty: boolean;
  /** The data of the last copy, and their entries: many copies in a row are from one to another. */
  #source: ChunkData | undefined;
  #target: ChunkData | undefined;
  #sourceEntries: Entries = [];
  #targetEntries: Entries = [];

  constructor(sourceStride: readonly number[], targetStride: readonly number[], count: readonly number[], width = 1) {
    this.#width = width;
    this.#isEmpty = count.includes(0);
    for (let d = 0; d < count.length; d++) {
      if (count[d] > 1) this.#push(count[d], sourceStride[d] * width, targetStride[d] * width);
    }
    if (width > 1) this.#push(width, 1, 1);
    if (this.#counts.length === 0) this.#push(1, 1, 1);
  }

  /** Copies the region whose first element lies `sourceOffset` elements from the source's, and so on. */
  copy(source: ChunkData, sourceOffset: number, target: ChunkData, targetOffset: number): void {
    if (this.#isEmpty) return;
    if (source !== this.#source) {
      this.#sourceEntries = entriesOf(source);
      this.#source = source;
    }
    if (target !== this.#target) {
      this.#targetEntries = entriesOf(target);
      this.#target = target;
    }
    const s = sourceOffset * this.#width;
    const t = targetOffset * this.#width;
    copyDimension(this.#sourceEntries, s, this.#from, this.#targetEntries, t, this.#to, this.#counts, 0);
  }

  #push(n: number, s: number, t: number): void {
    const last = this.#counts.length - 1;
    if (last >= 0 && this.#from[last] === s * n && this.#to[last] === t * n) {
      this.#counts[last] *= n;
      this.#from[last] = s;
      this.#to[last] = t;
    } else {
      this.#counts.push(n);
      this.#from.push(s);
      this.#to.push(t);
    }
  }
}

/** Copies one region: see {@link RegionCopier}. */
export function copyRegion(source: StridedRegion, target: StridedRegion, count: readonly number[], width = 1): void {
  const copier = new RegionCopier(source.stride, target.stride, count, width);
  copier.copy(source.data, source.offset, target.data, target.offset);
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
  } else {
    copyRow(src, s, ds, dst, t, dt, n);
  }
}

/** Copies `n` entries, which are `ds` apart in the source and `dt` in the target. */
export function copyRow(src: Entries, s: number, ds: number, dst: Entries, t: number, dt: number, n: number): void {
  if (Array.isArray(src)) copyList(src, s, ds, dst as unknown[], t, dt, n);
  else if (src.BYTES_PER_ELEMENT === 8) copyLong(src as BigUint64Array, s, ds, dst as BigUint64Array, t, dt, n);
  else copyShort(src as Uint32Array, s, ds, dst as Uint32Array, t, dt, n); // for all three: both are of one kind
}

// Three functions of one loop each, since a loop stays fast only while it meets few kinds of arrays, and bigints alone.

function copyShort(src: Uint32Array, s: number, ds: number, dst: Uint32Array, t: number, dt: number, n: number): void {
  if (n >= smallRow && dt === 1 && ds === 1) dst.set(src.subarray(s, s + n), t);
  else if (n >= smallRow && dt === 1 && ds === 0) dst.fill(src[s], t, t + n);
  else for (let i = 0, p = s, q = t; i < n; i++, p += ds, q += dt) dst[q] = src[p];
}

function copyLong(
  src: BigUint64Array,
  s: number,
  ds: number,
  dst: BigUint64Array,
  t: number,
  dt: number,
  n: number,
): void {
  if (n >= smallRow && dt === 1 && ds === 1) dst.set(src.subarray(s, s + n), t);
  else if (n >= smallRow && dt === 1 && ds === 0) dst.fill(src[s], t, t + n);
  else for (let i = 0, p = s, q = t; i < n; i++, p += ds, q += dt) dst[q] = src[p];
}

function copyList(src: unknown[], s: number, ds: number, dst: unknown[], t: number, dt: number, n: number): void {
  for (let i = 0, p = s, q = t; i < n; i++, p += ds, q += dt) dst[q] = src[p];
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

import type { IndexRange } from "./selection.js";

/** The part of one chunk that a selection touches. All numbers are in elements, one per dimension of the array. */
export interface ChunkPart {
  /** Coordinates of the chunk in the chunk grid. */
  readonly coords: readonly number[];
  /** First selected element within the chunk. */
  readonly start: readonly number[];
  /** Distance between selected elements within the chunk. */
  readonly step: readonly number[];
  /** Number of selected elements. */
  readonly count: readonly number[];
  /** Place of the first selected element in the region (dropped dimensions included, with length 1). */
  readonly regionStart: readonly number[];
  /** Whether the selection takes every element of the chunk that lies within the array. */
  readonly whole: boolean;
}

/** The part of one dimension of a chunk. */
interface Piece {
  readonly coord: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly regionStart: number;
  readonly whole: boolean;
}

/** The chunks that a resolved selection touches on a regular grid, in C order of their coordinates. */
export class ChunkPlan implements Iterable<ChunkPart> {
  /** Number of chunks. */
  readonly size: number;
  readonly #ranges: readonly IndexRange[];
  readonly #shape: readonly number[];
  readonly #chunkShape: readonly number[];

  constructor(ranges: readonly IndexRange[], shape: readonly number[], chunkShape: readonly number[]) {
    this.#ranges = ranges;
    this.#shape = shape;
    this.#chunkShape = chunkShape;
    this.size = ranges.reduce((chunks, range, d) => chunks * countChunks(range, chunkShape[d]), 1);
  }

  *[Symbol.iterator](): Generator<ChunkPart> {
    yield* this.#parts([]);
  }

  /** Pieces are made one dimension at a time as the walk reaches them, so a plan of 2^40 chunks costs no memory. */
  *#parts(outer: readonly Piece[]): Generator<ChunkPart> {
    const d = outer.length;
    if (d === this.#ranges.length) {
      yield {
        coords: outer.map((piece) => piece.coord),
        start: outer.map((piece) => piece.start),
        step: outer.map((piece) => piece.step),
        count: outer.map((piece) => piece.count),
        regionStart: outer.map((piece) => piece.regionStart),
        whole: outer.every((piece) => piece.whole),
      };
      return;
    }
    for (const piece of pieces(this.#ranges[d], this.#shape[d], this.#chunkShape[d])) {
      yield* this.#parts([...outer, piece]);
    }
  }
}

function countChunks({ start, step, count }: IndexRange, chunkLength: number): number {
  if (count === 0) return 0;
  if (step >= chunkLength) return count;
  return Math.floor((start + (count - 1) * step) / chunkLength) - Math.floor(start / chunkLength) + 1;
}

function* pieces({ start, step, count }: IndexRange, length: number, chunkLength: number): Generator<Piece> {
  for (let done = 0; done < count; ) {
    const index = start + done * step;
    const coord = Math.floor(index / chunkLength);
    const chunkStart = coord * chunkLength;
    const chunkEnd = Math.min(chunkStart + chunkLength, length);
    const taken = Math.min(count - done, Math.ceil((chunkEnd - index) / step));
    yield {
      coord,
      start: index - chunkStart,
      step,
      count: taken,
      regionStart: done,
      whole: taken === chunkEnd - chunkStart,
    };
    done += taken;
  }
}

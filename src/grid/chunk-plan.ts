import { chunkLength, chunkOf, chunkStart, chunksTouched, type DimensionGrid } from "./chunk-grid.js";
import { type DimensionSelection, type IndexList, isIndexList } from "./dimension-selection.js";
import type { IndexRange } from "./selection.js";

/** Listed indices within a part of one dimension of a chunk. */
export interface Picks {
  /** Places within the part; ascending. */
  readonly from: readonly number[];
  /** Places in the region. */
  readonly to: readonly number[];
}

/** The part of one chunk that a selection touches. All numbers are in elements, one per dimension of the array. */
export interface ChunkPart {
  /** Coordinates of the chunk in the chunk grid. */
  readonly coords: readonly number[];
  /** First selected element within the chunk. */
  readonly start: readonly number[];
  /** Distance between selected elements within the chunk. */
  readonly step: readonly number[];
  /** Number of selected elements; along a listed dimension, of elements from the first to the last that is listed. */
  readonly count: readonly number[];
  /** Place of the first selected element in the region (dropped dimensions included, with length 1); 0 for a listed dimension. */
  readonly regionStart: readonly number[];
  /** True if the selection takes every element of the chunk that lies within the array. */
  readonly whole: boolean;
  /** The list of each listed dimension; `undefined` where no dimension is listed. */
  readonly picks: readonly (Picks | undefined)[] | undefined;
}

/** The part of one dimension of a chunk; members as those of {@link ChunkPart}. */
export interface Piece {
  readonly coord: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly regionStart: number;
  readonly whole: boolean;
  readonly picks?: Picks;
}

/** The chunks that a resolved selection touches, in C order of their coordinates. */
export class ChunkPlan implements Iterable<ChunkPart> {
  /** Number of chunks. */
  readonly size: number;
  readonly #selections: readonly DimensionSelection[];
  readonly #shape: readonly number[];
  readonly #grid: readonly DimensionGrid[];
  /** True if indices are listed along a dimension. */
  readonly hasLists: boolean;

  /** @param grid - the chunks along each dimension; for a regular grid the chunk shape */
  constructor(selections: readonly DimensionSelection[], shape: readonly number[], grid: readonly DimensionGrid[]) {
    this.#selections = selections;
    this.#shape = shape;
    this.#grid = grid;
    this.hasLists = selections.some(isIndexList);
    this.size = selections.reduce((chunks, selection, d) => chunks * countChunks(selection, grid[d]), 1);
  }

  *[Symbol.iterator](): Generator<ChunkPart> {
    // An empty dimension behind a long one would otherwise be found empty once for each of its pieces.
    if (this.#selections.every(({ count }) => count > 0)) yield* this.#parts([]);
  }

  /** Pieces are made one dimension at a time as the walk reaches them, so a plan of 2^40 chunks costs no memory. */
  *#parts(outer: readonly Piece[]): Generator<ChunkPart> {
    const d = outer.length;
    if (d === this.#selections.length) yield this.partOf(outer);
    else for (const piece of this.piecesAlong(d)) yield* this.#parts([...outer, piece]);
  }

  /** The parts of the chunks along one dimension that the selection takes, one after the other. */
  piecesAlong(dimension: number): Generator<Piece> {
    const selection = this.#selections[dimension];
    const pieces = isIndexList(selection) ? listPieces : rangePieces;
    return pieces(selection as IndexRange & IndexList, this.#shape[dimension], this.#grid[dimension]);
  }

  /** True if each chunk is taken as a whole; `false` also where that is not worth finding out. */
  get isOfWholes(): boolean {
    return !this.hasLists && this.#selections.every((_, d) => areWhole(this.piecesAlong(d)));
  }

  /** The part of the chunk that has these pieces, one of each dimension. */
  partOf(pieces: readonly Piece[]): ChunkPart {
    return {
      coords: pieces.map((piece) => piece.coord),
      start: pieces.map((piece) => piece.start),
      step: pieces.map((piece) => piece.step),
      count: pieces.map((piece) => piece.count),
      regionStart: pieces.map((piece) => piece.regionStart),
      whole: pieces.every((piece) => piece.whole),
      picks: this.hasLists ? pieces.map((piece) => piece.picks) : undefined,
    };
  }
}

function areWhole(pieces: Iterable<Piece>): boolean {
  for (const { whole } of pieces) if (!whole) return false;
  return true;
}

function countChunks(selection: DimensionSelection, grid: DimensionGrid): number {
  if (selection.count === 0) return 0;
  if (!isIndexList(selection)) return chunksTouched(grid, selection.start, selection.step, selection.count);
  return new Set(selection.indices.map((index) => chunkOf(grid, index))).size;
}

function* rangePieces({ start, step, count }: IndexRange, length: number, grid: DimensionGrid): Generator<Piece> {
  for (let done = 0; done < count; ) {
    const index = start + done * step;
    const coord = chunkOf(grid, index);
    const first = chunkStart(grid, coord);
    const end = Math.min(first + chunkLength(grid, coord), length);
    const taken = Math.min(count - done, Math.ceil((end - index) / step));
    yield { coord, start: index - first, step, count: taken, regionStart: done, whole: taken === end - first };
    done += taken;
  }
}

function* listPieces({ indices, places }: IndexList, length: number, grid: DimensionGrid): Generator<Piece> {
  for (let done = 0; done < indices.length; ) {
    const coord = chunkOf(grid, indices[done]);
    const first = chunkStart(grid, coord);
    const end = Math.min(first + chunkLength(grid, coord), length);
    let next = done;
    let different = 0;
    for (; next < indices.length && indices[next] < end; next++) {
      if (next === done || indices[next] !== indices[next - 1]) different++;
    }
    const start = indices[done];
    const picks = { from: indices.slice(done, next).map((index) => index - start), to: places.slice(done, next) };
    const count = indices[next - 1] - start + 1;
    yield { coord, start: start - first, step: 1, count, regionStart: 0, whole: different === end - first, picks };
    done = next;
  }
}

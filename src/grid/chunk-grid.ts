/**
 * The chunks along one dimension: one length for all of them, or a list of their lengths, in which `[length, count]` stands
 * for so many chunks of one length.
 */
export type DimensionChunks = number | readonly (number | readonly [length: number, count: number])[];

/** The chunks along one dimension, as geometry needs them: of one length, or runs of several. */
export type DimensionGrid = number | ChunkRuns;

/** Neighbouring chunks of one length. */
interface Run {
  readonly length: number;
  /** Coordinate of the first chunk. */
  readonly coord: number;
  /** First element of the first chunk. */
  readonly start: number;
  /** Coordinate after the last chunk. */
  readonly coordEnd: number;
  /** Element after the last chunk. */
  readonly end: number;
}

/** Chunks of different lengths along one dimension. Takes memory for each run, not for each chunk. */
export class ChunkRuns {
  readonly runs: readonly Run[];
  /** Length of the longest chunk. */
  readonly maxLength: number;

  constructor(lengths: Exclude<DimensionChunks, number>) {
    const runs: Run[] = [];
    let maxLength = 1;
    for (const entry of lengths) {
      const [length, count] = typeof entry === "number" ? [entry, 1] : entry;
      const { coordEnd: coord, end: start } = runs.at(-1) ?? { coordEnd: 0, end: 0 };
      runs.push({ length, coord, start, coordEnd: coord + count, end: start + length * count });
      maxLength = Math.max(maxLength, length);
    }
    this.runs = runs;
    this.maxLength = maxLength;
  }

  /** The last run whose `member` is not above `value`. */
  runAt(member: "coord" | "start", value: number): Run {
    return this.runs[this.#numberOf(member, value)];
  }

  /** The runs that hold the elements from `first` to `last`. */
  *runsBetween(first: number, last: number): Generator<Run> {
    for (let i = this.#numberOf("start", first); i < this.runs.length && this.runs[i].start <= last; i++) {
      yield this.runs[i];
    }
  }

  #numberOf(member: "coord" | "start", value: number): number {
    let first = 0;
    let end = this.runs.length;
    while (end - first > 1) {
      const middle = (first + end) >>> 1;
      if (this.runs[middle][member] <= value) first = middle;
      else end = middle;
    }
    return first;
  }
}

/** Coordinate of the chunk that holds the element at `index`. */
export function chunkOf(grid: DimensionGrid, index: number): number {
  if (typeof grid === "number") return Math.floor(index / grid);
  const run = grid.runAt("start", index);
  return run.coord + Math.floor((index - run.start) / run.length);
}

/** First element of the chunk at `coord`. */
export function chunkStart(grid: DimensionGrid, coord: number): number {
  if (typeof grid === "number") return coord * grid;
  const run = grid.runAt("coord", coord);
  return run.start + (coord - run.coord) * run.length;
}

/** Elements of the chunk at `coord`, those beyond the array's end included. */
export function chunkLength(grid: DimensionGrid, coord: number): number {
  return typeof grid === "number" ? grid : grid.runAt("coord", coord).length;
}

/** Number of chunks that hold the elements of a dimension. */
export function chunkCount(grid: DimensionGrid, length: number): number {
  return length === 0 ? 0 : chunkOf(grid, length - 1) + 1;
}

/** Number of chunks that hold the elements `start`, `start + step`, … of a dimension; `count` is at least 1. */
export function chunksTouched(grid: DimensionGrid, start: number, step: number, count: number): number {
  const last = start + (count - 1) * step;
  if (typeof grid === "number") {
    return step >= grid ? count : Math.floor(last / grid) - Math.floor(start / grid) + 1;
  }
  let chunks = 0;
  for (const run of grid.runsBetween(start, last)) {
    const first = start + Math.max(0, Math.ceil((run.start - start) / step)) * step;
    const end = Math.min(run.end, last + 1);
    if (first < end) chunks += chunksTouched(run.length, first - run.start, step, Math.ceil((end - first) / step));
  }
  return chunks;
}

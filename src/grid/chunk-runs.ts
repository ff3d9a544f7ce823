/**
 * The chunks along one dimension: one length for all of them, or a list of their lengths, in which `[length, count]` stands
 * for so many chunks of one length.
 */
export type DimensionChunks = number | readonly (number | readonly [length: number, count: number])[];

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

import type { ChunkData, DataType } from "./data-type.js";
import { numbersOf } from "./tally.js";
import { TimeType } from "./time.js";

/** Bins of one width. */
export interface BinOptions {
  /** The number of bins, from 1 on. */
  readonly bins: number;
  /** The lower bound of the first, and the upper one of the last, which is within it. Both are finite. */
  readonly range: readonly [low: number, high: number];
}

/** The bounds of bins, one more than there are bins. */
export function edgesOf({ bins, range: [low, high] }: BinOptions): number[] {
  const step = (high - low) / bins;
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + i * step));
}

/** Adds to `counts` how many elements are in each bin: its lower bound is within it, its upper one only of the last. */
export function countIntoBins(data: ChunkData, dataType: DataType, options: BinOptions, counts: number[]): void {
  const edges = edgesOf(options);
  const { bins, range } = options;
  const [low, high] = range;
  const values = numbersOf(data, dataType);
  const isNoTime = (value: unknown) => dataType instanceof TimeType && value === dataType.defaultFillValue;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!(value >= low && value <= high) || isNoTime(values[i])) continue;
    let bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    // The bounds decide where rounding has missed a bin.
    if (value < edges[bin]) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
}

import type { ChunkRuns } from "./chunk-runs.js";

/** The chunks along one dimension, as geometry needs them: of one length, or runs of several. */
export type DimensionGrid = number | ChunkRuns;

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

/**
 * Length of the cells of a dimension of `length` elements that begin where chunks of both grids do, as short as can be; where chunks differ in
 * length, that of the whole dimension.
 */
export function commonLength(a: DimensionGrid, b: DimensionGrid, length: number): number {
  if (length === 0 || typeof a !== "number" || typeof b !== "number") return Math.max(1, length);
  return Math.min((a / greatestDivisor(a, b)) * b, length);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

import { ZarrError } from "../errors.js";

/** A range of indices along one dimension, as `slice()` makes it. `null` stands for "from the start" or "to the end". */
export interface Slice {
  readonly start: number | null;
  readonly stop: number | null;
  /** At least 1. */
  readonly step: number;
}

/** One dimension of a basic selection: an index drops the dimension, a slice keeps a part of it, `null` all of it. */
export type SelectionEntry = number | Slice | null;

/** A basic selection: one entry per dimension, or `null` for everything. */
export type Selection = readonly SelectionEntry[] | null;

/** A selection along one dimension with all defaults, clamps and negative indices resolved. */
export interface IndexRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** Whether the dimension is absent from the result's shape. */
  readonly dropped: boolean;
}

/**
 * A range of indices: `slice(stop)`, `slice(start, stop)` or `slice(start, stop, step)`. Bounds may be negative (counted
 * from the end), beyond the array (clamped) or `null` (open), as in Python.
 *
 * @throws ZarrError `ERR_SELECTION` - a bound is not an integer, or the step is not an integer of at least 1
 */
export function slice(stop: number | null): Slice;
export function slice(start: number | null, stop?: number | null, step?: number | null): Slice;
export function slice(...bounds: readonly (number | null | undefined)[]): Slice {
  const [start, stop] = bounds.length === 1 ? [null, bounds[0]] : [bounds[0], bounds[1] ?? null];
  const result = { start, stop, step: bounds[2] ?? 1 } as Slice;
  for (const bound of [result.start, result.stop]) {
    if (bound !== null && !Number.isSafeInteger(bound)) {
      throw new ZarrError("ERR_SELECTION", `slice bound ${String(bound)} is not an integer or null`);
    }
  }
  if (!Number.isSafeInteger(result.step) || result.step < 1) {
    throw new ZarrError("ERR_SELECTION", `slice step ${String(result.step)} is not an integer of at least 1`);
  }
  return result;
}

/**
 * Resolves a basic selection against a shape.
 * @throws ZarrError `ERR_SELECTION` - wrong number of entries, an index out of bounds, or an entry of another kind
 */
export function resolveSelection(selection: Selection | undefined, shape: readonly number[]): IndexRange[] {
  if (selection === null || selection === undefined) {
    return shape.map((length) => ({ start: 0, step: 1, count: length, dropped: false }));
  }
  if (!Array.isArray(selection)) {
    throw new ZarrError(
      "ERR_SELECTION",
      `a selection is a list with one entry per dimension or null, not ${typeof selection}`,
    );
  }
  if (selection.length !== shape.length) {
    throw new ZarrError(
      "ERR_SELECTION",
      `the selection has ${selection.length} entries, but the array has ${shape.length} dimensions: give one entry each, null for all of a dimension`,
    );
  }
  return shape.map((length, dimension) => resolveEntry(selection[dimension], length, dimension));
}

function resolveEntry(entry: SelectionEntry, length: number, dimension: number): IndexRange {
  if (entry === null) return { start: 0, step: 1, count: length, dropped: false };
  if (typeof entry === "number") {
    const index = entry < 0 ? entry + length : entry;
    if (!Number.isSafeInteger(entry)) {
      throw new ZarrError("ERR_SELECTION", `index ${entry} of dimension ${dimension} is not an integer`);
    }
    if (index < 0 || index >= length) {
      throw new ZarrError(
        "ERR_SELECTION",
        `index ${entry} is out of bounds for dimension ${dimension} of length ${length}`,
      );
    }
    return { start: index, step: 1, count: 1, dropped: true };
  }
  if (typeof entry === "object" && "start" in entry && "stop" in entry && "step" in entry) {
    const { start, stop, step } = slice(entry.start, entry.stop, entry.step);
    const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + length : bound, 0), length);
    const first = start === null ? 0 : clamp(start);
    const end = stop === null ? length : clamp(stop);
    return { start: first, step, count: Math.max(0, Math.ceil((end - first) / step)), dropped: false };
  }
  throw new ZarrError(
    "ERR_SELECTION",
    `entry ${dimension} of the selection is ${describe(entry)}: expected an integer, slice(start, stop, step) or null`,
  );
}

function describe(entry: unknown): string {
  return Array.isArray(entry) ? "a list" : entry === undefined ? "undefined" : `of type ${typeof entry}`;
}

/** Shape of the region that a resolved selection takes: one length per dimension that was not dropped. */
export function regionShape(ranges: readonly IndexRange[]): number[] {
  return ranges.filter((range) => !range.dropped).map((range) => range.count);
}

/** Strides of a region with one entry for every dimension of the array: 0 for those that the region lacks. */
export function strideByDimension(ranges: readonly IndexRange[], regionStride: readonly number[]): number[] {
  let kept = 0;
  return ranges.map((range) => (range.dropped ? 0 : regionStride[kept++]));
}

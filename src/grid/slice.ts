import { ZarrError } from "../errors.js";

/** A range of indices along one dimension, as `slice()` makes it. `null` stands for "from the start" or "to the end". */
export interface Slice {
  /** The first index; `null` for the beginning. Negative ones count from the end. */
  readonly start: number | null;
  /** The index behind the last one; `null` for the end. */
  readonly stop: number | null;
  /** At least 1. */
  readonly step: number;
}

/**
 * A range of indices: `slice(stop)`, `slice(start, stop)` or `slice(start, stop, step)`. Bounds may be negative (counted
 * from the end), beyond the array (clamped) or `null` (open), as in Python.
 *
 * @throws ZarrError `ERR_SELECTION` - a bound is not an integer, or the step is not an integer of at least 1
 * @example
 * ```js
 * import { createArray, MemoryStore, slice } from "zarrzip";
 *
 * const array = await createArray(new MemoryStore(), { shape: [6], dtype: "int8", data: [0, 1, 2, 3, 4, 5] });
 * console.log([...(await array.get([slice(1, -1, 2)])).data]); // [ 1, 3 ]
 * ```
 */
export function slice(stop: number | null): Slice;
export function slice(start: number | null, stop?: number | null, step?: number | null): Slice;
export function slice(...bounds: readonly (number | null | undefined)[]): Slice {
  const [start, stop] = bounds.length === 1 ? [null, bounds[0]] : [bounds[0], bounds[1] ?? null];
  const result = { start, stop, step: bounds[2] ?? 1 } as Slice;
  for (const bound of [result.start, result.stop]) {
    if (bound !== null && !Number.isSafeInteger(bound)) {
      throw new ZarrError("ERR_SELECTION", `slice bound ${textOf(bound)} is not an integer or null`);
    }
  }
  if (!Number.isSafeInteger(result.step) || result.step < 1) {
    throw new ZarrError("ERR_SELECTION", `slice step ${textOf(result.step)} is not an integer of at least 1`);
  }
  return result;
}

/** Not `describe()`, which comes with the reading of JSON: a program that makes slices alone needs little else. */
function textOf(value: unknown): string {
  if (typeof value === "object") return "an object"; // which may have no text
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

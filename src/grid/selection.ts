import { ZarrError } from "../errors.js";
import { type Slice, slice } from "./slice.js";

/** One dimension of a basic selection: an index drops the dimension, a slice keeps a part of it, `null` all of it. */
export type SelectionEntry = number | Slice | null;

/** Entries by dimension name, as `{ time: 3, x: slice(0, 10) }`; all of the dimensions that are not named. */
export type NamedSelection<Entry = SelectionEntry> = { readonly [dimensionName: string]: Entry };

/**
 * A basic selection: one entry per dimension, all of those at the end that have none; or an object of entries by dimension name; or
 * `null` for everything.
 */
export type Selection = readonly SelectionEntry[] | NamedSelection | null;

/** A selection along one dimension with all defaults, clamps and negative indices resolved. */
export interface IndexRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** True if the dimension is absent from the result's shape. */
  readonly dropped: boolean;
}

/**
 * Resolves a basic selection against a shape.
 * @throws ZarrError `ERR_SELECTION` - wrong number of entries, a name that no dimension has, an index out of bounds, or an
 *   entry of another kind
 */
export function resolveSelection(
  selection: Selection | undefined,
  shape: readonly number[],
  dimensionNames?: readonly (string | null)[],
): IndexRange[] {
  const entries = positionalEntries(selection, shape, dimensionNames);
  return entries.map((entry, d) => resolveEntry(entry, shape[d], d, "an integer, slice(start, stop, step) or null"));
}

/**
 * One entry per dimension, whatever the form of the selection.
 * @throws ZarrError `ERR_SELECTION` - wrong number of entries, or a name that no dimension, or more than one, has
 */
export function positionalEntries<Entry>(
  selection: readonly Entry[] | NamedSelection<Entry> | null | undefined,
  shape: readonly number[],
  dimensionNames: readonly (string | null)[] | undefined,
): (Entry | null)[] {
  if (selection === null || selection === undefined) return shape.map(() => null);
  if (isEntries(selection)) {
    if (selection.length <= shape.length) return shape.map((_, d) => (d < selection.length ? selection[d] : null));
    throw new ZarrError(
      "ERR_SELECTION",
      `the selection has ${selection.length} entries, but the array has ${shape.length} dimensions: give at most one entry for each`,
    );
  }
  const names = dimensionNames ?? [];
  const isNamed =
    typeof selection === "object" && (!isSlice(selection) || sliceMembers.every((name) => names.includes(name)));
  if (!isNamed) {
    throw new ZarrError(
      "ERR_SELECTION",
      `a selection is a list with one entry per dimension, an object by dimension name, or null, not ${isSlice(selection) ? "a slice" : typeof selection}`,
    );
  }
  for (const name of Object.keys(selection)) {
    if (names.filter((other) => other === name).length === 1) continue;
    const known = names.filter((other) => other !== null).map((other) => JSON.stringify(other));
    const found = names.includes(name) ? "several dimensions are" : "no dimension is";
    const expected = known.length === 0 ? "its dimensions have no names" : `they are named ${known.join(", ")}`;
    throw new ZarrError("ERR_SELECTION", `${found} named ${JSON.stringify(name)}: ${expected}`);
  }
  return shape.map((_, d) => {
    const name = names[d];
    return typeof name === "string" && Object.hasOwn(selection, name) ? selection[name] : null;
  });
}

function isEntries<Entry>(selection: readonly Entry[] | NamedSelection<Entry>): selection is readonly Entry[] {
  return Array.isArray(selection);
}

/** An object that has these is a slice, unless dimensions are named so. */
const sliceMembers = ["start", "stop", "step"] as const;

function isSlice(value: unknown): value is Slice {
  return typeof value === "object" && value !== null && sliceMembers.every((member) => member in value);
}

/**
 * Resolves one entry of a basic selection.
 * @param kinds - what an entry may be, for the message
 */
export function resolveEntry(entry: SelectionEntry, length: number, dimension: number, kinds: string): IndexRange {
  if (entry === null) return { start: 0, step: 1, count: length, dropped: false };
  if (typeof entry === "number") {
    return { start: resolveIndex(entry, length, dimension), step: 1, count: 1, dropped: true };
  }
  if (isSlice(entry)) {
    const { start, stop, step } = slice(entry.start, entry.stop, entry.step);
    const clamp = (bound: number) => Math.min(Math.max(bound < 0 ? bound + length : bound, 0), length);
    const first = start === null ? 0 : clamp(start);
    const end = stop === null ? length : clamp(stop);
    return { start: first, step, count: Math.max(0, Math.ceil((end - first) / step)), dropped: false };
  }
  const found = `entry ${dimension} of the selection is ${describeEntry(entry)}`;
  throw new ZarrError("ERR_SELECTION", `${found}: expected ${kinds}`);
}

/**
 * An index counted from the start.
 * @param unit - what the length counts: indices are those of chunks in a block selection
 * @throws ZarrError `ERR_SELECTION` - no integer, or out of bounds
 */
export function resolveIndex(
  entry: unknown,
  length: number,
  dimension: number,
  unit: "elements" | "chunks" = "elements",
): number {
  const what = unit === "chunks" ? "chunk index" : "index";
  if (typeof entry !== "number" || !Number.isSafeInteger(entry)) {
    const shown = typeof entry === "number" ? String(entry) : describeEntry(entry);
    throw new ZarrError("ERR_SELECTION", `${what} ${shown} of dimension ${dimension} is not an integer`);
  }
  const index = entry < 0 ? entry + length : entry;
  if (index >= 0 && index < length) return index;
  const size = unit === "chunks" ? `${length} chunks` : `length ${length}`;
  throw new ZarrError("ERR_SELECTION", `${what} ${entry} is out of bounds for dimension ${dimension} of ${size}`);
}

/** A wrong entry, for messages. */
export function describeEntry(entry: unknown): string {
  return Array.isArray(entry) ? "a list" : entry === undefined ? "undefined" : `of type ${typeof entry}`;
}

/** Shape of the region that a resolved selection takes: one length per dimension that was not dropped. */
export function regionShape(ranges: readonly Pick<IndexRange, "count" | "dropped">[]): number[] {
  return ranges.filter((range) => !range.dropped).map((range) => range.count);
}

/** Strides of a region with one entry for every dimension of the array: 0 for those that the region lacks. */
export function strideByDimension(
  ranges: readonly Pick<IndexRange, "dropped">[],
  regionStride: readonly number[],
): number[] {
  let kept = 0;
  return ranges.map((range) => (range.dropped ? 0 : regionStride[kept++]));
}

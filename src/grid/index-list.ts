import { ZarrError } from "../errors.js";
import type { DimensionSelection, IndexList } from "./dimension-selection.js";
import {
  describeEntry,
  type IndexRange,
  type NamedSelection,
  positionalEntries,
  resolveEntry,
  resolveIndex,
  type SelectionEntry,
} from "./selection.js";

/** One dimension of an orthogonal selection: as in a basic one, or a list of indices, or of one boolean per index. */
export type OrthogonalEntry = SelectionEntry | ArrayLike<number> | readonly boolean[];

/** An orthogonal selection: one entry per dimension, or an object of entries by dimension name, or `null` for everything. */
export type OrthogonalSelection = readonly OrthogonalEntry[] | NamedSelection<OrthogonalEntry> | null;

/**
 * Resolves an orthogonal selection against a shape. Lists that are evenly spaced and ascend become ranges.
 * @throws ZarrError `ERR_SELECTION` - as `resolveSelection`; or a boolean list that is not of the dimension's length
 */
export function resolveOrthogonal(
  selection: OrthogonalSelection | undefined,
  shape: readonly number[],
  dimensionNames?: readonly (string | null)[],
): DimensionSelection[] {
  const entries = positionalEntries(selection, shape, dimensionNames);
  const kinds = "an integer, slice(start, stop, step), null, or a list of integers or of booleans";
  return entries.map((entry, d) =>
    isList(entry) ? resolveList(entry, shape[d], d) : resolveEntry(entry, shape[d], d, kinds),
  );
}

function isList(entry: OrthogonalEntry): entry is ArrayLike<number> | readonly boolean[] {
  return Array.isArray(entry) || (ArrayBuffer.isView(entry) && "length" in entry);
}

function resolveList(list: ArrayLike<number | boolean>, length: number, dimension: number): DimensionSelection {
  const indices =
    typeof list[0] === "boolean" ? trueIndices(list, length, dimension) : integers(list, length, dimension);
  return asRange(indices) ?? sorted(indices);
}

function trueIndices(list: ArrayLike<number | boolean>, length: number, dimension: number): number[] {
  if (list.length !== length) {
    const message = `the boolean list of dimension ${dimension} has ${list.length} entries, the dimension has a length of ${length}`;
    throw new ZarrError("ERR_SELECTION", message);
  }
  return Array.from(list).flatMap((isSelected, i) => {
    if (typeof isSelected === "boolean") return isSelected ? [i] : [];
    const message = `entry ${i} of the boolean list of dimension ${dimension} is ${describeEntry(isSelected)}: expected true or false`;
    throw new ZarrError("ERR_SELECTION", message);
  });
}

function integers(list: ArrayLike<number | boolean>, length: number, dimension: number): number[] {
  return Array.from(list, (index) => resolveIndex(index, length, dimension));
}

function asRange(indices: readonly number[]): IndexRange | undefined {
  const [start = 0, second = start + 1] = indices;
  const step = second - start;
  if (step < 1 || indices.some((index, i) => index !== start + i * step)) return undefined;
  return { start, step, count: indices.length, dropped: false };
}

function sorted(indices: readonly number[]): IndexList {
  const places = indices.map((_, place) => place).sort((a, b) => indices[a] - indices[b]);
  return { indices: places.map((place) => indices[place]), places, count: places.length, dropped: false };
}

// Every way to select, at random: how an array is asked, and what is selected.
import fc from "fast-check";
import { type SelectionEntry, slice, type ZarrArray } from "../../src/index.js";
import {
  basicEntry,
  booleanEntry,
  type Chosen,
  gridOf,
  indexEntry,
  indices,
  type Layout,
  listEntry,
  meeting,
  shapeOf,
} from "./model.js";

/** One way to select, by its arguments and by what it selects. */
export interface Way {
  readonly name: string;
  readonly region: readonly number[];
  readonly selected: readonly (readonly number[])[];
  readonly get: (array: ZarrArray) => Promise<unknown>;
  readonly set: (array: ZarrArray, values: unknown) => Promise<void>;
}

export function perDimension<Entry>(
  dims: Layout["dims"],
  entryOf: (length: number, d: number) => fc.Arbitrary<Chosen<Entry>>,
) {
  return fc.tuple(...dims.map(({ length }, d) => entryOf(length, d)));
}

/** Leaves some of the entries out, and names the others; what is left out selects all. */
function named<Entry>(dims: Layout["dims"], chosen: readonly Chosen<Entry>[], kept: readonly boolean[]) {
  const all = dims.map(
    ({ length }, d): Chosen<Entry | null> =>
      kept[d] ? chosen[d] : { entry: null, selected: Array.from({ length }, (_, i) => i), isDropped: false },
  );
  const entries = all.flatMap(({ entry }, d) => (kept[d] ? [[`d${d}`, entry] as const] : []));
  return { all, selection: Object.fromEntries(entries) as Record<string, Entry> };
}

const choices = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });

export const basic = ({ dims }: Layout): fc.Arbitrary<Way> =>
  fc.tuple(perDimension(dims, basicEntry), fc.boolean(), choices).map(([chosen, isNamed, kept]) => {
    const { all, selection } = isNamed
      ? named(dims, chosen, kept)
      : { all: chosen, selection: chosen.map(({ entry }) => entry) };
    return {
      name: `basic ${JSON.stringify(selection)}`,
      region: shapeOf(all),
      selected: meeting(all),
      get: (array) => array.get(selection),
      set: (array, values) => array.set(selection, values),
    };
  });

const orthogonal = ({ dims }: Layout): fc.Arbitrary<Way> => {
  const entryOf = (length: number): fc.Arbitrary<Chosen<SelectionEntry | number[] | Int32Array | boolean[]>> =>
    fc.oneof(basicEntry(length), listEntry(length), booleanEntry(length));
  return fc.tuple(perDimension(dims, entryOf), fc.boolean(), choices).map(([chosen, isNamed, kept]) => {
    const { all, selection } = isNamed
      ? named(dims, chosen, kept)
      : { all: chosen, selection: chosen.map(({ entry }) => entry) };
    return {
      name: `orthogonal ${JSON.stringify(selection)}`,
      region: shapeOf(all),
      selected: meeting(all),
      get: (array) => array.getOrthogonal(selection),
      set: (array, values) => array.setOrthogonal(selection, values),
    };
  });
};

/** Lists of indices, each of the common shape, or without leading dimensions of it, or with lengths of 1, to be broadcast. */
const coordinates = ({ dims }: Layout): fc.Arbitrary<Way> => {
  const isEmpty = dims.some(({ length }) => length === 0);
  const lengths = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
  const shapes = dims.length === 0 ? fc.constant([]) : isEmpty ? fc.constant([0]) : lengths;
  const listOf = (length: number, own: readonly number[]) => {
    const elements = own.reduce((a, b) => a * b, 1);
    const index = fc.integer({ min: -length, max: Math.max(0, length - 1) });
    return fc.array(index, { minLength: elements, maxLength: elements }).map((data) => ({ data, shape: own }));
  };
  const ownShapes = (shape: readonly number[], d: number): fc.Arbitrary<readonly number[]> =>
    d === 0 || isEmpty
      ? fc.constant(shape)
      : fc
          .tuple(fc.integer({ min: 0, max: shape.length }), choices)
          .map(([skipped, ones]) => shape.slice(skipped).map((length, i) => (ones[i] ? 1 : length)));
  return shapes.chain((shape) => {
    const lists = dims.map(({ length }, d) => ownShapes(shape, d).chain((own) => listOf(length, own)));
    return fc.tuple(...lists).map((entries) => {
      const selected = [...indices(shape)].map((place) =>
        entries.map(({ data, shape: own }, d) => {
          const along = place.slice(place.length - own.length);
          const at = own.reduce((sum, length, i) => sum * length + (length === 1 ? 0 : along[i]), 0);
          return data[at] < 0 ? data[at] + dims[d].length : data[at];
        }),
      );
      const selection = entries.map((entry) => (entry.shape.length === 0 ? entry.data[0] : entry));
      return {
        name: `coordinates ${JSON.stringify(selection)}`,
        region: shape,
        selected,
        get: (array: ZarrArray) => array.getCoordinates(selection),
        set: (array: ZarrArray, values: unknown) => array.setCoordinates(selection, values),
      };
    });
  });
};

const mask = ({ dims }: Layout): fc.Arbitrary<Way> => {
  const shape = dims.map(({ length }) => length);
  const elements = shape.reduce((a, b) => a * b, 1);
  return fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 64, maxLength: 64 }).map((random) => {
    const data = Uint8Array.from({ length: elements }, (_, i) => (random[i % 64] === 0 ? 1 : 0));
    const selected = [...indices(shape)].filter((_, i) => data[i] === 1);
    return {
      name: `mask of ${selected.length}`,
      region: [selected.length],
      selected,
      get: (array) => array.getMask({ data, shape }),
      set: (array, values) => array.setMask({ data, shape }, values),
    };
  });
};

const blocks = ({ dims, kind }: Layout): fc.Arbitrary<Way> => {
  const entryOf = (_: number, d: number): fc.Arbitrary<Chosen<SelectionEntry>> => {
    const grid = gridOf(dims[d], kind);
    const starts = grid.map((_length, c) => grid.slice(0, c).reduce((a, b) => a + b, 0));
    const ranges = fc
      .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
      .map(([start, stop]) => ({ entry: slice(start, stop), selected: starts.map((_s, c) => c).slice(start, stop) }));
    const whole = fc.constant({ entry: null, selected: starts.map((_, c) => c) });
    const chunks = grid.length === 0 ? fc.oneof(ranges, whole) : fc.oneof(ranges, whole, indexEntry(grid.length));
    return chunks.map(({ entry, selected }) => ({
      entry,
      selected: selected.flatMap((c) => Array.from({ length: grid[c] }, (_v, i) => starts[c] + i)),
      isDropped: false,
    }));
  };
  return perDimension(dims, entryOf).map((chosen) => {
    const selection = chosen.map(({ entry }) => entry);
    return {
      name: `blocks ${JSON.stringify(selection)}`,
      region: shapeOf(chosen),
      selected: meeting(chosen),
      get: (array) => array.getBlocks(selection),
      set: (array, values) => array.setBlocks(selection, values),
    };
  });
};

export const ways = { basic, orthogonal, coordinates, mask, blocks };

// The array that the properties compare with: a Map from an index to its value, and loops over indices.
import fc from "fast-check";
import { createArray, MemoryStore, type SelectionEntry, slice, type ZarrArray } from "../../src/index.js";

/** Every index of a shape, in C order. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) {
    yield [];
    return;
  }
  for (let i = 0; i < shape[0]; i++) for (const rest of indices(shape.slice(1))) yield [i, ...rest];
}

/** A dimension: its length, its chunks and how many of them make a shard; or chunks of several lengths. */
export interface Dimension {
  readonly length: number;
  readonly chunk: number;
  readonly perShard: number;
  /** Lengths of chunks that cover the dimension. */
  readonly lengths: readonly number[];
}

const dimension: fc.Arbitrary<Dimension> = fc
  .record({
    length: fc.integer({ min: 0, max: 7 }),
    chunk: fc.integer({ min: 1, max: 4 }),
    perShard: fc.integer({ min: 1, max: 3 }),
    lengths: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }),
  })
  .map(({ lengths, ...rest }) => {
    const sum = lengths.reduce((a, b) => a + b, 0);
    return { ...rest, lengths: sum < rest.length ? [...lengths, rest.length - sum] : lengths };
  });

export interface Layout {
  readonly dims: readonly Dimension[];
  readonly kind: "chunks" | "shards" | "rectilinear";
  readonly fillValue: number;
  readonly compressed: boolean;
}

export const layout: fc.Arbitrary<Layout> = fc.record({
  dims: fc.array(dimension, { maxLength: 4 }),
  kind: fc.constantFrom("chunks", "shards", "rectilinear"),
  fillValue: fc.constantFrom(0, -1, 7),
  compressed: fc.boolean(),
});

/** An array whose dimensions are named d0, d1, …, with no chunk stored. */
export async function makeArray({ fillValue, ...one }: Layout): Promise<ZarrArray<"int32">> {
  return await createArray(new MemoryStore(), { ...optionsOf(one), dtype: "int32", fillValue });
}

/** What `createArray()` needs for a layout, without the data type. */
export function optionsOf({ dims, kind, compressed }: Omit<Layout, "fillValue">) {
  return {
    shape: dims.map(({ length }) => length),
    chunks: dims.map(({ chunk, lengths }) => (kind === "rectilinear" ? lengths : chunk)),
    ...(kind === "shards" ? { shards: dims.map(({ chunk, perShard }) => chunk * perShard) } : {}),
    compressors: compressed ? ["gzip"] : null,
    dimensionNames: dims.map((_, d) => `d${d}`),
  };
}

/** Lengths of the chunks of the chunk grid along a dimension, as far as the array reaches. */
export function gridOf({ length, chunk, perShard, lengths }: Dimension, kind: Layout["kind"]): number[] {
  const all =
    kind === "rectilinear" ? lengths : new Array<number>(length).fill(kind === "shards" ? chunk * perShard : chunk);
  const grid: number[] = [];
  for (let covered = 0, i = 0; covered < length; i++) {
    grid.push(Math.min(all[i], length - covered));
    covered += all[i];
  }
  return grid;
}

/** An array in memory: what was written, over the fill value. */
export class Model {
  readonly #values = new Map<string, number>();
  readonly #fillValue: number;

  constructor(fillValue: number) {
    this.#fillValue = fillValue;
  }

  get(index: readonly number[]): number {
    return this.#values.get(index.join()) ?? this.#fillValue;
  }

  /** One value for each index, the last one winning. */
  set(selected: Iterable<readonly number[]>, values: readonly number[]): void {
    let i = 0;
    for (const index of selected) this.#values.set(index.join(), values[i++]);
  }
}

/** An entry of a selection, the indices that it selects, and whether it drops its dimension. */
export interface Chosen<Entry> {
  readonly entry: Entry;
  readonly selected: readonly number[];
  readonly isDropped: boolean;
}

const bound = fc.option(fc.integer({ min: -9, max: 9 }));

export function basicEntry(length: number): fc.Arbitrary<Chosen<SelectionEntry>> {
  const all = Array.from({ length }, (_, i) => i);
  const everything = fc.constant({ entry: null, selected: all, isDropped: false });
  const ranges = fc.tuple(bound, bound, fc.integer({ min: 1, max: 4 })).map(([start, stop, step]) => {
    const wrap = (at: number) => (at < 0 ? at + length : at);
    const from = Math.max(0, start === null ? 0 : wrap(start));
    const to = stop === null ? length : wrap(stop);
    const selected = all.filter((i) => i >= from && i < to && (i - from) % step === 0);
    return { entry: slice(start, stop, step), selected, isDropped: false };
  });
  if (length === 0) return fc.oneof(everything, ranges);
  return fc.oneof(everything, ranges, indexEntry(length));
}

export function indexEntry(length: number): fc.Arbitrary<Chosen<number>> {
  return fc
    .integer({ min: -length, max: length - 1 })
    .map((entry) => ({ entry, selected: [entry < 0 ? entry + length : entry], isDropped: true }));
}

export function listEntry(length: number): fc.Arbitrary<Chosen<number[] | Int32Array>> {
  const list = fc.array(fc.integer({ min: -length, max: Math.max(length - 1, 0) }), {
    maxLength: length === 0 ? 0 : 9,
  });
  return fc.tuple(list, fc.boolean()).map(([entry, isTyped]) => ({
    entry: isTyped ? Int32Array.from(entry) : entry,
    selected: entry.map((i) => (i < 0 ? i + length : i)),
    isDropped: false,
  }));
}

export function booleanEntry(length: number): fc.Arbitrary<Chosen<boolean[]>> {
  return fc.array(fc.boolean(), { minLength: length, maxLength: length }).map((entry) => ({
    entry,
    selected: entry.flatMap((isSelected, i) => (isSelected ? [i] : [])),
    isDropped: false,
  }));
}

/** The indices at which chosen entries meet, in C order. */
export function meeting(chosen: readonly Chosen<unknown>[]): number[][] {
  const lists = chosen.map(({ selected }) => selected);
  return [...indices(lists.map((list) => list.length))].map((place) => place.map((i, d) => lists[d][i]));
}

/** Shape of the region that chosen entries give. */
export function shapeOf(chosen: readonly Chosen<unknown>[]): number[] {
  return chosen.filter(({ isDropped }) => !isDropped).map(({ selected }) => selected.length);
}

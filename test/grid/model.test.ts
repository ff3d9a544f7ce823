// Selections, chunk plans and strided copies against nested loops over plain indices.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataTypeFromJson } from "../../src/data-type/registry.js";
import { ChunkPlan } from "../../src/grid/chunk-plan.js";
import { copyRegion, toContiguous } from "../../src/grid/copy-region.js";
import { regionShape, resolveSelection, type SelectionEntry, strideByDimension } from "../../src/grid/selection.js";
import { slice } from "../../src/grid/slice.js";
import { cStrides, isContiguous, offsetOf, product } from "../../src/grid/strides.js";

/** Every index of a shape, in C order. */
function* indices(shape: readonly number[]): Generator<number[]> {
  if (shape.length === 0) {
    yield [];
    return;
  }
  for (let i = 0; i < shape[0]; i++) for (const rest of indices(shape.slice(1))) yield [i, ...rest];
}

/** Indices along one dimension that an entry selects, by trying each. */
function selected(entry: SelectionEntry, length: number): number[] {
  const all = Array.from({ length }, (_, i) => i);
  if (entry === null) return all;
  if (typeof entry === "number") return [entry < 0 ? entry + length : entry];
  const { start, stop, step } = entry;
  const from = start === null ? 0 : start < 0 ? start + length : start;
  const to = stop === null ? length : stop < 0 ? stop + length : stop;
  const first = Math.max(from, 0);
  return all.filter((i) => i >= first && i < to && (i - first) % step === 0);
}

const bound = fc.option(fc.integer({ min: -12, max: 12 }));

/** A dimension: its length, its chunks' length and an entry that selects from it. */
const dimension = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 8 })).chain(([length, chunk]) => {
  const ranges = fc.tuple(bound, bound, fc.integer({ min: 1, max: 5 })).map((bounds) => slice(...bounds));
  const entries: fc.Arbitrary<SelectionEntry>[] = [fc.constant(null), ranges];
  if (length > 0) entries.push(fc.integer({ min: -length, max: length - 1 }));
  return fc.record({ length: fc.constant(length), chunk: fc.constant(chunk), entry: fc.oneof(...entries) });
});

const dimensions = fc.array(dimension, { maxLength: 4 });

describe("a basic selection", () => {
  test("selects what trying each index selects, and drops what is indexed", () => {
    fc.assert(
      fc.property(dimensions, (dims) => {
        const shape = dims.map(({ length }) => length);
        const ranges = resolveSelection(
          dims.map(({ entry }) => entry),
          shape,
        );
        const found = ranges.map(({ start, step, count }) => Array.from({ length: count }, (_, i) => start + i * step));
        const expected = dims.map(({ entry, length }) => selected(entry, length));
        expect(found).toEqual(expected);
        expect(regionShape(ranges)).toEqual(
          expected.filter((_, d) => typeof dims[d].entry !== "number").map((list) => list.length),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("a chunk plan", () => {
  test("visits each selected element once, in its chunk and at its place of the region, and each chunk once, in C order", () => {
    fc.assert(
      fc.property(dimensions, (dims) => {
        const shape = dims.map(({ length }) => length);
        const chunkShape = dims.map(({ chunk }) => chunk);
        const ranges = resolveSelection(
          dims.map(({ entry }) => entry),
          shape,
        );
        const plan = new ChunkPlan(ranges, shape, chunkShape);
        const found = new Map<string, string>();
        const coords: number[][] = [];
        for (const part of plan) {
          coords.push([...part.coords]);
          let inChunk = 0;
          for (const offset of indices(part.count)) {
            const index = offset.map((i, d) => part.coords[d] * chunkShape[d] + part.start[d] + i * part.step[d]);
            const place = offset.map((i, d) => part.regionStart[d] + i);
            expect(found.has(String(place))).toBe(false);
            found.set(String(place), String(index));
            inChunk++;
          }
          const existing = part.coords.map((c, d) => Math.min(chunkShape[d], shape[d] - c * chunkShape[d]));
          expect(part.whole).toBe(inChunk === product(existing));
          expect(inChunk).toBeGreaterThan(0);
        }
        const lists = dims.map(({ entry, length }) => selected(entry, length));
        const expected = [...indices(lists.map((list) => list.length))].map(
          (place) => [String(place), String(place.map((i, d) => lists[d][i]))] as const,
        );
        expect(new Map(found)).toEqual(new Map(expected));
        expect(plan.size).toBe(coords.length);
        const ordered = [...coords].sort(
          (a, b) => a.map((c, d) => c - b[d]).find((difference) => difference !== 0) ?? 0,
        );
        expect(coords).toEqual(ordered);
        expect(new Set(coords.map(String)).size).toBe(coords.length);
      }),
      { numRuns: 500 },
    );
  });

  test("of 2^60 chunks knows their number and gives the first without making the others", () => {
    const shape = [2 ** 30, 2 ** 30];
    const plan = new ChunkPlan(resolveSelection(null, shape), shape, [1, 1]);
    expect(plan.size).toBe(2 ** 60);
    for (const part of plan) {
      expect(part).toMatchObject({ coords: [0, 0], count: [1, 1], whole: true });
      break;
    }
  });
});

/** A layout for a region: strides of a permuted, padded array, some of them 0 in a source. */
function layout(repeats: boolean) {
  return fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }).chain((count) =>
    fc
      .record({
        order: fc.shuffledSubarray(
          count.map((_, d) => d),
          { minLength: count.length },
        ),
        padding: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: count.length, maxLength: count.length }),
        offset: fc.integer({ min: 0, max: 3 }),
        repeated: fc.array(fc.boolean(), { minLength: count.length, maxLength: count.length }),
      })
      .map(({ order, padding, offset, repeated }) => {
        const stride = new Array<number>(count.length).fill(0);
        let elements = 1;
        for (const d of order) {
          stride[d] = elements;
          elements *= count[d] + padding[d];
        }
        return {
          count,
          offset,
          stride: repeats ? stride.map((s, d) => (repeated[d] ? 0 : s)) : stride,
          size: offset + elements,
        };
      }),
  );
}

const both = layout(true).chain((source) =>
  layout(false).map(({ offset, stride }) => {
    const padded = source.count.map((_, d) => stride[d % Math.max(1, stride.length)] ?? 1);
    const order = source.count.map((_, d) => d).sort((a, b) => padded[a] - padded[b]);
    const target = new Array<number>(source.count.length);
    let elements = 1;
    for (const d of order) {
      target[d] = elements;
      elements *= source.count[d] + (d % 2);
    }
    return { source, target: { offset, stride: target, size: offset + elements } };
  }),
);

describe("copyRegion", () => {
  const makers = [
    ["Int32Array", (values: number[]) => Int32Array.from(values)],
    ["Float64Array", (values: number[]) => Float64Array.from(values)],
    ["a list of texts", (values: number[]) => values.map(String)],
  ] as const;
  test.each(makers)(
    "%s: copies each element to its place and nothing else, for elements of 1 to 4 entries",
    (_, make) => {
      fc.assert(
        fc.property(both, fc.integer({ min: 1, max: 4 }), ({ source, target }, width) => {
          const from = make(Array.from({ length: source.size * width }, (_, i) => i + 1));
          const to = make(new Array(target.size * width).fill(-1));
          const expected = make(new Array(target.size * width).fill(-1));
          for (const index of indices(source.count)) {
            const s = (source.offset + offsetOf(index, source.stride)) * width;
            const t = (target.offset + offsetOf(index, target.stride)) * width;
            for (let entry = 0; entry < width; entry++) expected[t + entry] = from[s + entry];
          }
          copyRegion({ ...source, data: from }, { ...target, data: to }, source.count, width);
          expect(to).toEqual(expected);
          expect(from).toEqual(make(Array.from({ length: source.size * width }, (_, i) => i + 1)));
        }),
        { numRuns: 500 },
      );
    },
  );

  test("long rows, which are copied in one piece, and repeated elements", () => {
    const from = Float32Array.from({ length: 5000 }, (_, i) => i);
    const to = new Float32Array(4000);
    copyRegion({ data: from, offset: 10, stride: [100, 1] }, { data: to, offset: 5, stride: [60, 1] }, [40, 60]);
    for (let i = 0; i < 40; i++) for (let j = 0; j < 60; j++) expect(to[5 + 60 * i + j]).toBe(10 + 100 * i + j);
    expect([to[4], to[5 + 40 * 60]]).toEqual([0, 0]);
    copyRegion({ data: from, offset: 7, stride: [0, 0] }, { data: to, offset: 0, stride: [100, 1] }, [40, 100]);
    expect(new Set(to)).toEqual(new Set([7]));
  });

  test("no dimensions: one element", () => {
    const to = new Int16Array(6);
    copyRegion({ data: Int16Array.of(1, 2, 3, 4), offset: 1, stride: [] }, { data: to, offset: 2, stride: [] }, [], 2);
    expect([...to]).toEqual([0, 0, 0, 0, 3, 4]);
  });
});

describe("a selection read chunk by chunk", () => {
  test("has the values of nested loops over the whole array", () => {
    fc.assert(
      fc.property(dimensions, (dims) => {
        const shape = dims.map(({ length }) => length);
        const chunkShape = dims.map(({ chunk }) => chunk);
        const ranges = resolveSelection(
          dims.map(({ entry }) => entry),
          shape,
        );
        const region = regionShape(ranges);
        const stride = strideByDimension(ranges, cStrides(region));
        const result = new Int32Array(product(region)).fill(-1);
        const valueAt = (index: readonly number[]) => offsetOf(index, cStrides(shape));
        for (const part of new ChunkPlan(ranges, shape, chunkShape)) {
          const chunk = Int32Array.from(indices(chunkShape), (index) =>
            valueAt(index.map((i, d) => part.coords[d] * chunkShape[d] + i)),
          );
          const chunkStride = cStrides(chunkShape);
          copyRegion(
            {
              data: chunk,
              offset: offsetOf(part.start, chunkStride),
              stride: chunkStride.map((distance, d) => distance * part.step[d]),
            },
            { data: result, offset: offsetOf(part.regionStart, stride), stride },
            part.count,
          );
        }
        const lists = dims.map(({ entry, length }) => selected(entry, length));
        const expected = [...indices(lists.map((list) => list.length))].map((place) =>
          valueAt(place.map((i, d) => lists[d][i])),
        );
        expect([...result]).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe("strides", () => {
  test("product, cStrides and offsetOf have NumPy's values", () => {
    expect([product([]), product([2, 3, 4]), product([2, 0, 4])]).toEqual([1, 24, 0]);
    expect([cStrides([]), cStrides([5]), cStrides([2, 3, 4])]).toEqual([[], [1], [12, 4, 1]]);
    expect(offsetOf([1, 2, 3], [12, 4, 1])).toBe(23);
  });

  test("isContiguous knows C order without gaps; dimensions of length 1 may have any stride", () => {
    const contiguous = [
      { shape: [], stride: [] },
      { shape: [2, 3], stride: [3, 1] },
      { shape: [2, 1, 3], stride: [3, 99, 1] },
      { shape: [1], stride: [0] },
      { shape: [0, 3], stride: [3, 1] },
    ];
    const others = [
      { shape: [2, 3], stride: [1, 2] },
      { shape: [2, 3], stride: [4, 1] },
      { shape: [3], stride: [0] },
      { shape: [3], stride: [2] },
    ];
    expect(contiguous.map(isContiguous)).toEqual(contiguous.map(() => true));
    expect(others.map(isContiguous)).toEqual(others.map(() => false));
  });

  test("toContiguous gives C order for any layout, and the chunk itself where it is so", () => {
    const dataType = dataTypeFromJson("int32");
    fc.assert(
      fc.property(layout(true), ({ count, stride, size }) => {
        const data = Int32Array.from({ length: Math.max(size, 1) }, (_, i) => i);
        const result = toContiguous({ data, shape: count, stride }, dataType);
        expect([...(result.data as Int32Array)]).toEqual(
          [...indices(count)].map((index) => data[offsetOf(index, stride)]),
        );
        expect(isContiguous(result)).toBe(true);
      }),
      { numRuns: 300 },
    );
    const chunk = { data: Int32Array.of(1, 2, 3, 4), shape: [2, 2], stride: [2, 1] };
    expect(toContiguous(chunk, dataType)).toBe(chunk);
  });
});

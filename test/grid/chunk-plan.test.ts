import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkPlan } from "../../src/grid/chunk-plan.js";
import { ChunkRuns } from "../../src/grid/chunk-runs.js";
import { resolveSelection } from "../../src/grid/selection.js";

test("chunk plan: an empty dimension behind one of 10^15 chunks ends at once", () => {
  const shape = [1e15, 0];
  const plan = new ChunkPlan(resolveSelection(null, shape), shape, [1, 1]);
  expect(plan.size).toBe(0);
  expect([...plan]).toEqual([]);
});

test("chunk plan: a selection looks at the runs that it lies in, and not at all others", () => {
  const grid = new ChunkRuns(Array.from({ length: 100_000 }, (_, i) => 1 + (i % 3)));
  let looks = 0;
  const runs = new Proxy(grid.runs, {
    get(target, name) {
      looks++;
      return Reflect.get(target, name);
    },
  });
  Object.defineProperty(grid, "runs", { value: runs });
  const plan = new ChunkPlan([{ start: 120_000, step: 1, count: 5, dropped: false }], [200_000], [grid]);
  expect([plan.size, [...plan].map(({ count }) => count[0])]).toEqual([3, [1, 2, 2]]);
  expect(looks).toBeLessThan(500);
});

const dimension = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 4 }),
  )
  .chain(([runs]) => {
    const lengths = runs.flatMap(([length, count]) => new Array<number>(count).fill(length));
    const end = lengths.reduce((a, b) => a + b, 0);
    const range = fc.tuple(fc.nat(end - 1), fc.integer({ min: 1, max: 6 }), fc.nat(end)).map(([start, step, most]) => ({
      start,
      step,
      count: Math.min(most, Math.ceil((end - start) / step)),
      dropped: false,
    }));
    return fc.record({ runs: fc.constant(runs), lengths: fc.constant(lengths), end: fc.constant(end), range });
  });

test("chunk plan: on chunks of several lengths each index is in its chunk, and their number is known", () => {
  fc.assert(
    fc.property(dimension, ({ runs, lengths, end, range }) => {
      const plan = new ChunkPlan([range], [end], [new ChunkRuns(runs)]);
      const owners = lengths.flatMap((length, coord) => Array.from({ length }, (_, at) => [coord, at]));
      const expected = Array.from({ length: range.count }, (_, i) => owners[range.start + i * range.step]);
      const parts = [...plan];
      const found = parts.flatMap(({ coords, start, step, count }) =>
        Array.from({ length: count[0] }, (_, i) => [coords[0], start[0] + i * step[0]]),
      );
      expect(found).toEqual(expected);
      expect(plan.size).toBe(parts.length);
      expect(plan.size).toBe(new Set(expected.map(([coord]) => coord)).size);
    }),
    { numRuns: 500 },
  );
});

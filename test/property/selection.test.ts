// Every way to select, on arrays of random shapes, chunks, shards and grids, against a plain map of indices to values.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Chunk } from "../../src/index.js";
import { runs } from "../long.js";
import { basicEntry, indices, layout, Model, makeArray, meeting, shapeOf } from "./model.js";
import { basic, perDimension, type Way, ways } from "./ways.js";

function expectRegion(found: unknown, way: Way, model: Model): void {
  const expected = way.selected.map((index) => model.get(index));
  if (way.region.length === 0) expect(found, way.name).toBe(expected[0]);
  else {
    const { data, shape } = found as Chunk<Int32Array>;
    expect({ shape, data: [...data] }, way.name).toEqual({ shape: way.region, data: expected });
  }
}

let counter = 0;
const newValues = (way: Way) => way.selected.map(() => ++counter);

describe.each(Object.entries(ways))("%s selections", (_, wayOf) => {
  const scenario = layout.chain((one) =>
    fc.record({
      layout: fc.constant(one),
      writes: fc.array(fc.record({ way: wayOf(one), isScalar: fc.boolean() }), { minLength: 1, maxLength: 3 }),
      read: wayOf(one),
    }),
  );

  test("read what was written, and write nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ layout: one, writes, read }) => {
        const array = await makeArray(one);
        const model = new Model(one.fillValue);
        expectRegion(await read.get(array), read, model);
        for (const { way, isScalar } of writes) {
          const values = isScalar ? way.selected.map(() => 5) : newValues(way);
          await way.set(array, isScalar ? 5 : way.region.length === 0 ? values[0] : Int32Array.from(values));
          model.set(way.selected, values);
        }
        expectRegion(await read.get(array), read, model);
        const all = [...indices(array.shape)];
        const everything = {
          ...read,
          region: array.shape,
          selected: all,
          name: `after ${writes.map((w) => w.way.name)}`,
        };
        expectRegion(await array.get(), everything, model);
      }),
      { numRuns: runs(60, 300) },
    );
  });

  test("written at once to one array, where they do not meet, are all there", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ layout: one, writes }) => {
        const array = await makeArray(one);
        const model = new Model(one.fillValue);
        const values = writes.map(() => ++counter);
        await Promise.all(writes.map(({ way }, i) => way.set(array, values[i])));
        const found = (await array.getOrthogonal(array.shape.map(() => null))) as Chunk<Int32Array> | number;
        const data = typeof found === "number" ? [found] : [...found.data];
        for (const [at, index] of [...indices(array.shape)].entries()) {
          const writers = writes.flatMap(({ way }, i) =>
            way.selected.some((s) => `${s}` === `${index}`) ? [values[i]] : [],
          );
          expect(writers.length === 0 ? [model.get(index)] : writers).toContain(data[at]);
        }
      }),
      { numRuns: runs(12, 60) },
    );
  });
});

test("getMany gives what get gives for each selection, into `out` too", async () => {
  const scenario = layout.chain((one) =>
    fc.record({
      layout: fc.constant(one),
      fill: basic(one),
      windows: fc.array(perDimension(one.dims, basicEntry), { maxLength: 6 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(scenario, async ({ layout: one, fill, windows }) => {
      const array = await makeArray(one);
      const model = new Model(one.fillValue);
      const values = newValues(fill);
      await fill.set(array, fill.region.length === 0 ? values[0] : Int32Array.from(values));
      model.set(fill.selected, values);
      const selections = windows.map((chosen) => chosen.map(({ entry }) => entry));
      const out = windows.map((chosen) => new Int32Array(meeting(chosen).length).fill(-99));
      for (const found of [await array.getMany(selections), await array.getMany(selections, { out })]) {
        expect(found.length).toBe(windows.length);
        for (const [i, chosen] of windows.entries()) {
          expectRegion(
            found[i],
            { ...fill, name: `window ${i}`, region: shapeOf(chosen), selected: meeting(chosen) },
            model,
          );
        }
      }
    }),
    { numRuns: runs(60, 300) },
  );
});

import { expect, test } from "vitest";
import { commonLength } from "../../src/grid/chunk-grid.js";
import { ChunkRuns } from "../../src/grid/chunk-runs.js";

test.each([
  ["chunks that divide others", 64, 128, 1000, 128],
  ["chunks that others divide", 128, 64, 1000, 128],
  ["the same chunks", 7, 7, 1000, 7],
  ["chunks that share some bounds", 6, 4, 1000, 12],
  ["chunks that share none before the end", 100, 64, 1000, 1000],
  ["chunks beyond the end", 300, 200, 100, 100],
  ["products that no number holds", 2 ** 52 - 1, 2 ** 52, 2 ** 40, 2 ** 40],
  ["no element", 0, 5, 0, 1],
])("cells of %s", (_, a, b, length, expected) => {
  expect(commonLength(a, b, length)).toBe(expected);
});

test("chunks of several lengths have one cell", () => {
  expect(commonLength(new ChunkRuns([3, 5]), 4, 8)).toBe(8);
});

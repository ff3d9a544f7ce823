// A second file of tests: another worker, at the same time, and the same file.
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { restore } from "zarrzip";

let heights;

beforeAll(async () => {
  heights = await restore(inject("heights"));
});
afterAll(() => heights.close());

test.each([
  [0, [0, 10, 20]],
  [3, [90, 100, 110]],
])("row %i", async (row, values) => {
  expect([...(await heights.get([row, null])).data]).toEqual(values);
});

import { expect, test } from "vitest";
import { sourceOf } from "../../src/bytes/given-source.js";

test.each([
  ["Uint8Array", Uint8Array.of(1, 2, 3, 4)],
  ["Buffer", Buffer.from([1, 2, 3, 4])],
])("bytes read from a %s are a copy, in memory of their own", async (_, given) => {
  const read = await sourceOf(given)!.read(1, 2);
  expect([...read]).toEqual([2, 3]);
  expect(read.buffer).not.toBe(given.buffer);
  read.fill(9);
  expect([...given]).toEqual([1, 2, 3, 4]);
});

import { expect, test } from "vitest";
import { coalesce } from "../../src/bytes/coalesce.js";

function groups(ranges: readonly (readonly [start: number, end: number])[], maxGap: number, maxBytes: number) {
  const found = coalesce(
    ranges.length,
    (i) => ranges[i][0],
    (i) => ranges[i][1],
    { maxGap, maxBytes },
  );
  return found.map(({ first, last, start, end }) => [first, last, start, end]);
}

test("coalesce: no range, no group", () => expect(groups([], 10, 100)).toEqual([]));

test("coalesce: a gap of maxGap is read, one byte more is not", () => {
  expect(
    groups(
      [
        [0, 10],
        [20, 30],
        [41, 50],
      ],
      10,
      100,
    ),
  ).toEqual([
    [0, 2, 0, 30],
    [2, 3, 41, 50],
  ]);
});

test("coalesce: a group has maxBytes at most, unless one range has more", () => {
  expect(
    groups(
      [
        [0, 40],
        [40, 80],
        [80, 100],
        [100, 250],
      ],
      0,
      100,
    ),
  ).toEqual([
    [0, 3, 0, 100],
    [3, 4, 100, 250],
  ]);
});

test("coalesce: ranges within others and equal ones", () => {
  expect(
    groups(
      [
        [0, 50],
        [10, 20],
        [10, 20],
        [60, 61],
      ],
      9,
      100,
    ),
  ).toEqual([
    [0, 3, 0, 50],
    [3, 4, 60, 61],
  ]);
});

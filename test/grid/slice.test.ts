// slice() and basic selections, with the values that Python's slice.indices() and NumPy give.
import { describe, expect, test } from "vitest";
import { regionShape, resolveSelection, type Selection, strideByDimension } from "../../src/grid/selection.js";
import { slice } from "../../src/grid/slice.js";

describe("slice", () => {
  test("has the argument forms of Python", () => {
    expect(slice(5)).toEqual({ start: null, stop: 5, step: 1 });
    expect(slice(null)).toEqual({ start: null, stop: null, step: 1 });
    expect(slice(2, 5)).toEqual({ start: 2, stop: 5, step: 1 });
    expect(slice(2, null)).toEqual({ start: 2, stop: null, step: 1 });
    expect(slice(null, 5)).toEqual({ start: null, stop: 5, step: 1 });
    expect(slice(2, 5, 2)).toEqual({ start: 2, stop: 5, step: 2 });
    expect(slice(null, null, 3)).toEqual({ start: null, stop: null, step: 3 });
    expect(slice(1, null, null)).toEqual({ start: 1, stop: null, step: 1 });
    expect(slice(-3, -1)).toEqual({ start: -3, stop: -1, step: 1 });
  });

  test("an undefined stop after a start is an open end, not a start that became the stop", () => {
    expect(slice(1, undefined)).toEqual({ start: 1, stop: null, step: 1 });
    expect(slice(1, undefined, 2)).toEqual({ start: 1, stop: null, step: 2 });
  });

  test.each([
    [[1.5], "slice bound 1.5 is not an integer or null"],
    [[Number.NaN, 2], "slice bound NaN is not an integer or null"],
    [[0, Number.POSITIVE_INFINITY], "slice bound Infinity is not an integer or null"],
    [["1", 2], 'slice bound "1" is not an integer or null'],
    [[1n], "slice bound 1 is not an integer or null"],
    [[undefined, 3], "slice bound undefined is not an integer or null"],
    [[], "slice bound undefined is not an integer or null"],
    [[0, 2, 0], "slice step 0 is not an integer of at least 1"],
    [[0, 2, -1], "slice step -1 is not an integer of at least 1"],
    [[0, 2, 0.5], "slice step 0.5 is not an integer of at least 1"],
    [[0, 2, "2"], 'slice step "2" is not an integer of at least 1'],
  ])("%o: ERR_SELECTION", (bounds, message) => {
    expect(() => slice(...(bounds as [number]))).toThrow(expect.objectContaining({ code: "ERR_SELECTION", message }));
  });
});

describe("resolveSelection", () => {
  // [start, stop, step] and length, then what `range(*slice(...).indices(length))` starts with and how long it is.
  test.each([
    [[null, null, 1], 10, 0, 10],
    [[2, 5, 1], 10, 2, 3],
    [[-3, null, 1], 10, 7, 3],
    [[null, -3, 1], 10, 0, 7],
    [[-100, 100, 1], 10, 0, 10],
    [[5, 2, 1], 10, 5, 0],
    [[20, 30, 1], 10, 10, 0],
    [[null, -20, 1], 10, 0, 0],
    [[1, 9, 3], 10, 1, 3],
    [[1, 10, 3], 10, 1, 3],
    [[1, 11, 3], 11, 1, 4],
    [[0, 10, 100], 10, 0, 1],
    [[0, null, 2 ** 52], 10, 0, 1],
    [[null, null, 2], 0, 0, 0],
    [[-1, null, 1], 0, 0, 0],
  ] as const)("slice %j of length %i", ([start, stop, step], length, first, count) => {
    const [range] = resolveSelection([{ start, stop, step }], [length]);
    expect(range).toEqual({ start: first, step, count, dropped: false });
  });

  test("an integer drops its dimension, null keeps all of it", () => {
    const ranges = resolveSelection([1, null, -1, slice(1, 3)], [2, 3, 4, 5]);
    expect(ranges).toEqual([
      { start: 1, step: 1, count: 1, dropped: true },
      { start: 0, step: 1, count: 3, dropped: false },
      { start: 3, step: 1, count: 1, dropped: true },
      { start: 1, step: 1, count: 2, dropped: false },
    ]);
    expect(regionShape(ranges)).toEqual([3, 2]);
    expect(strideByDimension(ranges, [2, 1])).toEqual([0, 2, 0, 1]);
  });

  test("null, undefined and nothing for no dimensions are everything", () => {
    const everything = [
      { start: 0, step: 1, count: 2, dropped: false },
      { start: 0, step: 1, count: 0, dropped: false },
    ];
    expect(resolveSelection(null, [2, 0])).toEqual(everything);
    expect(resolveSelection(undefined, [2, 0])).toEqual(everything);
    expect(resolveSelection([], [])).toEqual([]);
    expect(resolveSelection(null, [])).toEqual([]);
  });

  test("the slices of other libraries, whose step may be null and whose stop undefined, mean the same", () => {
    const foreign = [
      { start: 1, stop: 3, step: null },
      { start: null, stop: undefined, step: undefined },
    ];
    expect(resolveSelection(foreign as unknown as Selection, [5, 4])).toEqual([
      { start: 1, step: 1, count: 2, dropped: false },
      { start: 0, step: 1, count: 4, dropped: false },
    ]);
  });

  test.each([
    [[1, 1, 1], [2, 3], "the selection has 3 entries, but the array has 2 dimensions: give at most one entry for each"],
    [[2, null], [2, 3], "index 2 is out of bounds for dimension 0 of length 2"],
    [[null, -4], [2, 3], "index -4 is out of bounds for dimension 1 of length 3"],
    [[0], [0], "index 0 is out of bounds for dimension 0 of length 0"],
    [[0.5], [2], "index 0.5 of dimension 0 is not an integer"],
    [[Number.NaN], [2], "index NaN of dimension 0 is not an integer"],
    [[[0, 1]], [2], "entry 0 of the selection is a list: expected an integer, slice(start, stop, step) or null"],
    [["0"], [2], "entry 0 of the selection is of type string: expected an integer, slice(start, stop, step) or null"],
    [[0n], [2], "entry 0 of the selection is of type bigint: expected an integer, slice(start, stop, step) or null"],
    [[true], [2], "entry 0 of the selection is of type boolean: expected an integer, slice(start, stop, step) or null"],
    [[undefined], [2], "entry 0 of the selection is undefined: expected an integer, slice(start, stop, step) or null"],
    [new Array(1), [2], "entry 0 of the selection is undefined: expected an integer, slice(start, stop, step) or null"],
    [
      [{ start: 0, stop: 1 }],
      [2],
      "entry 0 of the selection is of type object: expected an integer, slice(start, stop, step) or null",
    ],
    [[{ start: "a", stop: 1, step: 1 }], [2], 'slice bound "a" is not an integer or null'],
    [[{ start: 0, stop: 1, step: -1 }], [2], "slice step -1 is not an integer of at least 1"],
    [3, [2], "a selection is a list with one entry per dimension, an object by dimension name, or null, not number"],
    [
      "all",
      [2],
      "a selection is a list with one entry per dimension, an object by dimension name, or null, not string",
    ],
    [
      slice(1),
      [2],
      "a selection is a list with one entry per dimension, an object by dimension name, or null, not a slice",
    ],
  ])("%o of shape %o: ERR_SELECTION", (selection, shape, message) => {
    const resolve = () => resolveSelection(selection as unknown as Selection, shape);
    expect(resolve).toThrow(expect.objectContaining({ code: "ERR_SELECTION", message }));
  });
});

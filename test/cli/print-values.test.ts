import { expect, test } from "vitest";
import { printValues } from "../../src/cli/print-values.js";
import type { Chunk } from "../../src/grid/chunk.js";
import { createArray, MemoryStore } from "../../src/index.js";

const nat = -(2n ** 63n);
const range = (length: number) => Array.from({ length }, (_, i) => i);

/** What `print(numpy.array(…))` of NumPy 2 shows. */
const printed: readonly (readonly [dtype: string, shape: number[], data: ArrayLike<unknown>, text: string])[] = [
  ["float32", [5], [1, 2.5, -3.25, Number.NaN, Number.POSITIVE_INFINITY], "[ 1.    2.5  -3.25   nan   inf]"],
  ["float32", [2], [0.1, 1 / 3], "[0.1        0.33333334]"],
  ["float64", [2], [0.1, 1 / 3], "[0.1        0.33333333]"],
  ["float64", [3], [1e10, 1.5, 0], "[1.0e+10 1.5e+00 0.0e+00]"],
  ["float64", [3], [1e-5, -1, Number.NaN], "[ 1.e-05 -1.e+00     nan]"],
  ["float64", [2], [1e300, 1], "[1.e+300 1.e+000]"],
  ["float64", [2], [-0, 0], "[-0.  0.]"],
  ["float64", [1], [123456789], "[1.23456789e+08]"],
  ["float64", [2], [1 / 3, 1e-4], "[3.33333333e-01 1.00000000e-04]"],
  ["float16", [1], [0.1], "[0.1]"],
  ["complex128", [2], Float64Array.of(1, 2.5, -3, 0.25), "[ 1.+2.5j  -3.+0.25j]"],
  ["complex128", [2], Float64Array.of(-5, 0, 1.5, -2), "[-5. +0.j  1.5-2.j]"],
  ["complex128", [2], Float64Array.of(1, 2, 1.25, -3), "[1.  +2.j 1.25-3.j]"],
  ["complex128", [2], Float64Array.of(Number.NaN, 0, 1, Number.POSITIVE_INFINITY), "[nan +0.j  1.+infj]"],
  ["bool", [2], [true, false], "[ True False]"],
  ["datetime64[D]", [3], BigInt64Array.of(18262n, nat, -165n), "['2020-01-01'        'NaT' '1969-07-20']"],
  ["timedelta64[s]", [3], BigInt64Array.of(5n, -7n, nat), "[    5    -7 'NaT']"],
  ["timedelta64[10us]", [2], BigInt64Array.of(5n, -3n), "[ 5 -3]"],
  ["datetime64[10us]", [1], BigInt64Array.of(5n), "['1970-01-01T00:00:00.000050']"],
  ["datetime64[Y]", [3], BigInt64Array.of(1_000_000n, -1971n, -5000n), "['1001970'    '-001'   '-3030']"],
  ["int32", [2, 2, 2], range(8), "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]"],
  [
    "int32",
    [40, 100],
    range(4000),
    `[[   0    1    2 ...   97   98   99]
 [ 100  101  102 ...  197  198  199]
 [ 200  201  202 ...  297  298  299]
 ...
 [3700 3701 3702 ... 3797 3798 3799]
 [3800 3801 3802 ... 3897 3898 3899]
 [3900 3901 3902 ... 3997 3998 3999]]`,
  ],
  [
    "float64",
    [2000],
    range(2000).map((i) => i / 7),
    `[0.00000000e+00 1.42857143e-01 2.85714286e-01 ... 2.85285714e+02
 2.85428571e+02 2.85571429e+02]`,
  ],
  [
    "float64",
    [30],
    range(30).map((i) => i * 0.03),
    `[0.   0.03 0.06 0.09 0.12 0.15 0.18 0.21 0.24 0.27 0.3  0.33 0.36 0.39
 0.42 0.45 0.48 0.51 0.54 0.57 0.6  0.63 0.66 0.69 0.72 0.75 0.78 0.81
 0.84 0.87]`,
  ],
  ["float64", [2, 0], [], "[]"],
];

test.each(printed)("%s %j is printed as NumPy prints it", async (dtype, shape, data, text) => {
  const array = await createArray(new MemoryStore(), { dtype, shape, chunks: shape.map((n) => Math.max(1, n)), data });
  expect(printValues((await array.get()) as Chunk, array.dataType, false)).toBe(text);
});

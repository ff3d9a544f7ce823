import { isTypedArray } from "../bytes/built-in.js";
import { hostIsLittleEndian } from "../bytes/endian.js";
import { ComplexType } from "./complex.js";
import { type ChunkData, type DataType, elementOf } from "./data-type.js";
import { BigIntegerType } from "./integer.js";
import { TimeType } from "./time.js";

type BigIntArray = BigInt64Array | BigUint64Array;

/**
 * The tally of elements that were counted. Two of the same type are merged by {@link mergeTallies}; a plain object, so that workers send
 * theirs. `min`, `max`, `offset` and `squares` are of the elements that are not NaN, or NaT.
 */
export interface Tally {
  readonly count: number;
  readonly nans: number;
  /** Elements that equal the fill value. */
  readonly fills: number;
  /** `undefined` where no element is a value. */
  readonly min: number | bigint | undefined;
  readonly max: number | bigint | undefined;
  /** The mean is `base + offset`: both parts, since a mean of 64-bit integers as one number would lose what the squares need. */
  readonly base: number | bigint;
  readonly offset: number;
  /** Sum of the squares of the distances from the mean. */
  readonly squares: number;
}

/** Elements whose sum is taken at once: few enough that rounding does not add up, and that sums of halves of integers are exact. */
const runLength = 4096;

/** The tally before anything was counted. */
export const emptyTally: Tally = {
  ...{ count: 0, nans: 0, fills: 0, min: undefined, max: undefined },
  ...{ base: 0, offset: 0, squares: 0 },
};

/** True if elements of a type can be counted: booleans, numbers, complex ones by their magnitude, moments and durations. */
export function canTally(dataType: DataType): boolean {
  return (
    isBig(dataType) ||
    dataType instanceof ComplexType ||
    ["number", "boolean"].includes(typeof dataType.defaultFillValue)
  );
}

/** Counts elements. @param fill - the array's fill value */
export function tallyOf(data: ChunkData, dataType: DataType, fill: unknown): Tally {
  const count = data.length / dataType.width;
  let tally = emptyTally;
  const runs = isBig(dataType) ? bigRuns(data as BigIntArray, dataType, fill) : numberRuns(data, dataType, fill);
  for (const run of runs) tally = mergeTallies(tally, run);
  const isComplex = dataType instanceof ComplexType;
  return { ...tally, count, ...(isComplex ? { fills: countPairs(data, elementOf(dataType, fill)) } : {}) };
}

/** The number of complex numbers that equal one; others of its magnitude may not. */
function countPairs(data: ChunkData, sought: ChunkData): number {
  const [parts, [real, imaginary]] = [data as Float64Array, sought as Float64Array];
  const isSame = (a: number, b: number) => a === b || (Number.isNaN(a) && Number.isNaN(b));
  let count = 0;
  for (let i = 0; i < parts.length; i += 2) {
    if (isSame(parts[i], real) && isSame(parts[i + 1], imaginary)) count++;
  }
  return count;
}

/** The tally of the elements of both. */
export function mergeTallies(a: Tally, b: Tally): Tally {
  const [m, n] = [a.count - a.nans, b.count - b.nans];
  const counts = { count: a.count + b.count, nans: a.nans + b.nans, fills: a.fills + b.fills };
  if (n === 0) return { ...a, ...counts };
  if (m === 0) return { ...b, ...counts };
  const distance = Number((b.base as number) - (a.base as number)) + b.offset - a.offset;
  let { min, max } = a;
  if ((b.min as number) < (min as number)) min = b.min;
  if ((b.max as number) > (max as number)) max = b.max;
  return {
    ...counts,
    min,
    max,
    base: a.base,
    // Infinite means leave infinity, or NaN.
    offset: Number.isFinite(distance) ? a.offset + (distance * n) / (m + n) : a.offset + b.offset,
    squares: a.squares + b.squares + distance * distance * ((m * n) / (m + n)),
  };
}

/** Elements as numbers, those of complex types by their magnitude. */
export function numbersOf(data: ChunkData, dataType: DataType): ArrayLike<number> {
  if (!(dataType instanceof ComplexType)) return data as ArrayLike<number>;
  const parts = data as Float64Array;
  return Float64Array.from({ length: parts.length / 2 }, (_, i) => Math.hypot(parts[2 * i], parts[2 * i + 1]));
}

/** True if elements are bigints. */
function isBig(dataType: DataType): dataType is BigIntegerType<BigIntArray> {
  return dataType instanceof BigIntegerType;
}

function* numberRuns(data: ChunkData, dataType: DataType, fillValue: unknown): Generator<Tally> {
  const values = numbersOf(data, dataType);
  const fill = numbersOf(elementOf(dataType, fillValue), dataType)[0];
  for (let start = 0; start < values.length; start += runLength) {
    yield numberRun(values, start, Math.min(values.length, start + runLength), fill);
  }
}

/** The tally of one run: a loop that is fast, as in a generator it would not be. */
function numberRun(values: ArrayLike<number>, start: number, end: number, fill: number): Tally {
  let nans = 0;
  let fills = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const value = values[i];
    if (value === fill) fills++;
    if (value < min) min = value;
    if (value > max) max = value;
    if (Number.isNaN(value)) nans++;
    else sum += value;
  }
  const count = end - start;
  if (nans === count) return { ...emptyTally, count, nans, fills: Number.isNaN(fill) ? nans : 0 };
  const mean = sum / (count - nans);
  let squares = 0;
  for (let i = start; i < end; i++) {
    const distance = values[i] - mean;
    if (!Number.isNaN(distance)) squares += distance * distance;
  }
  if (!Number.isFinite(mean)) squares = Number.NaN;
  return { count, nans, fills: Number.isNaN(fill) ? nans : fills, min, max, base: 0, offset: mean, squares };
}

/** By halves of 32 bits, which are numbers: bigints take three times as long. */
function* bigRuns(data: BigIntArray, dataType: DataType, fillValue: unknown): Generator<Tally> {
  const [low, high] = halvesOf(data);
  const [fillLow, fillHigh] = halvesOf(elementOf(dataType, fillValue) as BigIntArray).map(([half]) => half);
  const hasNat = dataType instanceof TimeType;
  for (let start = 0; start < data.length; start += runLength) {
    const end = Math.min(data.length, start + runLength);
    let [nans, fills, sum, squares] = [0, 0, 0, 0];
    let [first, smallest, largest] = [-1, -1, -1];
    for (let i = start; i < end; i++) {
      const [l, h] = [low[2 * i], high[2 * i]];
      if (l === fillLow && h === fillHigh) fills++;
      if (hasNat && l === 0 && h === natHigh) nans++;
      else if (first === -1) first = smallest = largest = i;
      else {
        if (h < high[2 * smallest] || (h === high[2 * smallest] && l < low[2 * smallest])) smallest = i;
        if (h > high[2 * largest] || (h === high[2 * largest] && l > low[2 * largest])) largest = i;
        sum += (h - high[2 * first]) * 2 ** 32 + (l - low[2 * first]);
      }
    }
    const counts = { count: end - start, nans, fills };
    if (first === -1) {
      yield { ...emptyTally, ...counts };
      continue;
    }
    const offset = sum / (end - start - nans);
    for (let i = first; i < end; i++) {
      const [l, h] = [low[2 * i], high[2 * i]];
      if (hasNat && l === 0 && h === natHigh) continue;
      const distance = (h - high[2 * first]) * 2 ** 32 + (l - low[2 * first]) - offset;
      squares += distance * distance;
    }
    yield { ...counts, min: data[smallest], max: data[largest], base: data[first], offset, squares };
  }
}

/** The upper half of NaT. */
const natHigh = -(2 ** 31);

/** Lower and upper halves of 64-bit integers: of the one at `i` those at `2 * i`. */
function halvesOf(data: BigIntArray): [low: Uint32Array, high: Int32Array | Uint32Array] {
  const { buffer, byteOffset, length } = data;
  const High = isTypedArray(data, BigInt64Array) ? Int32Array : Uint32Array;
  const [lowAt, highAt] = hostIsLittleEndian ? [0, 4] : [4, 0];
  // Each ends with its half of the last one.
  const words = Math.max(0, 2 * length - 1);
  return [
    new Uint32Array(buffer, byteOffset + lowAt, words),
    new High(buffer as ArrayBuffer, byteOffset + highAt, words),
  ];
}

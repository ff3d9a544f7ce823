import { decodeFloat16, encodeFloat16, roundToFloat16 } from "../../data-type/float16.js";
import {
  bigIntToFloat32,
  integerRange,
  isBigInt,
  isFloat,
  type NumberTypeName,
  numberTypes,
  roundHalfEven,
  roundTo,
} from "./numbers.js";

export const roundings = [
  "nearest-even",
  "towards-zero",
  "towards-positive",
  "towards-negative",
  "nearest-away",
] as const;
export type Rounding = (typeof roundings)[number];

/** What happens to values that a type does not hold: an error where it is `undefined`. */
export type OutOfRange = "clamp" | "wrap" | undefined;

/** An element in another type by its value, or `undefined` where it has none. */
export type Cast = (x: number | bigint) => number | bigint | undefined;

/** Casts to the type `to`. */
export function castTo(to: NumberTypeName, rounding: Rounding, outOfRange: OutOfRange): Cast {
  return isFloat(to)
    ? (x) => toFloat(x, to, rounding, outOfRange === "clamp")
    : (x) => toInteger(x, to, rounding, outOfRange);
}

function toInteger(
  x: number | bigint,
  to: NumberTypeName,
  rounding: Rounding,
  outOfRange: OutOfRange,
): number | bigint | undefined {
  if (typeof x === "number" && !Number.isFinite(x)) return undefined;
  const whole = typeof x === "bigint" ? x : BigInt(roundToInteger[rounding](x));
  const { min, max } = integerRange(to);
  const { bits, kind } = numberTypes[to];
  let result = whole;
  if (whole < min || whole > max) {
    if (outOfRange === undefined) return undefined;
    if (outOfRange === "clamp") result = whole < min ? min : max;
    else result = kind === "int" ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole);
  }
  return isBigInt(to) ? result : Number(result);
}

const roundToInteger: Readonly<Record<Rounding, (x: number) => number>> = {
  "nearest-even": roundHalfEven,
  "towards-zero": Math.trunc,
  "towards-positive": Math.ceil,
  "towards-negative": Math.floor,
  "nearest-away": (x) => {
    const whole = Math.trunc(x);
    return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
  },
};

function toFloat(x: number | bigint, to: NumberTypeName, rounding: Rounding, clamps: boolean): number | undefined {
  const nearest = nearestFloat(x, to);
  if (typeof x === "number" && !Number.isFinite(x)) return x;
  // Out of range in every rounding: else one of them would give the greatest number for any larger one, without an error.
  if (!Number.isFinite(nearest)) return clamps ? nearest : undefined;
  const isExact = !(nearest < x || nearest > x); // `===` never holds between a number and a bigint
  if (isExact || rounding === "nearest-even") return nearest;
  const [below, above] = nearest > x ? [neighbour(nearest, to, -1), nearest] : [nearest, neighbour(nearest, to, 1)];
  switch (rounding) {
    case "towards-zero":
      return x > 0 ? below : above;
    case "towards-positive":
      return above;
    case "towards-negative":
      return below;
    case "nearest-away":
      return isBetween(x, below, above) ? (x > 0 ? above : below) : nearest;
  }
}

function nearestFloat(x: number | bigint, to: NumberTypeName): number {
  if (typeof x === "number") return roundTo(to)(x);
  if (to === "float32") return bigIntToFloat32(x);
  return to === "float16" ? roundToFloat16(Number(x)) : Number(x);
}

/** Whether it lies exactly in the middle. The neighbours of a number that is not one of theirs are finite or far away. */
function isBetween(x: number | bigint, below: number, above: number): boolean {
  if (!Number.isFinite(below) || !Number.isFinite(above)) return false;
  return typeof x === "bigint" ? 2n * x === BigInt(below) + BigInt(above) : x - below === above - x;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The next number of a type up (1) or down (-1). */
function neighbour(x: number, type: NumberTypeName, direction: 1 | -1): number {
  const bits = numberTypes[type].bits;
  const width = BigInt(bits);
  const sign = 1n << (width - 1n);
  const own = bitsOf(x, bits);
  // Bits of negative numbers grow downwards; below the least positive number comes -0, and then the greatest negative one.
  if ((own & (sign - 1n)) === 0n) return fromBits(direction > 0 ? 1n : sign | 1n, bits);
  const grows = ((own & sign) === 0n) === direction > 0;
  return fromBits(own + (grows ? 1n : -1n), bits);
}

function bitsOf(x: number, bits: number): bigint {
  if (bits === 16) return BigInt(encodeFloat16(Float32Array.of(x))[0]);
  if (bits === 32) {
    scratch.setFloat32(0, x);
    return BigInt(scratch.getUint32(0));
  }
  scratch.setFloat64(0, x);
  return scratch.getBigUint64(0);
}

function fromBits(value: bigint, bits: number): number {
  if (bits === 16) return decodeFloat16(Uint16Array.of(Number(value)))[0];
  if (bits === 32) {
    scratch.setUint32(0, Number(value));
    return scratch.getFloat32(0);
  }
  scratch.setBigUint64(0, value);
  return scratch.getFloat64(0);
}

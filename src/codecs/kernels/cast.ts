import { type FloatFormat, floatFormats, maxFinite, minExponent } from "../../data-type/float-format.js";
import { roundHalfEven } from "./numbers.js";

export const roundings = [
  "nearest-even",
  "towards-zero",
  "towards-positive",
  "towards-negative",
  "nearest-away",
] as const;
export type Rounding = (typeof roundings)[number];

/** The treatment of values that a type does not hold: an error where it is `undefined`. */
export type OutOfRange = "clamp" | "wrap" | undefined;

/** An element in another type by its value, or `undefined` where it has none. */
export type Cast = (x: number | bigint) => number | bigint | undefined;

/** A type of integers, or a floating-point type. */
export type RealType =
  | { readonly name: string; readonly bits: number; readonly isSigned: boolean }
  | { readonly name: string; readonly format: FloatFormat };

/** The type of this name, if its elements are real numbers. */
export function realType(name: string): RealType | undefined {
  const [, unsigned, bits] = /^(u?)int(2|4|8|16|32|64)$/.exec(name) ?? [];
  if (bits !== undefined) return { name, bits: Number(bits), isSigned: unsigned === "" };
  return Object.hasOwn(floatFormats, name)
    ? { name, format: floatFormats[name as keyof typeof floatFormats] }
    : undefined;
}

/** Casts to the type `to`. */
export function castTo(to: RealType, rounding: Rounding, outOfRange: OutOfRange): Cast {
  return "format" in to
    ? toFloat(to.format, rounding, outOfRange === "clamp")
    : toInteger(to.bits, to.isSigned, rounding, outOfRange);
}

function toInteger(bits: number, isSigned: boolean, rounding: Rounding, outOfRange: OutOfRange): Cast {
  const count = 1n << BigInt(bits);
  const min = isSigned ? -count / 2n : 0n;
  const max = min + count - 1n;
  const wrap = isSigned ? BigInt.asIntN : BigInt.asUintN;
  const inRange = (whole: bigint): bigint | undefined => {
    if (whole >= min && whole <= max) return whole;
    if (outOfRange === "wrap") return wrap(bits, whole);
    return outOfRange === "clamp" ? (whole < min ? min : max) : undefined;
  };
  return (x) => {
    if (typeof x === "number" && !Number.isFinite(x)) return undefined;
    const result = inRange(typeof x === "bigint" ? x : BigInt(roundToInteger(x, rounding)));
    return bits === 64 || result === undefined ? result : Number(result);
  };
}

function toFloat(format: FloatFormat, rounding: Rounding, clamps: boolean): Cast {
  const { kind } = format;
  const max = maxFinite(format);
  const min = kind === "fnu" ? 2 ** minExponent(format) : -max;
  const [below, above] = kind === "ieee" ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [min, max];
  return (x) => {
    if (Number.isNaN(x)) return kind === "finite" ? undefined : Number.NaN;
    if (x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY) return kind === "ieee" ? x : undefined;
    // First rounded as if there were no greatest number: what rounds to it is in range, and what is beyond is out of it in every rounding.
    const rounded = typeof x === "bigint" ? roundBigInt(x, format, rounding) : roundNumber(x, format, rounding);
    if (rounded >= min && rounded <= max) return rounded;
    return clamps ? (rounded < min ? below : above) : undefined;
  };
}

/** A finite number, rounded to the precision of a format. */
function roundNumber(x: number, format: FloatFormat, rounding: Rounding): number {
  const { fractionBits } = format;
  if (fractionBits === 52) return x;
  scratch.setFloat64(0, x);
  const exponent = Math.max(((scratch.getUint32(0) >>> 20) & 0x7ff) - 1023, minExponent(format));
  const unit = 2 ** (exponent - fractionBits); // distance of the neighbours; dividing by a power of two is exact
  return roundToInteger(x / unit, rounding) * unit;
}

const scratch = new DataView(new ArrayBuffer(8));

function roundBigInt(x: bigint, { fractionBits }: FloatFormat, rounding: Rounding): number {
  const [sign, magnitude] = x < 0n ? [-1, -x] : [1, x];
  const dropped = BigInt(magnitude.toString(2).length - (fractionBits + 1));
  if (dropped <= 0n) return Number(x);
  const kept = magnitude >> dropped;
  const rest = magnitude - (kept << dropped);
  const half = 1n << (dropped - 1n);
  // All that decides: the sign, whether what is kept is odd, and where between its neighbours the integer lies.
  const lowest = Number(kept & 1n) + (rest === 0n ? 0 : rest < half ? 0.25 : rest === half ? 0.5 : 0.75);
  const up = Math.abs(roundToInteger(sign * lowest, rounding)) - Math.floor(lowest);
  return sign * Number((kept + BigInt(up)) << dropped);
}

/** Ties of `nearest-even` go to the even neighbour, as in C's `rint`; the sign of what becomes 0 stays. */
function roundToInteger(x: number, rounding: Rounding): number {
  switch (rounding) {
    case "nearest-even":
      return roundHalfEven(x);
    case "towards-zero":
      return Math.trunc(x);
    case "towards-positive":
      return Math.ceil(x);
    case "towards-negative":
      return Math.floor(x);
    case "nearest-away": {
      const whole = Math.trunc(x);
      return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
    }
  }
}

import { bitsOf } from "../../data-type/bits.js";
import { roundToFloat16 } from "../../data-type/float16.js";

/** The types that NumPy and the codecs compute with, by their names in both. */
export const numberTypes = {
  bool: { kind: "bool", bits: 8 },
  int8: { kind: "int", bits: 8 },
  int16: { kind: "int", bits: 16 },
  int32: { kind: "int", bits: 32 },
  int64: { kind: "int", bits: 64 },
  uint8: { kind: "uint", bits: 8 },
  uint16: { kind: "uint", bits: 16 },
  uint32: { kind: "uint", bits: 32 },
  uint64: { kind: "uint", bits: 64 },
  float16: { kind: "float", bits: 16 },
  float32: { kind: "float", bits: 32 },
  float64: { kind: "float", bits: 64 },
} as const;

export type NumberTypeName = keyof typeof numberTypes;

/** Elements of such a type in memory: numbers, or bigints of those of 64 bits. Assigning an integer wraps around. */
export interface Numbers {
  readonly length: number;
  [index: number]: number | bigint;
}

export function isNumberType(name: string): name is NumberTypeName {
  return Object.hasOwn(numberTypes, name);
}

export function isFloat(name: NumberTypeName): boolean {
  return numberTypes[name].kind === "float";
}

export function isBigInt(name: NumberTypeName): boolean {
  return name === "int64" || name === "uint64";
}

/** Least and greatest integer of a type. */
export function integerRange(name: NumberTypeName): { min: bigint; max: bigint } {
  const { kind, bits } = numberTypes[name];
  if (kind === "bool") return { min: 0n, max: 1n };
  if (kind === "uint") return { min: 0n, max: 2n ** BigInt(bits) - 1n };
  return { min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n };
}

/** The type of integers in which NumPy computes with elements of a type and an integer; `undefined` where it takes float64. */
export function commonInteger(name: NumberTypeName, value: bigint): NumberTypeName | undefined {
  const { kind, bits } = numberTypes[name];
  const wider = [8, 16, 32, 64].filter((more) => more > bits);
  const prefix = kind === "uint" && value >= 0n ? "uint" : "int";
  const candidates = [name, ...wider.map((more) => `${prefix}${more}` as NumberTypeName)];
  return candidates.find((candidate) => {
    const { min, max } = integerRange(candidate);
    return value >= min && value <= max;
  });
}

/** The nearest number of a floating-point type, ties to even. */
export function roundTo(name: NumberTypeName): (x: number) => number {
  if (name === "float16") return roundToFloat16;
  return name === "float32" ? Math.fround : (x) => x;
}

/** The floating-point type in which NumPy computes with elements of both types, one of which is a floating-point type. */
export function commonFloat(a: NumberTypeName, b: NumberTypeName): NumberTypeName {
  const needed = [a, b].map((name) => numberTypes[name].bits * (isFloat(name) ? 1 : 2));
  const bits = Math.max(...needed);
  return bits <= 16 ? "float16" : bits <= 32 ? "float32" : "float64";
}

/** As {@link roundTo}, of the result of an operation, which NumPy computes in single precision for half precision. */
export function roundResultTo(name: NumberTypeName): (x: number) => number {
  return name === "float16" ? (x) => roundToFloat16(Math.fround(x)) : roundTo(name);
}

/** The nearest number of single precision, ties to even, in one rounding. */
function bigIntToFloat32(x: bigint): number {
  const magnitude = x < 0n ? -x : x;
  if (magnitude < 2n ** 53n) return Math.fround(Number(x));
  // Eleven bits far below those of the result give way to one that says whether any of them is set.
  const high = magnitude >> 11n;
  const sticky = Number((magnitude & 2047n) === 0n ? high : high | 1n);
  return Math.fround((x < 0n ? -sticky : sticky) * 2048);
}

const integers = 2 ** 52;

/** The nearest integer, ties to even; of -0.3 it is -0, as in C's `rint`. */
export function roundHalfEven(x: number): number {
  if (!(Math.abs(x) < integers)) return x;
  // From 2^52 on a double has no fraction, so that the addition rounds.
  return x < 0 || Object.is(x, -0) ? -(-x + integers - integers) : x + integers - integers;
}

/**
 * NumPy's `astype` for one element. Integers wrap around, in the assignment to an array of their type. Where C leaves
 * open what a conversion from a floating-point number out of range gives, it is what x86-64 does with one element.
 */
export function converter(from: NumberTypeName, to: NumberTypeName): (x: number | bigint) => number | bigint {
  if (from === to) return (x) => x;
  if (to === "bool") return (x) => (Number(x) === 0 ? 0 : 1);
  if (isFloat(to)) return toFloat(from, to);
  if (isFloat(from)) return (x) => floatToInteger(x as number, to);
  if (isBigInt(from)) return isBigInt(to) ? (x) => x : (x) => Number(BigInt.asIntN(32, x as bigint));
  return isBigInt(to) ? (x) => BigInt(x) : (x) => x;
}

/** Converts each element of `source` as {@link converter} does; those of one type keep all of their bits. */
export function convertAll(source: Numbers, from: NumberTypeName, target: Numbers, to: NumberTypeName): void {
  if (from === to) {
    (bitsOf(target as Float64Array) as Uint32Array).set(bitsOf(source as Float64Array) as Uint32Array);
  } else {
    const convert = converter(from, to);
    for (let i = 0; i < source.length; i++) target[i] = convert(source[i]);
  }
}

function toFloat(from: NumberTypeName, to: NumberTypeName): (x: number | bigint) => number {
  if (isFloat(from)) {
    const round = roundTo(to);
    return (x) => round(x as number);
  }
  if (to === "float64") return Number;
  // Integers become half precision by way of single precision.
  const toSingle = (x: number | bigint) => (typeof x === "bigint" ? bigIntToFloat32(x) : Math.fround(x));
  return to === "float32" ? toSingle : (x) => roundToFloat16(toSingle(x));
}

function floatToInteger(x: number, to: NumberTypeName): number | bigint {
  const { kind, bits } = numberTypes[to];
  const whole = Math.trunc(x);
  if (bits < 32) return Math.abs(whole) <= 2 ** 31 ? whole : 0;
  if (to === "int32") return whole >= -(2 ** 31) && whole < 2 ** 31 ? whole : -(2 ** 31);
  const asInt64 = whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : -(2n ** 63n);
  if (to === "uint32") return Number(BigInt.asUintN(32, asInt64));
  if (kind === "int") return asInt64;
  return whole >= 2 ** 63 ? (whole < 2 ** 64 ? BigInt(whole) : 0n) : asInt64;
}

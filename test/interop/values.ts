// Values that TypeScript and Python (bridge.py) each compute for themselves, and the digest that compares arrays.
import { createHash } from "node:crypto";

/** How the values of each type are held: numbers in a typed array (complex ones as two entries), texts in a list. */
const typedArrays = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
  "datetime64[s]": BigInt64Array,
  S10: Uint8Array,
  string: Array<string>,
  U8: Array<string>,
} as const;

/** A numpy type name without byte order; "string" for texts of any length. */
export type TestDataType = keyof typeof typedArrays;

export const testDataTypes = Object.keys(typedArrays) as TestDataType[];

type Entry = number | bigint | string;

/** `count` elements as `createArray` takes them. */
export function testValues(dtype: TestDataType, count: number, seed: number): ArrayLike<Entry> {
  return collect(dtype, testEntries(dtype, count, seed));
}

/** Entries as the typed array or list of their type; byte strings are given as texts. */
export function collect(dtype: TestDataType, entries: readonly Entry[]): ArrayLike<Entry> {
  if (dtype === "S10")
    return Uint8Array.from(entries.flatMap((text) => [...Buffer.concat([Buffer.from(`${text}`)], 10)]));
  const ownType = typedArrays[dtype] as unknown as { from(entries: readonly Entry[]): ArrayLike<Entry> };
  return ownType.from(entries);
}

function testEntries(dtype: TestDataType, count: number, seed: number): Entry[] {
  const numbers = hashSequence(count, seed);
  const bits = Number(/\d+/.exec(dtype)?.[0] ?? 1);
  if (dtype.startsWith("complex")) return floatEntries(count * 2, seed);
  if (dtype.startsWith("float")) return floatEntries(count, seed);
  if (dtype === "datetime64[s]") return numbers.map((n, i) => (i % 13 === 5 ? notATime : BigInt(n - 2 ** 31)));
  if (dtype === "int64" || dtype === "uint64")
    return numbers.map((n) => (BigInt(n) << 32n) | BigInt((n ^ 0x5bd1e995) >>> 0));
  if (dtype === "bool" || dtype.includes("int")) return numbers.map((n) => n >>> (32 - bits));
  return numbers.map((n) => `${["", "a", "é☃", "𝄞 z"][n >>> 30]}${n % 1000}`);
}

const notATime = -(2n ** 63n);

function hashSequence(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => (Math.imul(i, 0x9e3779b1) + seed) >>> 0);
}

/** Multiples of 1/8 that float16 holds exactly, with NaN, -Infinity and -0 among them. */
function floatEntries(count: number, seed: number): number[] {
  const special: Record<number, number> = { 5: Number.NaN, 7: Number.NEGATIVE_INFINITY, 9: -0 };
  return hashSequence(count, seed).map((n, i) => special[i % 13] ?? ((n >>> 21) - 1024) / 8);
}

/** SHA-256 of values in C order: of the little-endian bytes of a typed array (float16 as float32), of the JSON of texts. */
export function digest(dtype: TestDataType, values: ArrayLike<unknown>): string {
  const compared = dtype === "float16" ? Float32Array.from(values as ArrayLike<number>) : values;
  const bytes = ArrayBuffer.isView(compared)
    ? new Uint8Array(compared.buffer, compared.byteOffset, compared.byteLength)
    : JSON.stringify(compared);
  return createHash("sha256").update(bytes).digest("hex");
}

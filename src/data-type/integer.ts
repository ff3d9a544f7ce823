import { isTypedArray } from "../bytes/built-in.js";
import { describe, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { type DataTypeFamily, fixedFamily } from "./family.js";
import { convertEach, type TypedArray, type TypedArrayConstructor, TypedArrayType } from "./typed-array-type.js";

type BigIntArray = BigInt64Array | BigUint64Array;
type NumberArray = Exclude<TypedArray, BigIntArray>;

/** The common base of integers of 8 to 32 bits, as numbers, and of 64 bits, as bigints. */
abstract class IntegerType<Data extends TypedArray, Scalar extends number | bigint> extends TypedArrayType<
  Data,
  Scalar
> {
  protected readonly min: Scalar;
  protected readonly max: Scalar;

  constructor(name: string, arrayType: TypedArrayConstructor<Data>, min: Scalar, max: Scalar) {
    super(name, arrayType);
    this.min = min;
    this.max = max;
  }

  /** The scalar of an integer that `value` gives exactly, or what is wrong with it. */
  protected abstract convert(value: number | bigint): Scalar | undefined;

  checkScalar(value: unknown): Scalar {
    return this.#checked(value, "ERR_VALUE");
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): Scalar {
    if (json === null && zarrFormat === 2) return this.defaultFillValue;
    return this.#checked(json, "ERR_METADATA");
  }

  /** As it will be read back: a bigint only where a number is not exact. */
  fillValueToJson(value: Scalar): Json {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #checked(value: unknown, code: "ERR_VALUE" | "ERR_METADATA"): Scalar {
    const subject = code === "ERR_METADATA" ? "fill_value " : "";
    const expected = `${this.name} takes integers from ${this.min} to ${this.max}`;
    if (typeof value !== "bigint" && !Number.isInteger(value)) {
      throw new ZarrError(code, `${subject}${describe(value)} is not an integer: ${expected}`);
    }
    const scalar = this.convert(value as number | bigint);
    if (scalar === undefined) {
      throw new ZarrError(code, `${subject}${describe(value)} is not exact: give it as a bigint; ${expected}`);
    }
    if (scalar < this.min || scalar > this.max) {
      throw new ZarrError(code, `${subject}${describe(value)} is out of range: ${expected}`);
    }
    return scalar;
  }
}

/** An integer type whose values are numbers. */
export class NumberIntegerType<Data extends NumberArray> extends IntegerType<Data, number> {
  readonly defaultFillValue = 0;

  getScalar(data: Data, index: number): number {
    return data[index];
  }

  fill(data: Data, value: number, start: number, end: number): void {
    data.fill(value, start, end);
  }

  checkValues(values: ArrayLike<unknown>): Data {
    if (isTypedArray(values, this.arrayType)) return values;
    const data = this.allocate(values.length);
    convertEach(values.length, (i) => {
      const value = values[i];
      const fits = typeof value === "number" && value >= this.min && value <= this.max && Number.isInteger(value);
      (data as NumberArray)[i] = fits ? value : this.checkScalar(value);
    });
    return data;
  }

  protected convert(value: number | bigint): number {
    return Number(value) + 0; // + 0 turns -0 into 0
  }
}

/** An integer type whose values are bigints. */
export class BigIntegerType<Data extends BigIntArray> extends IntegerType<Data, bigint> {
  readonly defaultFillValue: bigint = 0n;

  /** One element. */
  getScalar(data: Data, index: number): bigint {
    return data[index];
  }

  /** Writes one element to a range of them. */
  fill(data: Data, value: bigint, start: number, end: number): void {
    data.fill(value, start, end);
  }

  /**
   * Elements as they are kept.
   * @throws ZarrError `ERR_VALUE` - one cannot be stored in this type
   */
  checkValues(values: ArrayLike<unknown>): Data {
    if (isTypedArray(values, this.arrayType)) return values;
    const data = this.allocate(values.length);
    convertEach(values.length, (i) => {
      (data as BigIntArray)[i] = this.checkScalar(values[i]);
    });
    return data;
  }

  /** A number beyond 2^53 may already have been rounded where it was written, so only a bigint says what is meant. */
  protected convert(value: number | bigint): bigint | undefined {
    return typeof value === "bigint" || Number.isSafeInteger(value) ? BigInt(value) : undefined;
  }
}

/** The integers of the core specification, `int8` to `uint64`. */
export const integerFamily: DataTypeFamily = fixedFamily({
  i1: new NumberIntegerType("int8", Int8Array, -(2 ** 7), 2 ** 7 - 1),
  u1: new NumberIntegerType("uint8", Uint8Array, 0, 2 ** 8 - 1),
  i2: new NumberIntegerType("int16", Int16Array, -(2 ** 15), 2 ** 15 - 1),
  u2: new NumberIntegerType("uint16", Uint16Array, 0, 2 ** 16 - 1),
  i4: new NumberIntegerType("int32", Int32Array, -(2 ** 31), 2 ** 31 - 1),
  u4: new NumberIntegerType("uint32", Uint32Array, 0, 2 ** 32 - 1),
  i8: new BigIntegerType("int64", BigInt64Array, -(2n ** 63n), 2n ** 63n - 1n),
  u8: new BigIntegerType("uint64", BigUint64Array, 0n, 2n ** 64n - 1n),
});

import { isTypedArray } from "../bytes/built-in.js";
import { hostIsLittleEndian } from "../bytes/endian.js";
import { describe, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { Float16Data } from "./data-type.js";
import { exactScalar } from "./data-type.js";
import { type DataTypeFamily, fixedFamily } from "./family.js";
import { convertEach, type TypedArrayConstructor, TypedArrayType } from "./typed-array-type.js";

/** In-memory data of the floating-point types. */
export type FloatArray = Float16Data | Float32Array | Float64Array;

const namedFloats = new Map<Json, number>([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** The nearest value of a type, or `undefined` if it has none: no NaN, say, or nothing so large. */
export type Rounding = (value: number) => number | undefined;

/** A floating-point type, whose values are numbers. */
export class FloatType<Data extends FloatArray = FloatArray> extends TypedArrayType<Data, number> {
  readonly defaultFillValue: number = 0;
  readonly #round: Rounding;

  constructor(name: string, arrayType: TypedArrayConstructor<Data>, round: Rounding) {
    super(name, arrayType);
    this.#round = round;
  }

  getScalar(data: Data, index: number): number {
    return data[index];
  }

  fill(data: Data, value: number | Data, start: number, end: number): void {
    if (typeof value === "number") data.fill(value, start, end);
    else this.repeat(data, value, start, end);
  }

  checkScalar(value: unknown): number | Data {
    return this.isElement(value) ? exactScalar(this, value) : this.checkNumber(value);
  }

  /** As {@link checkScalar}, of numbers alone. */
  checkNumber(value: unknown): number {
    if (typeof value === "number") return this.#rounded(value, "ERR_VALUE");
    if (typeof value !== "bigint") {
      throw new ZarrError("ERR_VALUE", `${describe(value)} is not a number: ${this.name} takes numbers`);
    }
    const number = Number(value);
    if (!Number.isFinite(number) || BigInt(number) !== value) {
      const message = `${describe(value)} is not exact as a number: convert it with Number() to have it rounded`;
      throw new ZarrError("ERR_VALUE", message);
    }
    return this.#rounded(number, "ERR_VALUE");
  }

  checkValues(values: ArrayLike<unknown>): Data {
    if (isTypedArray(values, this.arrayType)) return values;
    const data = this.allocate(values.length);
    const arrayRounds = this.itemSize === this.arrayType.BYTES_PER_ELEMENT; // as this type does
    convertEach(values.length, (i) => {
      const value = values[i];
      data[i] = arrayRounds && typeof value === "number" ? value : this.checkNumber(value);
    });
    return data;
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): number | Data {
    if (json === null && zarrFormat === 2) return this.defaultFillValue;
    if (typeof json === "number" || typeof json === "bigint") return this.#rounded(Number(json), "ERR_METADATA");
    const named = namedFloats.get(json);
    if (named !== undefined) return this.#rounded(named, "ERR_METADATA");
    const value = this.#fromHexadecimal(json);
    if (value !== undefined) return value;
    throw new ZarrError(
      "ERR_METADATA",
      `fill_value ${describe(json)}: ${this.name} takes a number, "NaN", "Infinity", "-Infinity", or ` +
        `"0x" and ${this.itemSize * 2} hexadecimal digits`,
    );
  }

  fillValueToJson(value: number | Data, zarrFormat: 2 | 3): Json {
    if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
    const bytes = this.toBytes(value).slice();
    const digits = Array.from(hostIsLittleEndian ? bytes.reverse() : bytes, (byte) =>
      byte.toString(16).padStart(2, "0"),
    );
    const hexadecimal = `0x${digits.join("")}`;
    if (zarrFormat === 3) return hexadecimal;
    const message = `fill value ${hexadecimal}: Zarr format 2 writes every NaN of ${this.name} as "NaN"; take format 3, or NaN`;
    throw new ZarrError("ERR_VALUE", message);
  }

  /** The value of `"0x7fc00000"`: its bits as one unsigned integer, so the most significant byte comes first. */
  #fromHexadecimal(json: Json): number | Data | undefined {
    if (typeof json !== "string" || !/^0x[0-9a-fA-F]+$/.test(json)) return undefined;
    if (json.length !== 2 + this.itemSize * 2) return undefined;
    const digits = json
      .slice(2)
      .match(/../g)!
      .map((pair) => Number.parseInt(pair, 16));
    return exactScalar(this, this.fromBytes(Uint8Array.from(hostIsLittleEndian ? digits.reverse() : digits)));
  }

  #rounded(value: number, code: "ERR_VALUE" | "ERR_METADATA"): number {
    const rounded = this.#round(value);
    if (rounded !== undefined) return rounded;
    const subject = code === "ERR_METADATA" ? "fill_value " : "";
    throw new ZarrError(code, `${subject}${describe(value)} is out of range: ${this.name} has nothing near it`);
  }
}

export const float32 = new FloatType("float32", Float32Array, Math.fround);
export const float64 = new FloatType("float64", Float64Array, (value) => value);

/** The IEEE 754 numbers that every typed array has: `float32`, `float64`. */
export const floatFamily: DataTypeFamily = fixedFamily({ f4: float32, f8: float64 });

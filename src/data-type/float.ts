import { describe, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { type DataTypeFamily, fixedFamily } from "./family.js";
import { decodeFloat16, encodeFloat16, roundToFloat16 } from "./float16.js";
import { convertEach, type TypedArrayConstructor, TypedArrayType, viewAs } from "./typed-array-type.js";

type FloatArray = Float16Array | Float32Array | Float64Array;

const namedFloats = new Map<Json, number>([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

class FloatType<Data extends FloatArray> extends TypedArrayType<Data, number> {
  readonly defaultFillValue = 0;
  /** The nearest value of this type. */
  readonly #round: (value: number) => number;

  constructor(name: string, arrayType: TypedArrayConstructor<Data>, round: (value: number) => number) {
    super(name, arrayType);
    this.#round = round;
  }

  getScalar(data: Data, index: number): number {
    return data[index];
  }

  fill(data: Data, value: number, start: number, end: number): void {
    data.fill(value, start, end);
  }

  checkScalar(value: unknown): number {
    if (typeof value === "number") return this.#round(value);
    if (typeof value !== "bigint") {
      throw new ZarrError("ERR_VALUE", `${describe(value)} is no number: ${this.name} takes numbers`);
    }
    const number = Number(value);
    if (!Number.isFinite(number) || BigInt(number) !== value) {
      const message = `${describe(value)} is not exact as a number: convert it with Number() to have it rounded`;
      throw new ZarrError("ERR_VALUE", message);
    }
    return this.#round(number);
  }

  checkValues(values: ArrayLike<unknown>): Data {
    if (values instanceof this.arrayType) return values;
    const data = this.allocate(values.length);
    const arrayRounds = this.itemSize === this.arrayType.BYTES_PER_ELEMENT; // as this type does
    convertEach(values.length, (i) => {
      const value = values[i];
      data[i] = arrayRounds && typeof value === "number" ? value : this.checkScalar(value);
    });
    return data;
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): number {
    if (json === null && zarrFormat === 2) return this.defaultFillValue;
    if (typeof json === "number" || typeof json === "bigint") return this.#round(Number(json));
    const value = namedFloats.get(json) ?? this.#fromHexadecimal(json);
    if (value !== undefined) return value;
    throw new ZarrError(
      "ERR_METADATA",
      `fill_value ${describe(json)}: ${this.name} takes a number, "NaN", "Infinity", "-Infinity", or ` +
        `"0x" and ${this.itemSize * 2} hexadecimal digits`,
    );
  }

  fillValueToJson(value: number): Json {
    return Number.isFinite(value) ? value : String(value);
  }

  /** The value of `"0x7fc00000"`: its bits as one unsigned integer, so the most significant byte comes first. */
  #fromHexadecimal(json: Json): number | undefined {
    if (typeof json !== "string" || !/^0x[0-9a-fA-F]+$/.test(json)) return undefined;
    if (json.length !== 2 + this.itemSize * 2) return undefined;
    const bits = new DataView(new ArrayBuffer(8));
    bits.setBigUint64(0, BigInt(json));
    if (this.itemSize === 8) return bits.getFloat64(0);
    return this.itemSize === 4 ? bits.getFloat32(4) : decodeFloat16(Uint16Array.of(bits.getUint16(6)))[0];
  }
}

/** `float16` for machines without `Float16Array`: in memory, single-precision numbers of the same values. */
class WidenedFloat16Type extends FloatType<Float32Array> {
  override get itemSize(): number {
    return 2;
  }

  override fromBytes(bytes: Uint8Array): Float32Array {
    return decodeFloat16(viewAs(Uint16Array, bytes, this.name));
  }

  override toBytes(data: Float32Array): Uint8Array {
    return new Uint8Array(encodeFloat16(data).buffer);
  }
}

const float16 =
  typeof Float16Array === "undefined"
    ? new WidenedFloat16Type("float16", Float32Array, roundToFloat16)
    : new FloatType("float16", Float16Array, Math.f16round);

/** The IEEE 754 numbers of the core specification: `float16`, `float32`, `float64`. */
export const floatFamily: DataTypeFamily = fixedFamily({
  f2: float16,
  f4: new FloatType("float32", Float32Array, Math.fround),
  f8: new FloatType("float64", Float64Array, (value) => value),
});

import { type DataTypeFamily, fixedFamily } from "./family.js";
import { FloatType, type Rounding } from "./float.js";
import { decodeFloat16, encodeFloat16, roundToFloat16 } from "./float16.js";
import { viewAs } from "./typed-array-type.js";

/** The rounding of a {@link WidenedFloatType}, and the bytes of its numbers in the machine's byte order. */
interface FloatCoding {
  readonly round: Rounding;
  decode(bytes: Uint8Array): Float32Array;
  encode(data: Float32Array): Uint8Array;
}

/** A type that no typed array has: in memory, single-precision numbers of the same values. */
export class WidenedFloatType extends FloatType<Float32Array> {
  readonly #itemSize: number;
  readonly #coding: FloatCoding;

  constructor(name: string, itemSize: number, coding: FloatCoding) {
    super(name, Float32Array, coding.round);
    this.#itemSize = itemSize;
    this.#coding = coding;
  }

  override get itemSize(): number {
    return this.#itemSize;
  }

  override fromBytes(bytes: Uint8Array): Float32Array {
    return this.#coding.decode(bytes);
  }

  override toBytes(data: Float32Array): Uint8Array {
    return this.#coding.encode(data);
  }
}

/** `float16`; on machines without `Float16Array` it is widened. */
export const float16: FloatType =
  typeof Float16Array === "undefined"
    ? new WidenedFloatType("float16", 2, {
        round: roundToFloat16,
        decode: (bytes) => decodeFloat16(viewAs(Uint16Array, bytes, "float16")),
        encode: (data) => new Uint8Array(encodeFloat16(data).buffer),
      })
    : new FloatType("float16", Float16Array, Math.f16round);

/** `float16` of the core specification. */
export const halfFamily: DataTypeFamily = fixedFamily({ f2: float16 });

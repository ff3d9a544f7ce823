import { ZarrError } from "../errors.js";
import { bitsOf } from "./bits.js";
import { type DataTypeFamily, namedFamily } from "./family.js";
import { type FloatFormat, floatFormats, minExponent } from "./float-format.js";
import { convertEach, viewAs } from "./typed-array-type.js";
import { WidenedFloatType } from "./widened-float.js";

/** The conversion between one format's codes, which are the bits as an integer, and numbers. */
class SmallFloatCoding {
  readonly #format: FloatFormat;
  /** The bit of the sign; what is below it is the magnitude. */
  readonly #signBit: number;
  /** Code of the largest finite number. */
  readonly #maxCode: number;
  readonly #minExponent: number;
  #values: Float32Array | undefined;

  constructor(format: FloatFormat) {
    const { exponentBits, fractionBits, kind } = format;
    this.#format = format;
    this.#signBit = 2 ** (exponentBits + fractionBits);
    this.#maxCode = this.#signBit - 1 - (kind === "ieee" ? 2 ** fractionBits : kind === "fn" || kind === "fnu" ? 1 : 0);
    this.#minExponent = minExponent(format);
  }

  /** The numbers of all codes. A NaN has the sign, the quiet bit and the payload of its code, as far as the format has them. */
  get values(): Float32Array {
    if (this.#values === undefined) {
      this.#values = Float32Array.from({ length: 2 * this.#signBit }, (_, code) => this.#decode(code));
      const bits = bitsOf(this.#values);
      this.#values.forEach((value, code) => {
        if (Number.isNaN(value)) bits[code] = this.#singleNaN(code);
      });
    }
    return this.#values;
  }

  #decode(code: number): number {
    const { fractionBits, bias, kind } = this.#format;
    const isNegative = kind !== "fnu" && code >= this.#signBit;
    const magnitude = code % this.#signBit;
    if (kind === "fnuz" && code === this.#signBit) return Number.NaN;
    if (magnitude > this.#maxCode) {
      if (kind !== "ieee" || magnitude > this.#maxCode + 1) return Number.NaN;
      return isNegative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    }
    const unit = 2 ** fractionBits;
    const exponent = Math.floor(magnitude / unit);
    const isSubnormal = exponent === 0 && kind !== "fnu";
    const scale = isSubnormal ? this.#minExponent : exponent - bias;
    const value = ((magnitude % unit) + (isSubnormal ? 0 : unit)) * 2 ** (scale - fractionBits);
    return isNegative ? -value : value;
  }

  /** Bits, in single precision, of the NaN that a code is. */
  #singleNaN(code: number): number {
    const { fractionBits, kind } = this.#format;
    const sign = (kind === "ieee" || kind === "fn") && code >= this.#signBit ? 2 ** 31 : 0;
    return sign + (kind === "ieee" ? 0x7f800000 + (code % 2 ** fractionBits) * 2 ** (23 - fractionBits) : 0x7fc00000);
  }

  /** Code of the NaN that has these bits in single precision; `undefined` if the format has no NaN. */
  #codeOfNaN(bits: number): number | undefined {
    const { fractionBits, kind } = this.#format;
    const sign = bits >= 2 ** 31 ? this.#signBit : 0;
    switch (kind) {
      case "ieee":
        return sign + this.#maxCode + 1 + ((bits & 0x7fffff) >>> (23 - fractionBits) || 2 ** (fractionBits - 1));
      case "fn":
        return sign + this.#maxCode + 1;
      case "fnu":
        return this.#maxCode + 1;
      case "fnuz":
        return this.#signBit;
      case "finite":
        return undefined;
    }
  }

  /** Code of the nearest number, ties to even; `undefined` if the format has nothing near it. */
  encode(value: number): number | undefined {
    const { fractionBits, bias, kind } = this.#format;
    if (Number.isNaN(value)) return this.#codeOfNaN(0x7fc00000);
    const isNegative = value < 0 || Object.is(value, -0);
    const code = Number.isFinite(value) ? this.#magnitude(Math.abs(value), fractionBits, bias) : this.#maxCode + 1;
    if (kind === "fnu") return isNegative || code < 0 || code > this.#maxCode ? undefined : code;
    if (code > this.#maxCode && kind !== "ieee") return undefined;
    if (kind === "fnuz" && code === 0) return 0;
    return Math.min(code, this.#maxCode + 1) + (isNegative ? this.#signBit : 0);
  }

  /** As {@link encode}, of each number. */
  encodeAll(data: Float32Array, codes: Uint8Array | Uint16Array, name: string): void {
    const bits = bitsOf(data) as Uint32Array;
    for (let i = 0; i < data.length; i++) {
      const isANaN = (bits[i] & 0x7fffffff) > 0x7f800000;
      const code = isANaN ? this.#codeOfNaN(bits[i]) : this.encode(data[i]);
      if (code === undefined) {
        throw new ZarrError("ERR_VALUE", `${data[i]} is out of range: ${name} has nothing near it`);
      }
      codes[i] = code;
    }
  }

  /** The numbers of codes, of which the bits above those of the format are ignored. */
  decodeAll(codes: Uint8Array | Uint16Array): Float32Array {
    const table = bitsOf(this.values);
    const data = new Float32Array(codes.length);
    const bits = bitsOf(data);
    const mask = table.length - 1;
    for (let i = 0; i < codes.length; i++) bits[i] = table[codes[i] & mask];
    return data;
  }

  #magnitude(magnitude: number, fractionBits: number, bias: number): number {
    scratch.setFloat64(0, magnitude);
    const exponent = Math.max((scratch.getUint32(0) >>> 20) - 1023, this.#minExponent);
    // Dividing by a power of two is exact, and adding 2^52 leaves a double no fraction: this rounds to even.
    const units = magnitude / 2 ** (exponent - fractionBits) + 2 ** 52 - 2 ** 52;
    return (exponent + bias - 1) * 2 ** fractionBits + units;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/**
 * A floating-point number of at most 16 bits, encoded in one or two bytes: in memory a single-precision number. Numbers
 * are rounded to the nearest one of the type; those that it has nothing for, as NaN in a type without, are refused. A NaN that was
 * read has the bits, in its sign and the highest ones of its fraction, that it had before, and is written with them again.
 */
class SmallFloatType extends WidenedFloatType {
  override readonly defaultFillValue: number;

  constructor(name: string, format: FloatFormat) {
    const coding = new SmallFloatCoding(format);
    const CodeArray = format.exponentBits + format.fractionBits > 8 ? Uint16Array : Uint8Array;
    super(name, CodeArray.BYTES_PER_ELEMENT, {
      round(value) {
        const code = coding.encode(value);
        return code === undefined ? undefined : coding.values[code];
      },
      decode: (bytes) => coding.decodeAll(viewAs<Uint8Array | Uint16Array>(CodeArray, bytes, name)),
      encode(data) {
        const codes = new CodeArray(data.length);
        coding.encodeAll(data, codes, name);
        return new Uint8Array(codes.buffer);
      },
    });
    this.defaultFillValue = format.kind === "fnu" ? coding.values[0] : 0; // what zeroed bytes mean
  }

  override checkValues(values: ArrayLike<unknown>): Float32Array {
    convertEach(values.length, (i) => this.checkScalar(values[i]));
    return super.checkValues(values);
  }
}

const { float64, float32, float16, ...smallFormats } = floatFormats;

/** `bfloat16` and the types of 8, 6 and 4 bits that the registry defines, and `float8_e4m3fn`, as tensorstore writes it. */
export const smallFloats: readonly WidenedFloatType[] = Object.entries(smallFormats).map(
  ([name, format]) => new SmallFloatType(name, format),
);

/** The floating-point types of the registry. */
export const smallFloatFamily: DataTypeFamily = namedFamily(smallFloats);

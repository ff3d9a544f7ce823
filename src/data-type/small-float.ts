import { ZarrError } from "../errors.js";
import { type DataTypeFamily, namedFamily } from "./family.js";
import { WidenedFloatType } from "./float.js";
import { convertEach, viewAs } from "./typed-array-type.js";

/** How a floating-point format of at most 16 bits lays out its numbers, from the highest bit: sign, exponent, fraction. */
interface Format {
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly bias: number;
  /**
   * What beyond the finite numbers there is: `ieee` infinities, and NaNs in the same exponent; `fnuz` one NaN, in the place
   * of -0; `fn` nothing; `fnu` one NaN, all bits set, and neither a sign nor a zero.
   */
  readonly kind: "ieee" | "fnuz" | "fn" | "fnu";
}

/** By the names of the registry. */
const formats: Readonly<Record<string, Format>> = {
  bfloat16: { exponentBits: 8, fractionBits: 7, bias: 127, kind: "ieee" },
  float8_e3m4: { exponentBits: 3, fractionBits: 4, bias: 3, kind: "ieee" },
  float8_e4m3: { exponentBits: 4, fractionBits: 3, bias: 7, kind: "ieee" },
  float8_e4m3b11fnuz: { exponentBits: 4, fractionBits: 3, bias: 11, kind: "fnuz" },
  float8_e4m3fnuz: { exponentBits: 4, fractionBits: 3, bias: 8, kind: "fnuz" },
  float8_e5m2: { exponentBits: 5, fractionBits: 2, bias: 15, kind: "ieee" },
  float8_e5m2fnuz: { exponentBits: 5, fractionBits: 2, bias: 16, kind: "fnuz" },
  float8_e8m0fnu: { exponentBits: 8, fractionBits: 0, bias: 127, kind: "fnu" },
  float6_e2m3fn: { exponentBits: 2, fractionBits: 3, bias: 1, kind: "fn" },
  float6_e3m2fn: { exponentBits: 3, fractionBits: 2, bias: 3, kind: "fn" },
  float4_e2m1fn: { exponentBits: 2, fractionBits: 1, bias: 1, kind: "fn" },
};

/** The conversion between one format's codes, which are the bits as an integer, and numbers. */
class SmallFloatCoding {
  readonly #format: Format;
  /** The bit of the sign; what is below it is the magnitude. */
  readonly #signBit: number;
  /** Code of the largest finite number. */
  readonly #maxCode: number;
  /** Exponent of the smallest normal number, and of the subnormal ones. */
  readonly #minExponent: number;
  #values: Float32Array | undefined;

  constructor(format: Format) {
    const { exponentBits, fractionBits, bias, kind } = format;
    this.#format = format;
    this.#signBit = 2 ** (exponentBits + fractionBits);
    this.#maxCode = this.#signBit - 1 - (kind === "ieee" ? 2 ** fractionBits : kind === "fnu" ? 1 : 0);
    this.#minExponent = kind === "fnu" ? -bias : 1 - bias;
  }

  /** The numbers of all codes. */
  get values(): Float32Array {
    this.#values ??= Float32Array.from({ length: 2 * this.#signBit }, (_, code) => this.#decode(code));
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

  /** Code of the nearest number, ties to even; `undefined` if the format has nothing near it. */
  encode(value: number): number | undefined {
    const { fractionBits, bias, kind } = this.#format;
    if (Number.isNaN(value)) return this.#nan();
    const isNegative = value < 0 || Object.is(value, -0);
    const code = Number.isFinite(value) ? this.#magnitude(Math.abs(value), fractionBits, bias) : this.#maxCode + 1;
    if (kind === "fnu") return isNegative || code < 0 || code > this.#maxCode ? undefined : code;
    if (code > this.#maxCode && kind !== "ieee") return undefined;
    if (kind === "fnuz" && code === 0) return 0;
    return Math.min(code, this.#maxCode + 1) + (isNegative ? this.#signBit : 0);
  }

  #magnitude(magnitude: number, fractionBits: number, bias: number): number {
    scratch.setFloat64(0, magnitude);
    const exponent = Math.max((scratch.getUint32(0) >>> 20) - 1023, this.#minExponent);
    // Dividing by a power of two is exact, and adding 2^52 leaves a double no fraction: this rounds to even.
    const units = magnitude / 2 ** (exponent - fractionBits) + 2 ** 52 - 2 ** 52;
    return (exponent + bias - 1) * 2 ** fractionBits + units;
  }

  #nan(): number | undefined {
    const { fractionBits, kind } = this.#format;
    if (kind === "ieee") return this.#maxCode + 1 + 2 ** (fractionBits - 1);
    if (kind === "fnuz") return this.#signBit;
    return kind === "fnu" ? this.#maxCode + 1 : undefined;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/**
 * A floating-point number of at most 16 bits, encoded in one or two bytes: in memory a single-precision number. Numbers
 * are rounded to the nearest one of the type; those that it has nothing for, as NaN in a type without, are refused.
 */
class SmallFloatType extends WidenedFloatType {
  override readonly defaultFillValue: number;

  constructor(name: string, format: Format) {
    const coding = new SmallFloatCoding(format);
    const bits = (format.kind === "fnu" ? 0 : 1) + format.exponentBits + format.fractionBits;
    const CodeArray = bits > 8 ? Uint16Array : Uint8Array;
    super(name, CodeArray.BYTES_PER_ELEMENT, {
      round(value) {
        const code = coding.encode(value);
        return code === undefined ? undefined : coding.values[code];
      },
      // The bits above those of the format are ignored.
      decode: (bytes) =>
        Float32Array.from(viewAs<Uint8Array | Uint16Array>(CodeArray, bytes, name), (code) => {
          return coding.values[code % 2 ** bits];
        }),
      encode(data) {
        const codes = new CodeArray(data.length);
        data.forEach((value, i) => {
          const code = coding.encode(value);
          if (code === undefined)
            throw new ZarrError("ERR_VALUE", `${value} is out of range: ${name} has nothing near it`);
          codes[i] = code;
        });
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

/** `bfloat16` and the types of 8, 6 and 4 bits that the registry defines. */
export const smallFloats: readonly WidenedFloatType[] = Object.entries(formats).map(
  ([name, format]) => new SmallFloatType(name, format),
);

/** The floating-point types of the registry. */
export const smallFloatFamily: DataTypeFamily = namedFamily(smallFloats);

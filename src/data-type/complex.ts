import { describe, type Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { type DataType, elementOf, exactScalar } from "./data-type.js";
import { type DataTypeFamily, fixedFamily, namedFamily } from "./family.js";
import { type FloatArray, type FloatType, float32, float64 } from "./float.js";
import { smallFloats } from "./small-float.js";
import { convertEach, TypedArrayType } from "./typed-array-type.js";
import { float16 } from "./widened-float.js";

/** Real and imaginary part. */
type Complex = readonly [number, number];

/** Complex numbers: in memory, and encoded, the real part of each before its imaginary one. */
export class ComplexType<Data extends FloatArray = FloatArray> extends TypedArrayType<Data, Complex> {
  override readonly width = 2;
  readonly #component: FloatType<Data>;

  constructor(name: string, component: FloatType<Data>) {
    super(name, component.arrayType);
    this.#component = component;
  }

  /** Type of the real and of the imaginary part. */
  get component(): FloatType<Data> {
    return this.#component;
  }

  get defaultFillValue(): Complex {
    const { defaultFillValue } = this.#component;
    return [defaultFillValue, defaultFillValue];
  }

  override get itemSize(): number {
    return 2 * this.#component.itemSize;
  }

  override get swapSize(): number {
    return this.#component.swapSize;
  }

  override allocate(elements: number, shared?: boolean): Data {
    return this.#component.allocate(2 * elements, shared);
  }

  override fromBytes(bytes: Uint8Array): Data {
    if (bytes.length % this.itemSize === 0) return this.#component.fromBytes(bytes);
    const message = `${bytes.length} bytes are not a whole number of ${this.name} elements of ${this.itemSize} bytes`;
    throw new ZarrError("ERR_CODEC", message);
  }

  override toBytes(data: Data): Uint8Array {
    return this.#component.toBytes(data);
  }

  getScalar(data: Data, index: number): Complex {
    return [data[index], data[index + 1]];
  }

  fill(data: Data, value: Complex | Data, start: number, end: number): void {
    this.repeat(data, Array.isArray(value) ? this.#element(value as unknown as Complex) : (value as Data), start, end);
  }

  #element(parts: readonly (number | Data)[]): Data {
    const element = this.allocate(1);
    parts.forEach((part, i) => {
      this.#component.fill(element, part, i, i + 1);
    });
    return element;
  }

  /** A number, or a pair of numbers. */
  override isScalar(value: unknown): boolean {
    return super.isScalar(value) || isPair(value);
  }

  checkScalar(value: unknown): Complex | Data {
    if (this.isElement(value)) return exactScalar(this, value);
    const [real, imaginary, ...more] = (isPair(value) ? value : [value, 0]) as unknown[];
    if (more.length === 0) return [this.#component.checkNumber(real), this.#component.checkNumber(imaginary)];
    throw new ZarrError(
      "ERR_VALUE",
      `${describe(value)} is not a value of type ${this.name}: expected [real, imaginary] or a number`,
    );
  }

  /** Pairs, or numbers that alternate between real and imaginary parts as those of `data` do. */
  checkValues(values: ArrayLike<unknown>): Data {
    if (values.length === 0 || !isPair(values[0])) {
      const data = this.#component.checkValues(values);
      if (data.length % 2 === 0) return data;
      const message = `${data.length} numbers are not a list of ${this.name}: expected a real and an imaginary part for each element`;
      throw new ZarrError("ERR_VALUE", message);
    }
    const data = this.allocate(values.length);
    convertEach(values.length, (i) => {
      this.fill(data, this.checkScalar(values[i]), 2 * i, 2 * i + 2);
    });
    return data;
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): Complex | Data {
    // Version 2 of zarr-python wrote a zero of any type as 0.
    if (zarrFormat === 2 && (json === null || json === 0)) return this.defaultFillValue;
    if (!Array.isArray(json) || json.length !== 2) {
      const message = `fill_value ${describe(json)}: ${this.name} takes a list of a real and an imaginary part`;
      throw new ZarrError("ERR_METADATA", message);
    }
    return exactScalar(this, this.#element(json.map((part) => this.#component.fillValueFromJson(part, 3))));
  }

  fillValueToJson(value: Complex | Data, zarrFormat: 2 | 3): Json {
    const element = elementOf(this as DataType, value) as Data;
    return [0, 1].map((i) => {
      const part = exactScalar(this.#component, element.slice(i, i + 1) as Data);
      return this.#component.fillValueToJson(part, zarrFormat);
    });
  }
}

function isPair(value: unknown): value is ArrayLike<unknown> {
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
  return isList && (value as ArrayLike<unknown>).length === 2 && typeof (value as ArrayLike<unknown>)[0] !== "object";
}

const complex64 = new ComplexType("complex64", float32);
const complex128 = new ComplexType("complex128", float64);
const withoutV2 = namedFamily([
  new ComplexType<FloatArray>("complex_float16", float16),
  ...smallFloats
    .filter(({ name }) => name !== "float8_e4m3fn") // of which the registry has no complex type
    .map((component) => new ComplexType(`complex_${component.name}`, component)),
]);

/** `complex64` and `complex128` of the core specification, and the registry's complex types of other components. */
export const complexFamily: DataTypeFamily = {
  ...fixedFamily({ c8: complex64, c16: complex128 }),
  fromName(name, configuration) {
    if (name === "complex64" || name === "complex_float32") return complex64;
    if (name === "complex128" || name === "complex_float64") return complex128;
    return withoutV2.fromName(name, configuration);
  },
};

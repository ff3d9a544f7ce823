import { decodeBase64, encodeBase64 } from "../bytes/base64.js";
import { isBytes } from "../bytes/built-in.js";
import { describe, type Json, type JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { DataTypeFamily } from "./family.js";
import { checkItemSize, lengthBytes } from "./length-bytes.js";
import { convertEach, TypedArrayType } from "./typed-array-type.js";

/** Elements of `length` bytes each, which follow each other in memory as in an encoded chunk. */
abstract class FixedBytesType extends TypedArrayType<Uint8Array, Uint8Array> {
  override readonly width: number;

  constructor(name: string, length: number) {
    super(name, Uint8Array);
    this.width = checkItemSize(length, name);
  }

  override get itemSize(): number {
    return this.width;
  }

  override get swapSize(): number {
    return 1;
  }

  get defaultFillValue(): Uint8Array {
    return this.getScalar(this.allocate(1), 0);
  }

  override allocate(elements: number, shared = false): Uint8Array {
    return super.allocate(elements * this.width, shared);
  }

  override fromBytes(bytes: Uint8Array): Uint8Array {
    if (bytes.length % this.width === 0) return bytes;
    const message = `${bytes.length} bytes are not a whole number of ${this.name} elements of ${this.width} bytes`;
    throw new ZarrError("ERR_CODEC", message);
  }

  fill(data: Uint8Array, value: Uint8Array, start: number, end: number): void {
    data.fill(0, start, end);
    for (let i = start; i < end; i += this.width) data.set(value, i);
  }

  abstract override getScalar(data: Uint8Array, index: number): Uint8Array;
  abstract override checkScalar(value: unknown): Uint8Array;

  /** The bytes of all elements, or a list of scalars. */
  checkValues(values: ArrayLike<unknown>): Uint8Array {
    if (isBytes(values)) {
      if (values.length % this.width === 0) return values;
      const message = `${values.length} bytes are not a whole number of ${this.name} elements of ${this.width} bytes`;
      throw new ZarrError("ERR_VALUE", message);
    }
    const data = this.allocate(values.length);
    convertEach(values.length, (i) => {
      data.set(this.checkScalar(values[i]), i * this.width);
    });
    return data;
  }

  fillValueFromJson(json: Json, zarrFormat: 2 | 3): Uint8Array {
    // Version 2 of zarr-python wrote a zero of any type as 0.
    if (zarrFormat === 2 && (json === null || json === 0)) return this.defaultFillValue;
    const bytes = bytesFromJson(json);
    const scalar = bytes === undefined ? undefined : this.scalarOf(bytes);
    if (scalar !== undefined) return scalar;
    const message = `fill_value ${describe(json)}: ${this.name} takes ${this.expected}, in base64 or as a list of integers`;
    throw new ZarrError("ERR_METADATA", message);
  }

  fillValueToJson(value: Uint8Array, _zarrFormat: 2 | 3): Json {
    return encodeBase64(value);
  }

  /** The description of a scalar, for messages. */
  protected abstract readonly expected: string;
  /** These bytes in the canonical form of a scalar; `undefined` if there are too many or too few. */
  protected abstract scalarOf(bytes: Uint8Array): Uint8Array | undefined;
}

/** `r8`, `r16`, … of the core specification, NumPy's `V`: bytes without a meaning. */
class RawType extends FixedBytesType {
  protected get expected(): string {
    return `${this.width} bytes`;
  }

  /** zarr-python has another spelling than the specification. */
  get #isSpecified(): boolean {
    return this.name !== "raw_bytes";
  }

  override toJson(): Json {
    return this.#isSpecified ? this.name : { name: this.name, configuration: { length_bytes: this.width } };
  }

  override isScalar(value: unknown): boolean {
    return super.isScalar(value) || (isBytes(value) && value.length === this.width);
  }

  getScalar(data: Uint8Array, index: number): Uint8Array {
    return data.slice(index, index + this.width);
  }

  checkScalar(value: unknown): Uint8Array {
    const scalar = isBytes(value) ? this.scalarOf(value) : undefined;
    if (scalar !== undefined) return scalar;
    const found = isBytes(value) ? `a Uint8Array of length ${value.length}` : describe(value);
    throw new ZarrError(
      "ERR_VALUE",
      `${found} is not a value of type ${this.name}: expected a Uint8Array of length ${this.width}`,
    );
  }

  override fillValueToJson(value: Uint8Array, zarrFormat: 2 | 3): Json {
    return zarrFormat === 3 && this.#isSpecified ? [...value] : super.fillValueToJson(value, zarrFormat);
  }

  protected scalarOf(bytes: Uint8Array): Uint8Array | undefined {
    return bytes.length === this.width ? new Uint8Array(bytes) : undefined;
  }
}

const encoder = new TextEncoder();

/** zarr-python's `null_terminated_bytes`, NumPy's `S`: up to so many bytes, whose end is filled up with zeros. */
class NullTerminatedType extends FixedBytesType {
  protected get expected(): string {
    return `up to ${this.width} bytes`;
  }

  override toJson(): Json {
    return { name: this.name, configuration: { length_bytes: this.width } };
  }

  /** Bytes, as many as fit, or text. */
  override isScalar(value: unknown): boolean {
    return super.isScalar(value) || (isBytes(value) && value.length <= this.width);
  }

  getScalar(data: Uint8Array, index: number): Uint8Array {
    return data.slice(index, index + lengthWithoutZeros(data.subarray(index, index + this.width)));
  }

  /** Text stands for its UTF-8. */
  checkScalar(value: unknown): Uint8Array {
    const bytes = typeof value === "string" ? encoder.encode(value) : value;
    const scalar = isBytes(bytes) ? this.scalarOf(bytes) : undefined;
    if (scalar !== undefined) return scalar;
    const length = isBytes(bytes) ? `, ${bytes.length} bytes,` : "";
    const message = `${describe(value)}${length} is not a value of type ${this.name}: expected a Uint8Array or a string of at most ${this.width} bytes`;
    throw new ZarrError("ERR_VALUE", message);
  }

  protected scalarOf(bytes: Uint8Array): Uint8Array | undefined {
    const length = lengthWithoutZeros(bytes);
    return length <= this.width ? bytes.slice(0, length) : undefined;
  }
}

function lengthWithoutZeros(bytes: Uint8Array): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}

/** Bytes that a document gives in base64, or as a list of integers; `undefined` if it is neither. */
export function bytesFromJson(json: Json): Uint8Array | undefined {
  if (typeof json === "string") return decodeBase64(json);
  if (!Array.isArray(json)) return undefined;
  const areBytes = json.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  return areBytes ? Uint8Array.from(json) : undefined;
}

/** `r*` of the core specification, zarr-python's `raw_bytes` and `null_terminated_bytes`; `V` and `S` in v2. */
export const fixedBytesFamily: DataTypeFamily = {
  fromName(name: string, configuration: JsonObject) {
    if (name === "raw_bytes") return new RawType(name, lengthBytes(name, configuration));
    if (name === "null_terminated_bytes") return new NullTerminatedType(name, lengthBytes(name, configuration));
    const [, bits] = /^r([1-9]\d{0,11})$/.exec(name) ?? [];
    return Number(bits) % 8 === 0 ? new RawType(name, Number(bits) / 8) : undefined;
  },
  fromV2({ kind, size = 0, unit }) {
    if (size === 0 || unit !== undefined) return undefined;
    if (kind === "V") return new RawType("raw_bytes", size);
    return kind === "S" ? new NullTerminatedType("null_terminated_bytes", size) : undefined;
  },
  toV2(dataType) {
    if (dataType instanceof RawType) return `V${dataType.width}`;
    return dataType instanceof NullTerminatedType ? `S${dataType.width}` : undefined;
  },
};

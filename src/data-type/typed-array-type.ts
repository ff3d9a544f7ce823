import { isTypedArray } from "../bytes/built-in.js";
import { swapBytes } from "../bytes/endian.js";
import type { Json } from "../bytes/json.js";
import { withDetails, ZarrError } from "../errors.js";
import { bitsOf, isSameBits } from "./bits.js";
import type { ChunkData, DataType } from "./data-type.js";

/** In-memory data of the fixed-size types. */
export type TypedArray = Exclude<ChunkData, unknown[]>;

/** The part of a typed array's constructor that the types below need. */
export interface TypedArrayConstructor<Data extends TypedArray> {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Data;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Data;
}

/** A data type whose elements are the entries of one kind of typed array, in memory as in an encoded chunk. */
export abstract class TypedArrayType<Data extends TypedArray, Scalar> implements DataType<Data, Scalar> {
  readonly name: string;
  readonly width: number = 1;
  readonly objectCodec = undefined;
  abstract readonly defaultFillValue: Scalar;
  /** Constructor of `data`. */
  readonly arrayType: TypedArrayConstructor<Data>;

  constructor(name: string, arrayType: TypedArrayConstructor<Data>) {
    this.name = name;
    this.arrayType = arrayType;
  }

  get itemSize(): number {
    return this.arrayType.BYTES_PER_ELEMENT;
  }

  get swapSize(): number {
    return this.itemSize;
  }

  toJson(): Json {
    return this.name;
  }

  allocate(elements: number, shared = false): Data {
    if (!shared) return new this.arrayType(elements);
    return new this.arrayType(new SharedArrayBuffer(elements * this.arrayType.BYTES_PER_ELEMENT));
  }

  fromBytes(bytes: Uint8Array): Data {
    return viewAs(this.arrayType, bytes, this.name);
  }

  toBytes(data: Data): Uint8Array {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }

  swapBytes(bytes: Uint8Array): Uint8Array {
    return swapBytes(bytes, this.swapSize);
  }

  holdsSame(a: Data, b: Data): boolean {
    return isSameBits(bitsOf(a), bitsOf(b));
  }

  isScalar(value: unknown): boolean {
    return typeof value !== "object" || value === null;
  }

  /** True if a caller's value is the data of one element. */
  protected isElement(value: unknown): value is Data {
    return isTypedArray(value, this.arrayType) && value.length === this.width;
  }

  /** Writes the data of one element into the entries [start, end). */
  protected repeat(data: Data, element: Data, start: number, end: number): void {
    const [target, bits] = [bitsOf(data) as Uint32Array, bitsOf(element) as Uint32Array];
    if (bits.length === 1) target.fill(bits[0], start, end);
    else for (let i = start; i < end; i += bits.length) target.set(bits, i);
  }

  abstract getScalar(data: Data, index: number): Scalar;
  abstract fill(data: Data, value: Scalar | Data, start: number, end: number): void;
  abstract checkScalar(value: unknown): Scalar | Data;
  abstract checkValues(values: ArrayLike<unknown>): Data;
  abstract fillValueFromJson(json: Json, zarrFormat: 2 | 3): Scalar | Data;
  abstract fillValueToJson(value: Scalar | Data, zarrFormat: 2 | 3): Json;
}

/**
 * Bytes as a typed array: a view where they are aligned to its entries, else of a copy.
 * @throws ZarrError `ERR_CODEC` - not a whole number of entries
 */
export function viewAs<Data extends TypedArray>(
  arrayType: TypedArrayConstructor<Data>,
  bytes: Uint8Array,
  name: string,
): Data {
  const size = arrayType.BYTES_PER_ELEMENT;
  const length = bytes.byteLength / size;
  if (!Number.isInteger(length)) {
    const message = `${bytes.byteLength} bytes are not a whole number of ${name} elements of ${size} bytes`;
    throw new ZarrError("ERR_CODEC", message);
  }
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new arrayType(aligned.buffer, aligned.byteOffset, length);
}

/** Calls `convert` for each index below `length`; an error that it throws names the index. */
export function convertEach(length: number, convert: (index: number) => void): void {
  let index = 0;
  try {
    for (; index < length; index++) convert(index);
  } catch (error) {
    throw withDetails(error, { index });
  }
}

import { swapBytes } from "../bytes/endian.js";
import type { Json } from "../bytes/json.js";
import { withDetails, ZarrError } from "../errors.js";
import type { ChunkData, DataType } from "./data-type.js";

/** In-memory data of the fixed-size types. */
export type TypedArray = Exclude<ChunkData, unknown[]>;

/** What the types below need of a typed array's constructor. */
export interface TypedArrayConstructor<Data extends TypedArray> {
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
    for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
    return a.length === b.length;
  }

  isScalar(value: unknown): boolean {
    return typeof value !== "object" || value === null;
  }

  abstract getScalar(data: Data, index: number): Scalar;
  abstract fill(data: Data, value: Scalar, start: number, end: number): void;
  abstract checkScalar(value: unknown): Scalar;
  abstract checkValues(values: ArrayLike<unknown>): Data;
  abstract fillValueFromJson(json: Json, zarrFormat: 2 | 3): Scalar;
  abstract fillValueToJson(value: Scalar, zarrFormat: 2 | 3): Json;
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
    const message = `${bytes.byteLength} bytes are no whole number of ${name} elements of ${size} bytes`;
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

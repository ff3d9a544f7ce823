import type { Endian } from "../bytes/endian.js";
import type { Json } from "../bytes/json.js";

/** `Float16Array`, where the libraries that a program is compiled with have it. */
export type Float16Data = typeof globalThis extends { readonly Float16Array: { readonly prototype: infer Data } }
  ? Data
  : never;

/** The values of a chunk or region in memory: a typed array, or a plain array for strings, byte strings and objects. */
export type ChunkData =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float16Data
  | Float32Array
  | Float64Array
  | unknown[];

/**
 * A data type, as the rest of the package sees it. An *element* is one array item; it takes `width` consecutive
 * *entries* of `data` (2 for complex numbers, 1 for most), and `itemSize` bytes when encoded.
 */
export interface DataType<Data extends ChunkData = ChunkData, Scalar = unknown> {
  /** Name in the specification or its extension registry, as `int32` or `numpy.datetime64`. */
  readonly name: string;
  /** Bytes of one encoded element, or `undefined` where elements vary in length. */
  readonly itemSize: number | undefined;
  /** Bytes that byte order reverses as one unit, of a struct the largest of them; 1 where byte order has no meaning. */
  readonly swapSize: number;
  /** Entries of `data` that one element takes. */
  readonly width: number;
  /** Codec that elements of varying length need, as `vlen-utf8`; `undefined` where `itemSize` is given. */
  readonly objectCodec: string | undefined;
  /** Fill value where a document or a caller gives none. */
  readonly defaultFillValue: Scalar;
  /**
   * The `data_type` member of a v3 document.
   * @throws ZarrError `ERR_DATA_TYPE` - Zarr format 3 has no such type
   */
  toJson(): Json;
  /** New zeroed data for so many elements; on a `SharedArrayBuffer` if asked and the type has bytes. */
  allocate(elements: number, shared?: boolean): Data;
  /** Data from bytes in the machine's byte order; a view of `bytes` where that is possible. Never writes into `bytes`. */
  fromBytes(bytes: Uint8Array): Data;
  /** Bytes in the machine's byte order; a view of `data` where that is possible. */
  toBytes(data: Data): Uint8Array;
  /** A copy of encoded elements in the opposite byte order. */
  swapBytes(bytes: Uint8Array): Uint8Array;
  /** Element that begins at entry `index` (a multiple of `width`). */
  getScalar(data: Data, index: number): Scalar;
  /** Writes `value`, a scalar or the data of one element, into the entries [start, end) (multiples of `width`). */
  fill(data: Data, value: Scalar | Data, start: number, end: number): void;
  /** True if both hold the same bits: -0 is not 0, and a NaN is not one with another payload. */
  holdsSame(a: Data, b: Data): boolean;
  /** True if a caller's value has the form of one element, and not of a list of them. Says nothing of its validity. */
  isScalar(value: unknown): boolean;
  /**
   * A caller's scalar in its canonical form (as `getScalar` gives it), or as `exactScalar()` where the caller gives the data of one
   * element.
   * @throws ZarrError `ERR_VALUE` - wrong type, out of range, or not exact in an integer type
   */
  checkScalar(value: unknown): Scalar | Data;
  /**
   * A caller's flat values as data; the same object where it has the right type already.
   * @throws ZarrError `ERR_VALUE` - an element as in {@link checkScalar}
   */
  checkValues(values: ArrayLike<unknown>): Data;
  /**
   * Fill value from a metadata document, as `exactScalar()` gives it.
   * @param endian - byte order of encoded elements, in which a struct's fill value may stand; little if left out
   * @throws ZarrError `ERR_METADATA` - not one of the type's encodings
   */
  fillValueFromJson(json: Json, zarrFormat: 2 | 3, endian?: Endian): Scalar | Data;
  /** Fill value for a metadata document; `endian` as in {@link fillValueFromJson}. */
  fillValueToJson(value: Scalar | Data, zarrFormat: 2 | 3, endian?: Endian): Json;
}

/** The data of one element that is `scalar`, or already its data. */
export function elementOf(dataType: DataType, scalar: unknown): ChunkData {
  const data = dataType.allocate(1);
  dataType.fill(data, scalar, 0, dataType.width);
  return data;
}

/** The one element of `data` as a scalar; as the data itself where a scalar does not keep its bits, as those of some NaNs. */
export function exactScalar<Data extends ChunkData, Scalar>(
  dataType: DataType<Data, Scalar>,
  data: Data,
): Scalar | Data {
  const scalar = dataType.getScalar(data, 0);
  return dataType.holdsSame(elementOf(dataType as DataType, scalar) as Data, data) ? scalar : data;
}

import type { ChunkData } from "./data-type.js";

/** What the data types that TypeScript knows by name hold: `data` of a region, and one `scalar`. */
export interface DataTypeMap {
  bool: { data: Uint8Array; scalar: boolean };
  int8: { data: Int8Array; scalar: number };
  int16: { data: Int16Array; scalar: number };
  int32: { data: Int32Array; scalar: number };
  int64: { data: BigInt64Array; scalar: bigint };
  uint8: { data: Uint8Array; scalar: number };
  uint16: { data: Uint16Array; scalar: number };
  uint32: { data: Uint32Array; scalar: number };
  uint64: { data: BigUint64Array; scalar: bigint };
  float16: { data: Float16Array | Float32Array; scalar: number };
  float32: { data: Float32Array; scalar: number };
  float64: { data: Float64Array; scalar: number };
  complex64: { data: Float32Array; scalar: readonly [number, number] };
  complex128: { data: Float64Array; scalar: readonly [number, number] };
  "numpy.datetime64": { data: BigInt64Array; scalar: bigint };
  "numpy.timedelta64": { data: BigInt64Array; scalar: bigint };
  raw_bytes: { data: Uint8Array; scalar: Uint8Array };
  null_terminated_bytes: { data: Uint8Array; scalar: Uint8Array };
  fixed_length_utf32: { data: string[]; scalar: string };
  string: { data: string[]; scalar: string };
  bytes: { data: Uint8Array[]; scalar: Uint8Array };
  variable_length_bytes: { data: Uint8Array[]; scalar: Uint8Array };
  object: { data: unknown[]; scalar: unknown };
  struct: { data: Uint8Array; scalar: { readonly [field: string]: unknown } };
  bfloat16: { data: Float32Array; scalar: number };
  int2: { data: Int8Array; scalar: number };
  int4: { data: Int8Array; scalar: number };
  uint2: { data: Uint8Array; scalar: number };
  uint4: { data: Uint8Array; scalar: number };
}

/** A data type's name in the specification or its extension registry; `object` is one of Zarr format 2. */
export type DataTypeName = keyof DataTypeMap;

/** In-memory values of the data type `Name`: `DataOf<"int32">` is `Int32Array`. */
export type DataOf<Name extends string> = Name extends DataTypeName ? DataTypeMap[Name]["data"] : ChunkData;

/** One value of the data type `Name`: `ScalarOf<"int64">` is `bigint`. */
export type ScalarOf<Name extends string> = Name extends DataTypeName ? DataTypeMap[Name]["scalar"] : unknown;

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
}

/** A data type's name in the specification. */
export type DataTypeName = keyof DataTypeMap;

/** In-memory values of the data type `Name`: `DataOf<"int32">` is `Int32Array`. */
export type DataOf<Name extends string> = Name extends DataTypeName ? DataTypeMap[Name]["data"] : ChunkData;

/** One value of the data type `Name`: `ScalarOf<"int64">` is `bigint`. */
export type ScalarOf<Name extends string> = Name extends DataTypeName ? DataTypeMap[Name]["scalar"] : unknown;

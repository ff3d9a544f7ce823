import type { ChunkData, Float16Data } from "./data-type.js";

/** The values of the data types that TypeScript knows by name: `data` of a region, and one `scalar`. */
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
  float16: { data: Float16Data | Float32Array; scalar: number };
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
  float8_e3m4: { data: Float32Array; scalar: number };
  float8_e4m3: { data: Float32Array; scalar: number };
  float8_e4m3fn: { data: Float32Array; scalar: number };
  float8_e4m3b11fnuz: { data: Float32Array; scalar: number };
  float8_e4m3fnuz: { data: Float32Array; scalar: number };
  float8_e5m2: { data: Float32Array; scalar: number };
  float8_e5m2fnuz: { data: Float32Array; scalar: number };
  float8_e8m0fnu: { data: Float32Array; scalar: number };
  float6_e2m3fn: { data: Float32Array; scalar: number };
  float6_e3m2fn: { data: Float32Array; scalar: number };
  float4_e2m1fn: { data: Float32Array; scalar: number };
}

/** A data type's name in the specification or its extension registry; `object` is one of Zarr format 2. */
export type DataTypeName = keyof DataTypeMap;

/** NumPy's codes of the types that have one for themselves. */
interface NumpyCodes {
  b1: "bool";
  i1: "int8";
  i2: "int16";
  i4: "int32";
  i8: "int64";
  u1: "uint8";
  u2: "uint16";
  u4: "uint32";
  u8: "uint64";
  f2: "float16";
  f4: "float32";
  f8: "float64";
  c8: "complex64";
  c16: "complex128";
}

/** Names that say too little by themselves: a size, a unit or fields belong to them. */
type Incomplete =
  | "numpy.datetime64"
  | "numpy.timedelta64"
  | "raw_bytes"
  | "null_terminated_bytes"
  | "fixed_length_utf32"
  | "struct";

type ByteOrder = "<" | ">" | "|" | "=";

/**
 * Data types as `createArray` takes them and `array.dtype` gives them: names, NumPy's notation, and JSON text. A program that
 * registers a type adds its name to `DataTypeMap` by declaration merging, or gives it as `{ name }`.
 */
export type DTypeName =
  | Exclude<DataTypeName, Incomplete>
  | keyof NumpyCodes
  | `${ByteOrder}${keyof NumpyCodes}`
  | `${"" | ByteOrder}${"U" | "S" | "V"}${number}`
  | `r${number}`
  | `${"" | ByteOrder}${"M8" | "m8"}${"" | `[${string}]`}`
  | `${"datetime64" | "timedelta64"}${"" | `[${string}]`}`
  | `${"[" | "{"}${string}`;

type NameOf<DType extends string> = DType extends DataTypeName
  ? DType
  : DType extends `${ByteOrder}${infer Code}`
    ? NameOf<Code>
    : DType extends keyof NumpyCodes
      ? NumpyCodes[DType]
      : DType extends `U${number}`
        ? "fixed_length_utf32"
        : DType extends `S${number}`
          ? "null_terminated_bytes"
          : DType extends `${"V" | "r"}${number}`
            ? "raw_bytes"
            : DType extends `${"datetime64" | "M8"}${string}`
              ? "numpy.datetime64"
              : DType extends `${"timedelta64" | "m8"}${string}`
                ? "numpy.timedelta64"
                : DType extends `[${string}`
                  ? "struct"
                  : never;

/** In-memory values of the data type `DType`: `DataOf<"int32">` is `Int32Array`. */
export type DataOf<DType extends string> = DTypeName extends DType
  ? ChunkData
  : MemberOf<NameOf<DType>, "data", ChunkData>;

/** One value of the data type `DType`: `ScalarOf<"int64">` is `bigint`. */
export type ScalarOf<DType extends string> = DTypeName extends DType
  ? unknown
  : MemberOf<NameOf<DType>, "scalar", unknown>;

/** The JavaScript type of elements, as `typeof` spells it. */
export type ScalarKind = "number" | "bigint" | "boolean" | "string";

/** Data types of a kind, or the one that is named. */
export type DTypeOf<Type extends DTypeName | ScalarKind> = Type extends "number"
  ? NamesOf<number>
  : Type extends "bigint"
    ? NamesOf<bigint> | `${"datetime64" | "timedelta64"}${"" | `[${string}]`}`
    : Type extends "boolean"
      ? NamesOf<boolean>
      : Type extends "string"
        ? NamesOf<string> | `U${number}`
        : Type;

/** Names of the data types whose elements are of this kind. */
type NamesOf<Scalar> = {
  [Name in DataTypeName]: [DataTypeMap[Name]["scalar"]] extends [Scalar] ? Name : never;
}[DataTypeName] &
  DTypeName;

/** True if a text is a {@link ScalarKind}, and not the name of a data type. */
export function isScalarKind(type: string): type is ScalarKind {
  return ["number", "bigint", "boolean", "string"].includes(type);
}

type MemberOf<Name extends DataTypeName, Member extends "data" | "scalar", Otherwise> = [Name] extends [never]
  ? Otherwise
  : DataTypeMap[Name][Member];

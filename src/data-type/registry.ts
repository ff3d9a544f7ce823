import { describe, isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { boolFamily } from "./bool.js";
import type { DataType } from "./data-type.js";
import type { DataTypeFamily } from "./family.js";
import { floatFamily } from "./float.js";
import { integerFamily } from "./integer.js";

const families: readonly DataTypeFamily[] = [boolFamily, integerFamily, floatFamily];

/** Byte order of stored elements. */
export type Endian = "little" | "big";

/** A data type, with the byte order that its v2 spelling names; `undefined` where it names none. */
export interface DataTypeWithEndian {
  readonly dataType: DataType;
  readonly endian: Endian | undefined;
}

/**
 * The type of a v3 document's `data_type`: a name, or `{ name, configuration }`.
 * @throws ZarrError `ERR_DATA_TYPE` - no type of this name is known
 * @throws ZarrError `ERR_METADATA` - neither form, or a configuration that does not fit the type
 */
export function dataTypeFromJson(json: Json | undefined): DataType {
  const { name, configuration = {} }: { name?: Json; configuration?: Json } = isJsonObject(json)
    ? json
    : { name: json ?? null };
  if (typeof name !== "string" || !isJsonObject(configuration)) {
    const expected = "expected a name, or an object with name and configuration";
    throw new ZarrError("ERR_METADATA", `data_type is ${json === undefined ? "missing" : describe(json)}: ${expected}`);
  }
  return typeNamed(name, configuration) ?? unknownType(name);
}

/**
 * The type of a v2 document's `dtype`, as `<f4`, `|b1` or `>i8`.
 * @throws ZarrError `ERR_DATA_TYPE` - not a spelling of a known type
 * @throws ZarrError `ERR_METADATA` - absent
 */
export function dataTypeFromV2(dtype: Json | undefined): DataTypeWithEndian {
  if (dtype === undefined) throw new ZarrError("ERR_METADATA", 'dtype is missing: expected a data type, as "<f4"');
  const hasOrder = typeof dtype === "string" && /^[<>|]/.test(dtype);
  return (hasOrder ? parseV2(dtype) : undefined) ?? unknownType(dtype);
}

/**
 * The type that a caller names: as in v3 (`float32`), in NumPy's notation (`<f4`, `f4`), or `{ name, configuration }`.
 * @throws ZarrError `ERR_DATA_TYPE` - no type of this name is known
 */
export function dataTypeFromName(name: Json): DataTypeWithEndian {
  if (typeof name !== "string") return { dataType: dataTypeFromJson(name), endian: undefined };
  const dataType = typeNamed(name, {});
  return dataType === undefined ? (parseV2(name) ?? unknownType(name)) : { dataType, endian: undefined };
}

/**
 * A type as `dtype` of a v2 document.
 * @param endian - little if left out; types without a byte order ignore it
 * @throws ZarrError `ERR_DATA_TYPE` - v2 has no such type
 */
export function toV2(dataType: DataType, endian: Endian = "little"): Json {
  for (const family of families) {
    const code = family.toV2(dataType);
    if (code !== undefined) return (dataType.swapSize === 1 ? "|" : endian === "big" ? ">" : "<") + code;
  }
  throw new ZarrError("ERR_DATA_TYPE", `Zarr format 2 has no data type ${dataType.name}`);
}

function typeNamed(name: string, configuration: JsonObject): DataType | undefined {
  for (const family of families) {
    const dataType = family.fromName(name, configuration);
    if (dataType !== undefined) return dataType;
  }
  return undefined;
}

function parseV2(dtype: string): DataTypeWithEndian | undefined {
  const [, order, kind, size, unit] = /^([<>=|]?)([a-zA-Z])(\d{1,9})?(?:\[(.+)\])?$/.exec(dtype) ?? [];
  if (kind === undefined) return undefined;
  const code = { kind, size: size === undefined ? undefined : Number(size), unit };
  for (const family of families) {
    const dataType = family.fromV2(code);
    if (dataType === undefined) continue;
    if (dataType.swapSize === 1) return { dataType, endian: undefined };
    // "|" says that byte order does not matter, which is not true of this type.
    return order === "|" ? undefined : { dataType, endian: order === ">" ? "big" : "little" };
  }
  return undefined;
}

function unknownType(name: Json): never {
  throw new ZarrError("ERR_DATA_TYPE", `data type ${describe(name)} is not known to this version`, { dataType: name });
}

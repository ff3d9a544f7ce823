import type { Endian } from "../bytes/endian.js";
import { describe, isJsonObject, type Json, type JsonObject, stringifyJson } from "../bytes/json.js";
import { nearestNames } from "../bytes/nearest-name.js";
import { parseJson } from "../bytes/parse-json.js";
import { ZarrError } from "../errors.js";
import { commonFamilies } from "./common-types.js";
import { complexFamily } from "./complex.js";
import type { DataType } from "./data-type.js";
import { knowEveryName } from "./dtype-name.js";
import { type DataTypeEntry, type DataTypeFamily, type DataTypeWithEndian, typeOfCode } from "./family.js";
import { fixedBytesFamily } from "./fixed-bytes.js";
import { fixedUtf32Family } from "./fixed-utf32.js";
import { smallFloatFamily } from "./small-float.js";
import { smallIntegerFamily } from "./small-integer.js";
import { StructType } from "./struct.js";
import { structFromConfiguration, structFromV2, structToV2 } from "./struct-fields.js";
import { timeFamily } from "./time.js";
import { objectType, variableLengthFamily } from "./variable-length.js";
import { halfFamily } from "./widened-float.js";

const families: DataTypeFamily[] = [
  ...commonFamilies,
  halfFamily,
  complexFamily,
  timeFamily,
  smallFloatFamily,
  smallIntegerFamily,
  variableLengthFamily,
  fixedBytesFamily,
  fixedUtf32Family,
];

/**
 * Makes a data type of v3 known.
 * @throws ZarrError `ERR_ARGUMENT` - its name is taken
 */
export function registerDataType({ name, create }: DataTypeEntry): void {
  if (typeNamed(name, {}) !== undefined) {
    throw new ZarrError("ERR_ARGUMENT", `a data type named ${JSON.stringify(name)} is registered already`, {
      dataType: name,
    });
  }
  families.push({
    fromName: (found, configuration) => (found === name ? create(configuration) : undefined),
    fromV2: () => undefined,
    toV2: () => undefined,
  });
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
  return typeNamed(name, configuration) ?? unknownType(name, meantInV3(name));
}

/** The type that NumPy's code stands for, as `int32` of `<i4`. */
function meantInV3(code: string): string[] {
  const dataType = parseV2(code)?.dataType;
  return dataType === undefined ? [] : [dataTypeToName(dataType)];
}

/**
 * The type of a v2 document's `dtype`, as `<f4`, `|b1`, `>i8` or `bfloat16`, or a list of fields.
 * @param objectCodec - the codec among the filters that turns Python objects (`|O`) into bytes
 * @throws ZarrError `ERR_DATA_TYPE` - not a spelling of a known type
 * @throws ZarrError `ERR_METADATA` - absent, or a list of something else
 */
export function dataTypeFromV2(dtype: Json | undefined, objectCodec?: string): DataTypeWithEndian {
  if (dtype === undefined) throw new ZarrError("ERR_METADATA", 'dtype is missing: expected a data type, as "<f4"');
  if (Array.isArray(dtype)) return structFromV2(dtype, (field) => dataTypeFromV2(field));
  if (typeof dtype !== "string") return unknownType(dtype);
  return (
    (/^[<>|]/.test(dtype) ? parseV2(dtype, objectCodec) : smallType(dtype)) ?? unknownType(dtype, meantInV2(dtype))
  );
}

/** NumPy's code of the type that a caller would name so, as `<i4` of `int32`. */
function meantInV2(name: string): string[] {
  const isName = /^(?:bool|(?:u?int|float|complex)\d+)$/.test(name);
  const dataType = isName ? typeNamed(name, {}) : parseV2(codeOfTime(name))?.dataType;
  return dataType === undefined || codeOf(dataType) === undefined ? [] : [dataTypeToV2(dataType) as string];
}

/** `datetime64[ns]` as `M8[ns]`. */
function codeOfTime(name: string): string {
  return name.replace(/^datetime64(?=\[|$)/, "M8").replace(/^timedelta64(?=\[|$)/, "m8");
}

/** The registry's small numbers, which have no NumPy code, have their names in v2, too: tensorstore writes them so, little-endian. */
function smallType(name: string): DataTypeWithEndian | undefined {
  const dataType = smallFloatFamily.fromName(name, {}) ?? smallIntegerFamily.fromName(name, {});
  return dataType && { dataType, endian: dataType.swapSize === 1 ? undefined : "little" };
}

/**
 * The type that a caller names: as in v3 (`float32`, `{ name, configuration }`), in NumPy's notation (`<f4`, `f4`,
 * `datetime64[ns]`, a list of fields), `object`, or one of these as JSON text.
 * @throws ZarrError `ERR_DATA_TYPE` - no type of this name is known
 */
export function dataTypeFromName(name: Json): DataTypeWithEndian {
  if (Array.isArray(name)) return structFromV2(name, dataTypeFromName);
  if (typeof name === "string" && /^[[{]/.test(name)) return dataTypeFromName(parseJson(name));
  if (typeof name !== "string") return { dataType: dataTypeFromJson(name), endian: undefined };
  const dataType = name === objectType.name ? objectType : typeNamed(name, {});
  if (dataType !== undefined) return { dataType, endian: undefined };
  return parseV2(codeOfTime(name)) ?? unknownType(name);
}

/**
 * A type as `dtype` of a v2 document.
 * @param endian - little if left out; types without a byte order ignore it
 * @throws ZarrError `ERR_DATA_TYPE` - v2 has no such type
 */
export function dataTypeToV2(dataType: DataType, endian: Endian = "little"): Json {
  if (dataType instanceof StructType) return structToV2(dataType, endian, dataTypeToV2);
  if (smallType(dataType.name) !== undefined) return dataType.name;
  const code = codeOf(dataType);
  if (code !== undefined) return (dataType.swapSize === 1 ? "|" : endian === "big" ? ">" : "<") + code;
  throw new ZarrError("ERR_DATA_TYPE", `Zarr format 2 has no data type ${dataType.name}`);
}

/**
 * A type as {@link dataTypeFromName} takes it, always text: the name, where that says all, as `float32`; NumPy's notation, as
 * `datetime64[ns]` or `U8`; or JSON, as of a struct.
 */
export function dataTypeToName(dataType: DataType): string {
  if (dataType instanceof StructType) {
    const nameOf = (field: DataType, endian: Endian): Json =>
      field instanceof StructType
        ? structToV2(field, endian, nameOf)
        : codeOf(field) === undefined
          ? dataTypeToName(field)
          : dataTypeToV2(field, endian);
    return JSON.stringify(structToV2(dataType, dataType.endian ?? "little", nameOf));
  }
  const json = dataType === objectType ? objectType.name : dataType.toJson();
  if (typeof json === "string") return json;
  const code = dataType.objectCodec === undefined ? codeOf(dataType) : undefined;
  return code?.replace(/^M8/, "datetime64").replace(/^m8/, "timedelta64") ?? stringifyJson(json);
}

function codeOf(dataType: DataType): string | undefined {
  for (const family of families) {
    const code = family.toV2(dataType);
    if (code !== undefined) return code;
  }
  return undefined;
}

function typeNamed(name: string, configuration: JsonObject): DataType | undefined {
  if (name === "struct" || name === "structured") return structFromConfiguration(configuration, dataTypeFromJson);
  for (const family of families) {
    const dataType = family.fromName(name, configuration);
    if (dataType !== undefined) return dataType;
  }
  return undefined;
}

function parseV2(dtype: string, objectCodec?: string): DataTypeWithEndian | undefined {
  return typeOfCode(families, dtype, objectCodec);
}

/** Names that messages suggest. */
const commonNames = [
  ...["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"],
  ...["float16", "float32", "float64", "bfloat16", "complex64", "complex128", "string", "bytes"],
  ...["datetime64[ns]", "timedelta64[ns]", "numpy.datetime64", "numpy.timedelta64", "fixed_length_utf32"],
  ...["null_terminated_bytes", "raw_bytes", "variable_length_bytes", "struct", "int4", "uint4", "int2", "uint2"],
  ...["float8_e4m3", "float8_e5m2", "float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn"],
];

/** @param meant - names that are surely meant; without them those that look like it */
function unknownType(name: Json, meant: readonly string[] = []): never {
  const isObject = name === "|O" || name === "O";
  const advice = isObject ? ": for Python objects the filters must name a codec: vlen-utf8, vlen-bytes or json2" : "";
  const likeIt = typeof name === "string" ? nearestNames(name, commonNames, 3) : [];
  const nearest = meant.length > 0 ? meant : likeIt.filter((one) => one !== name);
  const suggestion = nearest.length === 0 ? "" : `: did you mean ${nearest.join(" or ")}?`;
  const message = `data type ${describe(name)} is not known to this version${advice || suggestion}`;
  throw new ZarrError("ERR_DATA_TYPE", message, { dataType: name });
}

knowEveryName({ dataTypeFromName, dataTypeToName });

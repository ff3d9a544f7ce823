import type { Endian } from "../bytes/endian.js";
import { isJsonObject, type Json } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { isZarrError } from "../errors.js";
import { ComplexType } from "./complex.js";
import type { DataType } from "./data-type.js";
import { readMoment } from "./read-moment.js";
import { StructType } from "./struct.js";
import { TimeType } from "./time.js";

/**
 * The fill value of a metadata document. What is not by the type's own rules is read all the same where another library wrote
 * it, or reads it, and where it can mean but one thing. Both formats have the same rules, and nothing is written by them:
 *
 * - `null`, and a 0 for a type that has none, are the type's default (zarr-python 2, tensorstore, GDAL)
 * - a list of one stands for its element (netCDF-C 4.8)
 * - numbers may be text, as `"-9999"`, `"nan"` or `"INF"`, or booleans; a boolean may be a number (zarr-python)
 * - NumPy's other names of no moment, `"nat"` and `""`; and `""` for raw bytes, which are zeros
 * - an integer may be a float beyond 2^53, which is exactly one integer (xarray's NaT), also without an exponent (JavaScript)
 * - a complex number may be a real one (GDAL), a moment a date (zarr-python 3.0), a byte string its text (netCDF-C), and text of one
 *   size longer than that: it is cut off, as by NumPy
 *
 * @throws ZarrError `ERR_METADATA` - none of these
 */
export function readFillValue(dataType: DataType, json: Json, zarrFormat: 2 | 3, endian?: Endian): unknown {
  try {
    return dataType.fillValueFromJson(json, zarrFormat, endian);
  } catch (error) {
    if (!isZarrError(error, "ERR_METADATA")) throw error;
    if (isNothing(json) || (json === "" && dataType.name === "raw_bytes")) return dataType.defaultFillValue;
    try {
      return dataType.fillValueFromJson(otherSpelling(dataType, json), zarrFormat, endian);
    } catch (another) {
      throw isZarrError(another) ? error : another;
    }
  }
}

function isNothing(json: Json): boolean {
  return json === null || json === 0;
}

/** A value that `dataType` does not take, as it takes it; the value itself where its meaning is not clear. */
function otherSpelling(dataType: DataType, json: Json): Json {
  if (Array.isArray(json) && json.length === 1) return partSpelling(dataType, json[0]);
  if (dataType instanceof ComplexType) {
    const parts = Array.isArray(json) && json.length === 2 ? json : [json, 0];
    return parts.map((part) => partSpelling(dataType.component, part));
  }
  if (dataType instanceof StructType && isJsonObject(json)) {
    const types = new Map(dataType.fields.map((field) => [field.name, field.dataType]));
    const fields = Object.entries(json).map(([name, value]) => {
      const type = types.get(name);
      return [name, type === undefined ? value : partSpelling(type, value)];
    });
    return Object.fromEntries(fields);
  }
  return scalarSpelling(dataType, json);
}

function partSpelling(dataType: DataType, json: Json): Json {
  try {
    dataType.fillValueFromJson(json, 3);
    return json;
  } catch (error) {
    if (!isZarrError(error, "ERR_METADATA")) throw error;
    return isNothing(json) ? dataType.fillValueToJson(dataType.defaultFillValue, 3) : otherSpelling(dataType, json);
  }
}

function scalarSpelling(dataType: DataType, json: Json): Json {
  if (dataType.name === "bool") return typeof json === "number" && Number.isInteger(json) ? json !== 0 : json;
  if (typeof json === "boolean") return Number(json);
  if (typeof json === "bigint") return BigInt(Number(json));
  if (typeof json === "number") return Number.isInteger(json) ? BigInt(json) : json;
  if (typeof json !== "string") return json;
  if (dataType.name === "null_terminated_bytes") return [...new TextEncoder().encode(json)];
  if (dataType.name === "fixed_length_utf32") return [...json].slice(0, dataType.itemSize! / 4).join("");
  if (dataType instanceof TimeType && /^(?:nat)?$/i.test(json.trim())) return "NaT";
  // NumPy takes "2020" for a year where it reads a moment.
  if (dataType instanceof TimeType && dataType.name === "numpy.datetime64") {
    return readMoment(json, dataType.unit, dataType.scaleFactor) ?? json;
  }
  return numberOf(json.trim());
}

const namedNumber = /^([+-]?)(?:(nan)|inf|infinity)$/i;

/** The number that a text spells, of any size; the text itself if it spells no number. */
function numberOf(text: string): Json {
  const [named, sign, nan] = namedNumber.exec(text) ?? [];
  if (named !== undefined) return nan === undefined ? `${sign.replace("+", "")}Infinity` : "NaN";
  return /^-?\d[\d.eE+-]*$/.test(text) ? parseJson(text) : text;
}

import type { Endian } from "../bytes/endian.js";
import { describe, isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import type { DataType } from "./data-type.js";
import { type FieldDefinition, StructType } from "./struct.js";

/** A data type and its stored byte order. */
interface StoredType {
  readonly dataType: DataType;
  readonly endian: Endian | undefined;
}

/**
 * The struct of a v3 document's configuration, whose fields are objects; in older documents, as lists of name and type.
 * @param parse - makes the type of a field
 * @throws ZarrError `ERR_METADATA` - anything else
 */
export function structFromConfiguration(configuration: JsonObject, parse: (json: Json) => DataType): StructType {
  const fields = Object.hasOwn(configuration, "fields") ? configuration.fields : undefined;
  if (!Array.isArray(fields)) return refuse("fields", fields, "a list of fields");
  const definitions = fields.map((field: Json, i): FieldDefinition => {
    const [name, dataType] = isJsonObject(field) ? [field.name, field.data_type] : Array.isArray(field) ? field : [];
    if (typeof name !== "string" || name === "" || dataType === undefined) {
      return refuse(`fields[${i}]`, field, "an object with name and data_type");
    }
    return { name, dataType: parse(dataType), shape: [], endian: undefined };
  });
  return new StructType(definitions);
}

/**
 * The struct of NumPy's list of fields: `[["a", "<i4"], ["b", [["x", ">f4"]]], ["c", "<M8[s]", [2]]]`. Fields without a
 * name, which fill gaps, get the one that NumPy gives them.
 * @param parse - makes the type of a field
 * @throws ZarrError `ERR_METADATA` - anything else
 */
export function structFromV2(list: readonly Json[], parse: (json: Json) => StoredType): StoredType {
  const definitions = Array.from(list, (field: Json, i): FieldDefinition => {
    const [name, type, shape = []]: readonly Json[] = Array.isArray(field) ? field : [];
    const lengths = typeof shape === "number" ? [shape] : shape;
    const isShape = Array.isArray(lengths) && lengths.every((length) => Number.isSafeInteger(length) && length > 0);
    if (typeof name !== "string" || type === undefined || !isShape) {
      return refuse(`dtype[${i}]`, field, "a list of a name, a type and, if it has one, a shape");
    }
    return { name: name === "" ? `f${i}` : name, ...parse(type), shape: lengths };
  });
  const dataType = new StructType(definitions);
  return { dataType, endian: dataType.endian };
}

/**
 * NumPy's list of fields.
 * @param endian - byte order of fields that have none of their own
 * @param write - makes the spelling of a field's type
 */
export function structToV2(
  { fields }: StructType,
  endian: Endian,
  write: (dataType: DataType, endian: Endian) => Json,
): Json {
  return fields.map(({ name, dataType, shape, endian: own = endian }) => {
    const type = write(dataType, own);
    return shape.length === 0 ? [name, type] : [name, type, shape];
  });
}

function refuse(member: string, found: Json | undefined, expected: string): never {
  const problem = found === undefined ? "is missing" : `is ${describe(found)}`;
  throw new ZarrError("ERR_METADATA", `data_type struct: ${member} ${problem}, expected ${expected}`);
}

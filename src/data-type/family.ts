import type { Endian } from "../bytes/endian.js";
import type { JsonObject } from "../bytes/json.js";
import type { DataType } from "./data-type.js";

/** A data type in v2's notation, without its byte order: `f4` of `<f4` is kind `f`, size 4. */
export interface V2TypeCode {
  /** NumPy's letter for the kind of the type, as `i`, `u`, `f`, `b`. */
  readonly kind: string;
  /** Number after the letter: bytes for most kinds, characters for `U`; `undefined` where there is none. */
  readonly size: number | undefined;
  /** The text in brackets after the number, as `ns` in `M8[ns]`. */
  readonly unit: string | undefined;
  /** The codec among the filters that turns Python objects into bytes. */
  readonly objectCodec: string | undefined;
}

/** One line of the registry: a group of related data types, and how each is spelled in metadata. */
export interface DataTypeFamily {
  /**
   * The type that a v3 document names so, or `undefined` if it is not of this family.
   * @throws ZarrError `ERR_METADATA` - the configuration does not fit the type
   */
  fromName(name: string, configuration: JsonObject): DataType | undefined;
  /** The type of a v2 code, or `undefined` if it is not of this family. */
  fromV2(code: V2TypeCode): DataType | undefined;
  /** The v2 code of a type without its byte order, as `f4`, or `undefined` if it is not of this family. */
  toV2(dataType: DataType): string | undefined;
}

/** A data type, with the byte order that its v2 spelling names; `undefined` where it names none. */
export interface DataTypeWithEndian {
  readonly dataType: DataType;
  readonly endian: Endian | undefined;
}

/**
 * The type of NumPy's notation, as `<f4` or `M8[ns]`, in one of these families; `undefined` if it is of none.
 * @param objectCodec - as in {@link V2TypeCode}
 */
export function typeOfCode(
  families: readonly DataTypeFamily[],
  dtype: string,
  objectCodec?: string,
): DataTypeWithEndian | undefined {
  const [, order, kind, size, unit] = /^([<>=|]?)([a-zA-Z])(\d{1,9})?(?:\[(.+)\])?$/.exec(dtype) ?? [];
  if (kind === undefined) return undefined;
  const code = { kind, size: size === undefined ? undefined : Number(size), unit, objectCodec };
  for (const family of families) {
    const dataType = family.fromV2(code);
    if (dataType === undefined) continue;
    if (dataType.swapSize === 1) return { dataType, endian: undefined };
    // "|" says that byte order does not matter, which is not true of this type.
    return order === "|" ? undefined : { dataType, endian: order === ">" ? "big" : "little" };
  }
  return undefined;
}

/** A data type of v3 that is not built in. */
export interface DataTypeEntry {
  /** As documents name it. */
  readonly name: string;
  /**
   * Makes the data type of a configuration.
   * @throws ZarrError `ERR_METADATA` - the configuration does not fit the type
   */
  create(configuration: JsonObject): DataType;
}

/** A family whose members take no configuration, listed by their v2 code. */
export function fixedFamily(types: Readonly<Record<string, DataType>>): DataTypeFamily {
  const byCode = new Map(Object.entries(types));
  const byName = new Map(Object.values(types).map((type) => [type.name, type]));
  const codes = new Map(Object.entries(types).map(([code, type]) => [type.name, code]));
  return {
    fromName: (name) => byName.get(name),
    fromV2: ({ kind, size, unit }) => (unit === undefined ? byCode.get(`${kind}${size ?? ""}`) : undefined),
    toV2: (dataType) => codes.get(dataType.name),
  };
}

/** A family of v3 only, whose members take no configuration. */
export function namedFamily(types: readonly DataType[]): DataTypeFamily {
  const byName = new Map(types.map((type) => [type.name, type]));
  return { fromName: (name) => byName.get(name), fromV2: () => undefined, toV2: () => undefined };
}

import { describe, isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import { isZarrError, ZarrError } from "../errors.js";

/** The attributes of an array or group. */
export interface NodeAttributes {
  /** User attributes. */
  readonly attributes: JsonObject;
  /** Why the attributes, which are `{}` then, cannot be understood: they are no object, or no UTF-8. Reading arrays needs none. */
  readonly attributesError?: ZarrError;
  /** The value in their place, where that is JSON. */
  readonly attributesFound?: Json;
}

/** An extension point of a v3 document: `"name"` or `{ name, configuration, must_understand }`. */
export interface Extension {
  readonly name: string;
  readonly configuration: JsonObject;
  /** True if a reader that does not know the name has to give up. */
  readonly mustUnderstand: boolean;
}

/** @throws ZarrError `ERR_METADATA` - `json` is no object */
export function requireObject(json: Json | undefined, member: string): JsonObject {
  if (isJsonObject(json)) return json;
  return invalid(member, json, "an object");
}

/** Own members only: what `Object.prototype` has is no part of a document. */
export function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Fails with what was found in `member` and what belongs there. */
export function invalid(member: string, found: Json | undefined, expected: string): never {
  const problem = found === undefined ? "is missing" : `is ${describe(found)}`;
  throw new ZarrError("ERR_METADATA", `${member} ${problem}: expected ${expected}`, { member });
}

/** The same of an extension, or a format, that may well be right, and that this version does not know. */
export function unsupported(member: string, found: Json, expected: string): never {
  const message = `${member} is ${describe(found)}, which is not supported: expected ${expected}`;
  throw new ZarrError("ERR_UNSUPPORTED", message, { member });
}

/** @throws ZarrError `ERR_METADATA` - the document is not of this format; `ERR_UNSUPPORTED` - it is of a later one */
export function checkZarrFormat(document: JsonObject, format: 2 | 3): void {
  const found = memberOf(document, "zarr_format");
  if (typeof found === "number" && found > 3) unsupported("zarr_format", found, String(format));
  if (found !== format) invalid("zarr_format", found, String(format));
}

/**
 * The attributes of a node. Those that cannot be understood do not take the node with them: its values need none.
 * @param read - gives what stands there, `undefined` where nothing does, or throws
 */
export function readAttributes(read: () => Json | undefined, member: string): NodeAttributes {
  let found: Json | undefined;
  try {
    found = read();
    return { attributes: found === undefined ? {} : requireObject(found, member) };
  } catch (error) {
    if (!isZarrError(error)) throw error;
    return { attributes: {}, attributesError: error, ...(found === undefined ? {} : { attributesFound: found }) };
  }
}

/**
 * The names that xarray, NCZarr and GDAL give the dimensions of a v2 array, by an attribute.
 * @returns `undefined` if the attribute has none, or not one for each dimension
 */
export function dimensionNamesV2(attributes: JsonObject, rank: number): readonly (string | null)[] | undefined {
  const names = memberOf(attributes, "_ARRAY_DIMENSIONS");
  const areNames = Array.isArray(names) && names.every((name) => name === null || typeof name === "string");
  return areNames && names.length === rank ? names : undefined;
}

/**
 * The lengths of an array's or a chunk's dimensions.
 * @param min - 0 for an array, 1 for a chunk
 * @throws ZarrError `ERR_METADATA` - no list of integers from `min` on
 * @throws ZarrError `ERR_LIMIT` - more dimensions than `limits.rank`, or a length that a number cannot hold
 */
export function parseLengths(json: Json | undefined, member: string, min: 0 | 1, limits: Limits): number[] {
  if (!Array.isArray(json)) return invalid(member, json, "a list of integers");
  if (json.length > limits.rank) {
    throw new ZarrError("ERR_LIMIT", `${member} has ${json.length} dimensions: the limit is ${limits.rank}`);
  }
  return json.map((length, d) => {
    const isInteger = typeof length === "bigint" || Number.isInteger(length);
    if (!isInteger || length < min) return invalid(`${member}[${d}]`, length, `an integer from ${min} on`);
    if (Number.isSafeInteger(length)) return length + 0; // + 0 turns -0, which a document cannot hold, into 0
    const message = `${member}[${d}] is ${length}: this package handles lengths below 2^53`;
    throw new ZarrError("ERR_LIMIT", message, { member });
  });
}

/**
 * The chunk shape of a regular grid. zarr-python gives a dimension without elements chunks without elements if it is asked to;
 * as nothing is ever stored in them, they count as of length 1.
 * @throws ZarrError `ERR_METADATA` - not one length for each dimension, or chunks of no length where there are elements
 * @throws ZarrError `ERR_LIMIT` - as {@link parseLengths}
 */
export function parseChunkShape(
  json: Json | undefined,
  member: string,
  shape: readonly number[],
  limits: Limits,
): number[] {
  const lengths = parseLengths(json, member, 0, limits);
  if (lengths.length !== shape.length) invalid(member, json, `${shape.length} lengths, as shape has`);
  return lengths.map((length, d) => {
    if (length > 0) return length;
    return shape[d] === 0 ? 1 : invalid(`${member}[${d}]`, length, "an integer from 1 on");
  });
}

/**
 * An extension point in any of its forms.
 * @throws ZarrError `ERR_METADATA` - none of them
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#extension-definition
 */
export function parseExtension(json: Json | undefined, member: string): Extension {
  if (typeof json === "string") return { name: json, configuration: {}, mustUnderstand: true };
  if (!isJsonObject(json)) return invalid(member, json, "a name, or an object with a name");
  const name = memberOf(json, "name");
  if (typeof name !== "string") return invalid(`${member}.name`, name, "a string");
  const configuration = requireObject(memberOf(json, "configuration") ?? {}, `${member}.configuration`);
  const mustUnderstand = memberOf(json, "must_understand") ?? true;
  if (typeof mustUnderstand !== "boolean") return invalid(`${member}.must_understand`, mustUnderstand, "true or false");
  return { name, configuration, mustUnderstand };
}

import { ZarrError } from "../errors.js";
import { defaultLimits } from "./limits.js";

/** A JSON value without loss: integers beyond 2^53 are `bigint`, and Python's bare `NaN` and `Infinity` are numbers. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [member: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [member: string]: Json };

/** Tells a JSON object from every other JSON value. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Members that a document writes as an integral float, by their object. */
const integralFloats = new WeakMap<object, ReadonlySet<string>>();

/** Tells whether a document spells this member of an object `10.0` or `1e1`: to Python that is no integer, and a number does not show it. */
export function isIntegralFloat(object: JsonObject, member: string): boolean {
  return integralFloats.get(object)?.has(member) === true;
}

/** Remembers which members of an object those are. */
export function setIntegralFloats(object: JsonObject, members: ReadonlySet<string>): void {
  integralFloats.set(object, members);
}

/** A copy of an object without one of its members; the others are {@link isIntegralFloat} as before. */
export function withoutMember(object: JsonObject, member: string): JsonObject {
  const { [member]: _, ...rest } = object;
  const floats = integralFloats.get(object);
  if (floats !== undefined) integralFloats.set(rest, floats);
  return rest;
}

/** A value, from a document or a caller, as an error message shows it: short, and without what lists and objects hold. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "number") return writeNumber(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 60);
}

/** Longer documents go to the parser of `parseJson()`, which bounds what they take. */
const plainLength = 16 * 1024;

/** Digits that may be an integer too large for a number. */
const longDigits = /\d{16}/;

/** Members of codecs that compute with an integer otherwise than with an integral float; their names may have escapes. */
const computedWith = /"(?:offset|scale)"|\\u00/;

/**
 * The document as the engine's own parser reads it, where `parseJson()` would give the same, at a fraction of the cost: small documents without long numbers,
 * or floats that have to be told from integers, and with too few brackets to be too deep. What it refuses may be Python's, and errors have to say where they are.
 */
export function parsedIfPlain(text: string, maxDepth: number): Json | undefined {
  if (text.length > plainLength || longDigits.test(text) || computedWith.test(text)) return undefined;
  if ((text.match(/[[{]/g)?.length ?? 0) > maxDepth) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/**
 * Writes JSON that `parseJson()` and Python read back: bigints as digits, `NaN` and `Infinity` bare, and -0 as
 * `-0.0`. Members whose value is `undefined` are left out, as `JSON.stringify` does.
 *
 * @param options.indent - spaces per level; without it everything is on one line
 * @throws ZarrError `ERR_ARGUMENT` - something that JSON cannot hold, or a cycle
 */
export function stringifyJson(value: Json, options: { readonly indent?: number } = {}): string {
  const indent = " ".repeat(options.indent ?? 0);
  return write(value, indent, indent === "" ? "" : "\n", 0);
}

function write(value: Json, indent: string, newline: string, depth: number): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "bigint":
      return String(value);
    case "number":
      return writeNumber(value);
  }
  if (value === null) return "null";
  if (depth >= defaultLimits.jsonDepth) {
    const message = `cannot write JSON nested deeper than ${defaultLimits.jsonDepth}: does the value contain itself?`;
    throw new ZarrError("ERR_ARGUMENT", message);
  }
  const inner = newline + indent;
  if (Array.isArray(value)) {
    const items = Array.from(value, (item) => write(item, indent, inner, depth + 1));
    return items.length === 0 ? "[]" : `[${inner}${items.join(`,${inner}`)}${newline}]`;
  }
  requirePlainObject(value);
  const colon = newline === "" ? ":" : ": ";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}${colon}${write(member, indent, inner, depth + 1)}`);
  return members.length === 0 ? "{}" : `{${inner}${members.join(`,${inner}`)}${newline}}`;
}

/** Callers in JavaScript hand over anything: a date, a map or a typed array would be written as `{}`. */
function requirePlainObject(value: unknown): void {
  if (typeof value === "object") {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
  }
  const kind = typeof value === "object" ? value?.constructor.name : typeof value;
  throw new ZarrError("ERR_ARGUMENT", `JSON cannot hold a value of type ${kind}: convert it first`);
}

function writeNumber(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  // With an exponent the number is read back as a float; bare digits of this length would come back as a bigint.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return value.toExponential();
  return String(value);
}

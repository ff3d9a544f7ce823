import { describe, isJsonObject, type Json } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";
import type { CodecMetadata } from "./codec.js";

/**
 * The codecs of a v3 document: a list of names, or of objects with `name` and `configuration`. One that the document allows
 * to ignore (`must_understand: false`), and that is not known, is left out.
 *
 * @param member - where the list stands, for messages
 * @throws ZarrError `ERR_METADATA` - not of that form, or empty
 * @throws ZarrError `ERR_LIMIT` - more than `limits.codecs`
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#codecs
 */
export function parseCodecList(
  json: Json | undefined,
  member: string,
  limits: Limits,
  isKnown: (name: string) => boolean,
): CodecMetadata[] {
  if (!Array.isArray(json) || json.length === 0) return invalid(member, json, "a list of at least one codec");
  if (json.length > limits.codecs) {
    throw new ZarrError("ERR_LIMIT", `${member} has ${json.length} members: the limit is ${limits.codecs}`);
  }
  const codecs: CodecMetadata[] = [];
  for (const [i, codec] of (json as readonly Json[]).entries()) {
    if (!isJsonObject(codec)) {
      if (typeof codec !== "string") invalid(`${member}[${i}]`, codec, "a name, or an object with a name");
      codecs.push({ name: codec, configuration: {} });
      continue;
    }
    const { name, configuration = {}, must_understand: mustUnderstand = true } = codec;
    if (typeof name !== "string") return invalid(`${member}[${i}].name`, name, "a string");
    if (!isJsonObject(configuration)) return invalid(`${member}[${i}].configuration`, configuration, "an object");
    if (typeof mustUnderstand !== "boolean") {
      return invalid(`${member}[${i}].must_understand`, mustUnderstand, "true or false");
    }
    if (mustUnderstand || isKnown(name)) codecs.push({ name, configuration });
  }
  return codecs;
}

function invalid(member: string, found: Json | undefined, expected: string): never {
  const problem = found === undefined ? "is missing" : `is ${describe(found)}`;
  throw new ZarrError("ERR_METADATA", `${member} ${problem}: expected ${expected}`, { member });
}

import type { Endian } from "../bytes/endian.js";
import { isJsonObject, type Json, type JsonObject, withoutMember } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import type { Codec, CodecMetadata } from "../codecs/codec.js";
import { findCodec } from "../codecs/registry.js";
import { ZarrError } from "../errors.js";
import { invalid, memberOf } from "./document.js";

/**
 * The codecs that a v2 document means: `order` F is a transpose, then come `filters`, then `compressor`, and the step
 * from array to bytes stands before the first of them that works on bytes.
 * @param endian - byte order of `dtype`
 * @throws ZarrError `ERR_METADATA` - one of these members is missing or wrong
 */
export function codecsFromV2(
  document: JsonObject,
  rank: number,
  endian: Endian | undefined,
  limits: Limits,
): CodecMetadata[] {
  const codecs = parseFilters(memberOf(document, "filters"), limits);
  const compressor = memberOf(document, "compressor") ?? null;
  if (compressor !== null) codecs.push(parseNumcodec(compressor, "compressor"));

  const kinds = codecs.map(({ name }) => findCodec(name)?.kind ?? unknownKind(name));
  const end = kinds.findIndex((kind) => kind !== "array-to-array");
  const arrayCodecs = codecs.slice(0, end < 0 ? codecs.length : end);
  if (kinds[end] !== "array-to-bytes") {
    const order = endianAfter(arrayCodecs, endian);
    codecs.splice(arrayCodecs.length, 0, {
      name: "bytes",
      configuration: order === undefined ? {} : { endian: order },
    });
  }
  const transpose = transposeFor(memberOf(document, "order"), rank);
  // JSON keeps the elements in C order, and their shape, whatever the order in memory is.
  return codecs[arrayCodecs.length]?.name === "json2" ? codecs : [...transpose, ...codecs];
}

const objectCodecs: ReadonlySet<Json | undefined> = new Set([
  "vlen-utf8",
  "vlen-bytes",
  "vlen-array",
  "json2",
  "msgpack2",
  "pickle",
  "categorize",
]);

/** The kind that an unknown codec counts as; making the pipeline names it. */
function unknownKind(name: string): Codec["kind"] {
  return objectCodecs.has(name) ? "array-to-bytes" : "bytes-to-bytes";
}

/** Id of the codec that turns the Python objects of a v2 array into bytes; `undefined` if there is none. */
export function objectCodecOf(document: JsonObject): string | undefined {
  const filters = memberOf(document, "filters") ?? [];
  const codecs = [...(Array.isArray(filters) ? filters : []), memberOf(document, "compressor")];
  const ids = codecs.map((codec) => (isJsonObject(codec) ? memberOf(codec, "id") : undefined));
  return ids.find((id): id is string => objectCodecs.has(id));
}

function transposeFor(order: Json | undefined, rank: number): CodecMetadata[] {
  if (order !== "C" && order !== "F") return invalid("order", order, '"C" or "F"');
  if (order === "C" || rank < 2) return [];
  return [{ name: "transpose", configuration: { order: Array.from({ length: rank }, (_, d) => rank - 1 - d) } }];
}

function parseFilters(json: Json | undefined, limits: Limits): CodecMetadata[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) return invalid("filters", json, "a list of codecs, or null");
  if (json.length >= limits.codecs) {
    throw new ZarrError("ERR_LIMIT", `filters has ${json.length} members: the limit is ${limits.codecs - 1}`);
  }
  return json.map((filter, i) => parseNumcodec(filter, `filters[${i}]`));
}

/** Ids that stand for another codec where they are names in v3. */
const v3Names: ReadonlyMap<string, string> = new Map([["packbits", "numcodecs.packbits"]]);

/** A codec in the notation of v2, `{ id, …configuration }`. */
function parseNumcodec(json: Json | undefined, member: string): CodecMetadata {
  if (!isJsonObject(json)) return invalid(member, json, "an object with an id, or null");
  const { id } = json;
  const configuration = withoutMember(json, "id");
  return typeof id === "string"
    ? { name: v3Names.get(id) ?? id, configuration }
    : invalid(`${member}.id`, id, "a string");
}

/**
 * Byte order behind the filters. A filter of NumPy's types names that of what it takes (`dtype`) and of what it gives
 * (`astype`); one that takes another order than it gets would compute on swapped bytes.
 */
function endianAfter(filters: readonly CodecMetadata[], endian: Endian | undefined): Endian | undefined {
  let current = endian;
  for (const { name, configuration } of filters) {
    const taken = endianOf(memberOf(configuration, "dtype") ?? memberOf(configuration, "decode_dtype"));
    if (taken !== undefined && current !== undefined && taken !== current) {
      const message = `filter "${name}" takes ${taken}-endian elements, but gets ${current}-endian ones: this is not supported`;
      throw new ZarrError("ERR_UNSUPPORTED", message, { codec: name });
    }
    const given = memberOf(configuration, "astype") ?? memberOf(configuration, "encode_dtype");
    if (typeof given === "string") current = endianOf(given);
  }
  return current;
}

/** NumPy takes the machine's byte order where none is named; files of other machines than little-endian ones name theirs. */
function endianOf(dtype: Json | undefined): Endian | undefined {
  if (typeof dtype !== "string" || dtype.startsWith("|")) return undefined;
  return dtype.startsWith(">") ? "big" : "little";
}

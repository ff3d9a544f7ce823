import { isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import type { Codec } from "../codecs/codec.js";
import type { CodecMetadata } from "../codecs/pipeline.js";
import { findCodec } from "../codecs/registry.js";
import type { Endian } from "../data-type/registry.js";
import { isZarrError, ZarrError } from "../errors.js";
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
  const compressor = memberOf(document, "compressor");
  if (compressor !== null) codecs.push(parseNumcodec(compressor, "compressor"));

  const kinds = codecs.map(({ name }) => kindOf(name));
  const end = kinds.findIndex((kind) => kind !== "array-to-array");
  const arrayCodecs = codecs.slice(0, end < 0 ? codecs.length : end);
  if (kinds[end] !== "array-to-bytes") {
    const order = endianAfter(arrayCodecs, endian);
    codecs.splice(arrayCodecs.length, 0, {
      name: "bytes",
      configuration: order === undefined ? {} : { endian: order },
    });
  }
  return [...transposeFor(memberOf(document, "order"), rank), ...codecs];
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

/** A codec in the notation of v2, `{ id, …configuration }`. */
function parseNumcodec(json: Json | undefined, member: string): CodecMetadata {
  if (!isJsonObject(json)) return invalid(member, json, "an object with an id, or null");
  const { id, ...configuration } = json;
  return typeof id === "string" ? { name: id, configuration } : invalid(`${member}.id`, id, "a string");
}

/** An unknown codec counts as one on bytes here; making the pipeline names it. */
function kindOf(name: string): Codec["kind"] {
  try {
    return findCodec(name).kind;
  } catch (error) {
    if (isZarrError(error, "ERR_CODEC_UNAVAILABLE")) return "bytes-to-bytes";
    throw error;
  }
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

function endianOf(dtype: Json | undefined): Endian | undefined {
  if (typeof dtype !== "string") return undefined;
  return dtype.startsWith(">") ? "big" : dtype.startsWith("<") ? "little" : undefined;
}

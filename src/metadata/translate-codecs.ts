import { isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import type { CodecMetadata } from "../codecs/codec.js";
import { findCodec } from "../codecs/registry.js";
import type { DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import type { ArrayMetadataOptions } from "./create-metadata.js";

/** Codecs that Zarr format 3 knows by the names that they have in format 2. All others of numcodecs have its name before theirs. */
const core = new Set(["bytes", "transpose", "gzip", "zstd", "blosc", "crc32c", "vlen-utf8", "vlen-bytes", "packbits"]);

/** Blosc's order of the bytes of elements, by its number in format 2; -1 leaves it to the size of the elements. */
const shuffles = ["noshuffle", "shuffle", "bitshuffle"];

/** The codecs of an array of Zarr format 2, as one of format 3 has them. */
export function codecsForV3(codecs: readonly CodecMetadata[], { itemSize = 1 }: DataType): JsonObject[] {
  return codecs.map(({ name, configuration }) => {
    if (name === "blosc") return { name, configuration: bloscForV3(configuration, itemSize) };
    const isNamedAlike = core.has(name) || name.startsWith("numcodecs.");
    return { name: isNamedAlike ? name : `numcodecs.${name}`, configuration };
  });
}

function bloscForV3({ shuffle, ...rest }: JsonObject, itemSize: number): JsonObject {
  const number = shuffle === -1 ? (itemSize === 1 ? 2 : 1) : shuffle;
  return { ...rest, typesize: itemSize, shuffle: shuffles[number as number] ?? (shuffle as Json) };
}

/**
 * The codecs of an array of Zarr format 3, of a shard those within, as one of format 2 has them.
 * @throws ZarrError `ERR_UNSUPPORTED` - format 2 has no such codec
 */
export function codecsForV2(
  codecs: readonly CodecMetadata[],
  rank: number,
): Pick<ArrayMetadataOptions, "order" | "filters" | "compressors"> {
  let order: "C" | "F" = "C";
  const filters: JsonObject[] = [];
  const compressors: JsonObject[] = [];
  for (const { name, configuration } of codecs) {
    const kind = findCodec(name)?.kind;
    if (name === "bytes") continue; // its byte order is that of the type, little-endian where none is named
    if (name === "transpose" && isReversal(configuration.order, rank)) order = "F";
    else if (!hasCounterpart(name)) throw withoutCounterpart(name);
    else if (kind === "bytes-to-bytes") compressors.push(codecForV2(name, configuration));
    else filters.push(codecForV2(name, configuration));
  }
  const last = compressors.pop() ?? null;
  return { order, filters: [...filters, ...compressors], compressors: last };
}

function isReversal(order: Json | undefined, rank: number): boolean {
  return Array.isArray(order) && order.every((dimension, d) => dimension === rank - 1 - d);
}

/** Checksums of format 3 are none of numcodecs, and neither are the codecs that only its registry has. */
function hasCounterpart(name: string): boolean {
  if (name === "packbits" || name === "transpose" || name === "crc32c") return false;
  return core.has(name) || name.startsWith("numcodecs.") || findCodec(`numcodecs.${name}`) !== undefined;
}

function codecForV2(name: string, configuration: JsonObject): JsonObject {
  const id = name.replace(/^numcodecs\./, "");
  if (id !== "blosc") return { id, ...configuration };
  const { typesize: _, shuffle, ...rest } = configuration;
  return { id, ...rest, shuffle: Math.max(0, shuffles.indexOf(shuffle as string)) };
}

function withoutCounterpart(codec: string): ZarrError {
  const message = `the codec ${JSON.stringify(codec)} has no counterpart in Zarr format 2: say how to encode instead, by compressors and filters`;
  return new ZarrError("ERR_UNSUPPORTED", message, { codec });
}

/** The codecs of chunks: where sharding is all that the codecs do, those within the shards. */
export function chunkCodecs(codecs: readonly CodecMetadata[]): readonly CodecMetadata[] {
  const [{ name, configuration }] = codecs;
  if (codecs.length > 1 || name !== "sharding_indexed") return codecs;
  const inner = configuration.codecs as readonly Json[];
  return inner.map((codec) =>
    isJsonObject(codec)
      ? { name: codec.name as string, configuration: (codec.configuration ?? {}) as JsonObject }
      : { name: codec as string, configuration: {} },
  );
}

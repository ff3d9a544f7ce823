import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import type { Endian } from "../bytes/endian.js";
import { describe, isJsonObject, type Json, type JsonObject, stringifyJson } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { checkAsWritten } from "../codecs/check-as-written.js";
import { createPipeline } from "../codecs/pipeline.js";
import { loadCodecs } from "../codecs/registry.js";
import type { DataType } from "../data-type/data-type.js";
import { dataTypeFromName, dataTypeToV2 } from "../data-type/registry.js";
import { isZarrError, ZarrError } from "../errors.js";
import type { DimensionChunks } from "../grid/chunk-runs.js";
import { arrayFromDocumentV3, groupFromDocumentV3 } from "./any-document.js";
import { autoChunks } from "./auto-chunks.js";
import { chunkKeyEncodingFromOption } from "./chunk-key-encoding.js";
import { parseLengths } from "./document.js";
import type { ArrayMetadata, GroupMetadata } from "./node-metadata.js";
import { copyAttributes } from "./serialize.js";
import { arrayFromDocumentsV2, groupFromDocumentsV2 } from "./v2.js";

/** A codec as a caller names it: `"gzip"`, `{ name, configuration }`, or `{ id, … }` as in v2 documents. */
export type CodecOption = string | JsonObject;

/** One codec, several, or (`null`) none. */
export type CodecsOption = CodecOption | readonly CodecOption[] | null;

/** The options for a new array's metadata. */
export interface ArrayMetadataOptions {
  /** 3 where left out. */
  readonly zarrFormat?: 2 | 3;
  /** Length of each dimension. One of length 0 is meant to grow. */
  readonly shape: readonly number[];
  /**
   * Chunk shape; one number stands for every dimension. Chosen by size where left out. In v3 a dimension may have a list of
   * lengths instead, as `[[2, 3, 5], 4]`, in which `[length, count]` stands for so many equal ones: a rectilinear chunk grid.
   * Or `{ name, configuration }` of another chunk grid.
   */
  readonly chunks?: readonly DimensionChunks[] | number | JsonObject;
  /** Shape of the shards, each of which holds many chunks in one value; multiples of `chunks`. v3 only; none by default. */
  readonly shards?: readonly number[] | number;
  /**
   * `"float32"`, `"<f4"`, `"datetime64[ns]"`, `"U8"`, `{ name, configuration }`, NumPy's list of the fields of a struct, or what
   * `array.dtype` gives. A byte order named here is
   * the one that is stored.
   */
  readonly dtype: string | JsonObject | readonly Json[];
  /** Every codec of a v3 array, instead of the three below. */
  readonly codecs?: readonly CodecOption[];
  /** Codecs on bytes; zstd where left out. A v2 array takes one at most. */
  readonly compressors?: CodecsOption;
  /** Codecs on the array, before it becomes bytes; for a v2 array its `filters`. */
  readonly filters?: CodecsOption;
  /** The codec from array to bytes of a v3 array; where left out `bytes`, or what elements of varying length need. */
  readonly serializer?: CodecOption;
  /**
   * A scalar, or the data of one element, which keeps all bits of a NaN; the data type's default where left out. `null` is kept in a v2
   * document, and counts as left out in v3.
   */
  readonly fillValue?: unknown;
  /** User attributes, which JSON has to hold; none by default. */
  readonly attributes?: JsonObject;
  /** A name for each dimension, or `null`; none by default. */
  readonly dimensionNames?: readonly (string | null)[];
  /** Order of the elements in a stored chunk, C where left out; F is a `transpose` codec in v3. */
  readonly order?: "C" | "F";
  /** `"default"`, `"v2"`, `{ name, separator }`, or as in a v3 document. */
  readonly chunkKeyEncoding?: string | JsonObject;
}

/** The kinds of {@link ArrayMetadataOptions}. */
export const arrayMetadataOptions: OptionKinds<ArrayMetadataOptions> = {
  zarrFormat: "any",
  shape: "any",
  chunks: "any",
  shards: "any",
  dtype: "any",
  codecs: "any",
  compressors: "any",
  filters: "any",
  serializer: "any",
  fillValue: "any",
  attributes: "any",
  dimensionNames: "any",
  order: "any",
  chunkKeyEncoding: "any",
};

/**
 * Metadata of a new array, with zarr-python's defaults. Codecs are made once, so that their configurations are checked
 * and complete.
 *
 * @throws ZarrError `ERR_ARGUMENT` - an option is wrong, or does not go with another
 * @throws ZarrError `ERR_DATA_TYPE` - an unknown data type
 * @throws ZarrError `ERR_VALUE` - the fill value is not of the data type
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE` - an unknown codec
 * @throws ZarrError `ERR_LIMIT` - more than one of the limits allows
 */
export async function createArrayMetadata(
  options: ArrayMetadataOptions,
  limits: Limits = defaultLimits,
): Promise<ArrayMetadata> {
  checkOptions(options, arrayMetadataOptions);
  checkChoice("zarrFormat", options.zarrFormat, [2, 3]);
  checkChoice("order", options.order, ["C", "F"]);
  if (options.codecs !== undefined && !Array.isArray(options.codecs)) {
    refuse("codecs", `is ${describe(options.codecs)}: expected a list`);
  }
  const create = options.zarrFormat === 2 ? createArrayV2 : createArrayV3;
  return await create(options, limits).catch(byCaller);
}

/**
 * Metadata of a new group.
 * @throws ZarrError `ERR_ARGUMENT` - attributes that JSON cannot hold
 */
export function createGroupMetadata(options: { zarrFormat?: 2 | 3; attributes?: JsonObject } = {}): GroupMetadata {
  checkChoice("zarrFormat", options.zarrFormat, [2, 3]);
  try {
    const attributes = copyAttributes(options.attributes ?? {});
    if (options.zarrFormat === 2) return groupFromDocumentsV2({ zarr_format: 2 }, () => attributes);
    return groupFromDocumentV3({ zarr_format: 3, node_type: "group", attributes }, defaultLimits);
  } catch (error) {
    return byCaller(error);
  }
}

/** Errors of a document are here errors of an option. */
function byCaller(error: unknown): never {
  const isOfMember = isZarrError(error, "ERR_UNSUPPORTED") && error.details.member !== undefined;
  if (!isOfMember && !isZarrError(error, "ERR_METADATA")) throw error;
  throw new ZarrError("ERR_ARGUMENT", error.message, error.details, error);
}

async function createArrayV3(options: ArrayMetadataOptions, limits: Limits): Promise<ArrayMetadata> {
  const { dataType, endian } = dataTypeFromName(options.dtype);
  const irregular = irregularGrid(options);
  const { shape, chunkShape } = parseShapes(
    irregular === undefined ? options : { ...options, chunks: 1 },
    dataType,
    limits,
  );
  const gridShape = shardShape(options, chunkShape, limits);
  const chunkCodecs = codecsV3(options, dataType, endian);
  const keyEncoding = chunkKeyEncodingFromOption(options.chunkKeyEncoding, 3);
  const draft = {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: dataType.toJson(),
    chunk_grid: irregular ?? { name: "regular", configuration: { chunk_shape: gridShape ?? chunkShape } },
    chunk_key_encoding: keyEncoding.toJson(),
    fill_value: fillValueJson(options.fillValue ?? undefined, dataType, 3),
    codecs: gridShape === undefined ? chunkCodecs : [shardingCodec(chunkShape, chunkCodecs)],
    attributes: copyAttributes(options.attributes ?? {}),
    ...(options.dimensionNames === undefined ? {} : { dimension_names: options.dimensionNames }),
  };
  const metadata = arrayFromDocumentV3(draft, limits);
  const pipeline = await pipelineOf(metadata, limits);
  const codecs = pipeline.codecs.map(({ name, configuration }) =>
    configuration === undefined ? { name } : { name, configuration },
  );
  return arrayFromDocumentV3({ ...draft, codecs }, limits);
}

async function createArrayV2(options: ArrayMetadataOptions, limits: Limits): Promise<ArrayMetadata> {
  for (const name of ["codecs", "serializer", "dimensionNames", "shards"] as const) {
    if (options[name] !== undefined) refuse(name, "is an option of Zarr format 3 only");
  }
  const { dataType, endian } = dataTypeFromName(options.dtype);
  const { shape, chunkShape } = parseShapes(options, dataType, limits);
  const keyEncoding = chunkKeyEncodingFromOption(options.chunkKeyEncoding, 2);
  if (keyEncoding.name !== "v2") refuse("chunkKeyEncoding", 'is "default", but Zarr format 2 has only "v2"');
  const [compressor = null, ...more] = listOf(options.compressors, [{ id: "zstd", level: 0 }]).map(codecV2);
  if (more.length > 0) refuse("compressors", "has several members, but Zarr format 2 takes one; put others in filters");
  const objectFilter = dataType.objectCodec === undefined ? [] : [dataType.objectCodec];
  const filters = listOf(options.filters, objectFilter).map(codecV2);
  const document = {
    zarr_format: 2,
    shape,
    chunks: chunkShape,
    dtype: dataTypeToV2(dataType, endian),
    compressor,
    fill_value: options.fillValue === null ? null : fillValueJson(options.fillValue, dataType, 2, endian),
    order: options.order ?? "C",
    filters: filters.length === 0 ? null : filters,
    dimension_separator: keyEncoding.separator ?? ".",
  };
  const attributes = copyAttributes(options.attributes ?? {});
  const metadata = arrayFromDocumentsV2(document, () => attributes, limits);
  await pipelineOf(metadata, limits);
  return metadata;
}

/** The grid of chunks of several lengths, `undefined` where the caller wants a regular one. */
function irregularGrid({ chunks, shards }: ArrayMetadataOptions): JsonObject | undefined {
  const named = isJsonObject(chunks as Json | undefined);
  if (!named && !(Array.isArray(chunks) && chunks.some((lengths) => Array.isArray(lengths)))) return undefined;
  if (shards !== undefined) refuse("shards", "has chunks of one shape: chunks of several lengths cannot be in shards");
  if (named) return chunks as JsonObject;
  return { name: "rectilinear", configuration: { kind: "inline", chunk_shapes: chunks as Json } };
}

/** Shape of the shards, `undefined` where the caller wants none. */
function shardShape({ shards }: ArrayMetadataOptions, chunkShape: readonly number[], limits: Limits) {
  if (shards === undefined) return undefined;
  const lengths = parseLengths(typeof shards === "number" ? chunkShape.map(() => shards) : shards, "shards", 1, limits);
  if (lengths.length === chunkShape.length && lengths.every((length, d) => length % chunkShape[d] === 0))
    return lengths;
  return refuse(
    "shards",
    `is [${lengths.join(", ")}]: expected multiples of the chunk shape, [${chunkShape.join(", ")}]`,
  );
}

function shardingCodec(chunkShape: readonly number[], codecs: readonly Json[]): JsonObject {
  return { name: "sharding_indexed", configuration: { chunk_shape: chunkShape, codecs } };
}

function parseShapes({ shape, chunks }: ArrayMetadataOptions, dataType: DataType, limits: Limits) {
  const lengths = parseLengths(shape, "shape", 0, limits);
  const chosen = chunks ?? autoChunks(lengths, dataType.itemSize ?? 1);
  const chunkShape = typeof chosen === "number" ? lengths.map(() => chosen) : chosen;
  return { shape: lengths, chunkShape: parseLengths(chunkShape as Json, "chunks", 1, limits) };
}

function fillValueJson(value: unknown, dataType: DataType, zarrFormat: 2 | 3, endian?: Endian): Json {
  const scalar = value === undefined ? dataType.defaultFillValue : dataType.checkScalar(value);
  return dataType.fillValueToJson(scalar, zarrFormat, endian);
}

function codecsV3(options: ArrayMetadataOptions, dataType: DataType, endian: Endian | undefined): Json[] {
  const { codecs, filters, serializer, compressors, order, shape } = options;
  const bytes =
    dataType.swapSize === 1 ? { name: "bytes" } : { name: "bytes", configuration: { endian: endian ?? "little" } };
  const toBytes = serializer ?? dataType.objectCodec ?? bytes;
  if (codecs !== undefined) {
    for (const name of ["filters", "serializer", "compressors", "order"] as const) {
      if (options[name] !== undefined) refuse(name, "and codecs exclude each other: codecs is the whole list");
    }
    return codecs.map((codec) => withEndian(codecV3(codec), bytes));
  }
  const transpose =
    order === "F" ? [{ name: "transpose", configuration: { order: shape.map((_, d) => d).reverse() } }] : [];
  const zstd = { name: "zstd", configuration: { level: 0, checksum: false } };
  const all = [...transpose, ...listOf(filters, []), toBytes, ...listOf(compressors, [zstd])];
  return all.map((codec) => withEndian(codecV3(codec), bytes));
}

/** A document must name the byte order; a caller that names `bytes` alone gets the one of the data type. */
function withEndian(codec: JsonObject, bytes: JsonObject): JsonObject {
  return codec.name === "bytes" && codec.configuration === undefined ? bytes : codec;
}

function listOf(option: CodecsOption | undefined, fallback: readonly CodecOption[]): readonly CodecOption[] {
  if (option === undefined) return fallback;
  if (option === null) return [];
  return Array.isArray(option) ? option : [option as CodecOption];
}

const codecMembers: ReadonlySet<string> = new Set(["name", "configuration", "must_understand"]);

/** The `{ name, configuration }` of a codec option. */
function codecV3(option: CodecOption): JsonObject {
  if (typeof option === "string") return { name: option };
  if (!isJsonObject(option)) return refuse("codec", `is ${describe(option)}: expected a name or an object`);
  const { id, ...configuration } = option;
  if (typeof id === "string") return { name: id, configuration };
  const beside = Object.keys(option).find((member) => !codecMembers.has(member));
  if (beside === undefined) return option;
  const { name, configuration: given } = option;
  const whole = stringifyJson({
    name: name ?? "…",
    configuration: { ...(given as JsonObject), [beside]: option[beside] },
  });
  return refuse(
    `codec ${describe(name)}`,
    `has the member ${JSON.stringify(beside)} beside its name: expected ${whole}`,
  );
}

/** The `{ id, … }` of a codec option. */
function codecV2(option: CodecOption): JsonObject {
  const { name, configuration = {}, ...rest } = codecV3(option);
  return typeof name === "string" && isJsonObject(configuration)
    ? { id: name.replace(/^numcodecs\./, ""), ...configuration }
    : rest;
}

async function pipelineOf({ codecs, chunkShape, dataType, fillValue, zarrFormat }: ArrayMetadata, limits: Limits) {
  await loadCodecs(codecs);
  const pipeline = createPipeline(codecs, { shape: chunkShape, dataType, fillValue }, { limits, zarrFormat });
  pipeline.codecs.forEach(({ configuration }, i) => {
    checkAsWritten(codecs[i].configuration, configuration, codecs[i].name);
  });
  return pipeline;
}

function checkChoice(option: string, value: unknown, choices: readonly unknown[]): void {
  if (value === undefined || choices.includes(value)) return;
  refuse(option, `is ${describe(value)}: expected ${choices.join(" or ")}`);
}

function refuse(option: string, problem: string): never {
  throw new ZarrError("ERR_ARGUMENT", `${option} ${problem}`);
}

import type { Endian } from "../bytes/endian.js";
import { describe, isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import type { CodecMetadata } from "../codecs/codec.js";
import { codecsFromJson } from "../codecs/pipeline.js";
import { findCodec } from "../codecs/registry.js";
import { commonType } from "../data-type/common-types.js";
import type { DataType } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import { type ChunkGrid, parseRegularGrid } from "./chunk-grid.js";
import { parseChunkKeyEncoding } from "./chunk-key-encoding.js";
import type { ConsolidatedMetadata } from "./consolidated.js";
import {
  checkZarrFormat,
  invalid,
  memberOf,
  parseExtension,
  parseLengths,
  readAttributes,
  unsupported,
} from "./document.js";
import type { ArrayMetadata, GroupMetadata, NodeMetadata } from "./node-metadata.js";

const arrayMembers = new Set([
  "zarr_format",
  "node_type",
  "shape",
  "data_type",
  "chunk_grid",
  "chunk_key_encoding",
  "fill_value",
  "codecs",
  "attributes",
  "storage_transformers",
  "dimension_names",
]);

const groupMembers = new Set(["zarr_format", "node_type", "attributes", "consolidated_metadata"]);

/** The functions that not every document needs. */
interface Rest {
  dataTypeFromJson(json: Json | undefined): DataType;
  readFillValue(dataType: DataType, json: Json, zarrFormat: 2 | 3, endian?: Endian): unknown;
  parseChunkGrid(json: Json | undefined, shape: readonly number[], limits: Limits): ChunkGrid;
  parseConsolidatedV3(json: Json, limits: Limits): ConsolidatedMetadata<NodeMetadata> | undefined;
}

let rest: Rest | undefined;

/** True if {@link knowTheRest} has been called. */
export function isRestKnown(): boolean {
  return rest !== undefined;
}

/** Called by `any-document.ts` when it is loaded. */
export function knowTheRest(functions: Rest): void {
  rest = functions;
}

/** The functions that most documents need; anything else is refused. */
const common: Rest = {
  dataTypeFromJson: (json) => commonType(json) ?? invalid("data_type", json, "a common one"),
  readFillValue: (dataType, json, ...how) => dataType.fillValueFromJson(json, ...how),
  parseChunkGrid(json, ...how) {
    const { name, configuration } = parseExtension(json, "chunk_grid");
    return name === "regular" ? parseRegularGrid(configuration, ...how) : invalid("chunk_grid", name, '"regular"');
  },
  parseConsolidatedV3: (json) => invalid("consolidated_metadata", json, "none"),
};

/** As `readNodeV3()`, of a document that has been parsed, as one within consolidated metadata. */
export function nodeFromDocumentV3(document: JsonObject, limits: Limits): NodeMetadata {
  checkZarrFormat(document, 3);
  const nodeType = memberOf(document, "node_type");
  if (nodeType === "array") return arrayFromDocumentV3(document, limits);
  if (nodeType === "group") return groupFromDocumentV3(document, limits);
  return invalid("node_type", nodeType, '"array" or "group"');
}

/** As {@link nodeFromDocumentV3}, of a document with `node_type` "array". */
export function arrayFromDocumentV3(document: JsonObject, limits: Limits): ArrayMetadata {
  checkUnknownMembers(document, arrayMembers);
  checkStorageTransformers(memberOf(document, "storage_transformers"));
  const shape = parseLengths(memberOf(document, "shape"), "shape", 0, limits);
  const { dataTypeFromJson, readFillValue, parseChunkGrid } = rest ?? common;
  const dataType = dataTypeFromJson(memberOf(document, "data_type"));
  const fillValue = memberOf(document, "fill_value");
  const codecs = parseCodecs(memberOf(document, "codecs"), dataType, limits);
  if (fillValue === undefined) invalid("fill_value", undefined, `a value of type ${dataType.name}`);
  return {
    nodeType: "array",
    zarrFormat: 3,
    shape,
    ...parseChunkGrid(memberOf(document, "chunk_grid"), shape, limits),
    dataType,
    fillValue: readFillValue(dataType, fillValue, 3, endianOf(codecs)),
    codecs,
    chunkKeyEncoding: parseChunkKeyEncoding(memberOf(document, "chunk_key_encoding")),
    ...readAttributes(() => memberOf(document, "attributes") ?? {}, "attributes"),
    dimensionNames: parseDimensionNames(memberOf(document, "dimension_names"), shape.length),
    document,
  };
}

/**
 * The codecs. GDAL before 3.11 left out `bytes`, and the whole list where nothing is compressed; what is surely meant is read.
 * @throws ZarrError `ERR_METADATA` - no list of codecs; a list without `bytes` is refused when the array is opened
 */
function parseCodecs(json: Json | undefined, dataType: DataType, limits: Limits): CodecMetadata[] {
  const bytes = { name: "bytes", configuration: { endian: "little" } };
  if (json === undefined) return [bytes];
  const codecs = codecsFromJson(json, "codecs", limits);
  const kinds = codecs.map(({ name }) => findCodec(name)?.kind);
  const isWhole = kinds.some((kind) => kind === undefined || kind === "array-to-bytes");
  if (isWhole || dataType.itemSize !== 1) return codecs;
  const end = kinds.indexOf("bytes-to-bytes");
  return end < 0 ? [...codecs, bytes] : codecs.toSpliced(end, 0, bytes);
}

/** As {@link nodeFromDocumentV3}, of a document with `node_type` "group". */
export function groupFromDocumentV3(document: JsonObject, limits: Limits): GroupMetadata {
  checkUnknownMembers(document, groupMembers);
  const consolidated = memberOf(document, "consolidated_metadata") ?? null;
  return {
    nodeType: "group",
    zarrFormat: 3,
    ...readAttributes(() => memberOf(document, "attributes") ?? {}, "attributes"),
    consolidated: consolidated === null ? undefined : (rest ?? common).parseConsolidatedV3(consolidated, limits),
    document,
  };
}

function checkUnknownMembers(document: JsonObject, known: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(document)) {
    if (known.has(name)) continue;
    if (isJsonObject(value) && memberOf(value, "must_understand") === false) continue;
    const message = `unknown member ${describe(name)}, without "must_understand": false`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { member: name });
  }
}

function checkStorageTransformers(json: Json | undefined): void {
  if (json === undefined || json === null) return;
  if (!Array.isArray(json)) invalid("storage_transformers", json, "a list");
  else if (json.length > 0) {
    const { name } = parseExtension(json[0], "storage_transformers[0]");
    unsupported("storage_transformers[0]", name, "no storage transformer");
  }
}

/** Byte order of encoded elements, where a codec names it. */
function endianOf(codecs: readonly CodecMetadata[]): Endian | undefined {
  const bytes = codecs.find(({ name }) => name === "bytes");
  return bytes?.configuration.endian === "big" ? "big" : undefined;
}

function parseDimensionNames(json: Json | undefined, rank: number): (string | null)[] | undefined {
  if (json === undefined || json === null) return undefined;
  const expected = `a list of ${rank} strings or nulls, one per dimension`;
  if (!Array.isArray(json) || json.length !== rank) return invalid("dimension_names", json, expected);
  json.forEach((name, d) => {
    if (name !== null && typeof name !== "string") invalid(`dimension_names[${d}]`, name, "a string or null");
  });
  return json;
}

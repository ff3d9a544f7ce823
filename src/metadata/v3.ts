import type { Endian } from "../bytes/endian.js";
import { describe, isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import { lazily } from "../bytes/lazily.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import type { CodecMetadata } from "../codecs/codec.js";
import { codecsFromJson } from "../codecs/pipeline.js";
import { findCodec } from "../codecs/registry.js";
import { commonType } from "../data-type/common-types.js";
import type { DataType } from "../data-type/data-type.js";
import type * as everyTypeModule from "../data-type/every-type.js";
import { ZarrError } from "../errors.js";
import { parseChunkGrid } from "./chunk-grid.js";
import { parseChunkKeyEncoding } from "./chunk-key-encoding.js";
import { ConsolidatedMetadata } from "./consolidated.js";
import {
  checkZarrFormat,
  invalid,
  memberOf,
  parseDocument,
  parseExtension,
  parseLengths,
  readAttributes,
  requireObject,
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

/** What a document says of data types and fill values. */
type ValueReading = Pick<typeof everyTypeModule, "dataTypeFromJson" | "readFillValue">;

/** All data types, and all spellings of fill values. */
export const everyType = lazily<ValueReading>(() => import("../data-type/every-type.js"));

/** Types and fill values of most arrays. */
const common: ValueReading = {
  dataTypeFromJson: (json) => {
    const dataType = commonType(json);
    if (dataType !== undefined) return dataType;
    throw new ZarrError("ERR_DATA_TYPE", `data type ${describe(json ?? null)} is not a common one`);
  },
  readFillValue: (dataType, json, ...how) => dataType.fillValueFromJson(json, ...how),
};

/**
 * As {@link parseNodeV3}, with whatever that takes of other data types, which is loaded first.
 * @throws ZarrError as {@link parseNodeV3}
 */
export async function readNodeV3(source: string, limits: Limits): Promise<NodeMetadata> {
  if (everyType.loaded === undefined) {
    try {
      return parseNodeV3(source, limits);
    } catch {
      await everyType.load(); // and then it says better what is wrong
    }
  }
  return parseNodeV3(source, limits);
}

/**
 * The node that a `zarr.json` describes, where every data type is loaded or this is a common one. Codecs are made, and checked, when the array is opened, not here.
 *
 * @throws ZarrError `ERR_METADATA` - malformed, a member missing or wrong, or an unknown one that must be understood
 * @throws ZarrError `ERR_DATA_TYPE` - an unknown data type
 * @throws ZarrError `ERR_LIMIT` - larger than one of the limits
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#metadata
 */
export function parseNodeV3(source: Uint8Array | string, limits: Limits = defaultLimits): NodeMetadata {
  return nodeFromDocumentV3(parseDocument(source, "zarr.json", limits), limits);
}

/** As {@link parseNodeV3}, of a document that has been parsed, as one within consolidated metadata. */
function nodeFromDocumentV3(document: JsonObject, limits: Limits): NodeMetadata {
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
  const { dataTypeFromJson, readFillValue } = everyType.loaded ?? common;
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
    consolidated: consolidated === null ? undefined : parseConsolidatedV3(consolidated, limits),
    document,
  };
}

/** Only the kind "inline", which zarr-python writes, is known; of another kind the member may say that it may be ignored. */
function parseConsolidatedV3(json: Json, limits: Limits): ConsolidatedMetadata<NodeMetadata> | undefined {
  const consolidated = requireObject(json, "consolidated_metadata");
  const kind = memberOf(consolidated, "kind");
  if (kind !== "inline") {
    if (memberOf(consolidated, "must_understand") === false) return undefined;
    invalid("consolidated_metadata.kind", kind, '"inline"');
  }
  const nodes = requireObject(memberOf(consolidated, "metadata"), "consolidated_metadata.metadata");
  const documents = Object.entries(nodes).map(
    ([path, node]) => [path, () => nodeFromDocumentV3(requireObject(node, path), limits)] as const,
  );
  return new ConsolidatedMetadata(new Map(documents));
}

function checkUnknownMembers(document: JsonObject, known: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(document)) {
    if (known.has(name)) continue;
    if (isJsonObject(value) && memberOf(value, "must_understand") === false) continue;
    const message = `unknown member ${describe(name)}, which lacks "must_understand": false, so it may not be ignored`;
    throw new ZarrError("ERR_METADATA", message, { member: name });
  }
}

function checkStorageTransformers(json: Json | undefined): void {
  if (json === undefined || json === null) return;
  if (!Array.isArray(json)) invalid("storage_transformers", json, "a list");
  else if (json.length > 0) {
    const { name } = parseExtension(json[0], "storage_transformers[0]");
    invalid("storage_transformers[0]", name, "an empty list, since no storage transformer is supported");
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

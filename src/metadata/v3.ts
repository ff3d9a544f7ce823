import { isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import type { CodecMetadata } from "../codecs/pipeline.js";
import { findCodec } from "../codecs/registry.js";
import { dataTypeFromJson } from "../data-type/registry.js";
import { isZarrError, ZarrError } from "../errors.js";
import { parseChunkKeyEncoding } from "./chunk-key-encoding.js";
import { ConsolidatedMetadata } from "./consolidated.js";
import {
  checkZarrFormat,
  invalid,
  memberOf,
  parseAttributes,
  parseDocument,
  parseExtension,
  parseLengths,
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

/**
 * The node that a `zarr.json` describes. Codecs are made, and checked, when the array is opened, not here.
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
  const dataType = dataTypeFromJson(memberOf(document, "data_type"));
  const fillValue = memberOf(document, "fill_value");
  if (fillValue === undefined) invalid("fill_value", undefined, `a value of type ${dataType.name}`);
  return {
    nodeType: "array",
    zarrFormat: 3,
    shape,
    chunkShape: parseRegularGrid(memberOf(document, "chunk_grid"), shape, limits),
    dataType,
    fillValue: dataType.fillValueFromJson(fillValue, 3),
    codecs: parseCodecs(memberOf(document, "codecs"), limits),
    chunkKeyEncoding: parseChunkKeyEncoding(memberOf(document, "chunk_key_encoding")),
    attributes: parseAttributes(memberOf(document, "attributes")),
    dimensionNames: parseDimensionNames(memberOf(document, "dimension_names"), shape.length),
    document,
  };
}

/** As {@link nodeFromDocumentV3}, of a document with `node_type` "group". */
export function groupFromDocumentV3(document: JsonObject, limits: Limits): GroupMetadata {
  checkUnknownMembers(document, groupMembers);
  const consolidated = memberOf(document, "consolidated_metadata") ?? null;
  return {
    nodeType: "group",
    zarrFormat: 3,
    attributes: parseAttributes(memberOf(document, "attributes")),
    consolidated: consolidated === null ? undefined : parseConsolidatedV3(consolidated, limits),
    document,
  };
}

/** Only the kind "inline", which zarr-python writes, is known; of another kind the member may say that it may be ignored. */
function parseConsolidatedV3(json: Json, limits: Limits): ConsolidatedMetadata | undefined {
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
    const message = `unknown member ${JSON.stringify(name)}, which lacks "must_understand": false, so it may not be ignored`;
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

function parseRegularGrid(json: Json | undefined, shape: readonly number[], limits: Limits): number[] {
  const { name, configuration } = parseExtension(json, "chunk_grid");
  if (name !== "regular") invalid("chunk_grid", name, '"regular"');
  const chunkShape = parseLengths(memberOf(configuration, "chunk_shape"), "chunk_shape", 1, limits);
  if (chunkShape.length === shape.length) return chunkShape;
  return invalid("chunk_shape", memberOf(configuration, "chunk_shape"), `${shape.length} lengths, as shape has`);
}

function parseCodecs(json: Json | undefined, limits: Limits): CodecMetadata[] {
  if (!Array.isArray(json) || json.length === 0) return invalid("codecs", json, "a list of at least one codec");
  if (json.length > limits.codecs) {
    throw new ZarrError("ERR_LIMIT", `codecs has ${json.length} members: the limit is ${limits.codecs}`);
  }
  return json
    .map((codec, i) => parseExtension(codec, `codecs[${i}]`))
    .filter(({ name, mustUnderstand }) => mustUnderstand || isKnownCodec(name))
    .map(({ name, configuration }) => ({ name, configuration }));
}

function isKnownCodec(name: string): boolean {
  try {
    findCodec(name);
    return true;
  } catch (error) {
    if (isZarrError(error, "ERR_CODEC_UNAVAILABLE")) return false;
    throw error;
  }
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

import type { Json, JsonObject } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { parseJson } from "../bytes/parse-json.js";
import { notUtf8 } from "../bytes/utf8.js";
import { readFillValue } from "../data-type/read-fill-value.js";
import { dataTypeFromV2 } from "../data-type/registry.js";
import { ZarrError } from "../errors.js";
import { parseSeparator, v2ChunkKeyEncoding } from "./chunk-key-encoding.js";
import { ConsolidatedMetadata } from "./consolidated.js";
import {
  checkZarrFormat,
  dimensionNamesV2,
  invalid,
  memberOf,
  parseChunkShape,
  parseLengths,
  readAttributes,
  requireObject,
} from "./document.js";
import type { ArrayMetadata, GroupMetadata, NodeMetadata } from "./node-metadata.js";
import { parseDocument } from "./parse-document.js";
import { codecsFromV2, objectCodecOf } from "./v2-codecs.js";

/**
 * The array that a `.zarray` describes. Unknown members are ignored, as the format asks. Codecs are made, and checked,
 * when the array is opened, not here.
 *
 * @param attributes - the `.zattrs` beside it, if there is one
 * @throws ZarrError `ERR_METADATA` - malformed, or a member missing or wrong
 * @throws ZarrError `ERR_DATA_TYPE` - an unknown data type
 * @throws ZarrError `ERR_LIMIT` - larger than one of the limits
 * @see https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html
 */
export function parseArrayV2(
  source: Uint8Array | string,
  attributes?: Uint8Array | string,
  limits: Limits = defaultLimits,
): ArrayMetadata {
  const document = parseDocument(source, ".zarray", limits);
  return arrayFromDocumentsV2(document, () => attributesOf(attributes, limits), limits);
}

/** The group that a `.zgroup`, and the `.zattrs` beside it, describe. Errors as in {@link parseArrayV2}. */
export function parseGroupV2(
  source: Uint8Array | string,
  attributes?: Uint8Array | string,
  limits: Limits = defaultLimits,
): GroupMetadata {
  return groupFromDocumentsV2(parseDocument(source, ".zgroup", limits), () => attributesOf(attributes, limits));
}

/**
 * A v2 group's `.zmetadata`: the documents of all nodes, by key. The group itself has the path "".
 * @throws ZarrError `ERR_METADATA` - not of that form
 */
export function parseConsolidatedV2(
  source: Uint8Array | string,
  limits: Limits = defaultLimits,
): ConsolidatedMetadata<NodeMetadata> {
  const document = parseDocument(source, ".zmetadata", limits);
  const format = memberOf(document, "zarr_consolidated_format");
  if (format !== 1) invalid("zarr_consolidated_format", format, "1");
  const byKey = requireObject(memberOf(document, "metadata"), "metadata");
  const documents = new Map<string, () => NodeMetadata>();
  for (const [key, node] of Object.entries(byKey)) {
    const [, path, name] = /^(?:(.*)\/)?(\.zarray|\.zgroup)$/s.exec(key) ?? [];
    if (name === undefined) continue;
    const prefix = path === undefined ? "" : `${path}/`;
    const attributes = () => memberOf(byKey, `${prefix}.zattrs`) ?? undefined;
    const parse = name === ".zarray" ? arrayFromDocumentsV2 : groupFromDocumentsV2;
    documents.set(path ?? "", () => parse(requireObject(node, key), attributes, limits));
  }
  return new ConsolidatedMetadata(documents);
}

/** As {@link parseArrayV2}, of a document that has been parsed; `attributes` gives what is beside it, if anything is, or throws. */
export function arrayFromDocumentsV2(
  document: JsonObject,
  attributes: () => Json | undefined,
  limits: Limits,
): ArrayMetadata {
  checkZarrFormat(document, 2);
  const shape = parseLengths(memberOf(document, "shape"), "shape", 0, limits);
  const chunkShape = parseChunkShape(memberOf(document, "chunks"), "chunks", shape, limits);
  const { dataType, endian } = dataTypeFromV2(memberOf(document, "dtype"), objectCodecOf(document));
  const beside = readAttributes(attributes, ".zattrs");
  return {
    nodeType: "array",
    zarrFormat: 2,
    shape,
    chunkShape,
    chunkGrid: chunkShape,
    dataType,
    fillValue: readFillValue(dataType, memberOf(document, "fill_value") ?? null, 2, endian),
    codecs: codecsFromV2(document, shape.length, endian, limits),
    chunkKeyEncoding: v2ChunkKeyEncoding(
      parseSeparator(memberOf(document, "dimension_separator") ?? ".", "dimension_separator"),
    ),
    ...beside,
    dimensionNames: dimensionNamesV2(beside.attributes, shape.length),
    document,
  };
}

/** As {@link parseGroupV2}, of a document that has been parsed; `attributes` as for {@link arrayFromDocumentsV2}. */
export function groupFromDocumentsV2(document: JsonObject, attributes: () => Json | undefined): GroupMetadata {
  checkZarrFormat(document, 2);
  return {
    nodeType: "group",
    zarrFormat: 2,
    ...readAttributes(attributes, ".zattrs"),
    consolidated: undefined,
    document,
  };
}

function attributesOf(source: Uint8Array | string | undefined, limits: Limits): Json | undefined {
  return source === undefined ? undefined : parseZattrs(source, limits);
}

/**
 * A `.zattrs`, which may hold anything.
 * @throws ZarrError `ERR_METADATA` - no JSON in UTF-8
 * @throws ZarrError `ERR_LIMIT` - longer or deeper than the limits
 */
export function parseZattrs(source: Uint8Array | string, limits: Limits): Json {
  if (typeof source === "string" && notUtf8.test(source)) {
    throw new ZarrError("ERR_METADATA", ".zattrs is not valid UTF-8: expected an object of JSON in UTF-8");
  }
  return parseJson(source, { maxBytes: limits.metadataBytes, maxDepth: limits.jsonDepth });
}

import { frozen } from "../bytes/frozen.js";
import { describe, isJsonObject, type Json, type JsonObject, stringifyJson } from "../bytes/json.js";
import { rewriteJson } from "../bytes/json-rewrite.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { parseJson } from "../bytes/parse-json.js";
import { isZarrError, ZarrError } from "../errors.js";
import { parseChunkGrid } from "./any-chunk-grid.js";
import { dimensionNamesV2, memberOf, parseChunkShape, parseLengths } from "./document.js";
import type { ArrayMetadata, NodeMetadata } from "./node-metadata.js";

/** A document to store: its key below the node's path, and its text. */
export type StoredDocument = readonly [key: string, text: string];

/** The documents of a node as they are stored, and what they say. */
export interface PreviousDocuments {
  readonly metadata: NodeMetadata;
  /** Texts by name. */
  readonly documents: Readonly<Record<string, string>>;
}

/**
 * The documents of a node: `zarr.json`, or `.zarray` or `.zgroup`, and `.zattrs`. Members that this package ignores are kept.
 * @param previous - the same node before a change: what has not changed stays as it was written, byte by byte
 */
export function serializeNode(metadata: NodeMetadata, previous?: PreviousDocuments): StoredDocument[] {
  const text = (name: string, document: JsonObject, was: JsonObject | undefined): StoredDocument => {
    const source = previous?.documents[name];
    const isNew = source === undefined || was === undefined;
    return [name, isNew ? stringifyJson(document, { indent: 2 }) : rewriteJson(source, was, document)];
  };
  const before = previous?.metadata;
  if (metadata.zarrFormat === 3) return [text("zarr.json", metadata.document, before?.document)];
  const main = text(metadata.nodeType === "array" ? ".zarray" : ".zgroup", metadata.document, before?.document);
  const attributes = previous?.documents[".zattrs"];
  if (metadata.attributesError !== undefined && attributes !== undefined) return [main, [".zattrs", attributes]];
  if (metadata.attributesFound !== undefined) return [main, [".zattrs", stringifyJson(metadata.attributesFound)]];
  return [main, text(".zattrs", metadata.attributes, before?.attributes)];
}

/**
 * The same array with another shape.
 * @throws ZarrError `ERR_ARGUMENT` - not one integer from 0 on for each dimension
 * @throws ZarrError `ERR_LIMIT` - a length that a number cannot hold
 * @throws ZarrError `ERR_UNSUPPORTED` - the chunk grid lists its chunks, and they do not reach so far
 */
export function withShape(
  metadata: ArrayMetadata,
  shape: readonly number[],
  limits: Limits = defaultLimits,
): ArrayMetadata {
  const rank = metadata.shape.length;
  const isList = Array.isArray(shape);
  if (!isList || shape.length !== rank || shape.some((length) => !Number.isInteger(length) || length < 0)) {
    const found = isList ? `[${shape.join(", ")}]` : describe(shape as unknown as Json);
    const message = `the new shape is ${found}: expected ${rank} integers from 0 on, as the array has ${rank} dimensions`;
    throw new ZarrError("ERR_ARGUMENT", message);
  }
  const lengths = parseLengths(shape, "shape", 0, limits);
  const document = { ...metadata.document, shape: lengths };
  return { ...metadata, shape: lengths, ...gridFor(metadata, lengths, limits), document };
}

/** The chunk grid of the array's document with another shape. */
function gridFor(
  { zarrFormat, document }: ArrayMetadata,
  shape: readonly number[],
  limits: Limits,
): Pick<ArrayMetadata, "chunkShape" | "chunkGrid"> {
  try {
    if (zarrFormat === 3) return parseChunkGrid(memberOf(document, "chunk_grid"), shape, limits);
    const chunkShape = parseChunkShape(memberOf(document, "chunks"), "chunks", shape, limits);
    return { chunkShape, chunkGrid: chunkShape };
  } catch (error) {
    if (!isZarrError(error, "ERR_METADATA")) throw error;
    const message = `the chunk grid does not fit a shape of [${shape.join(", ")}]: ${error.message}; create another array whose chunks reach as far, and copy this one into it`;
    throw new ZarrError("ERR_UNSUPPORTED", message, error.details, error);
  }
}

/**
 * The same node with these attributes instead of its own. They are copied.
 * @throws ZarrError `ERR_METADATA` - its own cannot be understood, and would be lost
 * @throws ZarrError `ERR_ARGUMENT` - they hold something that JSON cannot
 */
export function withAttributes<Metadata extends NodeMetadata>(metadata: Metadata, attributes: JsonObject): Metadata {
  if (metadata.attributesError !== undefined) throw metadata.attributesError;
  const copy = copyAttributes(attributes);
  if (metadata.zarrFormat === 3)
    return { ...metadata, attributes: copy, document: { ...metadata.document, attributes: copy } };
  if (metadata.nodeType === "group") return { ...metadata, attributes: copy };
  return { ...metadata, attributes: copy, dimensionNames: dimensionNamesV2(copy, metadata.shape.length) };
}

/**
 * Attributes as they will be read back, which nobody can change in place.
 * @throws ZarrError `ERR_ARGUMENT` - they are no object, or hold something that JSON cannot
 */
export function copyAttributes(attributes: JsonObject): JsonObject {
  if (!isJsonObject(attributes)) {
    throw new ZarrError("ERR_ARGUMENT", `attributes is ${describe(attributes)}: expected an object`);
  }
  const missing = Object.keys(attributes).find((name) => attributes[name] === undefined);
  if (missing !== undefined) {
    const message = `the attribute ${describe(missing)} is undefined, which JSON cannot hold: deleteAttributes(${JSON.stringify(missing)}) removes it`;
    throw new ZarrError("ERR_ARGUMENT", message);
  }
  return frozen(parseJson(stringifyJson(attributes))) as JsonObject;
}

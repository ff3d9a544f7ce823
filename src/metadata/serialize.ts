import { type JsonObject, parseJson, stringifyJson } from "../bytes/json.js";
import { rewriteJson } from "../bytes/json-rewrite.js";
import { requireObject } from "./document.js";
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
  return [
    text(metadata.nodeType === "array" ? ".zarray" : ".zgroup", metadata.document, before?.document),
    text(".zattrs", metadata.attributes, before?.attributes),
  ];
}

/** The same array with another shape. */
export function withShape(metadata: ArrayMetadata, shape: readonly number[]): ArrayMetadata {
  return { ...metadata, shape, document: { ...metadata.document, shape } };
}

/**
 * The same node with these attributes instead of its own. They are copied.
 * @throws ZarrError `ERR_ARGUMENT` - they hold something that JSON cannot
 */
export function withAttributes<Metadata extends NodeMetadata>(metadata: Metadata, attributes: JsonObject): Metadata {
  const copy = copyAttributes(attributes);
  const document = metadata.zarrFormat === 3 ? { ...metadata.document, attributes: copy } : metadata.document;
  return { ...metadata, attributes: copy, document };
}

/** Attributes as they will be read back. */
export function copyAttributes(attributes: JsonObject): JsonObject {
  return requireObject(parseJson(stringifyJson(attributes)), "attributes");
}

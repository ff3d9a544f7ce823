import { type JsonObject, parseJson, stringifyJson } from "../bytes/json.js";
import { requireObject } from "./document.js";
import type { ArrayMetadata, GroupMetadata, NodeMetadata } from "./node-metadata.js";

/** A document to store: its key below the node's path, and its text. */
export type StoredDocument = readonly [key: string, text: string];

/** The documents of an array: `zarr.json`, or `.zarray` and `.zattrs`. Members that this package ignores are kept. */
export function serializeArray(metadata: ArrayMetadata): StoredDocument[] {
  return serialize(metadata, ".zarray");
}

/** The documents of a group: `zarr.json`, or `.zgroup` and `.zattrs`. */
export function serializeGroup(metadata: GroupMetadata): StoredDocument[] {
  return serialize(metadata, ".zgroup");
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

function serialize(metadata: NodeMetadata, keyV2: ".zarray" | ".zgroup"): StoredDocument[] {
  const text = (document: JsonObject) => stringifyJson(document, { indent: 2 });
  if (metadata.zarrFormat === 3) return [["zarr.json", text(metadata.document)]];
  return [
    [keyV2, text(metadata.document)],
    [".zattrs", text(metadata.attributes)],
  ];
}

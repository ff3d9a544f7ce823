import type { NodeMetadata } from "../metadata/node-metadata.js";
import { serializeNode } from "../metadata/serialize.js";
import type { StoreValues } from "../store/store.js";
import { type LoadedNode, type NodeDocuments, nodeKey } from "./load-node.js";

/**
 * Writes the documents of the node at `path`.
 * @param previous - the node as it is stored: documents that stay the same are not written
 */
export async function saveNode<Metadata extends NodeMetadata>(
  store: StoreValues,
  path: string,
  metadata: Metadata,
  previous?: LoadedNode,
): Promise<LoadedNode<Metadata>> {
  const documents: NodeDocuments = Object.fromEntries(serializeNode(metadata, previous));
  await saveDocuments(store, path, documents, previous?.documents);
  return { metadata, documents };
}

/** Writes the documents of a node; those that are the same in `previous` are not written. */
export async function saveDocuments(
  store: StoreValues,
  path: string,
  documents: NodeDocuments,
  previous?: NodeDocuments,
): Promise<void> {
  for (const [name, text] of Object.entries(documents)) {
    if (text === previous?.[name]) continue;
    await store.set(nodeKey(path, name), new TextEncoder().encode(text));
  }
}

/** The documents that say what `metadata` says. */
export function documentsOf(metadata: NodeMetadata): NodeDocuments {
  return Object.fromEntries(serializeNode(metadata));
}

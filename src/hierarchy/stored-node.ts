import { ZarrError } from "../errors.js";
import type { ArrayMetadata, NodeMetadata } from "../metadata/node-metadata.js";
import type { StoreValues } from "../store/store.js";
import { type LoadedNode, loadDocuments, noNode, parseDocuments, sameDocuments, showPath } from "./load-node.js";
import { reshaped } from "./stored-shape.js";

/**
 * The node at `path` as it is stored; what is known of it where that has not changed.
 * @throws ZarrError `ERR_NOT_FOUND` - the node has been deleted, or another one stands in its place
 */
export async function storedNode<Metadata extends NodeMetadata>(
  values: StoreValues,
  path: string,
  known: LoadedNode<Metadata>,
): Promise<LoadedNode<Metadata>> {
  const { zarrFormat, nodeType } = known.metadata;
  const documents = await loadDocuments(values, path, zarrFormat);
  if (documents === undefined) throw await noNode(values, path, zarrFormat);
  if (sameDocuments(documents, known.documents)) return known;
  if (isArray(known)) {
    const grown = reshaped(known, documents, values.limits);
    if (grown !== undefined) return grown as LoadedNode<NodeMetadata> as LoadedNode<Metadata>;
  }
  const metadata = await parseDocuments(values, path, documents);
  if (metadata.nodeType === nodeType) return { metadata: metadata as Metadata, documents };
  const message = `the ${nodeType} at ${showPath(path)} of ${values.path} was replaced by a node of type ${metadata.nodeType}: open it again`;
  throw new ZarrError("ERR_NOT_FOUND", message, { file: values.path, path });
}

function isArray(node: LoadedNode): node is LoadedNode<ArrayMetadata> {
  return node.metadata.nodeType === "array";
}

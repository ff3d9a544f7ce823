import type { JsonObject } from "../bytes/json.js";
import type { NodeMetadata } from "../metadata/node-metadata.js";
import { withAttributes } from "../metadata/serialize.js";
import type { StoreValues } from "../store/store.js";
import type { LoadedNode } from "./load-node.js";
import { saveNode } from "./save-node.js";

/** Stores the node at `path` with what `changed` makes of its attributes. */
export async function changeAttributes<Metadata extends NodeMetadata>(
  values: StoreValues,
  path: string,
  stored: LoadedNode<Metadata>,
  changed: (stored: JsonObject) => JsonObject,
): Promise<{ node: LoadedNode<Metadata> }> {
  const metadata = withAttributes(stored.metadata, changed(stored.metadata.attributes));
  return { node: await saveNode(values, path, metadata, stored) };
}

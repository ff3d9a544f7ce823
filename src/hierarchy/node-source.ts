import { withDetails, ZarrError } from "../errors.js";
import type { ConsolidatedMetadata } from "../metadata/consolidated.js";
import type { GroupMetadata } from "../metadata/node-metadata.js";
import { parseConsolidatedV2 } from "../metadata/v2.js";
import type { Store } from "../store/store.js";
import { documentsOf, type LoadedNode, loadNode, nodeKey } from "./load-node.js";

/** Where a group finds its members: their own documents, or the consolidated metadata of a group above them. */
export interface NodeSource {
  /** The node at a path of the store; `undefined` if there is none. */
  load(path: string): Promise<LoadedNode | undefined>;
  /** Names directly below a path that may be nodes. */
  names(path: string): Promise<readonly string[]>;
}

/** Every node by its own documents. */
export function storedNodes(store: Store): NodeSource {
  return {
    load: (path) => loadNode(store, path),
    names: (path) => store.listDir(path),
  };
}

/**
 * Every node by the consolidated metadata of the group at `base`.
 * @throws ZarrError `ERR_NOT_FOUND` - the group has none
 */
export async function consolidatedNodes(store: Store, base: string, group: GroupMetadata): Promise<NodeSource> {
  const consolidated = group.zarrFormat === 3 ? group.consolidated : await readConsolidatedV2(store, base);
  if (consolidated === undefined) {
    const message = "the group has no consolidated metadata: open it without useConsolidated";
    throw new ZarrError("ERR_NOT_FOUND", message, { file: store.path, path: base });
  }
  const prefix = nodeKey(base, "");
  const childNames = new Map<string, Set<string>>();
  for (const path of consolidated.paths()) {
    if (path === "") continue;
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const names = childNames.get(parent) ?? new Set();
    childNames.set(parent, names.add(path.slice(parent === "" ? 0 : parent.length + 1)));
  }
  const below = (path: string) => (path === base ? "" : path.slice(prefix.length));
  return {
    load: async (path) => {
      const metadata = consolidated.get(below(path));
      return metadata === undefined ? undefined : { metadata, documents: documentsOf(metadata) };
    },
    names: async (path) => [...(childNames.get(below(path)) ?? [])],
  };
}

async function readConsolidatedV2(store: Store, base: string): Promise<ConsolidatedMetadata | undefined> {
  const key = nodeKey(base, ".zmetadata");
  const bytes = await store.get(key, { maxBytes: store.limits.metadataBytes });
  try {
    return bytes === undefined ? undefined : parseConsolidatedV2(bytes, store.limits);
  } catch (error) {
    throw withDetails(error, { file: store.path, key });
  }
}

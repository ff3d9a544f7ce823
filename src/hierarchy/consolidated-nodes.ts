import { withDetails, ZarrError } from "../errors.js";
import type { ConsolidatedMetadata } from "../metadata/consolidated.js";
import type { GroupMetadata, NodeMetadata } from "../metadata/node-metadata.js";
import { parseConsolidatedV2 } from "../metadata/v2.js";
import type { StoreValues } from "../store/store.js";
import { explained, nodeKey, withCodecs } from "./load-node.js";
import { childNames, type NodeSource } from "./node-source.js";
import { documentsOf } from "./save-node.js";

/**
 * Every node by the consolidated metadata of the group at `base`.
 * @throws ZarrError `ERR_NOT_FOUND` - the group has none
 */
export async function consolidatedNodes(store: StoreValues, base: string, group: GroupMetadata): Promise<NodeSource> {
  const consolidated = group.zarrFormat === 3 ? group.consolidated : await readConsolidatedV2(store, base);
  if (consolidated === undefined) {
    const message = "the group has no consolidated metadata: open it without useConsolidated";
    throw new ZarrError("ERR_NOT_FOUND", message, { file: store.path, path: base });
  }
  const prefix = nodeKey(base, "");
  const names = childNames(consolidated.paths());
  const below = (path: string) => (path === base ? "" : path.slice(prefix.length));
  const namesOf = (path: string) => [...(names.get(below(path)) ?? [])];
  return {
    load: async (path) => {
      const metadata = consolidated.get(below(path));
      if (metadata === undefined) return undefined;
      const key = nodeKey(base, group.zarrFormat === 3 ? "zarr.json" : ".zmetadata");
      return { metadata: explained(await withCodecs(metadata), store, key), documents: documentsOf(metadata) };
    },
    names: async (path) => namesOf(path),
    expect: async () => () => undefined,
    allNames: async () => namesOf,
  };
}

async function readConsolidatedV2(
  store: StoreValues,
  base: string,
): Promise<ConsolidatedMetadata<NodeMetadata> | undefined> {
  const key = nodeKey(base, ".zmetadata");
  const bytes = await store.get(key, { maxBytes: store.limits.metadataBytes });
  try {
    return bytes === undefined ? undefined : parseConsolidatedV2(bytes, store.limits);
  } catch (error) {
    throw withDetails(error, { file: store.path, key });
  }
}

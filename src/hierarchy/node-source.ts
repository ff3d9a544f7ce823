import { withDetails, ZarrError } from "../errors.js";
import type { ConsolidatedMetadata } from "../metadata/consolidated.js";
import type { GroupMetadata } from "../metadata/node-metadata.js";
import { parseConsolidatedV2 } from "../metadata/v2.js";
import type { StoreValues } from "../store/store.js";
import {
  expectDocuments,
  explained,
  type LoadedNode,
  loadNode,
  nodeKey,
  nodeOfDocument,
  withCodecs,
} from "./load-node.js";
import { documentsOf } from "./save-node.js";

/** Where a group finds its members: their own documents, or the consolidated metadata of a group above them. */
export interface NodeSource {
  /** The node at a path of the store; `undefined` if there is none. */
  load(path: string): Promise<LoadedNode | undefined>;
  /** Names directly below a path that may be nodes. */
  names(path: string): Promise<readonly string[]>;
  /** Says which nodes will be loaded. @returns gives up those that have not been */
  expect(paths: Iterable<string>): Promise<() => void>;
  /** As {@link names}, of `path` and all groups below it, which takes no longer than of one of them. */
  allNames(path: string): Promise<(group: string) => readonly string[]>;
}

/** Every node by its own documents; where a path has those of both formats, by those of `zarrFormat`. */
export function storedNodes(store: StoreValues, zarrFormat: 2 | 3): NodeSource {
  const otherFormat = zarrFormat === 3 ? 2 : 3;
  return {
    load: async (path) => (await loadNode(store, path, zarrFormat)) ?? (await loadNode(store, path, otherFormat)),
    names: (path) => store.listDir(path),
    expect: async (paths) => (store.expect === undefined ? () => undefined : await expectDocuments(store, paths)),
    allNames: async (path) => {
      const paths: string[] = [];
      for await (const key of store.list(nodeKey(path, ""))) {
        const node = nodeOfDocument(key);
        if (node !== undefined) paths.push(node);
      }
      const names = childNames(paths);
      return (group) => [...(names.get(group) ?? [])];
    },
  };
}

/** Names by the path that they are directly below. */
function childNames(paths: Iterable<string>): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const path of paths) {
    if (path === "") continue;
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const siblings = names.get(parent) ?? new Set();
    const name = path.slice(parent === "" ? 0 : parent.length + 1);
    if (!/^\.{0,2}$/.test(name)) names.set(parent, siblings.add(name)); // archives hold `a//b` and `./a`, which are no paths
  }
  return names;
}

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

async function readConsolidatedV2(store: StoreValues, base: string): Promise<ConsolidatedMetadata | undefined> {
  const key = nodeKey(base, ".zmetadata");
  const bytes = await store.get(key, { maxBytes: store.limits.metadataBytes });
  try {
    return bytes === undefined ? undefined : parseConsolidatedV2(bytes, store.limits);
  } catch (error) {
    throw withDetails(error, { file: store.path, key });
  }
}

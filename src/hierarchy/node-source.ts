import type { StoreValues } from "../store/store.js";
import { expectDocuments, type LoadedNode, loadNode, nodeKey, nodeOfDocument } from "./load-node.js";

/** The source of a group's members: their own documents, or the consolidated metadata of a group above them. */
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
export function childNames(paths: Iterable<string>): Map<string, Set<string>> {
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

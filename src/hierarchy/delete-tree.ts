import type { StoreValues } from "../store/store.js";
import { hasNode, nodeKey, nodeOfDocument } from "./load-node.js";

/**
 * Deletes everything at a path and below it. Documents go first, so that whoever is interrupted leaves chunks that nothing
 * refers to, and no array whose missing chunks read as fill values.
 */
export async function deleteTree(store: StoreValues, path: string): Promise<void> {
  if (store.deleteFolder !== undefined) return await store.deleteFolder(path);
  const chunks: string[] = [];
  for await (const key of store.list(nodeKey(path, ""))) {
    if (nodeOfDocument(key) === undefined) chunks.push(key);
    else await store.delete(key);
  }
  for (const key of chunks) await store.delete(key);
}

/** True if a node is at a path, or below it without one above: what else is there belongs to another node, as its chunks do. */
export async function holdsNode(store: StoreValues, path: string): Promise<boolean> {
  if (await hasNode(store, path)) return true;
  for await (const key of store.list(nodeKey(path, ""))) if (nodeOfDocument(key) !== undefined) return true;
  return false;
}

import type { Store } from "../store/store.js";
import type { ZarrArray } from "./array.js";
import { type CreateArrayOptions, creating, type DynamicArrayOptions } from "./create-array.js";
import type { CreateGroupOptions } from "./create-group.js";
import { makeNode, type ZarrGroup } from "./group.js";

/** A new group of a hierarchy. */
export type GroupNode = Omit<CreateGroupOptions, "path" | "overwrite"> & { readonly shape?: never };

/** One node of a new hierarchy: an array where it has a `shape`, else a group. */
export type HierarchyNode = Omit<CreateArrayOptions, "path" | "overwrite" | "data"> | GroupNode;

/** A node whose data type the compiler knows only as a `string`, as in {@link DynamicArrayOptions}. */
export type DynamicHierarchyNode<DType extends string = string> =
  | HierarchyNode
  | Omit<DynamicArrayOptions<DType>, "path" | "overwrite" | "data">;

/** Options of {@link createHierarchy}. */
export interface CreateHierarchyOptions {
  /** Format of the nodes that name none. Default 3. All nodes have the same. */
  readonly zarrFormat?: 2 | 3;
  /** Removes what is at a path that is named, and below it, first. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Creates many arrays and groups at once. Everything is checked before anything is written or removed, so that a mistake in
 * one node leaves none behind. Groups above a node are created where they are missing, and left alone where they are not.
 *
 * @param nodes - options by path; `""` is the root
 * @returns what has been created, by path, parents before children: the groups that were implied as well
 * @throws ZarrError `ERR_EXISTS` - a node is at one of the paths, and `overwrite` is not set; or an array is above one
 * @throws ZarrError `ERR_ARGUMENT` - two nodes have one path, one is below an array, or they differ in format
 * @throws ZarrError as `createArray` and `createGroup`, naming the path
 * @example
 * ```js
 * import { createHierarchy, MemoryStore } from "zarrzip";
 *
 * const nodes = await createHierarchy(new MemoryStore(), {
 *   "": { attributes: { title: "two levels" } },
 *   "levels/0": { shape: [100, 100], dtype: "uint8" },
 *   "levels/1": { shape: [50, 50], dtype: "uint8" },
 * });
 * console.log([...nodes.keys()]); // [ '', 'levels', 'levels/0', 'levels/1' ]
 * ```
 */
export async function createHierarchy<DType extends string>(
  store: Store,
  nodes: Readonly<Record<string, DynamicHierarchyNode<DType>>> | ReadonlyMap<string, DynamicHierarchyNode<DType>>,
  options: CreateHierarchyOptions = {},
): Promise<Map<string, ZarrArray | ZarrGroup>> {
  const { createNodes } = creating.loaded ?? (await creating.load());
  const made = new Map<string, ZarrArray | ZarrGroup>();
  for (const [path, node] of await createNodes(store, nodes, options)) {
    made.set(path, await makeNode({ store, path, ownsStore: false }, node));
  }
  return made;
}

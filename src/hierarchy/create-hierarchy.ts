import { isBuiltIn } from "../bytes/built-in.js";
import { checkOptions } from "../bytes/check-options.js";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import {
  type ArrayMetadataOptions,
  arrayMetadataOptions,
  createArrayMetadata,
  createGroupMetadata,
} from "../metadata/create-metadata.js";
import type { NodeMetadata } from "../metadata/node-metadata.js";
import { checkNodePath } from "../metadata/node-name.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import type { ZarrArray } from "./array.js";
import { changeNodes } from "./change-nodes.js";
import {
  type CreateArrayOptions,
  checkFree,
  type DynamicArrayOptions,
  missingGroups,
  naming,
  pathsAbove,
} from "./create-array.js";
import type { CreateGroupOptions } from "./create-group.js";
import { deleteTree } from "./delete-tree.js";
import { makeNode, type ZarrGroup } from "./group.js";
import { type LoadedNode, showPath } from "./load-node.js";
import { documentsOf, saveDocuments } from "./save-node.js";

type GroupNode = Omit<CreateGroupOptions, "path" | "overwrite"> & { readonly shape?: never };

/** What one node of a new hierarchy is made of: an array where it has a `shape`, else a group. */
export type HierarchyNode = Omit<CreateArrayOptions, "path" | "overwrite" | "data"> | GroupNode;

/** A node whose data type the compiler knows only as a `string`, as in {@link DynamicArrayOptions}. */
export type DynamicHierarchyNode<DType extends string = string> =
  | HierarchyNode
  | Omit<DynamicArrayOptions<DType>, "path" | "overwrite" | "data">;

/** How to create a hierarchy. */
export interface CreateHierarchyOptions {
  /** Format of the nodes that name none. Default 3. All nodes have the same. */
  readonly zarrFormat?: 2 | 3;
  /** Removes what is at a path that is named, and below it, first. Default false. */
  readonly overwrite?: boolean;
}

/** What has no shape is a group. */
const groupOptions = { zarrFormat: "any", attributes: "any", shape: "any" } as const;

/**
 * Creates many arrays and groups at once. Everything is checked before anything is written or removed, so that a mistake in
 * one node leaves none behind. Groups above a node are created where they are missing, and left alone where they are not.
 *
 * @param nodes - options by path; `""` is the root
 * @returns what has been created, by path, parents before children: the groups that were implied as well
 * @throws ZarrError `ERR_EXISTS` - a node is at one of the paths, and `overwrite` is not set; or an array is above one
 * @throws ZarrError `ERR_ARGUMENT` - two nodes have one path, one is below an array, or they differ in format
 * @throws ZarrError as `createArray` and `createGroup`, naming the path
 */
export async function createHierarchy<DType extends string>(
  store: Store,
  nodes: Readonly<Record<string, DynamicHierarchyNode<DType>>> | ReadonlyMap<string, DynamicHierarchyNode<DType>>,
  options: CreateHierarchyOptions = {},
): Promise<Map<string, ZarrArray | ZarrGroup>> {
  checkStore(store);
  checkOptions(options, { zarrFormat: "any", overwrite: "boolean" });
  const { zarrFormat = 3, overwrite = false } = options;
  const named = new Map<string, LoadedNode>();
  if (typeof nodes !== "object" || nodes === null) {
    const message = `the nodes are ${describe(nodes)}, expected an object or a Map of options by path`;
    throw new ZarrError("ERR_ARGUMENT", message, { file: store.path });
  }
  for (const [path, options] of isBuiltIn(nodes, "Map") ? nodes : Object.entries(nodes)) {
    const normal = checkNodePath(path, zarrFormat);
    if (named.has(normal)) throw refuse(normal, "is named twice");
    const metadata = await metadataOf(store, normal, options, zarrFormat);
    named.set(normal, { metadata, documents: documentsOf(metadata) });
    if (metadata.zarrFormat !== zarrFormat) {
      throw refuse(
        normal,
        `is of Zarr format ${metadata.zarrFormat}, expected ${zarrFormat}, like all nodes: see the option zarrFormat`,
      );
    }
  }
  for (const path of named.keys()) {
    const arrayAbove = pathsAbove(path).find((parent) => named.get(parent)?.metadata.nodeType === "array");
    if (arrayAbove !== undefined) throw refuse(path, `is below the array at ${showPath(arrayAbove)}`);
  }
  const groupMetadata = createGroupMetadata({ zarrFormat });
  const group = { metadata: groupMetadata, documents: documentsOf(groupMetadata) };
  const created = await changeNodes(store, async (values) => {
    const planned = new Map(named);
    for (const path of named.keys()) {
      for (const parent of await missingGroups(values, path, named)) planned.set(parent, group);
      if (!overwrite) await checkFree(values, path);
    }
    if (overwrite) for (const path of named.keys()) await deleteTree(values, path);
    const nodes = [...planned].sort(([a], [b]) => pathsAbove(a).length - pathsAbove(b).length);
    for (const [path, { documents }] of nodes) await saveDocuments(values, path, documents);
    return nodes;
  });
  const made = new Map<string, ZarrArray | ZarrGroup>();
  for (const [path, node] of created) made.set(path, await makeNode({ store, path, ownsStore: false }, node));
  return made;
}

async function metadataOf(
  store: Store,
  path: string,
  options: DynamicHierarchyNode,
  zarrFormat: 2 | 3,
): Promise<NodeMetadata> {
  return await naming(store, path, async () => {
    const isArray = typeof options === "object" && options !== null && "shape" in options;
    checkOptions<DynamicHierarchyNode>(options, isArray ? arrayMetadataOptions : groupOptions);
    const complete = { zarrFormat, ...options };
    if (!isArray) return createGroupMetadata(complete as GroupNode);
    return await createArrayMetadata(complete as ArrayMetadataOptions, store.limits);
  });
}

function refuse(path: string, problem: string): ZarrError {
  return new ZarrError("ERR_ARGUMENT", `the node at ${showPath(path)} ${problem}`, { path });
}

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
import { changeNodes } from "./change-nodes.js";
import type { CreateHierarchyOptions, DynamicHierarchyNode, GroupNode } from "./create-hierarchy.js";
import { deleteTree } from "./delete-tree.js";
import { type LoadedNode, showPath } from "./load-node.js";
import { checkFree, missingGroups, naming, pathsAbove } from "./new-node.js";
import { documentsOf, saveDocuments } from "./save-node.js";

/** A node without a shape is a group. */
const groupOptions = { zarrFormat: "any", attributes: "any", shape: "any" } as const;

/** The nodes of `createHierarchy`, by path. */
export async function createNodes<DType extends string>(
  store: Store,
  nodes: Readonly<Record<string, DynamicHierarchyNode<DType>>> | ReadonlyMap<string, DynamicHierarchyNode<DType>>,
  options: CreateHierarchyOptions,
): Promise<[path: string, node: LoadedNode][]> {
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
  return await changeNodes(store, async (values) => {
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

import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { stringifyJson } from "../bytes/json.js";
import { withDetails, ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { arrayMetadataOptions, createArrayMetadata, createGroupMetadata } from "../metadata/create-metadata.js";
import type { ArrayMetadata, NodeMetadata } from "../metadata/node-metadata.js";
import { checkNodePath } from "../metadata/node-name.js";
import { checkStore } from "../store/check-store.js";
import type { Store, StoreValues } from "../store/store.js";
import { changeNodes } from "./change-nodes.js";
import type { CreateArrayOptions, CreatePlace, RequireArrayOptions } from "./create-array.js";
import { deleteTree } from "./delete-tree.js";
import { valuesFor } from "./given-values.js";
import { hasNode, type LoadedNode, loadNode, showPath } from "./load-node.js";
import type { NodePlace } from "./node.js";
import { documentsOf, saveDocuments } from "./save-node.js";

/** A node that is there now. */
export interface CreatedNode<Metadata extends NodeMetadata> {
  readonly place: NodePlace;
  readonly node: LoadedNode<Metadata>;
}

/** The kinds of {@link CreateArrayOptions}. */
export const createArrayOptions: OptionKinds<CreateArrayOptions> = {
  ...arrayMetadataOptions,
  path: "any",
  overwrite: "boolean",
  data: "any",
};

const { overwrite: _overwrite, data: _data, ...requireKinds } = createArrayOptions;

/** The kinds of {@link RequireArrayOptions}. */
export const requireArrayOptions: OptionKinds<RequireArrayOptions> = requireKinds;

/** The node of `createArray`, and the values that are to be written to it. */
export async function createArrayNode(
  store: Store,
  options: CreateArrayOptions,
): Promise<CreatedNode<ArrayMetadata> & { readonly values: Chunk | undefined }> {
  checkStore(store);
  checkOptions(options, createArrayOptions);
  const { path, overwrite, data, ...metadataOptions } = options;
  // Checked before anything is written or, to be overwritten, removed.
  const { metadata, values } = await naming(store, path, async () => {
    const metadata = await createArrayMetadata(metadataOptions, store.limits);
    return { metadata, values: data === undefined ? undefined : valuesFor(metadata, data, metadata.shape) };
  });
  return { ...(await createNode(store, options, metadata)), values };
}

/** The node of `requireArray`. */
export async function requireArrayNode(
  store: Store,
  options: RequireArrayOptions,
): Promise<CreatedNode<ArrayMetadata>> {
  checkStore(store);
  checkOptions(options, requireArrayOptions);
  const { path, ...metadataOptions } = options;
  const metadata = await naming(store, path, () => createArrayMetadata(metadataOptions, store.limits));
  const wanted = describeArray(metadata);
  const accept = ({ metadata: found, documents }: LoadedNode, at: string) => {
    const is = found.nodeType === "group" ? "a group" : describeArray(found);
    if (found.nodeType === "array" && is === wanted) return { metadata: found, documents };
    const message = `${is} is at ${showPath(at)} of ${store.path}, expected ${wanted}: choose another path, or create it with overwrite`;
    throw new ZarrError("ERR_EXISTS", message, { file: store.path, path: at });
  };
  return await createNode(store, options, metadata, accept);
}

/** The result of `make`; its errors name the place of the node that is to be created. */
export async function naming<Made>(
  { path: file }: Store,
  path: string | undefined,
  make: () => Made | Promise<Made>,
): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    throw withDetails(error, { file, path: path ?? "" });
  }
}

function describeArray({ shape, dataType }: ArrayMetadata): string {
  return `an array of shape [${shape.join(", ")}] and data type ${stringifyJson(dataType.toJson())}`;
}

/**
 * Creates a node, and the groups above it that are missing.
 * @param accept - what to make of a node that is there already; without it that is an error
 * @throws ZarrError `ERR_EXISTS`, `ERR_KEY` - as `createArray`
 */
export async function createNode<Metadata extends NodeMetadata>(
  store: Store,
  { path = "", overwrite = false }: CreatePlace,
  metadata: Metadata,
  accept?: (found: LoadedNode, path: string) => LoadedNode<Metadata>,
): Promise<CreatedNode<Metadata>> {
  const { zarrFormat } = metadata;
  const normal = checkNodePath(path, zarrFormat);
  const documents = documentsOf(metadata);
  const groupDocuments = documentsOf(createGroupMetadata({ zarrFormat }));
  const node = await changeNodes(store, async (values) => {
    const found = accept === undefined ? undefined : await loadNode(values, normal);
    if (accept !== undefined && found !== undefined) return accept(found, normal);
    const missing = await missingGroups(values, normal);
    if (overwrite) await deleteTree(values, normal);
    else await checkFree(values, normal);
    for (const parent of missing) await saveDocuments(values, parent, groupDocuments);
    await saveDocuments(values, normal, documents);
    return { metadata, documents };
  });
  return { place: { store, path: normal, ownsStore: false }, node };
}

/** @throws ZarrError `ERR_EXISTS` - a node is at the path */
export async function checkFree(store: StoreValues, path: string): Promise<void> {
  if (!(await hasNode(store, path))) return;
  const message = `a node is at ${JSON.stringify(path)} already: choose another path, or set overwrite`;
  throw new ZarrError("ERR_EXISTS", message, { file: store.path, path });
}

/**
 * Paths above a new node at which there is no node yet.
 * @param planned - nodes that are about to be created
 * @throws ZarrError `ERR_EXISTS` - an array is above it
 */
export async function missingGroups(
  store: StoreValues,
  path: string,
  planned: ReadonlyMap<string, unknown> = new Map(),
): Promise<string[]> {
  const missing: string[] = [];
  for (const parent of pathsAbove(path)) {
    if (planned.has(parent)) continue;
    const node = await loadNode(store, parent);
    if (node === undefined) missing.push(parent);
    if (node?.metadata.nodeType === "array") {
      const message = `${showPath(parent)} is an array, and only groups have nodes below them: choose another path`;
      throw new ZarrError("ERR_EXISTS", message, { file: store.path, path });
    }
  }
  return missing;
}

/** Paths of the groups that a node is in, from the root on. */
export function pathsAbove(path: string): string[] {
  const segments = path.split("/");
  return path === "" ? [] : segments.map((_, i) => segments.slice(0, i).join("/"));
}

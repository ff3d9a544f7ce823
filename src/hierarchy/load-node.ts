import { withDetails, ZarrError } from "../errors.js";
import type { NodeMetadata } from "../metadata/node-metadata.js";
import { serializeArray, serializeGroup } from "../metadata/serialize.js";
import { parseArrayV2, parseGroupV2 } from "../metadata/v2.js";
import { parseNodeV3 } from "../metadata/v3.js";
import type { Store } from "../store/store.js";

/** Store key of something at a node's path: a document, a chunk, a member; of the empty name the prefix of them all. */
export function nodeKey(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

/** Texts of a node's metadata documents by name: `zarr.json`, or `.zarray` or `.zgroup` with `.zattrs`. */
export type NodeDocuments = Readonly<Record<string, string>>;

/** A node as its documents describe it. */
export interface LoadedNode<Metadata extends NodeMetadata = NodeMetadata> {
  readonly metadata: Metadata;
  readonly documents: NodeDocuments;
}

/** Documents that make a path a node, in the order in which they are looked for. */
const documentNames = { 3: ["zarr.json"], 2: [".zarray", ".zgroup"] } as const;

/**
 * Reads the node at `path`, of the format asked for, else v3 before v2; `undefined` if there is none.
 * @throws ZarrError `ERR_METADATA`, `ERR_DATA_TYPE`, `ERR_LIMIT` - naming the document
 */
export async function loadNode(store: Store, path: string, zarrFormat?: 2 | 3): Promise<LoadedNode | undefined> {
  const read = async (name: string) => {
    const bytes = await store.get(nodeKey(path, name), { maxBytes: store.limits.metadataBytes });
    return bytes === undefined ? undefined : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  };
  for (const format of zarrFormat === undefined ? ([3, 2] as const) : [zarrFormat]) {
    for (const name of documentNames[format]) {
      const text = await read(name);
      if (text === undefined) continue;
      const attributes = format === 2 ? await read(".zattrs") : undefined;
      const documents = { [name]: text, ...(attributes === undefined ? {} : { ".zattrs": attributes }) };
      return { metadata: parseDocuments(store, path, documents), documents };
    }
  }
  return undefined;
}

/** Metadata of the documents of the node at `path`; throws as {@link loadNode}. */
export function parseDocuments(store: Store, path: string, documents: NodeDocuments): NodeMetadata {
  const { "zarr.json": v3, ".zarray": array, ".zgroup": group, ".zattrs": attributes } = documents;
  const name = v3 !== undefined ? "zarr.json" : array !== undefined ? ".zarray" : ".zgroup";
  try {
    if (v3 !== undefined) return parseNodeV3(v3, store.limits);
    if (array !== undefined) return parseArrayV2(array, attributes, store.limits);
    return parseGroupV2(group, attributes, store.limits);
  } catch (error) {
    throw withDetails(error, { file: store.path, key: nodeKey(path, name) });
  }
}

/** Writes the documents of the node at `path`. */
export async function saveNode<Metadata extends NodeMetadata>(
  store: Store,
  path: string,
  metadata: Metadata,
): Promise<LoadedNode<Metadata>> {
  const documents = documentsOf(metadata);
  for (const [name, text] of Object.entries(documents)) {
    await store.set(nodeKey(path, name), new TextEncoder().encode(text));
  }
  return { metadata, documents };
}

/** The documents that say what `metadata` says. */
export function documentsOf(metadata: NodeMetadata): NodeDocuments {
  return Object.fromEntries(metadata.nodeType === "array" ? serializeArray(metadata) : serializeGroup(metadata));
}

/** Whether a node is at `path`, without reading it. */
export async function hasNode(store: Store, path: string): Promise<boolean> {
  for (const name of [...documentNames[3], ...documentNames[2]]) {
    if (await store.has(nodeKey(path, name))) return true;
  }
  return false;
}

/**
 * As {@link loadNode}.
 * @throws ZarrError `ERR_NOT_FOUND` - no node is there; the message lists those that are
 */
export async function requireNode(store: Store, path: string, zarrFormat?: 2 | 3): Promise<LoadedNode> {
  const node = await loadNode(store, path, zarrFormat);
  if (node === undefined) throw await noNode(store, path, zarrFormat);
  return node;
}

/** The error that no node is at `path`, which lists those that are somewhere. */
export async function noNode(store: Store, path: string, zarrFormat?: 2 | 3): Promise<ZarrError> {
  const format = zarrFormat === undefined ? "" : ` of Zarr format ${zarrFormat}`;
  const message = `no node${format} at ${showPath(path)} of ${store.path}; ${await existingNodes(store)}`;
  return new ZarrError("ERR_NOT_FOUND", message, { file: store.path, path });
}

/** The first nodes of a store, for messages. */
export async function existingNodes(store: Store): Promise<string> {
  const most = 10;
  const paths = new Set<string>();
  const document = /(?:^|\/)(?:zarr\.json|\.zarray|\.zgroup)$/;
  for await (const key of store.list()) {
    if (document.test(key)) paths.add(key.replace(document, ""));
    if (paths.size > most) break;
  }
  if (paths.size === 0) return "it holds no Zarr node at all";
  return `its nodes are ${[...paths].slice(0, most).map(showPath).join(", ")}${paths.size > most ? ", …" : ""}`;
}

/** A path as messages show it. */
export function showPath(path: string): string {
  return path === "" ? "the root" : JSON.stringify(path);
}

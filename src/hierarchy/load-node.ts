import { describe } from "../bytes/json.js";
import { lazily } from "../bytes/lazily.js";
import { decodeAnyBytes, decodeUtf8 } from "../bytes/utf8.js";
import { loadCodecs } from "../codecs/registry.js";
import { withDetails, ZarrError } from "../errors.js";
import type { NodeMetadata } from "../metadata/node-metadata.js";
import { readNodeV3 } from "../metadata/read-node-v3.js";
import type { StoreValues } from "../store/store.js";

const v2 = lazily(() => import("../metadata/v2.js"));

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
 * @throws ZarrError `ERR_METADATA`, `ERR_DATA_TYPE`, `ERR_LIMIT`, `ERR_CODEC_UNAVAILABLE` - naming the document
 */
export async function loadNode(store: StoreValues, path: string, zarrFormat?: 2 | 3): Promise<LoadedNode | undefined> {
  const documents = await loadDocuments(store, path, zarrFormat);
  return documents === undefined ? undefined : { metadata: await parseDocuments(store, path, documents), documents };
}

/** Tells a store that is far away that the documents of these nodes will be read. @returns gives up those that have not been read */
export async function expectDocuments(store: StoreValues, paths: Iterable<string>): Promise<() => void> {
  const names = [...documentNames[3], ...documentNames[2], ".zattrs"];
  const maxBytes = store.limits.metadataBytes;
  const keys = [...paths].flatMap((path) => names.map((name) => ({ key: nodeKey(path, name), maxBytes })));
  return (await store.expect?.(keys)) ?? (() => undefined);
}

/** As {@link loadNode}, without a look at what the documents say. */
export async function loadDocuments(
  store: StoreValues,
  path: string,
  zarrFormat?: 2 | 3,
): Promise<NodeDocuments | undefined> {
  if (![undefined, 2, 3].includes(zarrFormat)) {
    throw new ZarrError("ERR_ARGUMENT", `zarrFormat is ${describe(zarrFormat)}, expected 2 or 3`);
  }
  const read = async (name: string) => {
    const key = nodeKey(path, name);
    const bytes = await store.get(key, { maxBytes: store.limits.metadataBytes });
    try {
      if (bytes === undefined) return undefined;
      return name === ".zattrs" ? decodeAnyBytes(bytes) : decodeUtf8(bytes);
    } catch (error) {
      throw withDetails(error, { file: store.path, key });
    }
  };
  for (const format of zarrFormat === undefined ? ([3, 2] as const) : [zarrFormat]) {
    for (const name of documentNames[format]) {
      const text = await read(name);
      if (text === undefined) continue;
      const attributes = format === 2 ? await read(".zattrs") : undefined;
      return { [name]: text, ...(attributes === undefined ? {} : { ".zattrs": attributes }) };
    }
  }
  return undefined;
}

/** Metadata of the documents of the node at `path`, whose codecs are loaded; throws as {@link loadNode}. */
export async function parseDocuments(
  store: StoreValues,
  path: string,
  documents: NodeDocuments,
): Promise<NodeMetadata> {
  const { "zarr.json": v3, ".zarray": array, ".zgroup": group, ".zattrs": attributes } = documents;
  const name = v3 !== undefined ? "zarr.json" : array !== undefined ? ".zarray" : ".zgroup";
  try {
    if (v3 !== undefined) {
      return explained(await withCodecs(await readNodeV3(v3, store.limits)), store, nodeKey(path, name));
    }
    const { parseArrayV2, parseGroupV2 } = v2.loaded ?? (await v2.load());
    const node =
      array !== undefined
        ? parseArrayV2(array, attributes, store.limits)
        : parseGroupV2(group!, attributes, store.limits);
    return explained(await withCodecs(node), store, nodeKey(path, ".zattrs"));
  } catch (error) {
    throw withDetails(error, { file: store.path, key: nodeKey(path, name) });
  }
}

/** The same metadata, once the codecs of an array are loaded. */
export async function withCodecs<Metadata extends NodeMetadata>(metadata: Metadata): Promise<Metadata> {
  if (metadata.nodeType === "array") await loadCodecs(metadata.codecs);
  return metadata;
}

/** Says, where there are no attributes, in which document they cannot be understood, and what can be done. */
export function explained<Metadata extends NodeMetadata>(
  metadata: Metadata,
  { path: file }: StoreValues,
  key: string,
): Metadata {
  if (metadata.attributesError === undefined) return metadata;
  const { message, code } = metadata.attributesError;
  const advice = "nothing else of the node needs its attributes; store.set() replaces them";
  const problem = `the attributes cannot be understood: ${message}; ${advice}`;
  return { ...metadata, attributesError: new ZarrError(code, problem, { file, key }) };
}

/** True if both have the same texts. */
export function sameDocuments(a: NodeDocuments, b: NodeDocuments): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** True if a node is at `path`, without reading it. */
export async function hasNode(store: StoreValues, path: string): Promise<boolean> {
  for (const name of [...documentNames[3], ...documentNames[2]]) {
    if (await store.has(nodeKey(path, name))) return true;
  }
  return false;
}

/**
 * As {@link loadNode}.
 * @throws ZarrError `ERR_NOT_FOUND` - no node is there; the message lists those that are
 */
export async function requireNode(store: StoreValues, path: string, zarrFormat?: 2 | 3): Promise<LoadedNode> {
  const node = await loadNode(store, path, zarrFormat);
  if (node === undefined) throw await noNode(store, path, zarrFormat);
  return node;
}

/** The error that no node is at `path`, which lists those that are somewhere. */
export async function noNode(store: StoreValues, path: string, zarrFormat?: 2 | 3): Promise<ZarrError> {
  const format = zarrFormat === undefined ? "" : ` of Zarr format ${zarrFormat}`;
  const message = `no node${format} at ${showPath(path)} of ${store.path}; ${await existingNodes(store)}`;
  return new ZarrError("ERR_NOT_FOUND", message, { file: store.path, path });
}

/** Path of the node that a key makes one, or `undefined` where the key is of no such document. */
export function nodeOfDocument(key: string): string | undefined {
  const document = /(?:^|\/)(?:zarr\.json|\.zarray|\.zgroup)$/;
  return document.test(key) ? key.replace(document, "") : undefined;
}

/** The first nodes of a store, for messages. */
export async function existingNodes(store: StoreValues): Promise<string> {
  const most = 10;
  const paths = new Set<string>();
  for await (const key of store.list()) {
    const path = nodeOfDocument(key);
    if (path !== undefined) paths.add(path);
    if (paths.size > most) break;
  }
  if (paths.size === 0) return "it holds no Zarr node at all";
  return `its nodes are ${[...paths].slice(0, most).map(showPath).join(", ")}${paths.size > most ? ", …" : ""}`;
}

/** A path as messages show it. */
export function showPath(path: string): string {
  return path === "" ? "the root" : JSON.stringify(path);
}

import { beginsWith } from "../bytes/find-bytes.js";
import { nodeKey, nodeOfDocument } from "../hierarchy/load-node.js";
import type { Store } from "../store/store.js";
import { storedSizes } from "../store/stored-sizes.js";
import { ZipStore } from "../store/zip/zip-store.js";
import type { Directory } from "../zip/directory.js";
import { encodeName } from "../zip/entry-name.js";

/** The storage that a node takes: bytes of chunks and documents, and the number of chunks. */
export interface NodeUsage {
  bytes: number;
  values: number;
}

/** The keys of a store, by number. A large ZIP has very many, of which few are needed as text. */
interface SizedKeys {
  readonly count: number;
  readonly keyAt: (i: number) => string;
  /** Bytes that are stored of the value. */
  readonly sizeAt: (i: number) => number;
  /** True if a key ends in a digit, as keys of chunks do and those of metadata documents do not. */
  readonly endsInDigit: (i: number) => boolean;
  readonly startsWith: (prefix: string) => (i: number) => boolean;
}

/** The storage of each node below a path, by its path: a value belongs to the nearest node above it. */
export async function usageBelow(
  store: Store,
  base: string,
): Promise<{ usage: Map<string, NodeUsage>; total: number }> {
  const keys = await keysOf(store);
  const isBelow = keys.startsWith(nodeKey(base, ""));
  const usage = new Map<string, NodeUsage>([[base, { bytes: 0, values: 0 }]]);
  for (let i = 0; i < keys.count; i++) {
    if (keys.endsInDigit(i) || !isBelow(i)) continue;
    const path = nodeOfDocument(keys.keyAt(i));
    if (path !== undefined) usage.set(path, { bytes: 0, values: 0 });
  }
  const parents = new Set([...usage.keys()].flatMap(pathsAbove));
  let total = 0;
  let owner: NodeUsage | undefined;
  let isOfOwner = (_: number) => false;
  for (let i = 0; i < keys.count; i++) {
    if (!isBelow(i)) continue;
    if (!isOfOwner(i)) {
      const path = pathsAbove(keys.keyAt(i)).find((above) => usage.has(above)) ?? base;
      owner = usage.get(path)!;
      isOfOwner = parents.has(path) ? () => false : keys.startsWith(nodeKey(path, ""));
    }
    const bytes = keys.sizeAt(i);
    total += bytes;
    owner!.bytes += bytes;
    if (keys.endsInDigit(i) || !isMetadata(keys.keyAt(i))) owner!.values++;
  }
  return { usage, total };
}

async function keysOf(store: Store): Promise<SizedKeys> {
  const directory = store instanceof ZipStore ? await store.inArchive((archive) => archive.directory) : undefined;
  return directory === undefined ? keysOfSizes(await storedSizes(store)) : keysOfDirectory(directory);
}

function keysOfDirectory(directory: Directory): SizedKeys {
  const { bytes, name, nameSize, compressedSize } = directory.columns();
  const rows = Uint32Array.from(directory.rows());
  return {
    count: rows.length,
    keyAt: (i) => directory.name(rows[i]!),
    sizeAt: (i) => compressedSize[rows[i]!]!,
    endsInDigit: (i) => {
      const last = bytes[name[rows[i]!]! + nameSize[rows[i]!]! - 1]!;
      return last >= 0x30 && last <= 0x39;
    },
    startsWith: (prefix) => {
      const wanted = encodeName(prefix);
      return (i) => nameSize[rows[i]!]! >= wanted.length && beginsWith(bytes, name[rows[i]!]!, wanted);
    },
  };
}

function keysOfSizes(sizes: ReadonlyMap<string, number>): SizedKeys {
  const keys = [...sizes.keys()];
  return {
    count: keys.length,
    keyAt: (i) => keys[i]!,
    sizeAt: (i) => sizes.get(keys[i]!)!,
    endsInDigit: (i) => /\d$/.test(keys[i]!),
    startsWith: (prefix) => (i) => keys[i]!.startsWith(prefix),
  };
}

/** Paths of all folders that something is in, the nearest one first. */
function pathsAbove(path: string): string[] {
  const paths: string[] = [];
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) paths.push(path.slice(0, end));
  return path === "" ? [] : [...paths, ""];
}

/** Recognizes the key of a document, of a node or of attributes. */
function isMetadata(key: string): boolean {
  return nodeOfDocument(key) !== undefined || /(^|\/)\.z(attrs|metadata)$/.test(key);
}

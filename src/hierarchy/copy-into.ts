import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { ZarrError } from "../errors.js";
import { createGroupMetadata } from "../metadata/create-metadata.js";
import { checkNodePath } from "../metadata/node-name.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import { ZarrArray } from "./array.js";
import { optionsOf } from "./array-options.js";
import { changeNodes } from "./change-nodes.js";
import type { CopyOptions, Layout } from "./copy.js";
import { createArray } from "./create-array.js";
import { deleteTree } from "./delete-tree.js";
import { makeNode, ZarrGroup } from "./group.js";
import { nodeKey, nodeOfDocument, requireNode } from "./load-node.js";
import { checkFree, missingGroups } from "./new-node.js";
import { documentsOf, saveDocuments } from "./save-node.js";
import { transfer, transferParts } from "./transfer.js";

const layoutOptions: OptionKinds<Layout> = {
  chunks: "any",
  shards: "any",
  codecs: "any",
  compressors: "any",
  filters: "any",
  serializer: "any",
  chunkKeyEncoding: "any",
};

const copyOptions: OptionKinds<CopyOptions> = {
  ...layoutOptions,
  path: "any",
  overwrite: "boolean",
  pool: "any",
  signal: "signal",
  onProgress: "function",
};

/** The work of `copy`. */
export async function copyInto(
  source: ZarrArray | ZarrGroup | Store,
  target: Store,
  options: CopyOptions,
): Promise<unknown> {
  checkStore(target, "the store to copy to");
  checkOptions(options, copyOptions);
  const isNode = source instanceof ZarrArray || source instanceof ZarrGroup;
  if (!isNode) checkStore(source, "an array, a group or a store to copy");
  const store = isNode ? source.store : source;
  const from = isNode ? source.path : "";
  const zarrFormat = isNode ? source.zarrFormat : 3;
  const to = checkNodePath(options.path ?? from, zarrFormat);
  const isWithin = (path: string, other: string) => path === other || path.startsWith(nodeKey(other, ""));
  if (store === target && (isWithin(from, to) || isWithin(to, from))) {
    const message = `${JSON.stringify(to)} and ${JSON.stringify(from)} of ${store.path} are within each other: choose another path`;
    throw new ZarrError("ERR_ARGUMENT", message, { file: store.path, path: to });
  }
  const layout = Object.keys(layoutOptions).filter((name) => options[name as keyof Layout] !== undefined);
  if (layout.length === 0) {
    await copyValues({ store, path: from }, { store: target, path: to }, zarrFormat, options);
    if (!isNode) return undefined;
    return await makeNode({ store: target, path: to, ownsStore: false }, await requireNode(target, to, zarrFormat));
  }
  if (source instanceof ZarrArray) return await encodeAnew(source, target, to, options);
  const message = `${layout.join(", ")} say how an array is stored: copy the arrays of a group or store one by one`;
  throw new ZarrError("ERR_ARGUMENT", message);
}

interface Place {
  readonly store: Store;
  readonly path: string;
}

async function copyValues(from: Place, to: Place, zarrFormat: 2 | 3, options: CopyOptions): Promise<void> {
  const { overwrite = false, signal, onProgress } = options;
  const prefix = nodeKey(from.path, "");
  const group = documentsOf(createGroupMetadata({ zarrFormat }));
  await changeNodes(to.store, async (values) => {
    const missing = await missingGroups(values, to.path);
    if (overwrite) await deleteTree(values, to.path);
    else await checkFree(values, to.path);
    for (const parent of missing) await saveDocuments(values, parent, group);
  });
  let total = 0;
  if (onProgress !== undefined) for await (const _ of from.store.list(prefix)) total++;
  let done = 0;
  const documents: string[] = [];
  const copyOne = async (key: string) => {
    signal?.throwIfAborted();
    const value = await from.store.get(key, signal === undefined ? {} : { signal });
    if (value !== undefined) await to.store.set(nodeKey(to.path, key.slice(prefix.length)), value);
    onProgress?.({ done: ++done, total });
  };
  for await (const key of from.store.list(prefix)) {
    if (nodeOfDocument(key) !== undefined) documents.push(key);
    else await copyOne(key);
  }
  for (const key of documents) await copyOne(key);
}

async function encodeAnew(source: ZarrArray, target: Store, path: string, options: CopyOptions): Promise<ZarrArray> {
  const { overwrite = false, pool, signal, onProgress, path: _, ...layout } = options;
  const array: ZarrArray = await createArray(target, { ...optionsOf(source, layout), path, overwrite });
  const parts = transferParts(source, array);
  let done = 0;
  await transfer(source, array, parts, {
    pool,
    signal,
    onPart: () => onProgress?.({ done: ++done, total: parts.size }),
  });
  return array;
}

import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { describe, type JsonObject } from "../bytes/json.js";
import { withDetails, ZarrError } from "../errors.js";
import { checkNodePath } from "../metadata/node-name.js";
import { omeAttributes, omeDimensionNames } from "../metadata/ome.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { ZarrArray } from "./array.js";
import { optionsOf } from "./array-options.js";
import { consolidateMetadata } from "./consolidate-metadata.js";
import { ConversionProgress } from "./conversion-progress.js";
import type { ConvertOptions } from "./convert.js";
import type { Layout } from "./copy.js";
import { createHierarchy, type DynamicHierarchyNode } from "./create-hierarchy.js";
import { ZarrGroup } from "./group.js";
import { hasNode, nodeKey } from "./load-node.js";
import { nodesWithin } from "./nodes-within.js";
import { open } from "./open-node.js";
import { documentsOf } from "./save-node.js";
import { transfer, transferParts } from "./transfer.js";
import { UnreadableNode } from "./unreadable-node.js";

const convertOptions: OptionKinds<ConvertOptions> = {
  chunks: "any",
  shards: "any",
  compressors: "any",
  filters: "any",
  serializer: "any",
  zarrFormat: "any",
  ome: "any",
  path: "any",
  overwrite: "boolean",
  resume: "boolean",
  memoryBytes: "size",
  pool: "any",
  signal: "signal",
  onProgress: "function",
};

/** The work of `convert`. */
export async function convertInto(
  source: ZarrArray | ZarrGroup,
  target: Store,
  options: ConvertOptions,
): Promise<ZarrArray | ZarrGroup> {
  if (!(source instanceof ZarrArray || source instanceof ZarrGroup)) {
    throw new ZarrError("ERR_ARGUMENT", "expected an array or a group to convert: open it first");
  }
  checkStore(target, "the store to convert into");
  checkOptions(options, convertOptions);
  const { ome, overwrite = false, resume = false, memoryBytes, pool, signal, onProgress } = options;
  if (resume && overwrite) {
    throw new ZarrError(
      "ERR_ARGUMENT",
      "resume goes on with what is in the target, and overwrite removes that: give one of them",
    );
  }
  const zarrFormat = options.zarrFormat ?? (ome === undefined ? source.zarrFormat : 3);
  if (ome !== undefined && (ome !== "0.5" || zarrFormat !== 3)) {
    throw new ZarrError("ERR_ARGUMENT", `ome is ${describe(ome)}, expected "0.5", which is for Zarr format 3`);
  }
  const base = checkNodePath(options.path ?? "", zarrFormat);
  const sources = await nodesWithin(source);
  const described = await describeNodes(sources, zarrFormat, options);
  const progress = resume
    ? await ConversionProgress.open(target, base, await workOf(source.store, sources, options))
    : undefined;
  const nodes = new Map([...described].map(([path, node]) => [joined(base, path), node]));
  const made = progress?.isContinued ? await openNodes(target, nodes, zarrFormat) : new Map();
  const missing = new Map([...nodes].filter(([path]) => !made.has(path)));
  for (const [path, node] of await createHierarchy(target, missing, { zarrFormat, overwrite })) made.set(path, node);
  const work = [...sources].flatMap(([path, from]) => {
    const to = made.get(joined(base, path));
    if (!(from instanceof ZarrArray && to instanceof ZarrArray)) return [];
    return [{ from, to, parts: transferParts(from, to, memoryBytes) }];
  });
  const total = work.reduce((sum, { parts }) => sum + parts.size, 0);
  let done = 0;
  const onPart = async () => {
    done++;
    await progress?.reach(done);
    onProgress?.({ done, total });
  };
  for (const { from, to, parts } of work) {
    const skipped = Math.min(parts.size, Math.max(0, (progress?.done ?? 0) - done));
    done += skipped;
    await transfer(from, to, withoutFirst(parts, skipped), { pool, signal, onPart, bytes: memoryBytes });
  }
  await progress?.commit(done);
  const isToConsolidate = source instanceof ZarrGroup && (await isConsolidated(source));
  const consolidated = isToConsolidate ? await consolidateMetadata(target, { path: base, zarrFormat }) : undefined;
  await progress?.end();
  return consolidated ?? (made.get(base) as ZarrArray | ZarrGroup);
}

/** Describes all that a conversion depends on: the source, as far as that can be told without reading its values, and the options. */
async function workOf(store: Store, sources: Nodes, options: ConvertOptions): Promise<string> {
  const { chunks, shards, compressors, filters, serializer, zarrFormat, ome, memoryBytes } = options;
  const version = store instanceof ZipStore ? await store.inArchive(({ identity }) => identity) : undefined;
  const documents = [...sources].map(([path, node]) => [path, "metadata" in node && documentsOf(node.metadata)]);
  const isFar = store.expect !== undefined; // which parts depend on, whose number is kept
  const how = { chunks, shards, compressors, filters, serializer, zarrFormat, ome, memoryBytes, isFar };
  return JSON.stringify([version, documents, how], (_, value) => (typeof value === "bigint" ? String(value) : value));
}

/** Those of these nodes that an earlier conversion has created. */
async function openNodes(
  target: Store,
  nodes: ReadonlyMap<string, unknown>,
  zarrFormat: 2 | 3,
): Promise<Map<string, ZarrArray | ZarrGroup>> {
  const found = new Map<string, ZarrArray | ZarrGroup>();
  for (const path of nodes.keys()) {
    if (await hasNode(target, path)) found.set(path, await open(target, { path, zarrFormat }));
  }
  return found;
}

function* withoutFirst<T>(items: Iterable<T>, count: number): Generator<T> {
  let i = 0;
  for (const item of items) if (i++ >= count) yield item;
}

function joined(base: string, path: string): string {
  return path === "" ? base : nodeKey(base, path);
}

type Nodes = Awaited<ReturnType<typeof nodesWithin>>;

/** The options for creating the nodes in the target, by path relative to the source. */
async function describeNodes(
  nodes: Nodes,
  zarrFormat: 2 | 3,
  options: ConvertOptions,
): Promise<Map<string, DynamicHierarchyNode>> {
  checkRanks(nodes, options);
  const described = new Map<string, DynamicHierarchyNode>();
  const names = new Map<string, readonly string[]>();
  for (const [path, node] of nodes) {
    if (node instanceof UnreadableNode) throw node.error;
    try {
      if (node instanceof ZarrArray) {
        described.set(path, optionsOf(node, layoutFor(node, options), zarrFormat));
        continue;
      }
      const attributes: JsonObject =
        options.ome === undefined ? node.attributes : omeAttributes(node.attributes, node.path);
      described.set(path, { attributes });
      if (options.ome !== undefined) {
        for (const [array, axes] of omeDimensionNames(attributes)) names.set(joined(path, array), axes);
      }
    } catch (error) {
      throw withDetails(error, { file: node.store.path, path: node.path });
    }
  }
  for (const [path, axes] of names) {
    const array = described.get(path);
    if (array !== undefined && "shape" in array)
      described.set(path, { ...array, dimensionNames: axes } as DynamicHierarchyNode);
  }
  return described;
}

/** The part of the layout that applies to an array. */
function layoutFor({ ndim }: ZarrArray, { chunks, shards, compressors, filters, serializer }: ConvertOptions): Layout {
  const given = {
    ...(isOfRank(chunks, ndim) ? { chunks } : {}),
    ...(isOfRank(shards, ndim) ? { shards } : {}),
    ...{ compressors, filters, serializer },
  };
  return Object.fromEntries(Object.entries(given).filter(([, option]) => option !== undefined));
}

function isOfRank(lengths: ConvertOptions["chunks" | "shards"], rank: number): boolean {
  return lengths !== undefined && (!Array.isArray(lengths) || lengths.length === rank);
}

/** @throws ZarrError `ERR_ARGUMENT` - lengths that are for no array */
function checkRanks(nodes: Nodes, options: ConvertOptions): void {
  const ranks = [...nodes.values()].flatMap((node) => (node instanceof ZarrArray ? [node.ndim] : []));
  for (const name of ["chunks", "shards"] as const) {
    const lengths = options[name];
    if (lengths === undefined || ranks.some((rank) => isOfRank(lengths, rank))) continue;
    const found =
      ranks.length === 0 ? "there is no array" : `the arrays have ${[...new Set(ranks)].join(", ")} dimensions`;
    throw new ZarrError(
      "ERR_ARGUMENT",
      `${name} is ${describe(lengths as never)}, but ${found}: give a length for each`,
    );
  }
}

async function isConsolidated({ metadata, store, path, zarrFormat }: ZarrGroup): Promise<boolean> {
  return zarrFormat === 3 ? metadata.consolidated !== undefined : await store.has(nodeKey(path, ".zmetadata"));
}

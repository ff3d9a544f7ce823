import { checkOptions } from "../bytes/check-options.js";
import { isZarrError, type ZarrError, type ZarrErrorCode } from "../errors.js";
import { chunkCount } from "../grid/chunk-grid.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import { ZarrArray } from "./array.js";
import { makeUsableNode } from "./group.js";
import { nodeKey, nodeOfDocument, requireNode } from "./load-node.js";
import type { Progress } from "./read-selection.js";

/** Options of {@link verifyNodes}. */
export interface VerifyNodesOptions {
  /** True if every chunk that is stored is decoded, too. Default false. */
  readonly data?: boolean;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each node. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A node or chunk that cannot be read. */
export interface NodeProblem {
  /** The code of the error that reading throws. */
  readonly code: ZarrErrorCode;
  /** The problem and its place. */
  readonly message: string;
  /** Path of the node. */
  readonly path: string;
  /** Key of the document or chunk. */
  readonly key?: string;
}

/** The findings of {@link verifyNodes}. */
export interface NodeReport {
  /** Number of arrays and groups. */
  readonly nodes: number;
  /** Number of chunks, or shards, that were decoded. */
  readonly chunks: number;
  /** Empty if everything can be read. */
  readonly problems: readonly NodeProblem[];
}

/**
 * Opens every array and group of a store, and decodes every chunk that is stored, if asked to: the values of one chunk are in memory at a time.
 * @throws ZarrError `ERR_ARGUMENT` - no store; `ERR_STORE_READ` - the system fails; all else is in the report
 * @example
 * ```js
 * import { createArray, MemoryStore, verifyNodes } from "zarrzip";
 *
 * const store = new MemoryStore();
 * await createArray(store, { path: "a", shape: [2], chunks: [1], dtype: "int8", compressors: "gzip", data: [1, 2] });
 * await store.set("a/c/1", Uint8Array.of(1, 2, 3)); // no gzip
 * const { problems } = await verifyNodes(store, { data: true });
 * console.log(problems.length, problems[0].code); // 1 ERR_CODEC
 * ```
 */
export async function verifyNodes(store: Store, options: VerifyNodesOptions = {}): Promise<NodeReport> {
  checkStore(store);
  checkOptions(options, { data: "boolean", signal: "signal", onProgress: "function" });
  const { data = false, signal, onProgress } = options;
  const paths = new Set<string>();
  for await (const key of store.list()) {
    const path = nodeOfDocument(key);
    if (path !== undefined) paths.add(path);
  }
  const problems: NodeProblem[] = [];
  const check = async (path: string, key: string | undefined, work: () => Promise<void>) => {
    signal?.throwIfAborted();
    await work().catch((error) => problems.push(problemOf(error, path, key)));
  };
  let [done, chunks] = [0, 0];
  for (const path of paths) {
    await check(path, undefined, async () => {
      const node = await makeUsableNode({ store, path, ownsStore: false }, await requireNode(store, path));
      if (!data || !(node instanceof ZarrArray)) return;
      const { chunkGrid, chunkKeyEncoding, shape } = node.metadata;
      for await (const coords of node.storedChunks()) {
        if (coords.some((coord, d) => coord >= chunkCount(chunkGrid[d], shape[d]))) continue; // left behind by a smaller shape
        await check(path, nodeKey(path, chunkKeyEncoding.encode(coords)), async () => {
          await node.getChunk(coords, signal === undefined ? {} : { signal });
        });
        chunks++;
      }
    });
    onProgress?.({ done: ++done, total: paths.size });
  }
  return { nodes: paths.size, chunks, problems };
}

/** A failure that the store's contents are to blame for; any other is thrown on. */
function problemOf(error: unknown, path: string, key: string | undefined): NodeProblem {
  if (!isZarrError(error) || error.code === "ERR_STORE_READ") throw error;
  const { code, message, details }: ZarrError = error;
  const found = details.key ?? key;
  return { code, message, path, ...(found === undefined ? {} : { key: found }) };
}

import { checkOptions } from "../bytes/check-options.js";
import { archivePieces } from "../commit/export-zip.js";
import { checkStore } from "../store/check-store.js";
import { checkedOmeVersion, checkProfile, documentsFirst, ozxComment } from "../store/ozx.js";
import type { Store } from "../store/store.js";
import { ZarrArray } from "./array.js";
import { ZarrGroup } from "./group.js";
import { nodeKey } from "./load-node.js";
import type { Progress } from "./read-selection.js";

/** Options of {@link exportZip}. */
export interface ExportZipOptions {
  /**
   * `"rfc9"` writes an OME-Zarr file (`.ozx`): every record in the form of ZIP64, and a comment that tells the order of documents.
   * Default: ZIP64 where it is needed, no comment.
   */
  readonly profile?: "rfc9";
  /** Ends the stream with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each value. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * A store, or an array or a group with all that is below it, as a new ZIP: a stream for an HTTP response, a download or a pipe. An array or a
 * group is the root there. Values are stored as they are, documents first, level by level. One value and the directory are in memory at a time. What the
 * store throws ends the stream, and so does a name that no ZIP can have (`ERR_ARGUMENT`), and, with a profile, a root that is not OME-Zarr of
 * Zarr format 3 (`ERR_UNSUPPORTED`).
 *
 * @throws ZarrError `ERR_ARGUMENT` - neither a store, an array nor a group; an option that is none of those
 * @see https://ngff.openmicroscopy.org/rfc/9/index.html
 * @example
 * ```js
 * import { createArray, exportZip, MemoryStore, openArray } from "zarrzip";
 *
 * const store = new MemoryStore();
 * await createArray(store, { path: "a", shape: [3], dtype: "int8", data: [1, 2, 3] });
 * const response = new Response(exportZip(store), { headers: { "content-type": "application/zip" } });
 * const array = await openArray(await response.blob(), { path: "a" });
 * console.log([...(await array.get()).data]); // [ 1, 2, 3 ]
 * ```
 */
export function exportZip(
  source: Store | ZarrArray | ZarrGroup,
  options: ExportZipOptions = {},
): ReadableStream<Uint8Array> {
  checkOptions(options, { profile: "any", signal: "signal", onProgress: "function" });
  checkProfile(options.profile);
  const isNode = source instanceof ZarrArray || source instanceof ZarrGroup;
  if (!isNode) checkStore(source, "a store, an array or a group to export");
  const store = isNode ? source.store : source;
  const pieces = piecesBelow(store, nodeKey(isNode ? source.path : "", ""), options);
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await pieces.return(undefined);
    },
  });
}

async function* piecesBelow(store: Store, prefix: string, options: ExportZipOptions): AsyncGenerator<Uint8Array> {
  const isOzx = options.profile === "rfc9";
  const form = isOzx ? { comment: ozxComment(await omeVersion(store, prefix)), zip64: true } : {};
  yield* archivePieces(valuesBelow(store, prefix, options), form);
}

/** The version of OME-Zarr that the root names. @throws ZarrError `ERR_UNSUPPORTED` - none */
async function omeVersion(store: Store, prefix: string): Promise<string> {
  const { limits, path: file } = store;
  const key = `${prefix}zarr.json`;
  const bytes = await store.get(key, { maxBytes: limits.metadataBytes });
  return checkedOmeVersion({ bytes, key, file, limits, advice: "export it without a profile" });
}

/** Names below a prefix, without it, and their values: documents come first. */
async function* valuesBelow(
  store: Store,
  prefix: string,
  { signal, onProgress }: ExportZipOptions,
): AsyncGenerator<readonly [name: string, value: Uint8Array]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  const total = keys.length;
  let done = 0;
  for (const key of documentsFirst(keys)) {
    signal?.throwIfAborted();
    const value = await store.get(key, { signal });
    if (value !== undefined) yield [key.slice(prefix.length), value];
    onProgress?.({ done: ++done, total });
  }
}

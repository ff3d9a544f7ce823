import { checkOptions } from "../bytes/check-options.js";
import { archivePieces } from "../commit/export-zip.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import { ZarrArray } from "./array.js";
import { ZarrGroup } from "./group.js";
import { nodeKey, nodeOfDocument } from "./load-node.js";
import type { Progress } from "./read-selection.js";

/** How to export. */
export interface ExportZipOptions {
  /** Ends the stream with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each value. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * A store, or an array or a group with all that is below it, as a new ZIP: a stream for an HTTP response, a download or a pipe. An array or a
 * group is the root there. Values are stored as they are, documents first. One value and the directory are in memory at a time. What the
 * store throws ends the stream, and so does a name that no ZIP can have (`ERR_ARGUMENT`).
 *
 * @throws ZarrError `ERR_ARGUMENT` - neither a store, an array nor a group; an option that is none of those
 */
export function exportZip(
  source: Store | ZarrArray | ZarrGroup,
  options: ExportZipOptions = {},
): ReadableStream<Uint8Array> {
  checkOptions(options, { signal: "signal", onProgress: "function" });
  const isNode = source instanceof ZarrArray || source instanceof ZarrGroup;
  if (!isNode) checkStore(source, "a store, an array or a group to export");
  const store = isNode ? source.store : source;
  const pieces = archivePieces(valuesBelow(store, nodeKey(isNode ? source.path : "", ""), options));
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

/** Names below a prefix, without it, and their values: documents come first. */
async function* valuesBelow(
  store: Store,
  prefix: string,
  { signal, onProgress }: ExportZipOptions,
): AsyncGenerator<readonly [name: string, value: Uint8Array]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  const isDocument = (key: string) => nodeOfDocument(key) !== undefined || /(^|\/)\.z(attrs|metadata)$/.test(key);
  const total = keys.length;
  let done = 0;
  for (const key of [...keys.filter(isDocument), ...keys.filter((key) => !isDocument(key))]) {
    signal?.throwIfAborted();
    const value = await store.get(key, { signal });
    if (value !== undefined) yield [key.slice(prefix.length), value];
    onProgress?.({ done: ++done, total });
  }
}

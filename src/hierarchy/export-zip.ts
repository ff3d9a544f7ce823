import { checkOptions } from "../bytes/check-options.js";
import { describe, isJsonObject } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { archivePieces } from "../commit/export-zip.js";
import { ZarrError } from "../errors.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import { ZarrArray } from "./array.js";
import { breadthFirst } from "./breadth-first.js";
import { ZarrGroup } from "./group.js";
import { nodeKey } from "./load-node.js";
import type { Progress } from "./read-selection.js";

/** How to export. */
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
  if (![undefined, "rfc9"].includes(options.profile)) {
    throw new ZarrError("ERR_ARGUMENT", `option "profile" is ${describe(options.profile)}, expected "rfc9"`);
  }
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

/** The comment of RFC-9, for an archive whose documents come first, breadth first. */
function ozxComment(version: string): Uint8Array {
  const ome = { version, zipFile: { centralDirectory: { jsonFirst: true } } };
  return new TextEncoder().encode(JSON.stringify({ ome }));
}

/** The version of OME-Zarr that the root names. @throws ZarrError `ERR_UNSUPPORTED` - none */
async function omeVersion(store: Store, prefix: string): Promise<string> {
  const key = `${prefix}zarr.json`;
  const bytes = await store.get(key, { maxBytes: store.limits.metadataBytes });
  const document = bytes && parseJson(bytes, { maxDepth: store.limits.jsonDepth });
  const attributes = isJsonObject(document) ? document.attributes : undefined;
  const ome = isJsonObject(attributes) ? attributes.ome : undefined;
  if (isJsonObject(ome) && typeof ome.version === "string") return ome.version;
  const found = bytes === undefined ? "there is none" : "it has no attribute ome.version";
  const message = `${key} of ${store.path} is not the root of an OME-Zarr hierarchy of version 0.5 or later: ${found}; export it without a profile`;
  throw new ZarrError("ERR_UNSUPPORTED", message, { file: store.path, key });
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
  const ofKind = (wanted: Kind) => keys.filter((key) => kindOf(key) === wanted);
  for (const key of [...breadthFirst(ofKind("v3")), ...breadthFirst(ofKind("v2")), ...ofKind("other")]) {
    signal?.throwIfAborted();
    const value = await store.get(key, { signal });
    if (value !== undefined) yield [key.slice(prefix.length), value];
    onProgress?.({ done: ++done, total });
  }
}

/** Documents of which format, or no documents. */
type Kind = "v3" | "v2" | "other";

function kindOf(key: string): Kind {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return name === "zarr.json" ? "v3" : /^\.z(array|group|attrs|metadata)$/.test(name) ? "v2" : "other";
}

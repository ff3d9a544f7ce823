import { checkOptions } from "../bytes/check-options.js";
import { ownOrigin } from "../bytes/http-url.js";
import { ZarrError } from "../errors.js";
import { restoreStore } from "../store/any-store.js";
import type { DirectoryStore } from "../store/directory/directory-store.js";
import type { DirectoryStoreState } from "../store/directory/directory-store-options.js";
import { checkTexts, restoreOptions, type RestoreOptions as StoreRestoreOptions } from "../store/restore-options.js";
import type { Store } from "../store/store.js";
import type { ZipStore } from "../store/zip/zip-store.js";
import type { ZipStoreState } from "../store/zip/zip-store-state.js";
import type { ZarrArray } from "./array.js";
import { makeUsableNode, type ZarrGroup } from "./group.js";
import { parseDocuments } from "./load-node.js";
import { type NodeState, parseNodeState } from "./node-state.js";

// A page's worker is sent a state when it is to begin at once: what that needs is fetched with this module, and not when the state has come.
if (ownOrigin() !== undefined) {
  void Promise.allSettled([import("../store/zip/restore-resources.js"), import("../zip/known-version.js")]);
}

/** Rules of the receiver of a state, which may come from a job queue. */
export interface RestoreOptions extends StoreRestoreOptions {
  /** Modules that may be imported, for custom codecs and stores, as the state names them. Without it none is. */
  readonly modules?: readonly string[] | undefined;
}

/**
 * The store, array or group that a state describes. Opens its file or folder at first use, and never creates or truncates one.
 * A restored array or group owns its store: closing it closes the file.
 *
 * @throws ZarrError `ERR_STATE` - not a complete state, or it needs a file or module that the receiver does not allow
 * @throws ZarrError `ERR_ARGUMENT` - `roots` or `modules` is no list of texts
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE` - a codec is not registered here, and the state names no module for it, or one
 *   that cannot be imported
 * @example
 * ```js
 * import { createArray, openArray, restore, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await createArray(store, { path: "a", shape: [3], dtype: "int8", data: [1, 2, 3] });
 * await store.close();
 * const array = await openArray("a.zip", { path: "a" });
 * const message = JSON.stringify(array.getState()); // goes to another process, or into a queue
 * const restored = await restore(JSON.parse(message), { roots: [process.cwd()] });
 * console.log([...(await restored.get()).data]); // [ 1, 2, 3 ]
 * await restored.close();
 * await array.close();
 * ```
 */
export async function restore(state: ZipStoreState, options?: RestoreOptions): Promise<ZipStore>;
export async function restore(state: DirectoryStoreState, options?: RestoreOptions): Promise<DirectoryStore>;
export async function restore<N extends ZarrArray | ZarrGroup = ZarrArray | ZarrGroup>(
  state: NodeState,
  options?: RestoreOptions,
): Promise<N>;
export async function restore(state: unknown, options?: RestoreOptions): Promise<Store | ZarrArray | ZarrGroup>;
export async function restore(state: unknown, options: RestoreOptions = {}): Promise<Store | ZarrArray | ZarrGroup> {
  checkOptions(options, { ...restoreOptions, modules: "any" });
  const { modules: allowedModules = [], ...rules } = options;
  const kind = typeof state === "object" && state !== null && "kind" in state ? state.kind : undefined;
  if (kind !== "Array" && kind !== "Group") return await restoreStore(state, rules);
  const { documents, modules, path, store: storeState } = parseNodeState(state);
  await importModules(modules, allowedModules);
  const store = await restoreStore(storeState, rules);
  const metadata = await parseDocuments(store, path, documents);
  if (metadata.nodeType !== kind.toLowerCase()) {
    throw new ZarrError(
      "ERR_STATE",
      `the state says ${kind}, but its documents describe a node of type ${metadata.nodeType}`,
    );
  }
  return await makeUsableNode({ store, path, ownsStore: true }, { metadata, documents });
}

/**
 * Imports what a state needs, if the receiver allows it.
 * @throws ZarrError `ERR_STATE`, `ERR_CODEC_UNAVAILABLE` - as `restore`
 * @internal
 */
export async function importModules(wanted: readonly string[], allowed: readonly string[]): Promise<void> {
  checkTexts("modules", allowed);
  for (const module of wanted) {
    if (!allowed.includes(module)) {
      const message = `the state needs the module ${module}, which the receiver does not allow: name it in the option modules`;
      throw new ZarrError("ERR_STATE", message, { module });
    }
    try {
      await import(/* @vite-ignore */ /* webpackIgnore: true */ module); // which is nothing that bundlers could know
    } catch (cause) {
      const message = `the module ${module}, which registers a codec or the store of the state, cannot be imported: ${String(cause)}`;
      throw new ZarrError("ERR_CODEC_UNAVAILABLE", message, { module }, cause);
    }
  }
}

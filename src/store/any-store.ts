import { DirectoryStore, pathTarget } from "#file";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { checkStore } from "./check-store.js";
import type { RestoreOptions } from "./restore-options.js";
import type { Store, StoreState } from "./store.js";
import { findStore } from "./store-kinds.js";
import { type RemoteOptions, refuseRemoteOptions } from "./zip/remote-options.js";
import { inputOf, type ZipInput } from "./zip/zip-input.js";
import { ZipStore } from "./zip/zip-store.js";

/** A store that lies in a file or folder, and can be handed over. */
export type AnyStore = ZipStore | DirectoryStore;

/**
 * Opens what was given read-only: a folder as {@link DirectoryStore}, anything else as {@link ZipStore}.
 * @throws ZarrError `ERR_ARGUMENT` - options of remote files for a local one
 */
export async function openStore(given: ZipInput, options: RemoteOptions = {}): Promise<AnyStore> {
  const { path } = inputOf(given);
  const isFolder = path !== undefined && (await pathTarget(path))?.kind === "folder";
  if (!isFolder) return await ZipStore.open(given, options);
  refuseRemoteOptions(options, path);
  return await DirectoryStore.open(path);
}

/**
 * The store that a state describes, by its `kind`.
 * @throws ZarrError `ERR_STATE` - not a complete state, or of no such store, or one that `roots` does not allow
 */
export async function restoreStore(state: unknown, options: RestoreOptions): Promise<Store> {
  const kind = typeof state === "object" && state !== null && "kind" in state ? state.kind : undefined;
  if (kind === "ZipStore") return await ZipStore.fromState(state, options);
  if (kind === "DirectoryStore") return await DirectoryStore.fromState(state, options);
  const registered = findStore(kind);
  if (registered !== undefined) {
    const store = await registered.restore(state as StoreState, options);
    checkStore(store, `a store from the restore() of the registered kind ${describe(kind)}`);
    return store;
  }
  const found = kind === undefined ? typeof state : describe(kind);
  throw new ZarrError(
    "ERR_STATE",
    `cannot restore ${found}: expected what getState() of a store, array or group gave; register() adds kinds of stores`,
  );
}

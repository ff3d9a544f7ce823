import { ZarrError } from "../errors.js";
import type { RestoreOptions as StoreRestoreOptions } from "../store/roots.js";
import { ZipStore } from "../store/zip-store.js";
import type { ZipStoreState } from "../store/zip-store-state.js";
import type { ZarrArray } from "./array.js";
import { makeUsableNode, type ZarrGroup } from "./group.js";
import { parseDocuments } from "./load-node.js";
import { type NodeState, parseNodeState } from "./node-state.js";

/** Rules of the receiver of a state, which may come from a job queue. */
export interface RestoreOptions extends StoreRestoreOptions {
  /** Modules that may be imported, for custom codecs, as the state names them. Without it none is. */
  readonly modules?: readonly string[] | undefined;
}

/**
 * The store, array or group that a state describes. Opens its file at first use, and never creates or truncates one.
 * A restored array or group owns its store: closing it closes the file.
 *
 * @throws ZarrError `ERR_STATE` - not a complete state, or it needs a file or module that the receiver does not allow
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE` - a codec is not registered here, and the state names no module for it
 */
export async function restore(state: ZipStoreState, options?: RestoreOptions): Promise<ZipStore>;
export async function restore<N extends ZarrArray | ZarrGroup = ZarrArray | ZarrGroup>(
  state: NodeState,
  options?: RestoreOptions,
): Promise<N>;
export async function restore(state: unknown, options?: RestoreOptions): Promise<ZipStore | ZarrArray | ZarrGroup>;
export async function restore(state: unknown, options: RestoreOptions = {}): Promise<ZipStore | ZarrArray | ZarrGroup> {
  const kind = typeof state === "object" && state !== null && "kind" in state ? state.kind : undefined;
  if (kind === "ZipStore") return await ZipStore.fromState(state, options);
  if (kind !== "Array" && kind !== "Group") {
    const found = kind === undefined ? typeof state : JSON.stringify(kind);
    throw new ZarrError(
      "ERR_STATE",
      `cannot restore ${found}: expected what getState() of a store, array or group gave`,
    );
  }
  const { documents, modules, path, store: storeState } = parseNodeState(state);
  const store = await ZipStore.fromState(storeState, options);
  await importModules(modules, options.modules ?? []);
  const metadata = parseDocuments(store, path, documents);
  if (metadata.nodeType !== kind.toLowerCase()) {
    throw new ZarrError(
      "ERR_STATE",
      `the state says ${kind}, but its documents describe a node of type ${metadata.nodeType}`,
    );
  }
  return makeUsableNode({ store, path, ownsStore: true }, { metadata, documents });
}

async function importModules(wanted: readonly string[], allowed: readonly string[]): Promise<void> {
  for (const module of wanted) {
    if (!allowed.includes(module)) {
      const message = `the state needs the module ${module}, which the receiver does not allow: name it in the option modules`;
      throw new ZarrError("ERR_STATE", message, { module });
    }
    await import(module);
  }
}

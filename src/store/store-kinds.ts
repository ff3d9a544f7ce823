import { ZarrError } from "../errors.js";
import type { RestoreOptions } from "./restore-options.js";
import type { Store, StoreState } from "./store.js";

/** A kind of store that is not built in, so that what was handed over is restored from its state. */
export interface StoreEntry {
  /** The `kind` of its states. */
  readonly kind: string;
  /**
   * The store that a state of this kind describes. The state may come from anybody: what it names is opened only as `options` allow.
   * @param options - the rules of the receiver, of which `roots` is to be kept by whatever opens files
   * @throws ZarrError `ERR_STATE` - not a complete state, or one that the rules do not allow
   */
  restore(state: StoreState, options: RestoreOptions): Store | Promise<Store>;
}

const builtIn: readonly string[] = ["ZipStore", "DirectoryStore", "MemoryStore", "Array", "Group"];

const entries = new Map<string, StoreEntry>();

/**
 * Makes a kind of store known.
 * @throws ZarrError `ERR_ARGUMENT` - it has no name, or the name is taken
 */
export function registerStore(entry: StoreEntry): void {
  const { kind } = entry;
  if (typeof kind !== "string" || kind === "") {
    throw new ZarrError("ERR_ARGUMENT", "a kind of store needs a name, the `kind` of its states: found none");
  }
  if (builtIn.includes(kind) || entries.has(kind)) {
    throw new ZarrError(
      "ERR_ARGUMENT",
      `${JSON.stringify(kind)} is the kind of other states already: choose another name`,
    );
  }
  entries.set(kind, entry);
}

/** The registered kind of this name; `undefined` if there is none. */
export function findStore(kind: unknown): StoreEntry | undefined {
  return typeof kind === "string" ? entries.get(kind) : undefined;
}

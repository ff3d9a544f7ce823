import type { ZarrError } from "../errors.js";
import type { Store } from "../store/store.js";

/** A member of a group that cannot be understood, in the place of an array or group; `error` says why. */
export class UnreadableNode {
  /** Tells it from arrays and groups. */
  readonly kind = "unreadable";
  /** The store that it is in. */
  readonly store: Store;
  /** Path within the store, without a leading slash. */
  readonly path: string;
  /** Why: its document is malformed or damaged, or needs what this version does not have; `details.key` names the document. */
  readonly error: ZarrError;

  /** @internal */
  constructor(store: Store, path: string, error: ZarrError) {
    this.store = store;
    this.path = path;
    this.error = error;
  }
}

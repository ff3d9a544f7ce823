import { ZarrError } from "../errors.js";
import type { Store, StoreState } from "../store/store.js";
import type { NodeDocuments } from "./load-node.js";

/**
 * Everything that another thread or process needs to reopen an array or group: its store's state, and the metadata
 * documents as text (64-bit integers and NaN do not survive JSON otherwise), so that nothing is read twice.
 */
export interface NodeState {
  readonly kind: "Array" | "Group";
  readonly version: 1;
  readonly readOnly: boolean;
  /** Path within the store, without a leading slash. */
  readonly path: string;
  readonly documents: NodeDocuments;
  /** URLs of the modules that register the custom codecs of the array. */
  readonly modules: readonly string[];
  readonly store: StoreState;
}

/** The state of a node; throws as the store's `getState`. */
export function nodeState(
  kind: NodeState["kind"],
  node: { readonly store: Store; readonly path: string },
  documents: NodeDocuments,
  modules: readonly string[],
  options: { readonly share?: boolean },
): NodeState {
  const { store, path } = node;
  return { kind, version: 1, readOnly: store.readOnly, path, documents, modules, store: store.getState(options) };
}

/**
 * Checks what claims to be the state of an array or group; the store's part is the store's to check.
 * @throws ZarrError `ERR_STATE` - naming the member that is missing, contradictory or unknown
 */
export function parseNodeState(value: unknown): NodeState {
  const state = value as Record<string, unknown>;
  const fail = (member: string, expected: string) =>
    new ZarrError("ERR_STATE", `not the state of an array or group: ${member} is not ${expected}`, { member });
  if (state.version !== 1) throw fail("version", "1");
  if (typeof state.unusable === "string") {
    throw new ZarrError("ERR_STATE", `this is the state of something that could not be handed over: ${state.unusable}`);
  }
  if (typeof state.path !== "string") throw fail("path", "a string");
  const { documents, modules, store } = state;
  if (!isRecord(documents) || Object.values(documents).some((text) => typeof text !== "string")) {
    throw fail("documents", "an object of texts");
  }
  if (!Array.isArray(modules) || modules.some((module) => typeof module !== "string")) {
    throw fail("modules", "a list of URLs");
  }
  if (!isRecord(store)) throw fail("store", "an object");
  if (state.readOnly !== store.readOnly) throw fail("readOnly", `${store.readOnly}, as the store's is`);
  return state as unknown as NodeState;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { Json } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { moduleOf } from "../metadata/extension-modules.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import type { Store, StoreState } from "../store/store.js";
import type { NodeDocuments } from "./load-node.js";

/**
 * Everything that another thread or process needs to reopen an array or group: its store's state, and the metadata
 * documents as text (64-bit integers and NaN do not survive JSON otherwise), so that nothing is read twice.
 */
export interface NodeState {
  /** Tells the kinds of states apart. */
  readonly kind: "Array" | "Group";
  /** Version of the state's form. A later one is refused. */
  readonly version: 1;
  /** True if the receiver may only read. */
  readonly readOnly: boolean;
  /** Path within the store, without a leading slash. */
  readonly path: string;
  /** Metadata documents as text, by their names. */
  readonly documents: NodeDocuments;
  /** URLs of the modules that register the custom codecs of the array, and its store. */
  readonly modules: readonly string[];
  /** The state of the store that the node is in. */
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
  const state = store.getState(options);
  const ofStore = moduleOf(state.kind);
  const all = ofStore === undefined ? modules : [...new Set([ofStore, ...modules])];
  return { kind, version: 1, readOnly: store.readOnly, path, documents, modules: all, store: state };
}

/** URLs of the modules that register what the array uses, also within the configuration of something else, as a shard's codecs. */
export function modulesOf({ codecs, document }: Pick<ArrayMetadata, "codecs" | "document">): string[] {
  const modules = new Set<string>();
  const visit = (value: Json | undefined) => {
    const module = typeof value === "string" ? moduleOf(value) : undefined;
    if (module !== undefined) modules.add(module);
    if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  for (const { name, configuration } of codecs) visit({ name, configuration });
  for (const member of ["data_type", "chunk_grid", "chunk_key_encoding"]) visit(document[member]);
  return [...modules];
}

const members = new Set(["kind", "version", "readOnly", "path", "documents", "modules", "store"]);

/** The documents that make a node of each kind; a v2 node may have attributes beside them. */
const documentNames = {
  Array: new Set(["zarr.json", ".zarray"]),
  Group: new Set(["zarr.json", ".zgroup"]),
};

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
  const { kind, path, documents, modules, store } = state;
  const unknown = Object.keys(state).find((member) => !members.has(member));
  if (unknown !== undefined) throw fail(unknown, "a member that version 1 has");
  if (kind !== "Array" && kind !== "Group") throw fail("kind", '"Array" or "Group"');
  if (typeof path !== "string" || /^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)|[\\\0]/.test(path)) {
    throw fail("path", "the path of a node, without a slash at its ends");
  }
  if (!isRecord(documents) || Object.values(documents).some((text) => typeof text !== "string")) {
    throw fail("documents", "an object of strings");
  }
  const main = Object.keys(documents).filter((name) => name !== ".zattrs");
  if (main.length !== 1 || !documentNames[kind].has(main[0])) {
    throw fail("documents", `the document of one ${kind.toLowerCase()}`);
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

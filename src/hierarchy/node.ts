import { checkNoMore, checkOptions } from "../bytes/check-options.js";
import { frozen } from "../bytes/frozen.js";
import { describe, type JsonObject } from "../bytes/json.js";
import { lazily } from "../bytes/lazily.js";
import { isZarrError, ZarrError } from "../errors.js";
import type { NodeMetadata } from "../metadata/node-metadata.js";
import { withKey } from "../store/key-mutex.js";
import type { Outcome, Store, StoreValues, TransactionOptions } from "../store/store.js";
import { transact } from "../store/transaction.js";
import { forbidCloning } from "../store/uncloneable.js";
import { type LoadedNode, nodeKey, sameDocuments } from "./load-node.js";
import type { NodeSource } from "./node-source.js";
import { type NodeState, nodeState } from "./node-state.js";

/** The functions that change nodes. Those that can be written to have it loaded: a method that copies its arguments does so at once. */
export const writing = lazily(() => import("./writing.js"));

const reading = lazily(() => import("./stored-node.js"));

/** The place of a node. */
export interface NodePlace {
  readonly store: Store;
  /** Without a leading slash; empty for the root. */
  readonly path: string;
  /** True if closing the node closes its store, as for a node that was opened by file name. */
  readonly ownsStore: boolean;
  /** The source of a group's members, if not their own documents. */
  readonly nodes?: NodeSource;
}

/** The common base of arrays and groups. */
export abstract class Node<Metadata extends NodeMetadata> {
  /** The store that it is in. */
  readonly store: Store;
  /** Path within the store, without a leading slash; empty for the root. */
  readonly path: string;
  /** Tells arrays and groups apart. */
  abstract readonly kind: "array" | "group";
  readonly #ownsStore: boolean;
  /** The node as it was read last, or as the transaction of a change gave it, which may run again until the store is flushed. */
  #node: Outcome<LoadedNode<Metadata>>;
  /** Documents that need not be parsed again where they are read again. */
  #lastSeen: LoadedNode<Metadata>;
  #closed = false;

  /** @internal */
  protected constructor(place: NodePlace, node: LoadedNode<Metadata>) {
    if (place?.store === undefined) {
      const message =
        "arrays and groups have no public constructor: call openArray, openGroup, createArray or createGroup";
      throw new ZarrError("ERR_ARGUMENT", message);
    }
    const { store, path, ownsStore } = place;
    this.store = store;
    this.path = path;
    this.#ownsStore = ownsStore;
    this.#node = { value: node };
    this.#lastSeen = node;
    forbidCloning(this, () => this.describe());
  }

  /** The kind as states spell it. */
  get #stateKind(): NodeState["kind"] {
    return this.kind === "array" ? "Array" : "Group";
  }

  /** Format of the metadata documents: 3 for `zarr.json`, 2 for `.zarray` and `.zgroup`. */
  get zarrFormat(): 2 | 3 {
    return this.metadata.zarrFormat;
  }

  /** True if the store refuses every change. */
  get readOnly(): boolean {
    return this.store.readOnly;
  }

  /**
   * User attributes, which {@link setAttributes} and {@link deleteAttributes} change, and nothing else. Integers beyond 2^53 are `bigint`.
   * @throws ZarrError `ERR_METADATA` - they are no object, or no UTF-8; everything else of the node can be used
   */
  get attributes(): JsonObject {
    const { attributes, attributesError } = this.metadata;
    if (attributesError !== undefined) throw attributesError;
    return attributes;
  }

  /** The parsed metadata document, which has the document itself, too. Nobody can change it in place. */
  get metadata(): Metadata {
    return frozen(this.#node.value.metadata);
  }

  /**
   * Adds attributes, or replaces those of the same name. Those that others have set since this node was opened are kept,
   * and seen here afterwards; what does not change stays in the document as it was written, byte by byte.
   *
   * @throws ZarrError `ERR_ARGUMENT` - one that JSON cannot hold; `undefined` is refused, and {@link deleteAttributes} removes one
   * @throws ZarrError `ERR_METADATA` - those that are stored cannot be understood, and would be lost
   * @throws ZarrError `ERR_NOT_FOUND` - the node has been deleted, or another one stands in its place
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
   * @example
   * import { createGroup, MemoryStore } from "zarrzip";
   *
   * const node = await createGroup(new MemoryStore(), { attributes: { unit: "m" } });
   * await node.setAttributes({ title: "Heights" });
   * console.log(node.attributes); // { unit: 'm', title: 'Heights' }
   */
  async setAttributes(attributes: JsonObject, ...more: readonly never[]): Promise<void> {
    checkNoMore(more, "setAttributes(attributes)");
    this.checkWritable();
    const { copyAttributes } = writing.loaded ?? (await writing.load());
    const added = copyAttributes(attributes);
    await this.#changeAttributes((stored) => ({ ...stored, ...added }));
  }

  /**
   * Removes attributes; a name that none has is no error, and what is no name is. Throws as {@link setAttributes}.
   * @example
   * import { createGroup, MemoryStore } from "zarrzip";
   *
   * const node = await createGroup(new MemoryStore(), { attributes: { unit: "m", title: "Heights" } });
   * await node.deleteAttributes("title");
   * console.log(node.attributes); // { unit: 'm' }
   */
  async deleteAttributes(...names: readonly string[]): Promise<void> {
    const other = names.find((name) => typeof name !== "string");
    if (other !== undefined) {
      const message = `${describe(other)} is no name of an attribute: expected texts, one argument for each`;
      throw new ZarrError("ERR_ARGUMENT", message, { file: this.store.path, path: this.path });
    }
    this.checkWritable();
    await this.#changeAttributes((stored) =>
      Object.fromEntries(Object.entries(stored).filter(([name]) => !names.includes(name))),
    );
  }

  async #changeAttributes(changed: (stored: JsonObject) => JsonObject): Promise<void> {
    const { path } = this;
    const { changeAttributes } = writing.loaded ?? (await writing.load());
    await this.change((values, stored) => changeAttributes(values, path, stored, changed));
  }

  /**
   * Reads the stored metadata again, which others may have changed: attributes, and the shape of an array. A view that is
   * pinned to one version of its file stays at it.
   *
   * @returns whether anything has changed
   * @throws ZarrError `ERR_NOT_FOUND` - the node has been deleted, or another one stands in its place
   * @example
   * import { createGroup, MemoryStore, openGroup } from "zarrzip";
   *
   * const store = new MemoryStore();
   * const node = await createGroup(store);
   * await (await openGroup(store)).setAttributes({ unit: "m" });
   * console.log(node.attributes, await node.refresh(), node.attributes); // {} true { unit: 'm' }
   */
  async refresh(): Promise<boolean> {
    this.checkOpen();
    return await withKey(this.store, nodeKey(this.path, "metadata"), async () => {
      const node = await this.#stored(this.store);
      if (sameDocuments(node.documents, this.#node.value.documents)) return false;
      this.#node = { value: node };
      return true;
    });
  }

  /**
   * Changes the node as it is stored then, not as this instance read it when it was opened: one change after the other.
   *
   * @param work - what `transact` runs, perhaps several times; `node` of what it returns is what this instance shows from now on
   */
  protected async change<Changed extends { readonly node: LoadedNode<Metadata> }>(
    work: (values: StoreValues, stored: LoadedNode<Metadata>) => Promise<Changed>,
    options?: TransactionOptions,
  ): Promise<Outcome<Changed>> {
    const run = async (values: StoreValues) => {
      const changed = await work(values, await this.#stored(values));
      this.#lastSeen = changed.node;
      return changed;
    };
    const outcome = await transact(this.store, nodeKey(this.path, "metadata"), run, options);
    this.#node = nodeOf(outcome);
    return outcome;
  }

  /** The node as this instance has last seen it. */
  protected get lastSeen(): LoadedNode<Metadata> {
    return this.#lastSeen;
  }

  /** The node as it is stored. */
  async #stored(values: StoreValues): Promise<LoadedNode<Metadata>> {
    const { storedNode } = writing.loaded ?? reading.loaded ?? (await reading.load());
    return await storedNode(values, this.path, this.#lastSeen);
  }

  /**
   * Everything that another thread or process needs to reopen this node with `restore`, as plain JSON. The receiver's node
   * is this one: it has the metadata that this instance shows, also where another instance has changed what is stored.
   *
   * @param options.share - for threads only: adds the store's parsed directory
   * @throws ZarrError `ERR_DIRTY` - the store has unflushed writes; `ERR_CLOSED`
   * @example
   * import { createArray, restore, ZipStore } from "zarrzip";
   *
   * const store = await ZipStore.open("a.zip", { mode: "w" });
   * const node = await createArray(store, { path: "a", shape: [3], dtype: "int8", data: [1, 2, 3] });
   * await store.flush();
   * const restored = await restore(node.getState()); // there, in a worker or another process
   * console.log(restored.path, [...(await restored.get()).data]); // a [ 1, 2, 3 ]
   * await restored.close();
   * await store.close();
   */
  getState(options: { share?: boolean } = {}): NodeState {
    this.checkOpen();
    checkOptions(options, { share: "boolean" });
    return nodeState(this.#stateKind, this, this.#node.value.documents, this.modules(), options);
  }

  /**
   * The state, so that `JSON.stringify(node)` can be sent; for a node that cannot be handed over, a state that nothing accepts.
   * @example
   * import { createGroup, MemoryStore } from "zarrzip";
   *
   * const node = await createGroup(new MemoryStore(), { path: "a" });
   * console.log(JSON.parse(JSON.stringify(node)).path); // a
   */
  toJSON(): object {
    try {
      return this.getState();
    } catch (error) {
      if (!isZarrError(error)) throw error;
      return { kind: this.#stateKind, version: 1, path: this.path, unusable: error.message };
    }
  }

  /**
   * Ends the use of this node. One that was opened by file name, or restored, closes its store as well.
   * @example
   * import { createGroup, openGroup, ZipStore } from "zarrzip";
   *
   * const store = await ZipStore.open("a.zip", { mode: "w" });
   * await createGroup(store);
   * await store.close();
   * const node = await openGroup("a.zip"); // opens the file, and close() closes it
   * await node.close();
   * console.log(await node.get("x").catch((error) => error.code)); // ERR_CLOSED
   */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#ownsStore) await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  protected checkOpen(): void {
    if (!this.#closed) return;
    const message = `${this.kind} ${JSON.stringify(this.path)} of ${this.store.path} was closed: open it again`;
    throw new ZarrError("ERR_CLOSED", message, { file: this.store.path, path: this.path });
  }

  protected checkWritable(): void {
    this.checkOpen();
    if (!this.readOnly) return;
    const message = `${this.store.path} was opened read-only: nothing in it can be changed`;
    throw new ZarrError("ERR_READ_ONLY", message, { file: this.store.path, path: this.path });
  }

  /** The members that printing the node shows. */
  protected abstract describe(): object;

  /** URLs of the modules that a receiver has to import. */
  protected abstract modules(): string[];
}

/** The node of a change, which may be made again. In a function of its own, so that it keeps nothing of the change in memory. */
function nodeOf<Metadata extends NodeMetadata>(
  outcome: Outcome<{ readonly node: LoadedNode<Metadata> }>,
): Outcome<LoadedNode<Metadata>> {
  return {
    get value() {
      return outcome.value.node;
    },
  };
}

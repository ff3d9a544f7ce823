import type { JsonObject } from "../bytes/json.js";
import { isZarrError, ZarrError } from "../errors.js";
import type { NodeMetadata } from "../metadata/node-metadata.js";
import { withAttributes } from "../metadata/serialize.js";
import { withKey } from "../store/key-mutex.js";
import type { Store } from "../store/store.js";
import { forbidCloning } from "../store/uncloneable.js";
import { type LoadedNode, nodeKey, requireNode, saveNode, showPath } from "./load-node.js";
import type { NodeSource } from "./node-source.js";
import { type NodeState, nodeState } from "./node-state.js";

/** Where a node is. */
export interface NodePlace {
  readonly store: Store;
  /** Without a leading slash; empty for the root. */
  readonly path: string;
  /** Whether closing the node closes its store, as for a node that was opened by file name. */
  readonly ownsStore: boolean;
  /** Where a group finds its members, if not by their own documents. */
  readonly nodes?: NodeSource;
}

/** What arrays and groups have in common. */
export abstract class Node<Metadata extends NodeMetadata> {
  readonly store: Store;
  /** Path within the store, without a leading slash; empty for the root. */
  readonly path: string;
  readonly #kind: NodeState["kind"];
  readonly #ownsStore: boolean;
  #node: LoadedNode<Metadata>;
  #closed = false;

  constructor(kind: NodeState["kind"], { store, path, ownsStore }: NodePlace, node: LoadedNode<Metadata>) {
    this.store = store;
    this.path = path;
    this.#kind = kind;
    this.#ownsStore = ownsStore;
    this.#node = node;
    forbidCloning(this, () => this.describe());
  }

  /** Format of the metadata documents: 3 for `zarr.json`, 2 for `.zarray` and `.zgroup`. */
  get zarrFormat(): 2 | 3 {
    return this.metadata.zarrFormat;
  }

  /** Whether the store refuses every change. */
  get readOnly(): boolean {
    return this.store.readOnly;
  }

  /** User attributes. Integers beyond 2^53 are `bigint`. */
  get attributes(): JsonObject {
    return this.metadata.attributes;
  }

  /** The parsed metadata document, which has the document itself, too. */
  get metadata(): Metadata {
    return this.#node.metadata;
  }

  /**
   * Adds attributes, or replaces those of the same name. Those that others have set since this node was opened are kept,
   * and seen here afterwards; what does not change stays in the document as it was written, byte by byte.
   *
   * @throws ZarrError `ERR_ARGUMENT` - one that JSON cannot hold
   * @throws ZarrError `ERR_NOT_FOUND` - the node has been deleted, or another one stands in its place
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
   */
  async setAttributes(attributes: JsonObject): Promise<void> {
    this.checkWritable();
    await this.update((metadata) => withAttributes(metadata, { ...metadata.attributes, ...attributes }));
  }

  /**
   * Changes the stored metadata: one change after the other, each from what is stored then, not from what this instance
   * read when it was opened.
   */
  protected async update(change: (metadata: Metadata) => Metadata): Promise<void> {
    await withKey(this.store, nodeKey(this.path, "metadata"), async () => {
      const stored = await requireNode(this.store, this.path, this.zarrFormat);
      if (stored.metadata.nodeType !== this.metadata.nodeType) {
        const message = `the ${this.#kind.toLowerCase()} at ${showPath(this.path)} of ${this.store.path} was replaced by a node of type ${stored.metadata.nodeType}: open it again`;
        throw new ZarrError("ERR_NOT_FOUND", message, { file: this.store.path, path: this.path });
      }
      const metadata = change(stored.metadata as Metadata);
      this.#node = await saveNode(this.store, this.path, metadata, stored);
    });
  }

  /**
   * Everything that another thread or process needs to reopen this node with `restore`, as plain JSON. The receiver's node
   * is this one: it has the metadata that this instance shows, also where another instance has changed what is stored.
   *
   * @param options.share - for threads only: adds the store's parsed directory
   * @throws ZarrError `ERR_DIRTY` - the store has unflushed writes; `ERR_CLOSED`
   */
  getState(options: { share?: boolean } = {}): NodeState {
    this.checkOpen();
    return nodeState(this.#kind, this, this.#node.documents, this.modules(), options);
  }

  /** The state, so that `JSON.stringify(node)` can be sent; of a node that cannot be handed over one that nothing accepts. */
  toJSON(): object {
    try {
      return this.getState();
    } catch (error) {
      if (!isZarrError(error)) throw error;
      return { kind: this.#kind, version: 1, path: this.path, unusable: error.message };
    }
  }

  /** Ends the use of this node. One that was opened by file name, or restored, closes its store as well. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#ownsStore) await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  protected checkOpen(): void {
    if (!this.#closed) return;
    const message = `${this.#kind.toLowerCase()} ${JSON.stringify(this.path)} of ${this.store.path} was closed: open it again`;
    throw new ZarrError("ERR_CLOSED", message, { file: this.store.path, path: this.path });
  }

  protected checkWritable(): void {
    this.checkOpen();
    if (!this.readOnly) return;
    const message = `${this.store.path} was opened read-only: nothing in it can be changed`;
    throw new ZarrError("ERR_READ_ONLY", message, { file: this.store.path, path: this.path });
  }

  /** What printing the node shows. */
  protected abstract describe(): object;

  /** URLs of the modules that a receiver has to import. */
  protected abstract modules(): string[];
}

import { checkOptions } from "../bytes/check-options.js";
import type { DTypeName } from "../data-type/data-type-map.js";
import { ZarrError } from "../errors.js";
import type { GroupMetadata } from "../metadata/node-metadata.js";
import { normalizeNodePath } from "../metadata/node-name.js";
import type { Store } from "../store/store.js";
import { makeUsableArray, ZarrArray } from "./array.js";
import { changeNodes } from "./change-nodes.js";
import {
  type CreateArrayOptions,
  createArray,
  creating,
  type DynamicArrayOptions,
  type RequireArrayOptions,
  requireArray,
} from "./create-array.js";
import type { CreateGroupOptions, RequireGroupOptions } from "./create-group.js";
import { type LoadedNode, nodeKey, noNode } from "./load-node.js";
import type { GroupMembers, MembersOptions } from "./members.js";
import { Node, type NodePlace, writing } from "./node.js";
import { type NodeSource, storedNodes } from "./node-source.js";
import type { UnreadableNode } from "./unreadable-node.js";

const loadMembers = () => import("./members.js");

/**
 * A group of a store: a node with attributes and members. Made by `openGroup` and `createGroup`. The examples of its methods go on from
 * the one here.
 *
 * @example
 * ```js
 * import { createGroup, MemoryStore } from "zarrzip";
 *
 * const group = await createGroup(new MemoryStore(), { attributes: { unit: "m" } });
 * await group.createArray({ path: "x", shape: [3], dtype: "int16", data: [1, 2, 3] });
 * const x = await group.get("x");
 * console.log(group.attributes.unit, x.kind, x.dtype); // m array int16
 * ```
 */
export class ZarrGroup extends Node<GroupMetadata> {
  readonly #nodes: NodeSource;

  private constructor(place: NodePlace, node: LoadedNode<GroupMetadata>) {
    super(place, node);
    this.#nodes = place.nodes ?? storedNodes(place.store, this.zarrFormat);
  }

  /**
   * The group that these documents describe; where it can be written to, with what that takes.
   * @internal
   */
  static async make(place: NodePlace, node: LoadedNode<GroupMetadata>): Promise<ZarrGroup> {
    if (!place.store.readOnly) await writing.load();
    return new ZarrGroup(place, node);
  }

  get kind(): "group" {
    return "group";
  }

  /**
   * Opens the array or group at `path`, relative to this group.
   * @throws ZarrError `ERR_NOT_FOUND` - no node is there; the message lists those that are
   * @example
   * const array = await group.get("x");
   * console.log(array.kind, array.shape); // array [ 3 ]
   */
  async get(path: string): Promise<ZarrArray | ZarrGroup> {
    this.checkOpen();
    const place = this.#placeOf(this.#pathOf(path));
    const node = await this.#nodes.load(place.path);
    if (node === undefined) throw await noNode(this.store, place.path);
    return await makeUsableNode(place, node);
  }

  /**
   * The nodes below this group, each with its `path`, parents before children. One that cannot be understood is an
   * {@link UnreadableNode}, which says why, unless there is an `onError`; what is below it is listed all the same. A codec that is
   * not known is no error before the array is used.
   * @example
   * for (const { path, kind } of await group.members()) console.log(path, kind); // x array
   */
  async members(
    options: MembersOptions & { onError: NonNullable<MembersOptions["onError"]> },
  ): Promise<(ZarrArray | ZarrGroup)[]>;
  async members(options?: MembersOptions): Promise<(ZarrArray | ZarrGroup | UnreadableNode)[]>;
  async members(options: MembersOptions = {}): Promise<(ZarrArray | ZarrGroup | UnreadableNode)[]> {
    checkOptions(options, { maxDepth: "any", onError: "function" });
    this.checkOpen();
    const { membersOf } = await loadMembers();
    return await membersOf(this.#members, options);
  }

  /**
   * Creates an array at `options.path`, relative to this group, in this group's format; see `createArray`.
   * @example
   * const y = await group.createArray({ path: "run/y", shape: [2], dtype: "float32", fillValue: 1.5 });
   * console.log(y.path, [...(await y.get()).data]); // run/y [ 1.5, 1.5 ]
   */
  async createArray<const DType extends DTypeName, const Shape extends readonly number[] = readonly number[]>(
    options: CreateArrayOptions<DType, Shape>,
  ): Promise<ZarrArray<DType, Shape["length"]>>;
  async createArray<DType extends string, const Shape extends readonly number[] = readonly number[]>(
    options: DynamicArrayOptions<DType, Shape>,
  ): Promise<ZarrArray<DTypeName, Shape["length"]>>;
  async createArray(options: CreateArrayOptions): Promise<ZarrArray> {
    this.checkWritable();
    const { createArrayOptions } = creating.loaded ?? (await creating.load());
    checkOptions(options, createArrayOptions);
    const path = this.#pathOf(options.path ?? "");
    return await createArray(this.store, { zarrFormat: this.zarrFormat, ...options, path });
  }

  /**
   * Creates a group at `options.path`, relative to this group, in this group's format; see `createGroup`.
   * @example
   * const run = await group.createGroup({ path: "run", attributes: { number: 1 } });
   * console.log(run.path, run.attributes); // run { number: 1 }
   */
  async createGroup(options: CreateGroupOptions): Promise<ZarrGroup> {
    this.checkWritable();
    const { createGroupOptions } = creating.loaded ?? (await creating.load());
    checkOptions(options, createGroupOptions);
    const path = this.#pathOf(options.path ?? "");
    return await createGroup(this.store, { zarrFormat: this.zarrFormat, ...options, path });
  }

  /**
   * Opens the array at `options.path`, relative to this group, or creates it in this group's format; see `requireArray`.
   * @example
   * const again = await group.requireArray({ path: "x", shape: [3], dtype: "int16" }); // it is there: opened
   * console.log([...(await again.get()).data]); // [ 1, 2, 3 ]
   */
  async requireArray<const DType extends DTypeName, const Shape extends readonly number[] = readonly number[]>(
    options: RequireArrayOptions<DType, Shape>,
  ): Promise<ZarrArray<DType, Shape["length"]>> {
    this.checkWritable();
    const { requireArrayOptions } = creating.loaded ?? (await creating.load());
    checkOptions(options, requireArrayOptions);
    const path = this.#pathOf(options.path ?? "");
    return await requireArray(this.store, { zarrFormat: this.zarrFormat, ...options, path });
  }

  /**
   * Opens the group at `options.path`, relative to this group, or creates it in this group's format; see `requireGroup`.
   * @example
   * for (const number of [1, 2]) {
   *   const run = await group.requireGroup({ path: "run", attributes: { number } });
   *   console.log(run.attributes); // { number: 1 }, then { number: 1 }
   * }
   */
  async requireGroup(options: RequireGroupOptions): Promise<ZarrGroup> {
    this.checkWritable();
    const { requireGroupOptions } = creating.loaded ?? (await creating.load());
    checkOptions(options, requireGroupOptions);
    const path = this.#pathOf(options.path ?? "");
    return await requireGroup(this.store, { zarrFormat: this.zarrFormat, ...options, path });
  }

  /**
   * Deletes the node at `path`, relative to this group, with everything below it. Consolidated metadata above it is not
   * changed: see `consolidateMetadata`.
   *
   * @throws ZarrError `ERR_NOT_FOUND` - no node is there
   * @throws ZarrError `ERR_KEY` - the path is that of this group itself, which its parent can delete
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
   * @example
   * await group.delete("x");
   * console.log((await group.members()).length); // 0
   */
  async delete(path: string): Promise<void> {
    this.checkWritable();
    const target = this.#pathOf(path);
    if (target === this.path) {
      const message = `${JSON.stringify(path)} is the group itself: name a node below it`;
      throw new ZarrError("ERR_KEY", message, { file: this.store.path, path: target });
    }
    const { deleteTree, holdsNode } = creating.loaded ?? (await creating.load());
    await changeNodes(this.store, async (values) => {
      if (!(await holdsNode(values, target))) throw await noNode(values, target);
      await deleteTree(values, target);
    });
  }

  /**
   * The members at every level as a text tree: names, shapes and data types, or why one cannot be understood.
   * @example
   * console.log(await group.tree());
   * // /
   * // └── x (3) int16
   */
  async tree(): Promise<string> {
    this.checkOpen();
    const { treeOf } = await loadMembers();
    return await treeOf(this.#members);
  }

  protected override describe(): object {
    return { path: this.path, zarrFormat: this.zarrFormat, store: this.store.path };
  }

  protected override modules(): string[] {
    return [];
  }

  /** The place of the members, and the function that makes nodes of them. */
  get #members(): GroupMembers<ZarrArray | ZarrGroup> {
    const make = (path: string, node: LoadedNode) => makeNode(this.#placeOf(path), node);
    return { store: this.store, path: this.path, nodes: this.#nodes, make };
  }

  #placeOf(path: string): NodePlace {
    return { store: this.store, path, ownsStore: false, nodes: this.#nodes };
  }

  #pathOf(path: string): string {
    const relative = normalizeNodePath(path);
    return relative === "" ? this.path : nodeKey(this.path, relative);
  }
}

/**
 * Creates a group, and the groups above it that are missing.
 *
 * @throws ZarrError `ERR_EXISTS` - a node is at the path, and `overwrite` is not set
 * @throws ZarrError `ERR_KEY` - the path has a segment that is no node name
 * @throws ZarrError `ERR_ARGUMENT` - attributes that JSON cannot hold
 * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#group-metadata
 * @example
 * ```js
 * import { createGroup, MemoryStore } from "zarrzip";
 *
 * const group = await createGroup(new MemoryStore(), { path: "a/b", attributes: { made: "by hand" } });
 * console.log(group.path, group.attributes); // a/b { made: 'by hand' }
 * ```
 */
export async function createGroup(store: Store, options: CreateGroupOptions = {}): Promise<ZarrGroup> {
  const { createGroupNode } = creating.loaded ?? (await creating.load());
  const { place, node } = await createGroupNode(store, options);
  return await ZarrGroup.make(place, node);
}

/**
 * Opens the group at `options.path`, or creates it with those attributes, as zarr-python's `require_group` does.
 * @throws ZarrError `ERR_EXISTS` - an array is there; else as {@link createGroup}
 * @example
 * ```js
 * import { MemoryStore, requireGroup } from "zarrzip";
 *
 * const store = new MemoryStore();
 * await requireGroup(store, { path: "a", attributes: { n: 1 } });
 * const again = await requireGroup(store, { path: "a", attributes: { n: 2 } });
 * console.log(again.attributes); // { n: 1 }
 * ```
 */
export async function requireGroup(store: Store, options: RequireGroupOptions = {}): Promise<ZarrGroup> {
  const { requireGroupNode } = creating.loaded ?? (await creating.load());
  const { place, node } = await requireGroupNode(store, options);
  return await ZarrGroup.make(place, node);
}

/** The array or group that these documents describe. */
export async function makeNode(place: NodePlace, { metadata, documents }: LoadedNode): Promise<ZarrArray | ZarrGroup> {
  return metadata.nodeType === "array"
    ? await ZarrArray.make(place, { metadata, documents })
    : await ZarrGroup.make(place, { metadata, documents });
}

/**
 * As {@link makeNode}, of a node that is going to be used.
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE`, `ERR_METADATA` - a codec of the array is unknown or wrongly configured
 */
export async function makeUsableNode(place: NodePlace, node: LoadedNode): Promise<ZarrArray | ZarrGroup> {
  const { metadata, documents } = node;
  return metadata.nodeType === "array"
    ? await makeUsableArray(place, { metadata, documents })
    : await makeNode(place, node);
}

import type { JsonObject } from "../bytes/json.js";
import { createGroupMetadata } from "../metadata/create-metadata.js";
import type { ArrayMetadata, GroupMetadata } from "../metadata/node-metadata.js";
import { normalizeNodePath } from "../metadata/node-name.js";
import type { Store } from "../store/store.js";
import { ZarrArray } from "./array.js";
import { type CreateArrayOptions, type CreatePlace, createArray, preparePlace } from "./create-array.js";
import { type LoadedNode, nodeKey, noNode, saveNode } from "./load-node.js";
import { Node, type NodePlace } from "./node.js";
import { type NodeSource, storedNodes } from "./node-source.js";

/** What a new group is made of. */
export interface CreateGroupOptions extends CreatePlace {
  /** Default 3. */
  readonly zarrFormat?: 2 | 3;
  readonly attributes?: JsonObject;
}

/** A group of a store: a node with attributes and members. Made by `openGroup` and `createGroup`. */
export class ZarrGroup extends Node<GroupMetadata> {
  readonly #nodes: NodeSource;

  constructor(place: NodePlace, node: LoadedNode<GroupMetadata>) {
    super("Group", place, node);
    this.#nodes = place.nodes ?? storedNodes(place.store);
  }

  /**
   * Opens the array or group at `path`, relative to this group.
   * @throws ZarrError `ERR_NOT_FOUND` - no node is there; the message lists those that are
   */
  async get(path: string): Promise<ZarrArray | ZarrGroup> {
    this.checkOpen();
    const place = this.#placeOf(this.#pathOf(path));
    const node = await this.#nodes.load(place.path);
    if (node === undefined) throw await noNode(this.store, place.path);
    return makeUsableNode(place, node);
  }

  /**
   * The nodes below this group, each with its `path`, parents before children.
   * @param options.maxDepth - levels below the direct members (0, the default) to walk; `Infinity` for all
   */
  async members(options: { maxDepth?: number } = {}): Promise<(ZarrArray | ZarrGroup)[]> {
    this.checkOpen();
    const { maxDepth = 0 } = options;
    const found: (ZarrArray | ZarrGroup)[] = [];
    for (const name of await this.#nodes.names(this.path)) {
      const path = nodeKey(this.path, name);
      const node = await this.#nodes.load(path);
      if (node === undefined) continue;
      const member = makeNode(this.#placeOf(path), node);
      found.push(member);
      if (maxDepth > 0 && member instanceof ZarrGroup) {
        found.push(...(await member.members({ maxDepth: maxDepth - 1 })));
      }
    }
    return found;
  }

  /** Creates an array at `options.path`, relative to this group, in this group's format; see `createArray`. */
  async createArray<const DType extends string>(options: CreateArrayOptions<DType>): Promise<ZarrArray<DType>> {
    this.checkWritable();
    const path = this.#pathOf(options.path ?? "");
    return await createArray(this.store, { zarrFormat: this.zarrFormat, ...options, path });
  }

  /** Creates a group at `options.path`, relative to this group, in this group's format; see `createGroup`. */
  async createGroup(options: CreateGroupOptions): Promise<ZarrGroup> {
    this.checkWritable();
    const path = this.#pathOf(options.path ?? "");
    return await createGroup(this.store, { zarrFormat: this.zarrFormat, ...options, path });
  }

  /** The members at every level as a text tree: names, shapes and data types. */
  async tree(): Promise<string> {
    const lines = [`/${this.path}`];
    const walk = async (group: ZarrGroup, indent: string) => {
      const members = await group.members();
      for (const [i, member] of members.entries()) {
        const last = i === members.length - 1;
        const name = member.path.slice(member.path.lastIndexOf("/") + 1);
        const kind = member instanceof ZarrGroup ? "" : ` (${member.shape.join(", ")}) ${member.dtype}`;
        lines.push(`${indent}${last ? "└── " : "├── "}${name}${kind}`);
        if (member instanceof ZarrGroup) await walk(member, indent + (last ? "    " : "│   "));
      }
    };
    await walk(this, "");
    return lines.join("\n");
  }

  protected override describe(): object {
    return { path: this.path, zarrFormat: this.zarrFormat, store: this.store.path };
  }

  protected override modules(): string[] {
    return [];
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
 * Creates a group.
 * @throws ZarrError as {@link createArray}
 */
export async function createGroup(store: Store, options: CreateGroupOptions = {}): Promise<ZarrGroup> {
  const metadata = createGroupMetadata(options);
  const place = await preparePlace(store, options, metadata);
  return new ZarrGroup(place, await saveNode(store, place.path, metadata));
}

/** The array or group that these documents describe. */
function makeNode(place: NodePlace, node: LoadedNode): ZarrArray | ZarrGroup {
  return node.metadata.nodeType === "array"
    ? new ZarrArray(place, node as LoadedNode<ArrayMetadata>)
    : new ZarrGroup(place, node as LoadedNode<GroupMetadata>);
}

/**
 * As {@link makeNode}, of a node that is going to be used.
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE`, `ERR_METADATA` - a codec of the array is unknown or wrongly configured
 */
export function makeUsableNode(place: NodePlace, node: LoadedNode): ZarrArray | ZarrGroup {
  const made = makeNode(place, node);
  if (made instanceof ZarrArray) void made.parts; // makes its codecs, or throws
  return made;
}

/** The nodes below a group: loaded with the first group that is asked for it. */
import { isZarrError, withDetails, type ZarrError, type ZarrErrorCode } from "../errors.js";
import type { Store } from "../store/store.js";
import { type LoadedNode, nodeKey } from "./load-node.js";
import type { NodeSource } from "./node-source.js";
import { UnreadableNode } from "./unreadable-node.js";

/** Options of `group.members`: the nodes to list. */
export interface MembersOptions {
  /** Levels below the direct members (0, the default) to walk; `Infinity` for all. */
  readonly maxDepth?: number;
  /** Called for a member that cannot be understood, as one of an unknown data type; it is left out of the list then. */
  readonly onError?: (error: ZarrError, path: string) => void;
}

/** The questions to a member. */
interface GroupMember {
  readonly kind: "array" | "group";
  readonly path: string;
  /** Only of arrays. */
  readonly shape?: readonly number[];
  readonly dtype?: string;
}

/** The members of a group, which are made of what is stored. */
export interface GroupMembers<Node extends GroupMember> {
  readonly store: Store;
  /** Path of the group. */
  readonly path: string;
  readonly nodes: NodeSource;
  make(path: string, node: LoadedNode): Promise<Node>;
}

/** Errors of one document, and not of the store. */
const notUnderstood: ReadonlySet<ZarrErrorCode> = new Set([
  "ERR_METADATA",
  "ERR_DATA_TYPE",
  "ERR_UNSUPPORTED",
  "ERR_LIMIT",
  "ERR_CHECKSUM",
  "ERR_ZIP",
  "ERR_ZIP_METHOD",
] as const);

/** See `ZarrGroup.members`. */
export async function membersOf<Node extends GroupMember>(
  group: GroupMembers<Node>,
  { maxDepth = 0, onError }: MembersOptions,
): Promise<(Node | UnreadableNode)[]> {
  const found: (Node | UnreadableNode)[] = [];
  for await (const member of walk(group, maxDepth)) {
    if (member instanceof UnreadableNode && onError !== undefined) onError(member.error, member.path);
    else found.push(member);
  }
  return found;
}

/** See `ZarrGroup.tree`. */
export async function treeOf<Node extends GroupMember>(group: GroupMembers<Node>): Promise<string> {
  const byParent = new Map<string, { name: string; path: string; text: string }[]>();
  for await (const member of walk(group, Number.POSITIVE_INFINITY)) {
    const { path } = member;
    const slash = path.lastIndexOf("/");
    const parent = path.slice(0, Math.max(0, slash));
    const siblings = byParent.get(parent) ?? [];
    byParent.set(parent, siblings);
    siblings.push({ name: path.slice(slash + 1), path, text: summaryOf(member) });
  }
  const lines = [`/${group.path}`];
  const draw = (parent: string, indent: string) => {
    const members = byParent.get(parent) ?? [];
    for (const [i, { name, path, text }] of members.entries()) {
      const last = i === members.length - 1;
      lines.push(`${indent}${last ? "└── " : "├── "}${name}${text}`);
      draw(path, indent + (last ? "    " : "│   "));
    }
  };
  draw(group.path, "");
  return lines.join("\n");
}

/** The nodes below, parents before children. */
async function* walk<Node extends GroupMember>(
  group: GroupMembers<Node>,
  maxDepth: number,
): AsyncGenerator<Node | UnreadableNode> {
  const direct = maxDepth > 0 ? undefined : await group.nodes.names(group.path);
  const namesOf = direct === undefined ? await group.nodes.allNames(group.path) : () => direct;
  const giveUp = await group.nodes.expect(pathsBelow(group.path, namesOf, maxDepth));
  try {
    yield* walkBy(group, namesOf, maxDepth);
  } finally {
    giveUp();
  }
}

async function* walkBy<Node extends GroupMember>(
  top: GroupMembers<Node>,
  namesOf: NamesOf,
  maxDepth: number,
): AsyncGenerator<Node | UnreadableNode> {
  const groups = [{ path: top.path, names: namesOf(top.path).values() }];
  for (let group = groups.at(-1); group !== undefined; group = groups.at(-1)) {
    const { done, value: name } = group.names.next();
    if (done) {
      groups.pop();
      continue;
    }
    const path = nodeKey(group.path, name);
    const member = await memberAt(top, path);
    if (member === undefined) continue;
    yield member;
    // What cannot be understood may be a group.
    const mayHaveMembers = member.kind !== "array";
    if (mayHaveMembers && groups.length <= maxDepth) groups.push({ path, names: namesOf(path).values() });
  }
}

async function memberAt<Node extends GroupMember>(
  { store, nodes, make }: GroupMembers<Node>,
  path: string,
): Promise<Node | UnreadableNode | undefined> {
  try {
    const node = await nodes.load(path);
    return node === undefined ? undefined : await make(path, node);
  } catch (error) {
    if (!isZarrError(error) || !notUnderstood.has(error.code)) throw error;
    return new UnreadableNode(store, path, withDetails(error, { path }) as ZarrError);
  }
}

/** The names directly below a group. */
type NamesOf = (group: string) => readonly string[];

/** The paths of what is below a group, level by level. */
function* pathsBelow(group: string, namesOf: NamesOf, maxDepth: number): Generator<string> {
  let level = [group];
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth++) {
    level = level.flatMap((path) => namesOf(path).map((name) => nodeKey(path, name)));
    yield* level;
  }
}

function summaryOf(member: GroupMember | UnreadableNode): string {
  if (member instanceof UnreadableNode) return ` (${member.error.code}: ${member.error.message})`;
  return member.shape === undefined ? "" : ` (${member.shape.join(", ")}) ${member.dtype}`;
}

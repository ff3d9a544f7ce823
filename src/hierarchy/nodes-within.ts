import { ZarrArray } from "./array.js";
import type { ZarrGroup } from "./group.js";
import { nodeKey } from "./load-node.js";
import type { UnreadableNode } from "./unreadable-node.js";

/** A node and all below it, by path relative to it. */
export async function nodesWithin(
  node: ZarrArray | ZarrGroup,
): Promise<Map<string, ZarrArray | ZarrGroup | UnreadableNode>> {
  const below = node instanceof ZarrArray ? [] : await node.members({ maxDepth: Number.POSITIVE_INFINITY });
  const start = nodeKey(node.path, "").length;
  const first: [string, ZarrArray | ZarrGroup] = ["", node];
  return new Map([first, ...below.map((member): [string, typeof member] => [member.path.slice(start), member])]);
}

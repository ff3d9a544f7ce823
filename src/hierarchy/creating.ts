/** What creates and deletes nodes: loaded with the first of them. */
export { createGroupNode, createGroupOptions, requireGroupNode } from "./create-group.js";
export { deleteTree, holdsNode } from "./delete-tree.js";
export { createNodes } from "./new-hierarchy.js";
export { createArrayNode, createArrayOptions, requireArrayNode } from "./new-node.js";

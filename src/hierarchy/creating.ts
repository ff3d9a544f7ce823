/** The functions that create and delete nodes, loaded with the first of them. */
export { createGroupNode, createGroupOptions, requireGroupNode, requireGroupOptions } from "./create-group.js";
export { deleteTree, holdsNode } from "./delete-tree.js";
export { createNodes } from "./new-hierarchy.js";
export { createArrayNode, createArrayOptions, requireArrayNode, requireArrayOptions } from "./new-node.js";

/** What creates and deletes the nodes of a group: loaded with the first of them. */
export { createArray, createArrayOptions, requireArray } from "./create-array.js";
export { createGroupNode, createGroupOptions, requireGroupNode } from "./create-group.js";
export { deleteTree, holdsNode } from "./delete-tree.js";

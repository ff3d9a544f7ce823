/** Selections beside the basic ones, and whole chunks: loaded with the first of them. */
export { resolveBlocks } from "../grid/blocks.js";
export { resolveOrthogonal } from "../grid/index-list.js";
export { resolveCoordinates, resolveMask } from "../grid/points.js";
export { readChunk } from "./read-chunk.js";
export { readMany } from "./read-many.js";
export { readPoints } from "./select-points.js";

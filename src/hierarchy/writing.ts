/** The functions that change nodes, loaded with the first of a store that can be written to. */
export { copyAttributes, withShape } from "../metadata/serialize.js";
export { Appending, appendOptions, isCheapToEncode } from "./append.js";
export { changeAttributes } from "./change-attributes.js";
export { resizeArray } from "./resize.js";
export { writePoints } from "./select-points.js";
export { storedNode } from "./stored-node.js";
export { writeRegion } from "./write-selection.js";

/** Reading of every data type, and of fill values however they are spelled: loaded with the first array that is not of a common type. */
export { readFillValue } from "./read-fill-value.js";
export { dataTypeFromJson } from "./registry.js";

import { boolFamily } from "./bool.js";
import type { DataType } from "./data-type.js";
import type { DataTypeFamily } from "./family.js";
import { floatFamily } from "./float.js";
import { integerFamily } from "./integer.js";

/** The types of most arrays, which every program has; all others are loaded with the registry. */
export const commonFamilies: readonly DataTypeFamily[] = [boolFamily, integerFamily, floatFamily];

/** The common type of this name, as `float32`; `undefined` if there is none. */
export function commonType(name: unknown): DataType | undefined {
  if (typeof name !== "string") return undefined;
  for (const family of commonFamilies) {
    const dataType = family.fromName(name, {});
    if (dataType !== undefined) return dataType;
  }
  return undefined;
}

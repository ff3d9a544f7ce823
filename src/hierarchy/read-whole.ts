import { elementOf } from "../data-type/data-type.js";
import type { Chunk } from "../grid/chunk.js";
import type { Selection } from "../grid/selection.js";
import type { ZarrArray } from "./array.js";

/** Reads a region as `array.get`, a single element as a region without dimensions. */
export async function readWhole(array: ZarrArray, selection: Selection, signal?: AbortSignal): Promise<Chunk> {
  const found: unknown = await array.get(selection, signal === undefined ? {} : { signal });
  const isRegion = typeof found === "object" && found !== null && "data" in found && "stride" in found;
  return isRegion ? (found as Chunk) : { data: elementOf(array.dataType, found), shape: [], stride: [] };
}

import type { IndexRange } from "./selection.js";

/** Listed indices along one dimension, in ascending order, with their places in the list. */
export interface IndexList {
  readonly indices: readonly number[];
  /** Place of each index in the list as it was given; of equal indices the later place is the later one here, too. */
  readonly places: readonly number[];
  readonly count: number;
  readonly dropped: false;
}

/** The part of one dimension that an orthogonal selection takes. */
export type DimensionSelection = IndexRange | IndexList;

/** True if it is a list, and no range. */
export function isIndexList(selection: DimensionSelection): selection is IndexList {
  return "indices" in selection;
}

import { coalesce } from "../../bytes/coalesce.js";
import type { ChunkPart } from "../../grid/chunk-plan.js";
import type { StridedRegion } from "../../grid/copy-region.js";
import type { InnerChunkPlace } from "./shard-index.js";

/** Unwanted bytes between two inner chunks that are cheaper to read than to leave out. */
const maxGap = 16 * 1024;

/** Bytes that are read together at most, unless one inner chunk has more. */
const maxGroup = 4 * 2 ** 20;

/** The wanted part of an inner chunk, and its target. */
export interface PartUse {
  readonly part: ChunkPart;
  readonly target: StridedRegion;
}

/** An inner chunk of which something is wanted. */
export interface WantedPart {
  readonly coords: readonly number[];
  readonly uses: readonly PartUse[];
}

/** The same, and where it is stored. */
export interface StoredPart extends WantedPart {
  readonly place: InnerChunkPlace;
}

/** Inner chunks that lie near each other, and where they are in what is read of them. */
export interface PartGroup extends InnerChunkPlace {
  readonly parts: readonly StoredPart[];
}

/** Puts inner chunks together that are read together. */
export function groupsOf(stored: readonly StoredPart[]): PartGroup[] {
  const byOffset = stored.toSorted((a, b) => a.place.offset - b.place.offset);
  const startOf = (i: number) => byOffset[i].place.offset;
  const endOf = (i: number) => startOf(i) + byOffset[i].place.length;
  return coalesce(byOffset.length, startOf, endOf, { maxGap, maxBytes: maxGroup }).map(
    ({ first, last, start, end }) => ({
      offset: start,
      length: end - start,
      parts: byOffset.slice(first, last).map(({ place, ...wanted }) => ({
        ...wanted,
        place: { offset: place.offset - start, length: place.length },
      })),
    }),
  );
}

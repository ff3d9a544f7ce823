import { ZarrError } from "../errors.js";
import { chunkCount, chunkLength, chunkStart, type DimensionGrid } from "./chunk-grid.js";
import { type IndexRange, positionalEntries, resolveEntry, resolveIndex, type Selection } from "./selection.js";

/**
 * Resolves a selection of whole chunks: per dimension a chunk index, which keeps the dimension, a slice of chunk indices of
 * step 1, or `null`.
 * @throws ZarrError `ERR_SELECTION` - as `resolveSelection`; or a slice with another step
 */
export function resolveBlocks(
  selection: Selection | undefined,
  shape: readonly number[],
  grid: readonly DimensionGrid[],
  dimensionNames?: readonly (string | null)[],
): IndexRange[] {
  return positionalEntries(selection, shape, dimensionNames).map((entry, d) => {
    const chunks = chunkCount(grid[d], shape[d]);
    const kinds = "a chunk index, slice(start, stop) or null";
    const { start, step, count } =
      typeof entry === "number"
        ? { start: resolveIndex(entry, chunks, d, "chunks"), step: 1, count: 1 }
        : resolveEntry(entry, chunks, d, kinds);
    if (step !== 1) {
      throw new ZarrError("ERR_SELECTION", `slice step ${step} of dimension ${d} is not 1: blocks take no other step`);
    }
    if (count === 0) return { start: 0, step: 1, count: 0, dropped: false };
    const first = chunkStart(grid[d], start);
    const last = start + count - 1;
    const end = Math.min(chunkStart(grid[d], last) + chunkLength(grid[d], last), shape[d]);
    return { start: first, step: 1, count: end - first, dropped: false };
  });
}

import type { ChunkData } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { chunkStart } from "../grid/chunk-grid.js";
import { ChunkPlan } from "../grid/chunk-plan.js";
import { copyRegion } from "../grid/copy-region.js";
import { mergePlans, type PlannedPart } from "../grid/merge-plans.js";
import { regionShape, resolveSelection, type Selection, strideByDimension } from "../grid/selection.js";
import { product } from "../grid/strides.js";
import { type ArrayParts, chunksAtOnce, decodingGrid } from "./array-parts.js";
import { ChunkDecoder, targetOf } from "./chunk-decoder.js";
import { inOrder } from "./in-order.js";
import { checkReadSize, newRegion, type ReadOptions } from "./read-selection.js";

/** Options of a read of several selections. */
export interface ReadManyOptions<Data extends ChunkData = ChunkData> extends Omit<ReadOptions<Data>, "out"> {
  /** Where to put the values, one place per selection; each as for one selection. */
  readonly out?: readonly (Data | Chunk<Data>)[];
}

/** The regions of several basic selections. What they share of a chunk, of a shard of an inner chunk, is decoded once. */
export async function readMany(
  array: ArrayParts,
  selections: readonly (Selection | undefined)[],
  options: ReadManyOptions,
): Promise<Chunk[]> {
  const { metadata } = array;
  const { shape, dimensionNames, dataType } = metadata;
  if (options.out !== undefined && options.out.length !== selections.length) {
    const message = `out has ${options.out.length} places for ${selections.length} selections: give one for each`;
    throw new ZarrError("ERR_VALUE", message);
  }
  const ranges = selections.map((selection) => resolveSelection(selection, shape, dimensionNames));
  checkReadSize(
    array,
    ranges.reduce((elements, window) => elements + product(regionShape(window)), 0),
  );
  const windows = ranges.map((window, i) => {
    const { region, isFresh } = newRegion(array, regionShape(window), options.out?.[i]);
    const stride = strideByDimension(window, region.stride);
    return { region, isFresh, target: { data: region.data, offset: 0, stride } };
  });
  const grid = decodingGrid(metadata);
  const plans = ranges.map((window) => new ChunkPlan(window, shape, grid));
  const decoder = new ChunkDecoder(array, { signal: options.signal });

  const read = async (parts: readonly PlannedPart[]) => {
    const start = shape.map((_, d) => Math.min(...parts.map(({ part }) => part.start[d])));
    const end = shape.map((_, d) =>
      Math.max(...parts.map(({ part }) => part.start[d] + (part.count[d] - 1) * part.step[d] + 1)),
    );
    const [{ plan, part }] = parts;
    const first = start.map((index, d) => chunkStart(grid[d], part.coords[d]) + index);
    if (parts.length === 1) {
      const { target, isFresh } = windows[plan];
      await decoder.decodeBoxInto(first, part.count, part.step, targetOf(part, target), isFresh);
      return;
    }
    const box = await decoder.decodeBox(
      first,
      end.map((index, d) => index - start[d]),
    );
    for (const { plan, part } of parts) {
      const offset = part.start.reduce((at, index, d) => at + (index - start[d]) * box.stride[d], 0);
      const stride = box.stride.map((distance, d) => distance * part.step[d]);
      copyRegion({ data: box.data, offset, stride }, targetOf(part, windows[plan].target), part.count, dataType.width);
    }
  };
  let done = 0;
  const total = plans.reduce((sum, { size }) => sum + size, 0);
  const count = (_: unknown, parts: readonly PlannedPart[]) => {
    done += parts.length;
    options.onProgress?.({ done, total });
  };
  await inOrder(mergePlans(plans), chunksAtOnce(array), read, count, options.signal);
  return windows.map(({ region }) => region);
}

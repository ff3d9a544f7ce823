import { checkOptions } from "../bytes/check-options.js";
import { describe } from "../bytes/json.js";
import type { EncodedReader } from "../codecs/codec.js";
import type { ChunkData } from "../data-type/data-type.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { chunkStart, type DimensionGrid } from "../grid/chunk-grid.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { mergePlans, type PlannedPart } from "../grid/merge-plans.js";
import {
  type IndexRange,
  regionShape,
  resolveSelection,
  type Selection,
  strideByDimension,
} from "../grid/selection.js";
import { product } from "../grid/strides.js";
import type { GetOptions } from "../store/store.js";
import { type ArrayContext, atOneMoment, selectionOf } from "./array-context.js";
import { ChunkDecoder, targetOf } from "./chunk-decoder.js";
import { locateRegion } from "./chunk-layout.js";
import { type ChunkRead, chunksInOrder } from "./chunks-in-order.js";

import { checkReadSize, newRegion, type ReadOptions, readOptions } from "./read-selection.js";

/** Options of a read of several selections. */
export interface ReadManyOptions<Data extends ChunkData = ChunkData> extends Omit<ReadOptions<Data>, "out"> {
  /** The places for the values, one per selection; each as for one selection. */
  readonly out?: readonly (Data | Chunk<Data>)[];
}

/** The regions of several basic selections. What they share of a chunk, of a shard of an inner chunk, is decoded once. */
export async function readMany(
  array: ArrayContext,
  selections: readonly (Selection | undefined)[],
  options: ReadManyOptions,
): Promise<Chunk[]> {
  checkOptions(options as ReadOptions, readOptions);
  checkMany(selections, options);
  return await atOneMoment(array, (stored) => readManyOf(stored, selections, options));
}

/**
 * Checks what a read of several selections is given.
 * @throws ZarrError `ERR_SELECTION` - no list of selections; `ERR_VALUE` - not one place for each
 */
export function checkMany(selections: readonly unknown[], { out }: { readonly out?: readonly unknown[] }): void {
  if (!Array.isArray(selections)) {
    const message = `a list of selections is expected, found ${describe(selections)}: put a single one into a list`;
    throw new ZarrError("ERR_SELECTION", message);
  }
  if (out === undefined || (Array.isArray(out) && out.length === selections.length)) return;
  const found = Array.isArray(out) ? `has ${out.length} places` : `is ${describe(out)}`;
  throw new ZarrError("ERR_VALUE", `out ${found} for ${selections.length} selections: give one for each`);
}

async function readManyOf(
  array: ArrayContext,
  selections: readonly (Selection | undefined)[],
  options: ReadManyOptions,
): Promise<Chunk[]> {
  const { metadata } = array;
  const { shape } = metadata;
  const ranges = Array.from(selections, (selection) => selectionOf(array, resolveSelection, selection));
  checkReadSize(
    array,
    ranges.reduce((elements, window) => elements + product(regionShape(window)), 0),
  );
  const windows = ranges.map((window, i) => {
    const { region, isFresh } = newRegion(array, regionShape(window), options.out?.[i]);
    return { region, ...windowOf(window, region, isFresh) };
  });
  const grid = metadata.chunkGrid;
  const plans = ranges.map((window) => new ChunkPlan(window, shape, grid));
  const read = partsReader(array, grid, windows, options);
  let done = 0;
  const total = plans.reduce((sum, { size }) => sum + size, 0);
  const count = (_: unknown, parts: readonly PlannedPart[]) => {
    done += parts.length;
    options.onProgress?.({ done, total });
  };
  await chunksInOrder(array, mergePlans(plans), (parts) => readOfParts(array, parts), read, count, options.signal);
  return windows.map(({ region }) => region);
}

/** Memory of what one selection takes, with a stride for each dimension of the array. */
export interface ReadWindow {
  readonly target: StridedRegion;
  /** True if the memory has never been written to. */
  readonly isFresh: boolean;
}

/** The memory of a region as a window. */
export function windowOf(ranges: readonly IndexRange[], region: Chunk, isFresh: boolean): ReadWindow {
  return { target: { data: region.data, offset: 0, stride: strideByDimension(ranges, region.stride) }, isFresh };
}

/**
 * Reads what the plans of several windows have of one chunk of `grid`, each into its window; decoded once.
 * @param grid - that of the plans: the chunk grid, or the array's `decodingGrid`
 */
export function partsReader(
  array: ArrayContext,
  grid: readonly DimensionGrid[],
  windows: readonly ReadWindow[],
  options: GetOptions,
): (parts: readonly PlannedPart[]) => Promise<void> {
  const { metadata } = array;
  const { width } = metadata.dataType;
  const decoder = new ChunkDecoder(array, { signal: options.signal });
  const isByChunk = grid === metadata.chunkGrid;
  const isPlain = array.pipelineOf(metadata.chunkShape).decodeElements !== undefined;
  return async (parts) => {
    const [{ part }] = parts;
    const decodeRegions = isByChunk ? array.pipelineAt(part.coords).decodeRegions : undefined;
    if (decodeRegions !== undefined) {
      const places = parts.map(({ plan, part }) => {
        const { target, isFresh } = windows[plan];
        return { region: part, target: targetOf(part, target), isFresh };
      });
      await decoder.decodeRegions(part.coords, decodeRegions, places);
      return;
    }
    const box = boxAround(parts);
    const placeOf = ({ start, step, count }: Pick<ChunkPart, "start" | "step" | "count">) => {
      const first = start.map((index, d) => chunkStart(grid[d], part.coords[d]) + index);
      return locateRegion(metadata, first, step, count);
    };
    const { coords, region } = placeOf(box);
    if (parts.length === 1 || (isPlain && areSparse(parts, box))) {
      const readEach = async (reader?: EncodedReader) => {
        for (const { plan, part } of parts) {
          const { target, isFresh } = windows[plan];
          await decoder.decodeInto(coords, placeOf(part).region, targetOf(part, target), isFresh, reader);
        }
      };
      if (!isByChunk) await readEach(decoder.sharedReader(coords));
      else await (parts.length === 1 ? readEach() : decoder.hold(coords, readEach));
      return;
    }
    const values = await decoder.decode(coords, region, isByChunk ? undefined : decoder.sharedReader(coords));
    for (const { plan, part } of parts) {
      const offset = part.start.reduce((at, index, d) => at + (index - box.start[d]) * values.stride[d], 0);
      const stride = values.stride.map((distance, d) => distance * part.step[d]);
      copyRegion({ data: values.data, offset, stride }, targetOf(part, windows[plan].target), part.count, width);
    }
  };
}

/** The part of a chunk that is read where several windows touch it. */
export function readOfParts({ pipelineAt }: ArrayContext, parts: readonly PlannedPart[]): ChunkRead {
  const { coords } = parts[0].part;
  const { decodeRegions, decodeElements } = pipelineAt(coords);
  const box = boxAround(parts);
  const isEach = decodeRegions !== undefined || (decodeElements !== undefined && areSparse(parts, box));
  return { coords, regions: isEach ? parts.map(({ part }) => part) : [{ ...box, whole: false }] };
}

/** True if windows overlap little, so that those of plain chunks are read one by one: nothing but what they span. */
function areSparse(parts: readonly PlannedPart[], box: Pick<ChunkPart, "count">): boolean {
  return parts.reduce((sum, { part }) => sum + product(part.count), 0) <= product(box.count);
}

/** The span between the first and the last elements of several parts of a chunk. */
function boxAround(parts: readonly PlannedPart[]): Pick<ChunkPart, "start" | "step" | "count"> {
  const [{ part }] = parts;
  const start = [...part.start];
  const end = part.start.map(() => 0);
  for (const { part } of parts) {
    for (const [d, index] of part.start.entries()) {
      start[d] = Math.min(start[d], index);
      end[d] = Math.max(end[d], index + (part.count[d] - 1) * part.step[d] + 1);
    }
  }
  return { start, step: start.map(() => 1), count: end.map((index, d) => index - start[d]) };
}

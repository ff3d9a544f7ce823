import type { ChunkData } from "../data-type/data-type.js";
import { withDetails, ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { copyRegion } from "../grid/copy-region.js";
import { regionShape, resolveSelection, type Selection, strideByDimension } from "../grid/selection.js";
import { cStrides, offsetOf, product } from "../grid/strides.js";
import { type ArrayParts, chunkKey, chunksAtOnce, copyOf, fillChunk, loadChunk } from "./array-parts.js";
import { inOrder } from "./in-order.js";
import { withKey } from "./key-mutex.js";
import type { Progress } from "./read-selection.js";

/** Options of a write to a selection. */
export interface WriteOptions {
  /** Rejects with the signal's reason; chunks written before stay written. */
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: Progress) => void;
  /** Whether to store chunks that hold nothing but the fill value. Default false: they are left out, or removed. */
  readonly writeEmptyChunks?: boolean;
}

/** Writes `values`, of the region's shape or one scalar for all of it, to the selected region. */
export async function writeSelection(
  array: ArrayParts,
  selection: Selection | undefined,
  values: unknown,
  options: WriteOptions,
): Promise<void> {
  const { shape, chunkShape, dataType } = array.metadata;
  const ranges = resolveSelection(selection, shape);
  const region = regionShape(ranges);
  const source = sourceOf(array, values, region);
  const stride = strideByDimension(ranges, source.stride);
  const plan = new ChunkPlan(ranges, shape, chunkShape);
  const empty = fillChunk(array);

  const change = async (part: ChunkPart): Promise<Chunk> => {
    const stored = part.whole ? undefined : await loadChunk(array, part.coords, { signal: options.signal });
    const chunk = copyOf(stored ?? empty, array);
    const from = { data: source.data, offset: offsetOf(part.regionStart, stride), stride };
    const to = {
      data: chunk.data,
      offset: offsetOf(part.start, chunk.stride),
      stride: chunk.stride.map((distance, d) => distance * part.step[d]),
    };
    copyRegion(from, to, part.count, dataType.width);
    return chunk;
  };
  const write = async (part: ChunkPart, before: Promise<void>) => {
    const key = chunkKey(array, part.coords);
    try {
      await withKey(array.store, key, async () => {
        const chunk = await change(part);
        const isEmpty = !options.writeEmptyChunks && holdsSame(chunk.data, empty.data);
        const bytes = isEmpty ? undefined : await array.pipeline.encode(chunk);
        await before;
        if (bytes === undefined) await array.store.delete(key);
        else await array.store.set(key, bytes);
      });
    } catch (error) {
      throw withDetails(error, { file: array.store.path, key, path: array.path, chunk: part.coords });
    }
  };

  // Chunks are encoded side by side and stored in the plan's order, so that the same calls give the same file.
  let done = 0;
  let last = Promise.resolve();
  await inOrder(
    plan,
    chunksAtOnce(array),
    (part) => {
      last = write(part, last);
      return last;
    },
    () => {
      done++;
      options.onProgress?.({ done, total: plan.size });
    },
    options.signal,
  );
}

/** The values to write as a chunk of the region's shape; a scalar becomes one element with strides of 0. */
function sourceOf({ metadata }: ArrayParts, values: unknown, region: readonly number[]): Chunk {
  const { dataType } = metadata;
  const mismatch = (found: string) => {
    const expected = `the selected region has shape [${region.join(", ")}], ${product(region)} elements`;
    return new ZarrError("ERR_VALUE", `${found}, but ${expected}`);
  };
  if (isChunk(values)) {
    const { data, shape, stride = cStrides(shape) } = values;
    if (shape.length !== region.length || shape.some((length, d) => length !== region[d])) {
      throw mismatch(`the values have shape [${shape.join(", ")}]`);
    }
    const span = shape.includes(0) ? 0 : 1 + shape.reduce((last, length, d) => last + (length - 1) * stride[d], 0);
    if (stride.length !== shape.length || stride.some((s) => s < 0) || span * dataType.width > data.length) {
      throw mismatch(`the values have strides [${stride.join(", ")}] and ${data.length} entries of data`);
    }
    return { data: dataType.checkValues(data), shape, stride };
  }
  if (typeof values === "object" && values !== null && "length" in values) {
    const data = dataType.checkValues(values as ArrayLike<unknown>);
    if (data.length !== product(region) * dataType.width) {
      throw mismatch(`the values have ${data.length / dataType.width} elements`);
    }
    return { data, shape: region, stride: cStrides(region) };
  }
  const data = dataType.allocate(1);
  dataType.fill(data, dataType.checkScalar(values), 0, dataType.width);
  return { data, shape: region, stride: region.map(() => 0) };
}

function isChunk(values: unknown): values is Pick<Chunk, "data" | "shape"> & Partial<Chunk> {
  return typeof values === "object" && values !== null && "data" in values && "shape" in values;
}

/** Whether two C-order chunks hold the same values; -0 is not 0, and NaN is NaN. */
function holdsSame(a: ChunkData, b: ChunkData): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

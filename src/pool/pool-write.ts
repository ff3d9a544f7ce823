import { checkOptions } from "../bytes/check-options.js";
import type { DTypeName } from "../data-type/data-type-map.js";
import { memorySize } from "../data-type/item-size.js";
import type { Chunk } from "../grid/chunk.js";
import { chunkStart } from "../grid/chunk-grid.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { regionShape, resolveSelection, type Selection, strideByDimension } from "../grid/selection.js";
import { slice } from "../grid/slice.js";
import { cStrides, product } from "../grid/strides.js";
import type { Values, ZarrArray } from "../hierarchy/array.js";
import { targetOf } from "../hierarchy/chunk-decoder.js";
import { valuesFor } from "../hierarchy/given-values.js";
import { modulesOf } from "../hierarchy/node-state.js";
import { documentsOf } from "../hierarchy/save-node.js";
import { type WriteOptions, writeOptions } from "../hierarchy/write-selection.js";
import { withKey } from "../store/key-mutex.js";
import { describeChunk, smallBytes } from "./pool-read.js";
import type { EncoderState, Target } from "./protocol.js";
import type { Scheduler, Task } from "./scheduler.js";
import { simpleTask, TaskStream } from "./task-stream.js";
import { sharedValues, toWire, transferable } from "./wire-values.js";

/** Options of `WorkerPool.write`. */
export interface PoolWriteOptions extends WriteOptions {
  /** True if the store is flushed at the end. Default true; with false the caller does it, once for several writes. */
  readonly flush?: boolean;
}

/** @throws ZarrError `ERR_ARGUMENT` - these are no options of a write by workers */
export function checkPoolWriteOptions(options: PoolWriteOptions): void {
  checkOptions<PoolWriteOptions>(options, { ...writeOptions, flush: "boolean" });
}

/**
 * Writes `values` to a selection: workers encode the chunks that are written as a whole, the others are changed here, and all are
 * stored in the order of the plan. Flushes the store at the end, unless that is left to the caller.
 */
export async function writeByWorkers(
  scheduler: Scheduler,
  array: ZarrArray,
  selection: Selection | undefined,
  values: unknown,
  { flush = true, ...options }: PoolWriteOptions,
): Promise<void> {
  const { metadata, shape, dimensionNames, dataType, store } = array;
  const ranges = resolveSelection(selection, shape, dimensionNames);
  const region = regionShape(ranges);
  const plan = new ChunkPlan(ranges, shape, metadata.chunkGrid);
  const { workers } = scheduler.options;
  // Elements that are stored as they are this thread copies itself.
  const isPlain = array.context.pipelineOf(metadata.chunkShape).encodeElements !== undefined;
  const isSmall = workers === 0 || plan.size < 2 || product(region) * memorySize(dataType) < smallBytes || isPlain;
  if (isSmall) {
    await array.set(selection ?? null, values as Values<DTypeName>, options);
    if (flush) await store.flush();
    return;
  }
  // Nothing is written by this; it fails where nothing can be written.
  await array.set(
    shape.map(() => slice(0, 0)),
    [],
  );
  const given = valuesFor(metadata, values, region);
  const whole = { data: given.data, offset: 0, stride: strideByDimension(ranges, given.stride) };
  const chunkBytes = product(metadata.chunkShape) * memorySize(dataType);
  const isShared = scheduler.options.kind === "thread" && sharedValues(given.data) !== undefined;
  const keepEmpty = options.writeEmptyChunks ?? false;
  const sent = new Map<number, ChunkPart>();
  const tasks = function* (): Generator<Task> {
    let index = 0;
    for (const part of plan) {
      sent.set(index++, part);
      const { coords } = part;
      const what = describeChunk(array, coords);
      const request: Task["request"] = () => {
        const source = targetOf(part, whole);
        const { data, offset, stride } = isShared ? source : gathered(array, part, source);
        const wire = toWire(data);
        const work = { kind: "encode", coords, region: part, values: wire, offset, stride, keepEmpty } as const;
        return { work, transfer: isShared ? [] : transferable(wire) };
      };
      yield { ...simpleTask(chunkBytes, what, request), isLocal: !part.whole };
    }
  };
  const stream = new TaskStream(scheduler, tasks(), {
    target: encoderTarget(array),
    ordered: true,
    window: 3 * workers,
    total: plan.size,
    signal: options.signal,
  });
  for await (const { index, value } of stream.results()) {
    const part = sent.get(index) as ChunkPart;
    sent.delete(index);
    if (part.whole) await storeChunk(array, part.coords, value as Uint8Array | undefined);
    else await writePart(array, part, targetOf(part, whole), options);
    options.onProgress?.({ done: index + 1, total: plan.size });
  }
  if (flush) await store.flush();
}

/** The values of one part in memory of their own, which a message takes with it; one element where all are the same. */
function gathered({ dataType }: ZarrArray, { count }: ChunkPart, source: StridedRegion): StridedRegion {
  const isOne = source.stride.every((distance, d) => distance === 0 || count[d] === 1);
  const stride = isOne ? count.map(() => 0) : cStrides(count);
  const shape = isOne ? count.map(() => 1) : count;
  const target = { data: dataType.allocate(product(shape)), offset: 0, stride };
  copyRegion(source, target, shape, dataType.width);
  return target;
}

/** Stores an encoded chunk, or removes it where there is none. */
export async function storeChunk(
  array: ZarrArray,
  coords: readonly number[],
  bytes: Uint8Array | undefined,
): Promise<void> {
  const key = array.chunkKey(coords);
  await withKey(array.store, key, async () => {
    if (bytes === undefined) await array.store.delete(key);
    else await array.store.set(key, bytes);
  });
}

/** Changes a part of a chunk here. */
async function writePart(
  array: ZarrArray,
  part: ChunkPart,
  source: StridedRegion,
  { signal, writeEmptyChunks = false }: WriteOptions,
): Promise<void> {
  const { coords, start, step, count } = part;
  const { chunkGrid } = array.metadata;
  const selection = start.map((index, d) => {
    const first = chunkStart(chunkGrid[d], coords[d]) + index;
    return slice(first, first + (count[d] - 1) * step[d] + 1, step[d]);
  });
  const { data, stride } = gathered(array, part, source);
  const values: Chunk = { data, shape: count, stride };
  await array.set(selection, values, { writeEmptyChunks, ...(signal === undefined ? {} : { signal }) });
}

function encoderTarget(array: ZarrArray): Target {
  const state = encoderState(array);
  return { key: JSON.stringify(state), state };
}

/** The description by which a worker encodes chunks of an array. */
export function encoderState({ metadata, path, store }: ZarrArray): EncoderState {
  return {
    kind: "Encoder",
    file: store.path,
    path,
    documents: documentsOf(metadata),
    modules: modulesOf(metadata),
    limits: store.limits,
  };
}

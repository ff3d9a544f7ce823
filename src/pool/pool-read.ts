import { callerHelps } from "#worker";
import type { ChunkData } from "../data-type/data-type.js";
import { memorySize } from "../data-type/item-size.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { copyRegion } from "../grid/copy-region.js";
import type { PlannedPart } from "../grid/merge-plans.js";
import { type IndexRange, regionShape, resolveSelection, type Selection } from "../grid/selection.js";
import { cStrides, product } from "../grid/strides.js";
import type { ZarrArray } from "../hierarchy/array.js";
import { type ArrayContext, areManyPlain } from "../hierarchy/array-context.js";
import { targetOf } from "../hierarchy/chunk-decoder.js";
import { type ReadWindow, windowOf } from "../hierarchy/read-many.js";
import { checkReadSize, newRegion, type Progress, type ReadOptions } from "../hierarchy/read-selection.js";
import type { PartsResult, SharedReading, Target } from "./protocol.js";
import type { Casualty, Scheduler, Task } from "./scheduler.js";
import {
  claimsOf,
  endClaims,
  gridOf,
  hasClaims,
  openParts,
  participate,
  partsOf,
  partUnderWay,
  restartClaims,
  sharedControl,
} from "./shared-reading.js";
import { simpleTask, TaskStream } from "./task-stream.js";
import { fromShared, fromWire, sharedValues } from "./wire-values.js";

/** The reads of a pool, and their targets. */
export interface PoolReading {
  readonly array: ZarrArray;
  readonly selections: readonly (Selection | undefined)[];
  /** One place for each selection, where the caller has some. */
  readonly outs: readonly ReadOptions["out"][];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Regions smaller than this, in bytes, are read and written by the thread that asks. */
export const smallBytes = 2 ** 20;

/** A reading with everything resolved. */
export interface ReadingPlan {
  readonly ranges: readonly (readonly IndexRange[])[];
  readonly byInnerChunk: boolean;
  /** Chunks, or inner chunks, of which something is read; each counted once for each selection. */
  readonly size: number;
  /** Bytes of all regions. */
  readonly bytes: number;
  readonly isSmall: boolean;
}

/**
 * Resolves the selections, and decides whether workers are worth it, and what one of them decodes at once.
 * @throws ZarrError `ERR_SELECTION`, `ERR_LIMIT` - as `array.get`
 */
export function planReading({ array, selections }: PoolReading, workers: number): ReadingPlan {
  const { context, shape, dimensionNames, dataType } = array;
  const ranges = selections.map((selection) => resolveSelection(selection, shape, dimensionNames));
  const elements = ranges.reduce((sum, window) => sum + product(regionShape(window)), 0);
  checkReadSize(context, elements);
  const sizeOf = (byInnerChunk: boolean) => {
    const grid = gridOf(context, byInnerChunk);
    return ranges.reduce((sum, window) => sum + new ChunkPlan(window, shape, grid).size, 0);
  };
  // A few large shards would keep a few workers busy. But where a shard may be replaced meanwhile, one worker has to read all of it; and
  // where the store is far away, a request for each inner chunk would cost more than it saves.
  const { store } = context;
  const isPinned = "view" in store && store.view === "pinned";
  const byInnerChunk = isPinned && store.expect === undefined && sizeOf(false) < 4 * workers;
  const size = sizeOf(byInnerChunk);
  const bytes = elements * memorySize(dataType);
  const isAlone = selections.length === 1 && context.store.getBatches !== undefined;
  const isPlain = isAlone && areManyPlain(context, size);
  const isSmall = workers === 0 || size < 2 || bytes < smallBytes || isPlain;
  return { ranges, byInnerChunk, size, bytes, isSmall };
}

/** Reads by workers; gives one region for each selection. */
export async function readByWorkers(
  scheduler: Scheduler,
  reading: PoolReading,
  plan: ReadingPlan,
  target: Target,
): Promise<Chunk[]> {
  const { context, dataType } = reading.array;
  const { sharesMemory } = scheduler.options;
  const places = plan.ranges.map((window, i) => {
    const shape = regionShape(window);
    const out = reading.outs[i];
    const { region } = newRegion(context, shape, out ?? dataType.allocate(product(shape), sharesMemory));
    return { region, isFresh: out === undefined };
  });
  const shared = sharesMemory ? places.map(sharedPlace) : [];
  if (sharesMemory && shared.every((place) => place !== undefined)) {
    await readShared(scheduler, reading, plan, target, shared);
    for (const [i, { data, isFresh }] of shared.entries()) {
      const { region } = places[i];
      if (isFresh && !places[i].isFresh) copyAll(fromShared(data, dataType), region, dataType.width);
    }
  } else {
    const windows = places.map(({ region, isFresh }, i) => windowOf(plan.ranges[i], region, isFresh));
    await readByMessages(scheduler, reading, plan, target, windows);
  }
  return places.map(({ region }) => region);

  /** The place itself where threads can share it, else new memory. */
  function sharedPlace({ region, isFresh }: { readonly region: Chunk; readonly isFresh: boolean }) {
    const data = sharedValues(region.data);
    if (data !== undefined) return { data, isFresh };
    const own = sharedValues(dataType.allocate(product(region.shape), true));
    return own === undefined ? undefined : { data: own, isFresh: true };
  }
}

function copyAll(data: ChunkData, region: Chunk, width: number): void {
  const stride = cStrides(region.shape);
  copyRegion({ data, offset: 0, stride }, { data: region.data, offset: 0, stride }, region.shape, width);
}

/** Threads decode to memory that they share; which of them decodes what they settle by themselves. */
async function readShared(
  scheduler: Scheduler,
  { array, signal, onProgress }: PoolReading,
  { ranges, byInnerChunk, size }: ReadingPlan,
  target: Target,
  windows: SharedReading["windows"],
): Promise<void> {
  const { context } = array;
  const { workers } = scheduler.options;
  const count = ranges.length === 1 ? size : countOf(partsOf(context, ranges, byInnerChunk));
  const control = sharedControl(count, workers + 1);
  const deaths = new Deaths(array, (part) => partAt(context, ranges, byInnerChunk, part), byInnerChunk);
  const report = progressOf(size, onProgress);
  const bytes = partBytes(array, byInnerChunk);
  for (let todo: Int32Array | undefined; todo === undefined || todo.length > 0; todo = openParts(control)) {
    restartClaims(control);
    const reading: SharedReading = { ranges, byInnerChunk, windows, control, parts: count, todo };
    const end = () => endClaims(control, count);
    const progress = onProgress !== undefined;
    const tasks = function* (): Generator<Task> {
      for (let slot = 0; slot < workers && hasClaims(reading); slot++) {
        const request = () => ({ work: { kind: "share", reading, slot, progress } as const });
        yield { bytes, request, died: () => deaths.blame(control, slot) };
      }
    };
    const stream = new TaskStream(scheduler, tasks(), {
      target,
      ordered: false,
      window: workers,
      total: Math.min(workers, todo?.length ?? count),
      signal,
      settles: true,
      isOver: () => !hasClaims(reading),
      onEnd: end,
      onProgress: report,
    });
    // Until a worker is ready this thread begins by itself, unless it has a page to attend to.
    const goesOn = () => !scheduler.isWarm && signal?.aborted !== true;
    const isRoom = callerHelps && scheduler.options.memoryLimit >= 2 * bytes;
    const own =
      isRoom && goesOn()
        ? participate(context, reading, workers, report, goesOn, signal).then(
            () => stream.look(),
            (error) => stream.ended(error),
          )
        : undefined;
    try {
      for await (const _ of stream.results());
    } finally {
      await own;
    }
  }
}

/** Workers send what they decode, and it is copied to its place here. */
async function readByMessages(
  scheduler: Scheduler,
  { array, signal, onProgress }: PoolReading,
  { ranges, byInnerChunk, size }: ReadingPlan,
  target: Target,
  windows: readonly ReadWindow[],
): Promise<void> {
  const { dataType } = array;
  const { workers } = scheduler.options;
  const sent = new Map<number, readonly PlannedPart[]>();
  const bytes = partBytes(array, byInnerChunk);
  const tasks = function* (): Generator<Task> {
    let index = 0;
    for (const planned of partsOf(array.context, ranges, byInnerChunk)) {
      sent.set(index++, planned);
      const parts = planned.map(({ part }) => part);
      const what = describePart(array, parts[0], byInnerChunk);
      yield simpleTask(bytes, what, () => ({ work: { kind: "parts", parts, byInnerChunk } }));
    }
  };
  const stream = new TaskStream(scheduler, tasks(), {
    target,
    ordered: false,
    window: 2 * workers,
    total: size,
    signal,
  });
  const report = progressOf(size, onProgress);
  for await (const { index, value } of stream.results()) {
    const planned = sent.get(index) ?? [];
    sent.delete(index);
    for (const [i, values] of (value as PartsResult).entries()) {
      const { plan, part } = planned[i];
      const source = { data: fromWire(values, dataType), offset: 0, stride: cStrides(part.count) };
      copyRegion(source, targetOf(part, windows[plan].target), part.count, dataType.width);
    }
    report(planned.length);
  }
}

/** Counts the workers that each part of a shared reading has cost. */
class Deaths {
  readonly #array: ZarrArray;
  readonly #partAt: (part: number) => ChunkPart;
  readonly #byInnerChunk: boolean;
  readonly #byPart = new Map<number, number>();
  /** Deaths in a row without a part, as while a module is imported, and how far the reading was. */
  #early = { deaths: 0, claims: -1 };

  constructor(array: ZarrArray, partAt: (part: number) => ChunkPart, byInnerChunk: boolean) {
    this.#array = array;
    this.#partAt = partAt;
    this.#byInnerChunk = byInnerChunk;
  }

  blame(control: SharedReading["control"], slot: number): Casualty {
    const part = partUnderWay(control, slot);
    if (part === undefined || control.done[part] === 1) {
      const claims = claimsOf(control);
      const before = this.#early.claims === claims ? this.#early.deaths : 0;
      this.#early = { deaths: before + 1, claims };
      const { path, store } = this.#array;
      const text = `opening the array ${JSON.stringify(path)} of ${store.path}`;
      return { deaths: before + 1, text, details: { file: store.path, path } };
    }
    const deaths = (this.#byPart.get(part) ?? 0) + 1;
    this.#byPart.set(part, deaths);
    return { deaths, ...describePart(this.#array, this.#partAt(part), this.#byInnerChunk) };
  }
}

/** A part of a chunk, for errors. */
function describePart(array: ZarrArray, { coords }: ChunkPart, byInnerChunk: boolean): Omit<Casualty, "deaths"> {
  if (byInnerChunk && array.shards !== undefined) return describeChunk(array, coords, "inner chunk");
  return describeChunk(array, coords);
}

/** A chunk, for errors. */
export function describeChunk(
  array: ZarrArray,
  coords: readonly number[],
  kind: "chunk" | "inner chunk" = "chunk",
): Omit<Casualty, "deaths"> {
  const { path, store } = array;
  const text = `${kind} [${coords.join(", ")}] of the array ${JSON.stringify(path)} of ${store.path}`;
  const place = kind === "chunk" ? { chunk: coords, key: array.chunkKey(coords) } : { innerChunk: coords };
  return { text, details: { file: store.path, path, ...place } };
}

/** Bytes that one part takes when it is decoded, at most. */
function partBytes(array: ZarrArray, byInnerChunk: boolean): number {
  return product(byInnerChunk ? array.chunks : array.metadata.chunkShape) * memorySize(array.dataType);
}

function partAt(array: ArrayContext, ranges: ReadingPlan["ranges"], byInnerChunk: boolean, part: number): ChunkPart {
  let at = 0;
  for (const [{ part: found }] of partsOf(array, ranges, byInnerChunk)) if (at++ === part) return found;
  throw new ZarrError("ERR_ARGUMENT", `the plan has ${at} parts, but no part ${part}`);
}

function countOf(parts: Iterable<unknown>): number {
  let count = 0;
  for (const _ of parts) count++;
  return count;
}

function progressOf(total: number, onProgress: PoolReading["onProgress"]): (parts: number) => void {
  let done = 0;
  return (parts) => {
    // One call for each chunk, as without a pool.
    for (let i = 0; i < parts; i++) onProgress?.({ done: ++done, total });
  };
}

import { availableParallelism, checkModule, checkSource } from "#worker";
import { isBuiltIn } from "../bytes/built-in.js";
import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import type { HttpPreparation } from "../bytes/http-options.js";
import { describe } from "../bytes/json.js";
import type { ChunkData } from "../data-type/data-type.js";
import type { DataOf, DTypeName } from "../data-type/data-type-map.js";
import { memorySize } from "../data-type/item-size.js";
import { isZarrError, messageOf, withDetails, ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { chunkCount } from "../grid/chunk-grid.js";
import { ChunkPlan } from "../grid/chunk-plan.js";
import { compareCoords } from "../grid/points.js";
import { resolveSelection, type Selection } from "../grid/selection.js";
import type { Slice } from "../grid/slice.js";
import { product } from "../grid/strides.js";
import type { Selected, Values, ZarrArray } from "../hierarchy/array.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import { checkMany, type ReadManyOptions } from "../hierarchy/read-many.js";
import { type Progress, type ReadOptions, readOptions } from "../hierarchy/read-selection.js";
import type { ArraySummary, SummarizeOptions } from "../hierarchy/summarize.js";
import type { Store } from "../store/store.js";
import { forbidCloning } from "../store/uncloneable.js";
import { checkArray, checkTarget } from "./check-target.js";
import { describeChunk, type PoolReading, planReading, readByWorkers } from "./pool-read.js";
import { type PoolStats, poolStats } from "./pool-stats.js";
import { summarizeByWorkers } from "./pool-summarize.js";
import { type PoolTransfer, transferByWorkers } from "./pool-transfer.js";
import { checkPoolWriteOptions, type PoolWriteOptions, writeByWorkers } from "./pool-write.js";
import type { ChunkResult, Target } from "./protocol.js";
import { Scheduler, type Task } from "./scheduler.js";
import { targetKey } from "./target-key.js";
import { simpleTask, TaskStream } from "./task-stream.js";
import { fromWire } from "./wire-values.js";
import type { WebWorker, WorkerKind } from "./worker-channel.js";

/** Options of a pool. */
export interface WorkerPoolOptions {
  /** Number of workers; as many as the machine can run at once where left out. With 0 the calling thread does everything. */
  readonly workers?: number;
  /** Threads, in a browser Web Workers, share memory with the caller; processes are apart from it, and from each other's failures. Default `thread`. */
  readonly kind?: WorkerKind;
  /** Bytes of chunks that may be under way, or wait to be consumed, at once. Default 256 MiB. One chunk of each call always may. */
  readonly memoryLimit?: number;
  /** URLs of the modules that workers may import for custom codecs, as `restore` takes them. */
  readonly modules?: readonly string[];
  /** URL of a file with the code of `zarrzip/worker`; needed where the program is bundled and none lies beside the bundle. By default the package's own. */
  readonly workerUrl?: URL | string;
  /** Makes a Web Worker that runs `zarrzip/worker`: in a browser, where the bundler does not see the package's own, or where workers need codecs of yours. */
  readonly createWorker?: () => WebWorker;
}

const poolOptions: OptionKinds<WorkerPoolOptions> = {
  workers: "any",
  kind: "any",
  memoryLimit: "any",
  modules: "any",
  workerUrl: "any",
  createWorker: "function",
};

/** Options of {@link WorkerPool.chunks}. */
export interface ChunksOptions {
  /** True for chunks in C order of their coordinates, false for chunks as they are done. Default true. */
  readonly ordered?: boolean;
  /** True if chunks that are not stored are left out. Default false: they are full of the fill value. */
  readonly stored?: boolean;
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A decoded chunk, or shard, and its coordinates in the chunk grid. */
export interface PoolChunk<Data extends ChunkData = ChunkData> {
  /** Coordinates in the chunk grid. */
  readonly coords: readonly number[];
  /** As `array.getChunk` gives it. */
  readonly data: Chunk<Data>;
}

/** Options of {@link WorkerPool.run}. */
export interface RunOptions {
  /** True for results in the order of the items, false for results as they are done. Default true. */
  readonly ordered?: boolean;
  /** Items under way at once; one for each worker where left out. More than that share workers. */
  readonly concurrency?: number;
  /**
   * Ends the iteration with the signal's reason, and aborts the signals of the tasks under way. A worker whose task has not ended a
   * second later is ended, and replaced.
   */
  readonly signal?: AbortSignal;
  /** Called before each result; `total` is infinite where `items` does not tell how many it has. */
  readonly onProgress?: (progress: Progress) => void;
}

/** The result of one item. */
export interface RunResult<Value> {
  /** Number of the item. */
  readonly index: number;
  /** The value that the task returned. */
  readonly value: Value;
}

/** The targets that a task can work on. */
export type TaskTarget = ZarrArray | ZarrGroup | Store | undefined;

/**
 * Threads or processes that read, write and compute together. They start when they are first needed, and one that dies is
 * replaced; what it was at is done again by another. A pool that has nothing to do does not keep the process alive.
 *
 * Every worker opens what it works on by its state, with a descriptor of its own: unflushed writes are `ERR_DIRTY`, and a
 * store that has no state, as a `MemoryStore`, is `ERR_UNSUPPORTED`.
 *
 * The examples of the methods go on from the one here, before it closes the pool.
 *
 * @example
 * ```js
 * import { createArray, slice, ZipStore } from "zarrzip";
 * import { WorkerPool } from "zarrzip/pool";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * const data = Int32Array.from({ length: 1000 }, (_, i) => i);
 * const array = await createArray(store, { path: "a", shape: [1000], chunks: [100], dtype: "int32", data });
 * await store.flush(); // each worker opens the file for itself
 * const pool = new WorkerPool({ workers: 2 });
 * const read = await pool.read(array);
 * console.log(read.shape, read.data.at(-1)); // [ 1000 ] 999
 * await pool.close();
 * await store.close();
 * ```
 */
export class WorkerPool {
  readonly #scheduler: Scheduler;
  #bytesDecoded = 0;

  /**
   * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
   * @throws ZarrError `ERR_UNSUPPORTED` - processes in a browser, or `createWorker` elsewhere
   */
  constructor(options: WorkerPoolOptions = {}) {
    checkOptions(options, poolOptions);
    const {
      workers = availableParallelism(),
      kind = "thread",
      memoryLimit = 256 * 2 ** 20,
      modules = [],
      workerUrl,
      createWorker,
    } = options;
    check("workers", workers, Number.isSafeInteger(workers) && workers >= 0, "an integer from 0 on");
    check("kind", kind, kind === "thread" || kind === "process", '"thread" or "process"');
    check("memoryLimit", memoryLimit, typeof memoryLimit === "number" && memoryLimit > 0, "a number of bytes");
    const isList = Array.isArray(modules) && modules.every((module) => typeof module === "string");
    check("modules", modules, isList, "a list of URLs");
    for (const module of modules) checkModule(module);
    const url = workerUrl === undefined ? undefined : urlText("workerUrl", workerUrl);
    const source = { kind, workerUrl: url === undefined ? undefined : new URL(url), createWorker };
    checkSource(source);
    // Browsers have shared memory on isolated pages only.
    const sharesMemory = kind === "thread" && typeof SharedArrayBuffer === "function";
    this.#scheduler = new Scheduler({ ...source, workers, memoryLimit, modules: [...modules], sharesMemory });
    forbidCloning(this, () => ({ workers, kind, memoryLimit }));
  }

  /**
   * Reads the elements of `selection`, as `array.get` does. Threads decode in place into one `SharedArrayBuffer`, or into `out`
   * if that is on one; what processes decode is copied, and what Web Workers do on a page that is not isolated. Selections below
   * 1 MiB, or of a single chunk, are read by the calling thread.
   *
   * @returns what `array.get` gives; throws as it does
   * @throws ZarrError `ERR_DIRTY`, `ERR_UNSUPPORTED` - the array cannot be handed over
   * @throws ZarrError `ERR_WORKER` - a chunk has cost three workers, or none can be started
   * @throws ZarrError `ERR_CLOSED` - the pool, or the array, was closed
   * @example
   * const window = await pool.read(array, [slice(500, 503)]);
   * console.log([...window.data]); // [ 500, 501, 502 ]
   */
  async read<DType extends DTypeName, Rank extends number, const S extends Selection = null>(
    array: ZarrArray<DType, Rank>,
    selection?: S,
    options: ReadOptions<DataOf<DType>> = {},
  ): Promise<Selected<DType, S, Rank>> {
    checkArray(array);
    checkOptions(options, readOptions as OptionKinds<ReadOptions<DataOf<DType>>>);
    const regions = await this.#read(array, [selection], [options.out], options);
    if (regions === undefined) return await array.get(selection, options);
    return selectedOf<Selected<DType, S, Rank>>(array, regions[0]);
  }

  /**
   * Reads several selections, as `array.getMany` does: a chunk that several of them touch is decoded once. Throws as {@link read}.
   * @example
   * const [first, middle] = await pool.readMany(array, [[0], [slice(500, 503)]]);
   * console.log(first, [...middle.data]); // 0 [ 500, 501, 502 ]
   */
  async readMany<DType extends DTypeName, Rank extends number, const S extends readonly Selection[]>(
    array: ZarrArray<DType, Rank>,
    selections: S,
    options: ReadManyOptions<DataOf<DType>> = {},
  ): Promise<{ -readonly [I in keyof S]: Selected<DType, S[I], Rank> }> {
    checkArray(array);
    checkOptions(options, readOptions as OptionKinds<ReadManyOptions<DataOf<DType>>>);
    checkMany(selections, options);
    const regions = await this.#read(array, selections, options.out ?? [], options);
    if (regions === undefined) return await array.getMany(selections, options);
    return regions.map((region) => selectedOf(array, region)) as {
      -readonly [I in keyof S]: Selected<DType, S[I], Rank>;
    };
  }

  /**
   * Writes `values` to `selection`, as `array.set` does, and flushes the store once at the end. Workers encode chunks that are
   * written as a whole; the calling thread changes the others, and stores all in the order of the chunk grid. `values` must not
   * change until the promise resolves; on a `SharedArrayBuffer` threads read them in place. The store may have unflushed writes.
   *
   * After an error or an abort some chunks may be stored, and are not flushed.
   * @throws as `array.set` and `store.flush`; `ERR_WORKER`, `ERR_CLOSED` as {@link read}
   * @example
   * await pool.write(array, null, new Int32Array(1000).fill(7));
   * console.log(await array.get([999])); // 7
   */
  async write<DType extends DTypeName>(
    array: ZarrArray<DType>,
    selection: Selection,
    values: Values<DType>,
    options: PoolWriteOptions = {},
  ): Promise<void> {
    this.#scheduler.checkOpen();
    checkArray(array);
    checkPoolWriteOptions(options);
    await writeByWorkers(this.#scheduler, array as ZarrArray, selection, values, options);
  }

  /**
   * Every chunk, or shard, decoded. No more are decoded ahead than two for each worker, and than the memory limit allows; leaving
   * the loop ends everything. Throws as {@link read}.
   * @example
   * const sums = [];
   * for await (const { coords, data } of pool.chunks(array)) sums[coords[0]] = data.data.reduce((a, b) => a + b);
   * console.log(sums.length, sums[0]); // 10 4950
   */
  async *chunks<DType extends DTypeName>(
    array: ZarrArray<DType>,
    options: ChunksOptions = {},
  ): AsyncGenerator<PoolChunk<DataOf<DType>>> {
    this.#scheduler.checkOpen();
    checkArray(array);
    checkOptions(options, { ordered: "boolean", stored: "boolean", signal: "signal" });
    const { ordered = true, stored = false, signal } = options;
    const { shape, metadata, dataType } = array;
    const { workers } = this.#scheduler.options;
    const plan = new ChunkPlan(resolveSelection(null, shape), shape, metadata.chunkGrid);
    const grid = stored ? await storedCoords(array) : undefined;
    const all = grid ?? coordsOf(plan);
    if (workers === 0) {
      for (const coords of all) {
        signal?.throwIfAborted();
        yield { coords, data: await array.getChunk(coords, signal === undefined ? {} : { signal }) };
      }
      return;
    }
    const bytes = product(metadata.chunkShape) * memorySize(dataType);
    const sent = new Map<number, readonly number[]>();
    const tasks = function* (): Generator<Task> {
      let index = 0;
      for (const coords of all) {
        sent.set(index++, coords);
        yield simpleTask(bytes, describeChunk(array, coords), () => ({ work: { kind: "chunk", coords } }));
      }
    };
    const total = grid?.length ?? plan.size;
    const stream = { target: this.#target(array), ordered, window: 2 * workers, total, signal };
    for await (const { index, value } of new TaskStream(this.#scheduler, tasks(), stream).results()) {
      const { values, shape, stride } = value as ChunkResult;
      const data = fromWire(values, dataType) as DataOf<DType>;
      this.#bytesDecoded += product(shape) * memorySize(dataType);
      const coords = sent.get(index) ?? [];
      sent.delete(index);
      yield { coords, data: { data, shape, stride } };
    }
  }

  /**
   * The result of `summarize`, found by the workers, each of which reads and counts parts of some 16 MiB by itself. A single part is
   * left to the calling thread.
   *
   * @throws ZarrError as `summarize` and {@link read} do
   * @example
   * const { min, max, mean } = await pool.summarize(array);
   * console.log(min, max, mean); // 0 999 499.5
   */
  async summarize(array: ZarrArray, options: SummarizeOptions = {}): Promise<ArraySummary> {
    this.#scheduler.checkOpen();
    checkArray(array);
    return await summarizeByWorkers(this.#scheduler, array, () => this.#target(array), options);
  }

  /**
   * Writes the values of `source` to `target`, of the same shape, if each worker can read and encode whole chunks by itself, without others
   * decoding the same chunks of `source`. The target is flushed by the caller.
   *
   * @param parts - whole chunks of `target`, which are stored part by part
   * @returns whether it has; if not, nothing was done
   * @internal
   */
  async transfer(
    source: ZarrArray,
    target: ZarrArray,
    parts: Iterable<Slice[]>,
    options: PoolTransfer,
  ): Promise<boolean> {
    this.#scheduler.checkOpen();
    return await transferByWorkers(this.#scheduler, source, target, () => this.#target(source), parts, options);
  }

  /**
   * Calls the default export of a module for each item, in the workers: `task(target, item, { signal })`. Items and results are
   * cloned. An item is begun when a worker is free and the results before it are being consumed; leaving the loop ends everything.
   *
   * @param module - URL of the module, as `new URL("./task.js", import.meta.url)`
   * @param target - what every worker opens for itself, and gives to the task
   * @throws ZarrError `ERR_TASK` - the task threw, or gave what cannot be cloned, or the item cannot be, or the module has no function
   *   as its default export; `cause` is the worker's error with name, message, `code`, stack and cause, `details.item` the item's number
   * @throws ZarrError as the task threw it, with `details.item`
   * @throws ZarrError `ERR_WORKER` - an item has cost three workers; `details.item` is its number
   * @throws ZarrError `ERR_UNSUPPORTED` - the pool has no workers; `ERR_ARGUMENT`; `ERR_CLOSED`
   * @example
   * import { writeFile } from "node:fs/promises";
   * import { pathToFileURL } from "node:url";
   *
   * await writeFile("last.mjs", "export default async (array, n) => (await array.getChunk([n])).data.at(-1);");
   * for await (const { index, value } of pool.run(pathToFileURL("last.mjs"), array, [0, 9])) console.log(index, value); // 0 99, then 1 999
   */
  async *run<Value = unknown, Item = unknown>(
    module: URL | string,
    target: TaskTarget,
    items: Iterable<Item>,
    options: RunOptions = {},
  ): AsyncGenerator<RunResult<Value>> {
    this.#scheduler.checkOpen();
    const { workers } = this.#scheduler.options;
    if (workers === 0)
      throw new ZarrError("ERR_UNSUPPORTED", "a pool of 0 workers cannot run tasks: give it at least one worker");
    checkOptions(options, { ordered: "boolean", concurrency: "any", signal: "signal", onProgress: "function" });
    const { ordered = true, concurrency = workers, signal, onProgress } = options;
    check("concurrency", concurrency, Number.isSafeInteger(concurrency) && concurrency > 0, "an integer from 1 on");
    const url = urlText("module", module);
    checkModule(url);
    checkTarget(target);
    check(
      "items",
      items,
      typeof Object(items)[Symbol.iterator] === "function",
      "a list, or anything else that can be iterated over",
    );
    const tasks = function* (): Generator<Task> {
      let index = 0;
      for (const item of items) {
        const what = { text: `item ${index} of ${url}`, details: { item: index, module: url } };
        index++;
        const failure: Task["failure"] = (error) =>
          isZarrError(error)
            ? withDetails(error, what.details)
            : new ZarrError("ERR_TASK", `${what.text} failed: ${messageOf(error)}`, what.details, error);
        yield { ...simpleTask(0, what, () => ({ work: { kind: "run", module: url, item } })), failure };
      }
    };
    const total = lengthOf(items);
    const stream = new TaskStream(this.#scheduler, tasks(), {
      target: target === undefined ? undefined : this.#target(target),
      ordered,
      window: 2 * concurrency,
      atOnce: concurrency,
      perWorker: Math.ceil(concurrency / workers),
      total,
      signal,
    });
    let done = 0;
    for await (const { index, value } of stream.results()) {
      onProgress?.({ done: ++done, total });
      yield { index, value: value as Value };
    }
  }

  /**
   * The counters of the pool, and the resources of its workers.
   * @example
   * const { started, bytesDecoded } = await pool.stats();
   * console.log(started, bytesDecoded); // 0 4000
   */
  async stats(): Promise<PoolStats> {
    return await poolStats(this.#scheduler, this.#bytesDecoded);
  }

  /**
   * Ends all workers, whatever they do: calls that are under way throw `ERR_CLOSED`, as later ones. Closing twice is no error.
   * @example
   * await pool.close();
   * console.log(await pool.read(array).catch((error) => error.code)); // ERR_CLOSED
   */
  async close(): Promise<void> {
    await this.#scheduler.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Reads by workers, or gives `undefined` where that is not worth it. */
  async #read(
    array: ZarrArray,
    selections: PoolReading["selections"],
    outs: PoolReading["outs"],
    { signal, onProgress }: Pick<ReadOptions, "signal" | "onProgress">,
  ): Promise<Chunk[] | undefined> {
    this.#scheduler.checkOpen();
    signal?.throwIfAborted();
    const reading = { array, selections, outs, signal, onProgress };
    const plan = planReading(reading, this.#scheduler.options.workers);
    const regions = plan.isSmall ? undefined : await readByWorkers(this.#scheduler, reading, plan, this.#target(array));
    this.#bytesDecoded += plan.bytes;
    return regions;
  }

  #target(target: Exclude<TaskTarget, undefined>): Target {
    const state = target.getState({ share: this.#scheduler.options.kind === "thread" });
    const store = "store" in target ? target.store : target;
    const { preparation } = store as { readonly preparation?: HttpPreparation | undefined };
    return { key: targetKey(state, preparation), state, request: preparation };
  }
}

function check(option: string, value: unknown, isRight: boolean, expected: string): void {
  if (isRight) return;
  throw new ZarrError("ERR_ARGUMENT", `${option} is ${describe(value)}, expected ${expected}`);
}

/** A URL as text. */
function urlText(option: string, url: URL | string): string {
  const text = typeof url === "string" ? url : Object(url).href;
  check(option, url, URL.canParse(text), "a URL: new URL(file, import.meta.url) makes one");
  return text;
}

/** A region without dimensions as its only value, as `array.get` gives it. */
function selectedOf<Value>({ dataType }: ZarrArray, region: Chunk): Value {
  return (region.shape.length > 0 ? region : dataType.getScalar(region.data, 0)) as Value;
}

function* coordsOf(plan: ChunkPlan): Generator<readonly number[]> {
  for (const { coords } of plan) yield coords;
}

/** Coordinates of the stored chunks within the array, in C order. */
async function storedCoords(array: ZarrArray): Promise<readonly (readonly number[])[]> {
  const grid = array.shape.map((length, d) => chunkCount(array.metadata.chunkGrid[d], length));
  const found: number[][] = [];
  for await (const coords of array.storedChunks()) {
    if (coords.every((coord, d) => coord < grid[d])) found.push(coords); // others are left of a larger shape
  }
  return found.sort(compareCoords);
}

function lengthOf(items: Iterable<unknown>): number {
  if (Array.isArray(items)) return items.length;
  return isBuiltIn(items, "Set") || isBuiltIn(items, "Map") ? items.size : Number.POSITIVE_INFINITY;
}

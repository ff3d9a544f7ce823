import { concatenate } from "../bytes/concatenate.js";
import type { HttpPreparation } from "../bytes/http-options.js";
import { ChunkMemory } from "../codecs/chunk-memory.js";
import { absentReader } from "../codecs/kernels/encoded-reader.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { regionShape, resolveSelection } from "../grid/selection.js";
import { cStrides, product } from "../grid/strides.js";
import type { ZarrArray } from "../hierarchy/array.js";
import { type ArrayContext, arrayContext } from "../hierarchy/array-context.js";
import { targetOf } from "../hierarchy/chunk-decoder.js";
import { withChunk } from "../hierarchy/chunk-reader.js";
import { valuesFor } from "../hierarchy/given-values.js";
import { inOrder } from "../hierarchy/in-order.js";
import { parseDocuments } from "../hierarchy/load-node.js";
import { partsReader } from "../hierarchy/read-many.js";
import { importModules, restore } from "../hierarchy/restore.js";
import { summarizePart } from "../hierarchy/summarize.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import { MemoryStore } from "../store/memory-store.js";
import {
  type ChunkResult,
  type EncoderState,
  type PartsResult,
  separateParts,
  type Target,
  type TransferResult,
  type TransferState,
  type Work,
  type WorkerReport,
} from "./protocol.js";
import { gridOf, participate } from "./shared-reading.js";
import { compact, fromWire, toWire, transferable } from "./wire-values.js";

/** The result of work, and the memory that may be transferred with it. */
export interface Result {
  readonly value: unknown;
  readonly transfer: ArrayBuffer[];
}

/** The context of work besides its target. */
export interface WorkContext {
  readonly signal: AbortSignal;
  /** Counts parts that are done. */
  progress(parts: number): void;
}

type TaskFunction = (target: unknown, item: unknown, context: { readonly signal: AbortSignal }) => unknown;

/** A target in use; closed once it was forgotten and nothing uses it any more. */
interface OpenTarget {
  readonly restored: Promise<unknown>;
  uses: number;
  isForgotten: boolean;
}

/** The array that is read, and the one whose chunks are encoded. */
interface OpenTransfer {
  readonly from: ZarrArray;
  readonly array: ArrayContext;
  close(): Promise<void>;
}

/** The targets that a worker has open, and the work on them. */
export class WorkerTasks {
  readonly #targets = new Map<string, OpenTarget>();
  /** Memory for boxes that no work uses. */
  readonly #memories: ChunkMemory[] = [];
  readonly #report: (targets: number) => WorkerReport;

  /** @param report - what the worker says of itself, given the number of its targets */
  constructor(report: (targets: number) => WorkerReport) {
    this.#report = report;
  }

  /** Restores a target; what fails is reported by the work that needs it. */
  add({ key, state }: Target, modules: readonly string[], request?: HttpPreparation): void {
    const restored = restoreTarget(state, modules, request);
    restored.catch(() => undefined);
    this.#targets.set(key, { restored, uses: 0, isForgotten: false });
  }

  /** Closes a target when the work that uses it is done. */
  async forget(key: string): Promise<void> {
    const target = this.#targets.get(key);
    if (target === undefined) return;
    this.#targets.delete(key);
    target.isForgotten = true;
    if (target.uses === 0) await close(target);
  }

  async perform(work: Work, key: string | undefined, context: WorkContext): Promise<Result> {
    if (work.kind === "report") return { value: this.#report(this.#targets.size), transfer: [] };
    const target = key === undefined ? undefined : this.#targets.get(key);
    if (target === undefined) return await this.#perform(work, undefined, context);
    target.uses++;
    try {
      return await this.#perform(work, await target.restored, context);
    } finally {
      target.uses--;
      if (target.isForgotten && target.uses === 0) await close(target);
    }
  }

  async #perform(work: Exclude<Work, { kind: "report" }>, target: unknown, context: WorkContext): Promise<Result> {
    switch (work.kind) {
      case "run": {
        const { default: task } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ work.module)) as {
          readonly default?: TaskFunction;
        };
        if (typeof task !== "function")
          throw new TypeError(`the module has no task: its default export is ${typeof task}, expected a function`);
        return { value: await task(target, work.item, { signal: context.signal }), transfer: [] };
      }
      case "share":
        await participate(
          (target as ZarrArray).context,
          work.reading,
          work.slot,
          (parts) => {
            if (work.progress) context.progress(parts);
          },
          undefined,
          context.signal,
        );
        return { value: undefined, transfer: [] };
      case "parts":
        return await decodeParts((target as ZarrArray).context, work);
      case "chunk": {
        const { data, shape, stride } = await (target as ZarrArray).getChunk(work.coords, { signal: context.signal });
        const values = compact(toWire(data));
        return { value: { values, shape, stride } satisfies ChunkResult, transfer: transferable(values) };
      }
      case "summarize": {
        const value = await summarizePart(target as ZarrArray, work.part, work.about, context.signal);
        return { value, transfer: [] };
      }
      case "transfer":
        return await transferBox(target as OpenTransfer, work, this.#memories, context.signal);
      case "encode":
        return await encodeChunk(target as ArrayContext, work);
    }
  }
}

async function restoreTarget(
  state: object,
  modules: readonly string[],
  request: HttpPreparation | undefined,
): Promise<unknown> {
  if ("kind" in state && state.kind === "Encoder") return await restoreEncoder(state as EncoderState, modules);
  if ("kind" in state && state.kind === "Transfer") {
    const { source, encoder } = state as TransferState;
    const array = await restoreEncoder(encoder, modules);
    const from = (await restore(source, { modules, request })) as ZarrArray;
    return { from, array, close: () => from.close() } satisfies OpenTransfer;
  }
  return await restore(state, { modules, request });
}

async function restoreEncoder(state: EncoderState, modules: readonly string[]): Promise<ArrayContext> {
  await importModules(state.modules, modules);
  const { path, documents, limits, file } = state;
  // Encoding reads and writes no store; errors name the one that the chunks are for.
  const store = Object.assign(new MemoryStore({ limits }), { path: file });
  const metadata = await parseDocuments(store, path, documents);
  return arrayContext({ store, path, metadata: metadata as ArrayMetadata });
}

async function close({ restored }: OpenTarget): Promise<void> {
  const target = await restored.catch(() => undefined);
  if (typeof target === "object" && target !== null && "close" in target) await (target as ZarrArray).close();
}

/** Each part by itself; what they share of the chunk is decoded once. */
async function decodeParts(
  array: ArrayContext,
  { parts, byInnerChunk }: Extract<Work, { kind: "parts" }>,
): Promise<Result> {
  const { dataType } = array.metadata;
  const windows = parts.map(({ count }) => {
    const data = dataType.allocate(product(count));
    return { target: { data, offset: 0, stride: cStrides(count) }, isFresh: true };
  });
  await partsReader(array, gridOf(array, byInnerChunk), windows, {})(separateParts(parts));
  const values = windows.map(({ target }) => toWire(target.data)) satisfies PartsResult;
  return { value: values, transfer: values.flatMap(transferable) };
}

/** Reads a box of an array, and encodes the chunks of another one that it holds. */
async function transferBox(
  { from, array }: OpenTransfer,
  { box }: Extract<Work, { kind: "transfer" }>,
  memories: ChunkMemory[],
  signal: AbortSignal,
): Promise<Result> {
  const { shape, chunkGrid } = array.metadata;
  const ranges = resolveSelection(box, shape);
  const region = regionShape(ranges);
  const memory = memories.pop() ?? new ChunkMemory();
  const out = memory.take(from.dataType, product(region));
  const read = { data: out, shape: region, stride: cStrides(region) };
  await from.get(box, { out, signal });
  const { data, stride } = valuesFor(array.metadata, read, region);
  const whole = { data, offset: 0, stride };
  const encoded: Uint8Array[] = [];
  const ends: number[] = [];
  let size = 0;
  const encode = (part: ChunkPart) => {
    const pipeline = array.pipelineAt(part.coords);
    const source = targetOf(part, whole);
    return withChunk(array, part.coords, () => pipeline.encodeFrom(absentReader, part, source, { keepEmpty: false }));
  };
  const keep = (bytes: Uint8Array | undefined) => {
    if (bytes !== undefined) encoded.push(bytes);
    size += bytes?.length ?? 0;
    ends.push(bytes === undefined ? -1 : size);
  };
  await inOrder(new ChunkPlan(ranges, shape, chunkGrid), 1, encode, keep, signal);
  memories.push(memory);
  const bytes = encoded.length === 1 ? compact(encoded[0]) : concatenate(encoded);
  return { value: { bytes, ends } satisfies TransferResult, transfer: transferable(bytes) };
}

async function encodeChunk(array: ArrayContext, work: Extract<Work, { kind: "encode" }>): Promise<Result> {
  const { coords, region, values, offset, stride, keepEmpty } = work;
  const source = { data: fromWire(values, array.metadata.dataType), offset, stride };
  const encode = () => array.pipelineAt(coords).encodeFrom(absentReader, region, source, { keepEmpty });
  const bytes = compact(await withChunk(array, coords, encode));
  return { value: bytes, transfer: transferable(bytes) };
}

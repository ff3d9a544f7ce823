import { memorySize } from "../data-type/item-size.js";
import { isZarrError } from "../errors.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { resolveSelection } from "../grid/selection.js";
import { type Slice, slice } from "../grid/slice.js";
import { product } from "../grid/strides.js";
import type { ZarrArray } from "../hierarchy/array.js";
import { areManyPlain } from "../hierarchy/array-context.js";
import { partsOf } from "../hierarchy/array-parts.js";
import type { TransferOptions } from "../hierarchy/copy.js";
import { transferCells } from "../hierarchy/transfer.js";
import { smallBytes } from "./pool-read.js";
import { encoderState, storeChunk } from "./pool-write.js";
import type { Target, TransferResult, TransferState } from "./protocol.js";
import type { Scheduler, Task } from "./scheduler.js";
import { simpleTask, TaskStream } from "./task-stream.js";

/** Options of `WorkerPool.transfer`. */
export interface PoolTransfer extends TransferOptions {
  /** Bytes of values that are in memory at a time. */
  readonly bytes: number;
}

/** Bytes of a box that one worker reads and encodes, where its cells are smaller. */
const boxBytes = 4 * 2 ** 20;

/** A part of which not every chunk is stored yet. */
interface PartUnderWay {
  /** The chunks to be stored, in their order. */
  readonly plan: Iterator<ChunkPart, undefined>;
  /** Boxes whose chunks have not been encoded. */
  boxes: number;
}

/** See `WorkerPool.transfer`. */
export async function transferByWorkers(
  scheduler: Scheduler,
  source: ZarrArray,
  target: ZarrArray,
  sourceTarget: () => Target,
  parts: Iterable<readonly Slice[]>,
  { bytes, signal, onPart }: PoolTransfer,
): Promise<boolean> {
  const { workers } = scheduler.options;
  const { shape, metadata, dataType } = target;
  const cells = transferCells(source, target);
  const all = new ChunkPlan(resolveSelection(null, shape), shape, cells.grid);
  const isSmall = workers === 0 || all.size < 2 || product(shape) * memorySize(dataType) < smallBytes;
  if (isSmall || !isRoomFor(cells.bytes, target, bytes, workers) || areManyPlain(target.context, Infinity))
    return false;
  const reading = targetIfHandedOver(sourceTarget);
  if (reading === undefined) return false;
  // Nothing is written by this; it fails where nothing can be written.
  await target.set(
    shape.map(() => slice(0, 0)),
    [],
  );
  // A store that is far away is asked for much at a time.
  const wanted = source.store.expect === undefined ? boxBytes : bytes;
  const most = Math.max(cells.bytes, Math.min(wanted, bytes / workers));
  // Where there is room, a worker encodes one box while it waits for what it reads of another.
  const perWorker = 2 * workers * most <= bytes ? 2 : 1;
  const sent = new Map<number, { readonly box: readonly Slice[]; readonly part: PartUnderWay }>();
  const planOf = (box: readonly Slice[]) => new ChunkPlan(resolveSelection(box, shape), shape, metadata.chunkGrid);
  const tasks = function* (): Generator<Task> {
    let index = 0;
    for (const slices of parts) {
      const boxes = partsOf(target, { ranges: resolveSelection(slices, shape), grid: cells.grid, bytes: most });
      const part = { plan: planOf(slices)[Symbol.iterator](), boxes: boxes.size };
      for (const box of boxes) {
        sent.set(index++, { box, part });
        yield simpleTask(most, describeBox(target, box), () => ({ work: { kind: "transfer", box } }));
      }
    }
  };
  const stream = new TaskStream(scheduler, tasks(), {
    target: transferTarget(reading, target),
    ordered: true,
    window: 3 * workers,
    atOnce: Math.min(perWorker * workers, Math.floor(bytes / most)),
    perWorker,
    signal,
  });
  const encoded = new Map<string, Uint8Array | undefined>();
  let next: ChunkPart | undefined;
  for await (const { index, value } of stream.results()) {
    const { box, part } = sent.get(index)!;
    sent.delete(index);
    takeApart(value as TransferResult, planOf(box), encoded);
    // Stored in the order of the part, so that the file does not depend on who encodes what.
    for (next ??= part.plan.next().value; next !== undefined; next = part.plan.next().value) {
      const key = next.coords.join();
      if (!encoded.has(key)) break;
      await storeChunk(target, next.coords, encoded.get(key));
      encoded.delete(key);
    }
    if (--part.boxes === 0) await onPart();
  }
  return true;
}

/** Keeps each chunk that a worker has encoded by its coordinates. */
function takeApart({ bytes, ends }: TransferResult, plan: ChunkPlan, encoded: Map<string, Uint8Array | undefined>) {
  let [start, i] = [0, 0];
  for (const { coords } of plan) {
    const end = ends[i++];
    encoded.set(coords.join(), end < 0 ? undefined : bytes.subarray(start, end));
    if (end >= 0) start = end;
  }
}

/** True if as many cells fit into memory as there are workers, or as could be encoded at once in any other way. */
function isRoomFor(cellBytes: number, { metadata, dataType }: ZarrArray, bytes: number, workers: number): boolean {
  const atOnce = Math.floor(bytes / cellBytes);
  const isOfOneChunk = cellBytes <= product(metadata.chunkShape) * memorySize(dataType);
  return atOnce >= workers || (atOnce > 1 && isOfOneChunk);
}

/** The source for workers; `undefined` where they cannot have it, as a store in memory, or one with unflushed writes. */
function targetIfHandedOver(sourceTarget: () => Target): Target | undefined {
  try {
    return sourceTarget();
  } catch (error) {
    if (isZarrError(error, "ERR_UNSUPPORTED") || isZarrError(error, "ERR_DIRTY")) return undefined;
    throw error;
  }
}

function transferTarget({ key, state: source, request }: Target, target: ZarrArray): Target {
  const encoder = encoderState(target);
  const state: TransferState = { kind: "Transfer", source, encoder };
  return { key: JSON.stringify([key, encoder]), state, request };
}

/** A box of an array, for errors. */
function describeBox({ path, store }: ZarrArray, box: readonly Slice[]) {
  const text = `the part [${box.map(({ start, stop }) => `${start}:${stop}`).join(", ")}] of the array ${JSON.stringify(path)} of ${store.path}`;
  return { text, details: { file: store.path, path } };
}

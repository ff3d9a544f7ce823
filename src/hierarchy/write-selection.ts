import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { whileUnderWay } from "../bytes/while-under-way.js";
import { ChunkMemory } from "../codecs/chunk-memory.js";
import type { ChunkRegion, EncodedReader, EncodeOptions } from "../codecs/codec.js";
import { absentReader, readerOf } from "../codecs/kernels/encoded-reader.js";
import type { DataType } from "../data-type/data-type.js";
import { memorySize } from "../data-type/item-size.js";
import { type ChunkPart, ChunkPlan, type Picks } from "../grid/chunk-plan.js";
import { gatherPicked, scatterPicked } from "../grid/copy-picked.js";
import type { StridedRegion } from "../grid/copy-region.js";
import type { DimensionSelection } from "../grid/dimension-selection.js";
import { regionShape, strideByDimension } from "../grid/selection.js";
import { cStrides, product } from "../grid/strides.js";
import { withKey } from "../store/key-mutex.js";
import type { StoreValues } from "../store/store.js";
import { transact } from "../store/transaction.js";
import { type ArrayContext, chunksAtOnce } from "./array-context.js";
import { ChunkDecoder, targetOf } from "./chunk-decoder.js";
import { chunkKey } from "./chunk-layout.js";
import { chunkReader, withChunk } from "./chunk-reader.js";
import { copyOfRegion, unshared, valuesFor } from "./given-values.js";
import { inOrder } from "./in-order.js";
import { type Progress, progressOf } from "./read-selection.js";
import { writeSmallChunks } from "./write-small-chunks.js";

/** Options of a write to a selection. */
export interface WriteOptions {
  /** Rejects with the signal's reason; chunks written before stay written. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk. */
  readonly onProgress?: (progress: Progress) => void;
  /** True to store chunks that hold nothing but the fill value. Default false: they are left out, or removed. */
  readonly writeEmptyChunks?: boolean;
}

export const writeOptions: OptionKinds<WriteOptions> = {
  signal: "signal",
  onProgress: "function",
  writeEmptyChunks: "boolean",
};

/** @throws ZarrError `ERR_ARGUMENT` - these are no options of a write */
export function checkWriteOptions(options: WriteOptions): void {
  checkOptions(options, writeOptions);
}

/** Writes `values`, of the region's shape or one scalar for all of it, to what a basic, orthogonal or block selection takes. */
export async function writeRegion(
  array: ArrayContext,
  selections: readonly DimensionSelection[],
  values: unknown,
  options: WriteOptions,
): Promise<void> {
  checkOptions(options, writeOptions);
  const { shape, chunkGrid, dataType } = array.metadata;
  const { data, stride } = valuesFor(array.metadata, values, regionShape(selections));
  const whole = { data, offset: 0, stride: strideByDimension(selections, stride) };
  const plan = new ChunkPlan(selections, shape, chunkGrid);
  const whenDone = progressOf(plan.size, options);
  const keepEmpty = options.writeEmptyChunks ?? false;
  const small = { region: whole, keepEmpty, whenDone, signal: options.signal };
  const left = (await writeSmallChunks(array, plan, small)) ? partsLeft(plan) : plan;
  await writeChunks(array, left, whenDone, options, (part, isOwned) => {
    const source = targetOf(part, whole);
    if (part.picks !== undefined) return pickedChange(part, part.picks, source, dataType, isOwned);
    return { source: isOwned ? copyOfRegion(source, part.count, dataType) : source };
  });
}

/** The chunks of which only a part is written. */
function* partsLeft(plan: ChunkPlan): Generator<ChunkPart> {
  if (!plan.isOfWholes) for (const part of plan) if (!part.whole) yield part;
}

/** The result for a part of a chunk. */
export interface Change {
  /** New values: one for each element of the part, or those that `put` takes. */
  readonly source: StridedRegion;
  /** Puts the values into the part, decoded, of which it leaves other elements alone. */
  readonly put?: (source: StridedRegion, box: StridedRegion) => void;
}

/** The change of what is listed of a part. */
function pickedChange(
  part: ChunkPart,
  picks: readonly (Picks | undefined)[],
  source: StridedRegion,
  dataType: DataType,
  isOwned: boolean,
): Change {
  const { width } = dataType;
  if (!isOwned) return { source, put: scattering(part, width) };
  const inOrder = picks.map((listed) => listed && { from: listed.from, to: listed.from.map((_, i) => i) });
  const count = part.count.map((n, d) => picks[d]?.from.length ?? n);
  const copied = { data: dataType.allocate(product(count)), offset: 0, stride: cStrides(count) };
  const gathering = picks.map((listed, d) => listed && { from: listed.to, to: inOrder[d]!.to });
  gatherPicked(source, copied, { ...part, picks: gathering }, width);
  const owned = { ...copied, data: unshared(copied.data) };
  return { source: owned, put: scattering({ ...part, picks: inOrder }, width) };
}

/** In a function of its own, so that it keeps nothing else in memory. */
function scattering(part: ChunkPart, width: number): NonNullable<Change["put"]> {
  return (source, box) => scatterPicked(source, box, part, width);
}

/** A part of the chunk at `coords`. */
type Part = ChunkRegion & { readonly coords: readonly number[] };

/**
 * Changes chunks. One of which all is written is stored as it is; of another the part is changed in a transaction, since others
 * may change other parts meanwhile.
 *
 * @param whenDone - called after each chunk
 * @param changeOf - the change of a part; `isOwned` asks for one that stays right when the caller's values change, and that keeps
 *   no more in memory than it needs
 */
export async function writeChunks<P extends Part>(
  array: ArrayContext,
  parts: Iterable<P>,
  whenDone: () => void,
  options: WriteOptions,
  changeOf: (part: P, isOwned: boolean) => Change,
): Promise<void> {
  const keepEmpty = options.writeEmptyChunks ?? false;
  const memories: ChunkMemory[] = [];
  const runsAgain = array.store.transaction !== undefined;
  await whileUnderWay([options.signal], async (signal) => {
    const write = async (part: P, before: Promise<void>) => {
      const { store } = array;
      if (part.whole) {
        const change = changeOf(part, false);
        // What a transaction is given it keeps.
        const memory = runsAgain ? (memories.pop() ?? new ChunkMemory()) : undefined;
        const work = changing({ array, part, change, before, encodeOptions: { keepEmpty, memory }, signal });
        await withKey(store, chunkKey(array, part.coords), () => work(store));
        if (memory !== undefined) memories.push(memory);
      } else {
        const change = changeOf(part, runsAgain);
        const { data } = change.source;
        const { dataType } = array.metadata;
        const heldBytes = runsAgain ? (data.length / dataType.width) * memorySize(dataType) : 0;
        const work = changing({ array, part, change, before, encodeOptions: { keepEmpty }, signal });
        await transact(store, chunkKey(array, part.coords), work, { heldBytes });
      }
    };

    // Chunks are encoded side by side and stored in the plan's order, so that the same calls give the same file.
    let last = Promise.resolve();
    const begin = (part: P) => {
      last = write(part, last);
      return last;
    };
    await inOrder(parts, chunksAtOnce(array), begin, whenDone, signal);
  });
}

/** One chunk to be changed. */
interface ChunkChange {
  readonly array: ArrayContext;
  readonly part: Part;
  readonly change: Change;
  /** When the chunks before this one are stored. */
  readonly before: Promise<void>;
  readonly encodeOptions: EncodeOptions;
  readonly signal: AbortSignal | undefined;
}

/** Encodes a changed chunk and stores it. It may run long after the call that it belongs to. */
function changing({ array, part, change, before, encodeOptions, signal }: ChunkChange) {
  return async (values: StoreValues): Promise<void> => {
    const seen = { ...array, store: values };
    await withChunk(seen, part.coords, async (key) => {
      const reader = part.whole ? absentReader : chunkReader(seen, part.coords, { signal });
      const { read, source } =
        change.put === undefined ? { read: reader, ...change } : await changeBox(seen, part, change, reader);
      const bytes = await seen.pipelineAt(part.coords).encodeFrom(read, part, source, encodeOptions);
      await before;
      if (bytes === undefined) await values.delete(key);
      else await values.set(key, bytes);
    });
  };
}

/** The part as it is after the change, and the chunk as it was before, which is read once. */
async function changeBox(
  array: ArrayContext,
  part: Part,
  { source, put }: Change,
  reader: EncodedReader,
): Promise<{ read: EncodedReader; source: StridedRegion }> {
  const before = await reader();
  const read = before === undefined ? absentReader : readerOf(before);
  const box = await new ChunkDecoder(array, {}).decode(part.coords, part, read);
  put?.(source, box);
  return { read, source: box };
}

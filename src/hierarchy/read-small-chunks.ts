import type { ValueBatch } from "../bytes/bulk-reads.js";
import { isTurnDue, nextTurn } from "../bytes/turn.js";
import { readerOf } from "../codecs/kernels/encoded-reader.js";
import type { ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import type { StridedRegion } from "../grid/copy-region.js";
import { PlannedPlaces } from "../grid/planned-places.js";
import { keyBytesDecoder } from "../metadata/chunk-key-bytes.js";
import { type ArrayContext, chunksAtOnce } from "./array-context.js";
import { type ChunkDecoder, targetOf } from "./chunk-decoder.js";
import { inOrder } from "./in-order.js";
import { nodeKey } from "./load-node.js";

/** The target of a read. */
export interface SmallChunksTarget {
  /** With a stride for each dimension of the array. */
  readonly region: StridedRegion;
  /** True if the memory has never been written to. */
  readonly isFresh: boolean;
  /** Called for each chunk that was read, or is not stored. */
  readonly whenDone: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the chunks of a plan, which are many and small, in the order in which the store has them: of each only what differs is done
 * for it alone. What is not stored becomes the fill value.
 *
 * @returns the chunks that have to be read one by one: all of them, unless the store can batch
 */
export async function readSmallChunks(
  array: ArrayContext,
  plan: ChunkPlan,
  decoder: ChunkDecoder,
  target: SmallChunksTarget,
): Promise<Iterable<ChunkPart>> {
  const { metadata, store, path } = array;
  const { chunkShape, dataType } = metadata;
  const decodeKey = keyBytesDecoder(metadata.chunkKeyEncoding, chunkShape.length);
  if (store.getBatches === undefined || decodeKey === undefined) return plan;
  const places = PlannedPlaces.of(plan, chunkShape, target.region.stride);
  if (places === undefined) return plan;

  const { signal } = target;
  signal?.throwIfAborted();
  let done = 0;
  const whenDone = () => {
    done++;
    target.whenDone();
  };
  const counted = { ...target, whenDone };
  decoder.fill(places.count, target.region, target.isFresh);
  const coords = chunkShape.map(() => 0);
  const numberOf = (bytes: Uint8Array, start: number, end: number) =>
    decodeKey(bytes, start, end, coords) ? places.numberOf(coords) : -1;
  const pipeline = array.pipelineOf(chunkShape);
  const maxBytes = pipeline.encodedSize ?? pipeline.maxEncodedSize;
  const request = { prefix: nodeKey(path, ""), numberOf, expected: plan.size, maxBytes, signal };
  const odd: number[] = [];
  const place =
    pipeline.decodeElements === undefined
      ? partsPlacer(array, decoder, places, counted)
      : elementsPlacer(pipeline.decodeElements, maxBytes, places, counted, dataType.width, odd);
  const left = await store.getBatches(request, async (batch) => {
    while (isTurnDue()) await nextTurn();
    await place(batch);
    signal?.throwIfAborted();
  });
  if (left === undefined) return plan;
  const others = [...left, ...odd];
  for (let missing = plan.size - done - others.length; missing > 0; missing--) target.whenDone();
  return others.map((number) => places.partOf(number));
}

/** Places chunks that are stored as their elements, of `size` bytes each; numbers of those of another size go to `odd`. */
function elementsPlacer(
  decodeElements: (bytes: Uint8Array) => StridedRegion["data"],
  size: number,
  places: PlannedPlaces,
  { region, whenDone }: SmallChunksTarget,
  width: number,
  odd: number[],
): (batch: ValueBatch) => void {
  let memory = new Uint8Array(0);
  return ({ bytes, numbers, starts, sizes }) => {
    if (memory.length < numbers.length * size) memory = new Uint8Array(numbers.length * size);
    const found: number[] = [];
    for (let i = 0; i < numbers.length; i++) {
      if (sizes[i] !== size) {
        odd.push(numbers[i]);
        continue;
      }
      copyBytes(bytes, starts[i], memory, found.length * size, size);
      found.push(numbers[i]);
    }
    if (found.length === 0) return;
    let data: StridedRegion["data"];
    try {
      data = decodeElements(memory.subarray(0, found.length * size));
    } catch {
      odd.push(...found); // one of them is wrong: read by itself, it says so
      return;
    }
    const elements = data.length / width / found.length;
    for (let i = 0; i < found.length; i++) {
      places.copy(found[i], data, i * elements, region.data, region.offset, width);
      whenDone();
    }
  };
}

/** Below this many bytes a loop is faster than making a view. */
const smallCopy = 64;

function copyBytes(source: Uint8Array, start: number, target: Uint8Array, at: number, size: number): void {
  if (size > smallCopy) target.set(source.subarray(start, start + size), at);
  else for (let i = 0; i < size; i++) target[at + i] = source[start + i];
}

/** Decodes chunks that are compressed: several together where their codecs can, else each by itself. */
function partsPlacer(
  array: ArrayContext,
  decoder: ChunkDecoder,
  places: PlannedPlaces,
  { region, isFresh, whenDone, signal }: SmallChunksTarget,
): (batch: ValueBatch) => Promise<void> {
  const { dataType, chunkShape } = array.metadata;
  const { decodeMany } = array.pipelineOf(chunkShape);
  return async ({ bytes, numbers, starts, sizes }) => {
    const values = numbers.map((_, i) => bytes.subarray(starts[i], starts[i] + sizes[i]));
    const left = await decodeMany?.(values, (i, data, offset) => {
      places.copy(numbers[i], data, offset, region.data, region.offset, dataType.width);
      whenDone();
    });
    const decode = async (i: number) => {
      const part = places.partOf(numbers[i]);
      await decoder.decodeInto(part.coords, part, targetOf(part, region), isFresh, readerOf(values[i]));
    };
    await inOrder(left ?? numbers.keys(), chunksAtOnce(array), decode, whenDone, signal);
  };
}

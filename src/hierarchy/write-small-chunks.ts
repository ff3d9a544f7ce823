import { absentReader } from "../codecs/kernels/encoded-reader.js";
import type { ChunkData } from "../data-type/data-type.js";
import type { ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { RegionCopier, type StridedRegion } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import { withKeys } from "../store/key-mutex.js";
import { type ArrayContext, areManySmall, chunksAtOnce } from "./array-context.js";
import { targetOf } from "./chunk-decoder.js";
import { chunkKey } from "./chunk-layout.js";
import { withChunk } from "./chunk-reader.js";
import { inOrder } from "./in-order.js";

/** Elements of all chunks that are encoded together, at most. */
const batchElements = 64 * 1024;

/** Chunks of a batch, at most. */
const batchChunks = 1024;

/** The chunks to write, and options for writing them. */
export interface SmallChunksSource {
  /** The region's values, with a stride for each dimension of the array. */
  readonly region: StridedRegion;
  /** True if a chunk that holds nothing but the fill value is stored all the same. */
  readonly keepEmpty: boolean;
  /** Called for each chunk that was written. */
  readonly whenDone: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes those chunks of a plan that are written as a whole, if they are many and small, many at a time.
 * @returns whether it has; the other chunks of the plan are left either way
 */
export async function writeSmallChunks(
  array: ArrayContext,
  plan: ChunkPlan,
  { region, keepEmpty, whenDone, signal }: SmallChunksSource,
): Promise<boolean> {
  const { store, metadata } = array;
  if (store.setMany === undefined || !areManySmall(array, plan.size) || plan.hasLists) return false;
  const { encodeElements } = array.pipelineOf(metadata.chunkShape);
  const encode =
    encodeElements === undefined
      ? (parts: readonly ChunkPart[]) => encodeEach(array, parts, region, keepEmpty, signal)
      : elementsEncoder(array, encodeElements, region, keepEmpty);
  const write = async (parts: readonly ChunkPart[]) => {
    const keys = parts.map(({ coords }) => chunkKey(array, coords));
    const values = await encode(parts);
    await withKeys(store, keys, async () => store.setMany?.(keys.map((key, i) => [key, values[i]])));
  };
  const finish = (_: unknown, parts: readonly ChunkPart[]) => parts.forEach(whenDone);
  await inOrder(batchesOf(plan, product(metadata.chunkShape)), 1, write, finish, signal);
  return true;
}

/** The chunks that are written as a whole, in the plan's order. */
function* batchesOf(plan: ChunkPlan, elements: number): Generator<readonly ChunkPart[]> {
  const most = Math.max(1, Math.min(batchChunks, Math.floor(batchElements / elements)));
  let batch: ChunkPart[] = [];
  for (const part of plan) {
    if (!part.whole) continue;
    batch.push(part);
    if (batch.length < most) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Encodes each chunk by itself; `undefined` for those that are not to be stored. */
async function encodeEach(
  array: ArrayContext,
  parts: readonly ChunkPart[],
  region: StridedRegion,
  keepEmpty: boolean,
  signal: AbortSignal | undefined,
): Promise<(Uint8Array | undefined)[]> {
  const pipeline = array.pipelineOf(array.metadata.chunkShape);
  const values: (Uint8Array | undefined)[] = [];
  const keep = (value: Uint8Array | undefined) => {
    values.push(value);
  };
  const encode = (part: ChunkPart) =>
    withChunk(array, part.coords, () => pipeline.encodeFrom(absentReader, part, targetOf(part, region), { keepEmpty }));
  await inOrder(parts, chunksAtOnce(array), encode, keep, signal);
  return values;
}

/** Encodes chunks that are stored as their elements: puts these together first. */
function elementsEncoder(
  { metadata }: ArrayContext,
  encodeElements: (data: ChunkData) => Uint8Array,
  region: StridedRegion,
  keepEmpty: boolean,
): (parts: readonly ChunkPart[]) => (Uint8Array | undefined)[] {
  const { chunkShape, dataType, fillValue } = metadata;
  const { width } = dataType;
  const elements = product(chunkShape);
  const stride = cStrides(chunkShape);
  const filled = dataType.allocate(elements);
  dataType.fill(filled, fillValue, 0, elements * width);
  const empty = encodeElements(filled).slice();
  const whole = new RegionCopier(region.stride, stride, chunkShape, width);

  return (parts) => {
    const data = dataType.allocate(parts.length * elements);
    parts.forEach((part, i) => {
      const source = targetOf(part, region).offset;
      const isCut = part.count.some((n, d) => n < chunkShape[d]);
      // What lies beyond the array's end is the fill value.
      if (isCut) dataType.fill(data, fillValue, i * elements * width, (i + 1) * elements * width);
      const copier = isCut ? new RegionCopier(region.stride, stride, part.count, width) : whole;
      copier.copy(region.data, source, data, i * elements);
    });
    const bytes = encodeElements(data);
    return parts.map((_, i) => {
      const start = i * empty.length;
      const isEmpty = !keepEmpty && isAt(bytes, start, empty);
      return isEmpty ? undefined : bytes.subarray(start, start + empty.length);
    });
  };
}

function isAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

import { isErrorNamed, isTypedArray } from "../bytes/built-in.js";
import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { describe } from "../bytes/json.js";
import { lazily } from "../bytes/lazily.js";
import type { ChunkData, DataType } from "../data-type/data-type.js";
import { memoryLimit, memorySize } from "../data-type/item-size.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import type { DimensionSelection } from "../grid/dimension-selection.js";
import { regionShape, strideByDimension } from "../grid/selection.js";
import { cStrides, isContiguous, product } from "../grid/strides.js";
import { type ArrayContext, areManySmall, atOneMoment } from "./array-context.js";
import { ChunkDecoder, targetOf } from "./chunk-decoder.js";
import { chunksInOrder } from "./chunks-in-order.js";

const small = lazily(() => import("./read-small-chunks.js"));
const listed = lazily(() => import("./read-listed.js"));

/** The progress of a read or write, in chunks. */
export interface Progress {
  /** Chunks, or items, that are done. */
  readonly done: number;
  /** The number of all chunks. */
  readonly total: number;
}

/** Options of a read of a selection. */
export interface ReadOptions<Data extends ChunkData = ChunkData> {
  /** Rejects with the signal's reason; what is under way is waited for, but for requests, which are stopped. */
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * The place for the values instead of a new array: data of the region's length in C order, or such a chunk. Saves the
   * allocation of the result, which for large reads costs more than the reading. Its contents are undefined after an error.
   */
  readonly out?: Data | Chunk<Data>;
}

/** The kinds of {@link ReadOptions}, and of those of many reads, whose `out` is a list. */
export const readOptions: OptionKinds<ReadOptions> = { signal: "signal", onProgress: "function", out: "any" };

/** The region that a basic, orthogonal or block selection takes, in C order; its shape lacks what was indexed. */
export async function readRegion(
  array: ArrayContext,
  selections: readonly DimensionSelection[],
  options: ReadOptions,
): Promise<Chunk> {
  checkOptions(options, readOptions);
  return await atOneMoment(array, (stored) => readRegionOf(stored, selections, options));
}

async function readRegionOf(
  array: ArrayContext,
  selections: readonly DimensionSelection[],
  options: ReadOptions,
): Promise<Chunk> {
  const { metadata } = array;
  const { shape, chunkGrid } = metadata;
  const { region, isFresh } = newRegion(array, regionShape(selections), options.out);
  const stride = strideByDimension(selections, region.stride);
  const whole = { data: region.data, offset: 0, stride };
  const decoder = new ChunkDecoder(array, { signal: options.signal });
  const plan = new ChunkPlan(selections, shape, chunkGrid);

  const read = async (part: ChunkPart) => {
    const target = targetOf(part, whole);
    if (part.picks === undefined) await decoder.decodeInto(part.coords, part, target, isFresh);
    else await (listed.loaded ?? (await listed.load())).readListed(array, decoder, part, target, options.signal);
  };
  const whenDone = progressOf(plan.size, options);
  const target = { region: whole, isFresh, whenDone, signal: options.signal };
  const left = areManySmall(array, plan.size)
    ? await (small.loaded ?? (await small.load())).readSmallChunks(array, plan, decoder, target)
    : plan;
  const readOf = (part: ChunkPart) => ({ coords: part.coords, regions: [part] });
  await chunksInOrder(array, left, readOf, read, whenDone, options.signal);
  return region;
}

/** Counts what is done, one call each. */
export function progressOf(
  total: number,
  { onProgress }: { readonly onProgress?: (progress: Progress) => void },
): () => void {
  let done = 0;
  return () => {
    done++;
    onProgress?.({ done, total });
  };
}

/**
 * Memory for what is read: new, or the caller's.
 * @throws ZarrError `ERR_LIMIT` - larger than `limits.readBytes`
 * @throws ZarrError `ERR_VALUE` - `out` is of another type or length
 */
export function newRegion(
  array: ArrayContext,
  shape: readonly number[],
  out: ReadOptions["out"],
): { readonly region: Chunk; readonly isFresh: boolean } {
  const { dataType } = array.metadata;
  checkReadSize(array, product(shape));
  const data = out === undefined ? allocated(array, product(shape)) : outData(out, shape, dataType);
  return { region: { data, shape, stride: cStrides(shape) }, isFresh: out === undefined };
}

/** @throws ZarrError `ERR_LIMIT` - the engine has no memory for so many elements, though the limits allow them */
function allocated({ metadata, store, path }: ArrayContext, elements: number): ChunkData {
  try {
    return metadata.dataType.allocate(elements);
  } catch (cause) {
    if (!isErrorNamed(cause, "RangeError")) throw cause;
    const message = `this process cannot allocate the ${elements} elements of the selection: select less`;
    throw new ZarrError("ERR_LIMIT", message, { file: store.path, path }, cause);
  }
}

/** @throws ZarrError `ERR_LIMIT` - so many elements are larger than `limits.readBytes`, or lists than `limits.listBytes` */
export function checkReadSize({ metadata, store }: ArrayContext, elements: number): void {
  const bytes = elements * memorySize(metadata.dataType);
  const limit = memoryLimit(metadata.dataType, store.limits, "readBytes");
  if (bytes > limit.bytes) {
    throw new ZarrError(
      "ERR_LIMIT",
      `the selection has ${elements} elements of ${bytes} bytes, more than limits.${limit.name} (${limit.bytes}): select less, or open the store with a higher limit`,
      { file: store.path },
    );
  }
}

function outData(out: ChunkData | Chunk, region: readonly number[], dataType: DataType): ChunkData {
  const isChunk = typeof out === "object" && out !== null && "data" in out;
  const data: Partial<ChunkData> | null = isChunk ? out.data : out;
  const isInOrder = !isChunk || (Array.isArray(out.shape) && Array.isArray(out.stride) && isContiguous(out));
  const entries = product(region) * dataType.width;
  const expected = dataType.allocate(0).constructor as new (length: number) => ChunkData;
  const isRightKind = expected.name === "Array" ? Array.isArray(data) : isTypedArray(data, expected);
  if (isRightKind && data?.length === entries && isInOrder) return data as ChunkData;
  const found = `${data?.constructor?.name ?? describe(data)} of length ${describe(data?.length)}`;
  const message = `out is a ${found}: expected a ${expected.name} of length ${entries} in C order, or a chunk { data, shape, stride } of it`;
  throw new ZarrError("ERR_VALUE", message);
}

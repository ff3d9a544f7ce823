import type { ChunkRegion, EncodedReader } from "../codecs/codec.js";
import { absentReader, readerOf } from "../codecs/kernels/encoded-reader.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { ChunkPlan } from "../grid/chunk-plan.js";
import { scatterPicked } from "../grid/copy-picked.js";
import type { StridedRegion } from "../grid/copy-region.js";
import type { DimensionSelection } from "../grid/index-list.js";
import { regionShape, strideByDimension } from "../grid/selection.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import { withKey } from "../store/key-mutex.js";
import { type ArrayParts, chunkReader, chunksAtOnce, withChunk } from "./array-parts.js";
import { ChunkDecoder, targetOf } from "./chunk-decoder.js";
import { inOrder } from "./in-order.js";
import { type Progress, progressOf } from "./read-selection.js";

/** Options of a write to a selection. */
export interface WriteOptions {
  /** Rejects with the signal's reason; chunks written before stay written. */
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: Progress) => void;
  /** Whether to store chunks that hold nothing but the fill value. Default false: they are left out, or removed. */
  readonly writeEmptyChunks?: boolean;
}

/** Writes `values`, of the region's shape or one scalar for all of it, to what a basic, orthogonal or block selection takes. */
export async function writeRegion(
  array: ArrayParts,
  selections: readonly DimensionSelection[],
  values: unknown,
  options: WriteOptions,
): Promise<void> {
  const { shape, chunkGrid, dataType } = array.metadata;
  const source = valuesFor(array.metadata, values, regionShape(selections));
  const stride = strideByDimension(selections, source.stride);
  const whole = { data: source.data, offset: 0, stride };
  const plan = new ChunkPlan(selections, shape, chunkGrid);
  const decoder = new ChunkDecoder(array, { signal: options.signal });
  await writeChunks(array, plan, plan.size, options, async (part, read) => {
    const from = targetOf(part, whole);
    if (part.picks === undefined) return { read, region: part, source: from };
    return await changeBox(decoder, part, read, (box) => scatterPicked(from, box, part, dataType.width));
  });
}

/** What is to be encoded of a chunk, and the chunk as it was. */
interface Change {
  readonly read: EncodedReader;
  readonly region: ChunkRegion;
  readonly source: StridedRegion;
}

/** The box of a chunk in which some elements are changed. Reads the chunk once. */
export async function changeBox(
  decoder: ChunkDecoder,
  part: ChunkRegion & { readonly coords: readonly number[] },
  read: EncodedReader,
  change: (box: StridedRegion) => void,
): Promise<Change> {
  const before = part.whole ? undefined : await read();
  const kept = before === undefined ? absentReader : readerOf(before);
  const box = await decoder.decode(part.coords, part, kept);
  change(box);
  return { read: kept, region: part, source: box };
}

/** Changes chunks, each in one step under its key. */
export async function writeChunks<Part extends { readonly coords: readonly number[] }>(
  array: ArrayParts,
  parts: Iterable<Part>,
  total: number,
  options: WriteOptions,
  changeOf: (part: Part, read: EncodedReader) => Promise<Change>,
): Promise<void> {
  const encodeOptions = { keepEmpty: options.writeEmptyChunks ?? false };
  const write = (part: Part, before: Promise<void>) =>
    withChunk(array, part.coords, (key) =>
      withKey(array.store, key, async () => {
        const reader = chunkReader(array, part.coords, { signal: options.signal });
        const { read, region, source } = await changeOf(part, reader);
        const bytes = await array.pipelineAt(part.coords).encodeFrom(read, region, source, encodeOptions);
        await before;
        if (bytes === undefined) await array.store.delete(key);
        else await array.store.set(key, bytes);
      }),
    );

  // Chunks are encoded side by side and stored in the plan's order, so that the same calls give the same file.
  let last = Promise.resolve();
  const begin = (part: Part) => {
    last = write(part, last);
    return last;
  };
  await inOrder(parts, chunksAtOnce(array), begin, progressOf(total, options), options.signal);
}

/**
 * The values to write as a chunk of the region's shape; a scalar becomes one element with strides of 0.
 * @throws ZarrError `ERR_VALUE` - their number or shape is not the region's, or one does not fit the data type
 */
export function valuesFor({ dataType }: ArrayMetadata, values: unknown, region: readonly number[]): Chunk {
  const mismatch = (found: string) => {
    const expected = `the selected region has shape [${region.join(", ")}], ${product(region)} elements`;
    return new ZarrError("ERR_VALUE", `${found}, but ${expected}`);
  };
  if (!dataType.isScalar(values) && isChunk(values)) {
    const { data: given, shape } = values;
    if (!isList(given) || !isList(shape)) throw mismatch("the values are no chunk { data, shape, stride }");
    const { stride = cStrides(shape) } = values;
    if (shape.length !== region.length || shape.some((length, d) => length !== region[d])) {
      throw mismatch(`the values have shape [${shape.join(", ")}]`);
    }
    const data = dataType.checkValues(given);
    const span = shape.includes(0) ? 0 : 1 + shape.reduce((last, length, d) => last + (length - 1) * stride[d], 0);
    const isStride = (s: number) => Number.isSafeInteger(s) && s >= 0;
    if (stride?.length !== shape.length || !stride.every(isStride) || span * dataType.width > data.length) {
      throw mismatch(`the values have strides [${stride}] and ${data.length} entries of data`);
    }
    return { data, shape, stride };
  }
  if (!dataType.isScalar(values) && isList(values)) {
    const entries = product(region) * dataType.width;
    if (!(values.length >= 0 && values.length <= entries))
      throw mismatch(`the values have a length of ${values.length}`);
    const data = dataType.checkValues(values);
    if (data.length !== entries) throw mismatch(`the values have ${data.length / dataType.width} elements`);
    return { data, shape: region, stride: cStrides(region) };
  }
  const data = dataType.allocate(1);
  dataType.fill(data, dataType.checkScalar(values), 0, dataType.width);
  return { data, shape: region, stride: region.map(() => 0) };
}

function isList(values: unknown): values is ArrayLike<unknown> {
  return typeof values === "object" && values !== null && "length" in values;
}

function isChunk(values: unknown): values is Pick<Chunk, "data" | "shape"> & Partial<Chunk> {
  return typeof values === "object" && values !== null && "data" in values && "shape" in values;
}

import type { ByteRange } from "../bytes/byte-range.js";
import { describe, type JsonObject, stringifyJson } from "../bytes/json.js";
import type { ChunkRegion, EncodedReader, Pipeline } from "../codecs/codec.js";
import { absentReader, readerOf } from "../codecs/kernels/encoded-reader.js";
import { createPipeline } from "../codecs/pipeline.js";
import { memoryLimit, memorySize } from "../data-type/item-size.js";
import { withDetails, ZarrError } from "../errors.js";
import { chunkLength, chunkOf, chunkStart, type DimensionGrid } from "../grid/chunk-grid.js";
import { product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import type { GetOptions, HeldValue, Store, StoreValues } from "../store/store.js";
import { nodeKey } from "./load-node.js";

/** What reading and writing chunks needs to know of an array. */
export interface ArrayParts {
  /** The array's store, or what a transaction sees of it. */
  readonly store: StoreValues & Pick<Store, "transaction" | "together">;
  /** Without a leading slash; empty for the root. */
  readonly path: string;
  readonly metadata: ArrayMetadata;
  /** The codecs as they are for the chunk at `coords`: on a regular grid the same for all. */
  pipelineAt(coords: readonly number[]): Pipeline;
  /** The same by the shape of a chunk. */
  pipelineOf(chunkShape: readonly number[]): Pipeline;
}

/** Chunk shapes whose codecs are kept. */
const maxPipelines = 64;

/**
 * What reading and writing chunks needs to know of the array at `path`.
 * @param previous - the same array before a change of its metadata: where its codecs are the same they are not made again
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE`, `ERR_METADATA` - a codec is unknown or wrongly configured
 */
export function arrayParts(
  { store, path, metadata }: Pick<ArrayParts, "store" | "path" | "metadata">,
  previous?: ArrayParts,
): ArrayParts {
  const isSame = previous !== undefined && isEncodedAlike(metadata, previous.metadata);
  const pipelineOf = isSame ? previous.pipelineOf : pipelinesOf({ store, path, metadata });
  pipelineOf(metadata.chunkShape);
  return { store, path, metadata, pipelineOf, pipelineAt: (coords) => pipelineOf(chunkShapeAt(metadata, coords)) };
}

/** Runs `read` on chunks that were all stored at one moment, whatever is committed meanwhile, where the store has versions. */
export async function atOneMoment<T>(array: ArrayParts, read: (array: ArrayParts) => Promise<T>): Promise<T> {
  const { store } = array;
  if (store.together === undefined) return await read(array);
  return await store.together((values) => read(values === store ? array : { ...array, store: values }));
}

/** The codecs by the shape of the chunk that they are for, made when it is first asked for. */
function pipelinesOf({ store, path, metadata }: Pick<ArrayParts, "store" | "path" | "metadata">) {
  const { limits, path: file } = store;
  const pipelines = new Map<string, Pipeline>();
  let last: { readonly shape: readonly number[]; readonly pipeline: Pipeline } | undefined;
  const create = (shape: readonly number[]) => {
    try {
      return createPipeline(
        metadata.codecs,
        { ...metadata, shape },
        { limits, zarrFormat: metadata.zarrFormat, isStored: true },
      );
    } catch (error) {
      throw withDetails(error, { file, path });
    }
  };
  return (shape: readonly number[]): Pipeline => {
    if (last?.shape === shape) return last.pipeline;
    const key = shape.join();
    const pipeline = pipelines.get(key) ?? create(shape);
    if (pipelines.size >= maxPipelines) pipelines.clear();
    pipelines.set(key, pipeline);
    last = { shape, pipeline };
    return pipeline;
  };
}

/** Whether chunks are encoded alike: whether the documents differ in nothing but the shape and the attributes. */
function isEncodedAlike({ document: a }: ArrayMetadata, { document: b }: ArrayMetadata): boolean {
  const rest = (document: JsonObject) => ({ ...document, shape: null, attributes: null });
  // A document that was changed in memory shares the other members with the one before.
  const names = Object.keys(rest(a));
  const isShared = names.every((name) => name === "shape" || name === "attributes" || a[name] === b[name]);
  return (
    (isShared && names.length === Object.keys(rest(b)).length) || stringifyJson(rest(a)) === stringifyJson(rest(b))
  );
}

/** Shape of the chunk at `coords`, what lies beyond the array's end included. */
export function chunkShapeAt({ chunkGrid, chunkShape }: ArrayMetadata, coords: readonly number[]): readonly number[] {
  if (chunkGrid === chunkShape) return chunkShape;
  return chunkGrid.map((grid, d) => chunkLength(grid, coords[d]));
}

/** Shape of the inner chunks, where sharding is all that the codecs do. */
export function innerChunkShape({ codecs }: ArrayMetadata): readonly number[] | undefined {
  const [{ name, configuration }] = codecs;
  const isSharded = codecs.length === 1 && name === "sharding_indexed";
  return isSharded ? (configuration.chunk_shape as readonly number[]) : undefined;
}

/** The parts of an array that decode by themselves: its inner chunks, or where it has no shards its chunks. */
export function decodingGrid(metadata: ArrayMetadata): readonly DimensionGrid[] {
  return innerChunkShape(metadata) ?? metadata.chunkGrid;
}

/** Where elements are in the chunk grid. */
export interface PlaceInGrid {
  /** Coordinates of the chunk. */
  readonly coords: readonly number[];
  readonly region: ChunkRegion;
}

/** Where `count` elements of one chunk lie, `step` apart from the one at `first` of the array on. */
export function placeInGrid(
  { chunkGrid }: ArrayMetadata,
  first: readonly number[],
  step: readonly number[],
  count: readonly number[],
): PlaceInGrid {
  const coords = first.map((index, d) => chunkOf(chunkGrid[d], index));
  const start = first.map((index, d) => index - chunkStart(chunkGrid[d], coords[d]));
  return { coords, region: { start, step, count, whole: false } };
}

/** Decoded bytes that chunks under way in one call may take together. */
const bytesUnderWay = 256 * 2 ** 20;

/** Number of chunks to work on at once. */
export function chunksAtOnce({ metadata }: ArrayParts): number {
  const chunkBytes = product(metadata.chunkShape) * memorySize(metadata.dataType);
  return Math.max(1, Math.min(8, Math.floor(bytesUnderWay / Math.max(chunkBytes, 1))));
}

/** Up to this size, decoded, a chunk costs more to ask for than to decode, in bytes. */
const smallChunkBytes = 16 * 1024;

/** Fewer chunks are not worth anything special. */
const fewChunks = 32;

/** Whether so many chunks of an array are many small ones, better read and written together: on a regular grid. */
export function areManySmall({ metadata, store }: ArrayParts, chunks: number): boolean {
  const { chunkShape, chunkGrid, dataType } = metadata;
  const bytes = product(chunkShape) * memorySize(dataType);
  const isSmall = bytes <= Math.min(smallChunkBytes, store.limits.chunkBytes);
  return isSmall && chunks >= fewChunks && chunkGrid === chunkShape;
}

/** Whether they are, and are stored as their elements: one thread copies these faster than it could tell others of them. */
export function areManyPlain(array: ArrayParts, chunks: number): boolean {
  return areManySmall(array, chunks) && array.pipelineOf(array.metadata.chunkShape).decodeElements !== undefined;
}

/** A little longer than allowed is a codec's to report; a much longer value is not read at all. */
const encodedSlack = 2 ** 20;

/**
 * What a selection takes of an array.
 * @throws ZarrError as `resolve`, naming file and path
 */
export function selectionOf<S, Resolved>(
  { store, path, metadata }: Pick<ArrayParts, "store" | "path" | "metadata">,
  resolve: (selection: S, shape: readonly number[], dimensionNames?: ArrayMetadata["dimensionNames"]) => Resolved,
  selection: S,
): Resolved {
  try {
    return resolve(selection, metadata.shape, metadata.dimensionNames);
  } catch (error) {
    throw withDetails(error, { file: store.path, path });
  }
}

/** Store key of the chunk at `coords`. */
export function chunkKey({ path, metadata }: Pick<ArrayParts, "path" | "metadata">, coords: readonly number[]): string {
  return nodeKey(path, metadata.chunkKeyEncoding.encode(coords));
}

/** @throws ZarrError `ERR_SELECTION` - not one integer from 0 on for each dimension, as those of a chunk are */
export function checkCoords(coords: readonly number[], rank: number): void {
  const isCoords =
    Array.isArray(coords) &&
    coords.length === rank &&
    coords.every((coord) => Number.isSafeInteger(coord) && coord >= 0);
  if (isCoords) return;
  const message = `${describe(coords)} is not the coordinates of a chunk: give a list of an integer for each of ${rank} dimensions`;
  throw new ZarrError("ERR_SELECTION", message);
}

/** Bytes of a decoded chunk, as far as its type tells them. */
function chunkBytes({ metadata }: ArrayParts, coords: readonly number[]): number {
  return product(chunkShapeAt(metadata, coords)) * memorySize(metadata.dataType);
}

/**
 * Checks that a chunk may be decoded, before anything of its size is read or allocated.
 * @throws ZarrError `ERR_LIMIT` - it is larger than `limits.chunkBytes`, or a list than `limits.listBytes`
 */
export function checkChunkSize(array: ArrayParts, coords: readonly number[]): void {
  const { store, metadata } = array;
  const bytes = chunkBytes(array, coords);
  const limit = memoryLimit(metadata.dataType, store.limits, "chunkBytes");
  if (bytes <= limit.bytes) return;
  const chunk = `a chunk of shape [${chunkShapeAt(metadata, coords).join(", ")}] and type ${metadata.dataType.name}`;
  const message = `${chunk} takes ${bytes} bytes, the limit is ${limit.bytes}; limits.${limit.name} raises it`;
  throw new ZarrError("ERR_LIMIT", message);
}

/** Reads the encoded chunk at `coords` from the store: all of it, its CRC-32 checked, or a range. */
export function chunkReader(array: ArrayParts, coords: readonly number[], options: GetOptions): EncodedReader {
  const key = chunkKey(array, coords);
  const { store } = array;
  const { givesOwnMemory } = store;
  const bounded = { maxBytes: array.pipelineAt(coords).maxEncodedSize + encodedSlack, ...options };
  const isLarge = chunkBytes(array, coords) > memoryLimit(array.metadata.dataType, store.limits, "chunkBytes").bytes;
  const readerOfValue = (value: HeldValue) => {
    const read = async (range?: ByteRange) => {
      // A few deflated bytes may be the size that such a chunk is allowed. A missing one is the fill value all the same.
      const isOfWhole = range === undefined || "wholeSize" in range;
      if (isOfWhole && isLarge && (await store.has(key))) checkChunkSize(array, coords);
      return await value(range, bounded);
    };
    // A store that can say of pieces whether their value has its checksum can do so of the whole value, too.
    return Object.assign(read, { givesOwnMemory, isChecked: store.getPieces !== undefined });
  };
  const read = readerOfValue((range) =>
    range === undefined ? store.get(key, bounded) : store.getRange(key, range, bounded),
  );
  const hold: EncodedReader["hold"] = async (work) => {
    if (store.withValue !== undefined) return await store.withValue(key, (value) => work(readerOfValue(value)));
    const bytes = await read();
    return await work(bytes === undefined ? absentReader : readerOf(bytes));
  };
  const pieces: EncodedReader["pieces"] =
    store.getPieces === undefined || isLarge ? undefined : async (...args) => await store.getPieces?.(key, ...args);
  return Object.assign(read, { hold, pieces });
}

/** Runs what concerns the chunk at `coords`, and names the chunk in its errors. */
export async function withChunk<T>(
  array: ArrayParts,
  coords: readonly number[],
  work: (key: string) => Promise<T>,
): Promise<T> {
  const key = chunkKey(array, coords);
  try {
    return await work(key);
  } catch (error) {
    throw withDetails(error, { file: array.store.path, key, path: array.path, chunk: coords });
  }
}

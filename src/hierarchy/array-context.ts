import { type JsonObject, stringifyJson } from "../bytes/json.js";
import type { Pipeline } from "../codecs/codec.js";
import { createPipeline } from "../codecs/pipeline.js";
import { memorySize } from "../data-type/item-size.js";
import { withDetails } from "../errors.js";
import { product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import type { Store, StoreValues } from "../store/store.js";
import { chunkShapeAt } from "./chunk-layout.js";

/** The facts about an array that reading and writing its chunks needs. */
export interface ArrayContext {
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
 * The facts that reading and writing the chunks of the array at `path` needs.
 * @param previous - the same array before a change of its metadata: where its codecs are the same they are not made again
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE`, `ERR_METADATA` - a codec is unknown or wrongly configured
 */
export function arrayContext(
  { store, path, metadata }: Pick<ArrayContext, "store" | "path" | "metadata">,
  previous?: ArrayContext,
): ArrayContext {
  const isSame = previous !== undefined && isEncodedAlike(metadata, previous.metadata);
  const pipelineOf = isSame ? previous.pipelineOf : pipelinesOf({ store, path, metadata });
  pipelineOf(metadata.chunkShape);
  return { store, path, metadata, pipelineOf, pipelineAt: (coords) => pipelineOf(chunkShapeAt(metadata, coords)) };
}

/** Runs `read` on chunks that were all stored at one moment, whatever is committed meanwhile, where the store has versions. */
export async function atOneMoment<T>(array: ArrayContext, read: (array: ArrayContext) => Promise<T>): Promise<T> {
  const { store } = array;
  if (store.together === undefined) return await read(array);
  return await store.together((values) => read(values === store ? array : { ...array, store: values }));
}

/** The codecs by the shape of the chunk that they are for, made when it is first asked for. */
function pipelinesOf({ store, path, metadata }: Pick<ArrayContext, "store" | "path" | "metadata">) {
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

/** True if chunks are encoded alike: whether the documents differ in nothing but the shape and the attributes. */
function isEncodedAlike({ document: a }: ArrayMetadata, { document: b }: ArrayMetadata): boolean {
  const rest = (document: JsonObject) => ({ ...document, shape: null, attributes: null });
  // A document that was changed in memory shares the other members with the one before.
  const names = Object.keys(rest(a));
  const isShared = names.every((name) => name === "shape" || name === "attributes" || a[name] === b[name]);
  return (
    (isShared && names.length === Object.keys(rest(b)).length) || stringifyJson(rest(a)) === stringifyJson(rest(b))
  );
}

/** Decoded bytes that chunks under way in one call may take together. */
const bytesUnderWay = 256 * 2 ** 20;

/** Number of chunks to work on at once: more of them where they arrive in no order, from far away. */
export function chunksAtOnce({ metadata, store }: ArrayContext): number {
  const chunkBytes = product(metadata.chunkShape) * memorySize(metadata.dataType);
  const most = store.expect === undefined ? 8 : 256;
  return Math.max(1, Math.min(most, Math.floor(bytesUnderWay / Math.max(chunkBytes, 1))));
}

/** Up to this size, decoded, a chunk costs more to ask for than to decode, in bytes. */
const smallChunkBytes = 16 * 1024;

/** Fewer chunks are not worth anything special. */
const fewChunks = 32;

/** True if so many chunks of an array are many small ones, better read and written together: on a regular grid. */
export function areManySmall({ metadata, store }: ArrayContext, chunks: number): boolean {
  const { chunkShape, chunkGrid, dataType } = metadata;
  const bytes = product(chunkShape) * memorySize(dataType);
  const isSmall = bytes <= Math.min(smallChunkBytes, store.limits.chunkBytes);
  return isSmall && chunks >= fewChunks && chunkGrid === chunkShape;
}

/** True if they are, and are stored as their elements: one thread copies these faster than it could tell others of them. */
export function areManyPlain(array: ArrayContext, chunks: number): boolean {
  return areManySmall(array, chunks) && array.pipelineOf(array.metadata.chunkShape).decodeElements !== undefined;
}

/**
 * The part of an array that a selection takes.
 * @throws ZarrError as `resolve`, naming file and path
 */
export function selectionOf<S, Resolved>(
  { store, path, metadata }: Pick<ArrayContext, "store" | "path" | "metadata">,
  resolve: (selection: S, shape: readonly number[], dimensionNames?: ArrayMetadata["dimensionNames"]) => Resolved,
  selection: S,
): Resolved {
  try {
    return resolve(selection, metadata.shape, metadata.dimensionNames);
  } catch (error) {
    throw withDetails(error, { file: store.path, path });
  }
}

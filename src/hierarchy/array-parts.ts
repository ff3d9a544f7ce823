import type { Pipeline } from "../codecs/pipeline.js";
import { withDetails } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { copyRegion, toContiguous } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import type { GetOptions, Store } from "../store/store.js";
import { nodeKey } from "./load-node.js";

/** What reading and writing chunks needs to know of an array. */
export interface ArrayParts {
  readonly store: Store;
  /** Without a leading slash; empty for the root. */
  readonly path: string;
  readonly metadata: ArrayMetadata;
  readonly pipeline: Pipeline;
}

/** Decoded bytes that chunks under way in one call may take together. */
const bytesUnderWay = 256 * 2 ** 20;

/** Number of chunks to work on at once. */
export function chunksAtOnce({ metadata }: ArrayParts): number {
  const chunkBytes = product(metadata.chunkShape) * (metadata.dataType.itemSize ?? 16);
  return Math.max(1, Math.min(8, Math.floor(bytesUnderWay / Math.max(chunkBytes, 1))));
}

/** A little longer than allowed is a codec's to report; a much longer value is not read at all. */
const encodedSlack = 2 ** 20;

/** Store key of the chunk at `coords`. */
export function chunkKey({ path, metadata }: Pick<ArrayParts, "path" | "metadata">, coords: readonly number[]): string {
  return nodeKey(path, metadata.chunkKeyEncoding.encode(coords));
}

/** The stored chunk at `coords`, decoded, of any stride and perhaps a view; `undefined` if there is none. */
export async function loadChunk(
  array: ArrayParts,
  coords: readonly number[],
  options: GetOptions,
): Promise<Chunk | undefined> {
  const key = chunkKey(array, coords);
  try {
    const bytes = await array.store.get(key, { maxBytes: array.pipeline.maxEncodedSize + encodedSlack, ...options });
    return bytes === undefined ? undefined : await array.pipeline.decode(bytes);
  } catch (error) {
    throw withDetails(error, { file: array.store.path, key, path: array.path, chunk: coords });
  }
}

/** A chunk of fill values, in C order. */
export function fillChunk({ metadata }: ArrayParts): Chunk {
  const { chunkShape, dataType, fillValue } = metadata;
  const elements = product(chunkShape);
  const data = dataType.allocate(elements);
  dataType.fill(data, fillValue, 0, elements * dataType.width);
  return { data, shape: chunkShape, stride: cStrides(chunkShape) };
}

/** A C-order copy that shares nothing with `chunk`. */
export function copyOf(chunk: Chunk, { metadata }: ArrayParts): Chunk {
  const { dataType } = metadata;
  const contiguous = toContiguous(chunk, dataType);
  if (contiguous !== chunk) return contiguous;
  const data = dataType.allocate(product(chunk.shape));
  copyRegion({ ...chunk, offset: 0 }, { data, offset: 0, stride: chunk.stride }, chunk.shape, dataType.width);
  return { data, shape: chunk.shape, stride: cStrides(chunk.shape) };
}

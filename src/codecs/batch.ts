import type { Limits } from "../bytes/limits.js";
import { memorySize } from "../data-type/item-size.js";
import { product } from "../grid/strides.js";
import type { ArrayToBytesCodec, ChunkRepresentation, Codec, DecodedBatch } from "./codec.js";

/** Decoded bytes of one step. */
export const stepBytes = 512 * 1024;

/** Item sizes that divide this divide what may lie between two values of a batch. */
const batchAlignment = 16;

/** Small chunks that can be decoded together: all that surrounds their elements is a codec that takes several values at once. */
export interface Batch {
  readonly toBytes: ArrayToBytesCodec;
  decode(values: readonly Uint8Array[]): Promise<DecodedBatch | undefined>;
  readonly chunk: ChunkRepresentation;
  /** Bytes of one chunk, decoded. */
  readonly size: number;
  readonly itemSize: number;
}

/**
 * @param codecs - of a pipeline, in the order of encoding
 * @returns `undefined` if they are others, or the chunks too large
 */
export function batchOf(codecs: readonly Codec[], chunk: ChunkRepresentation, limits: Limits): Batch | undefined {
  const [toBytes, codec] = codecs;
  if (codecs.length !== 2 || toBytes.kind !== "array-to-bytes" || !toBytes.isElementwise) return undefined;
  if (codec.kind !== "bytes-to-bytes" || codec.decodeBatch === undefined) return undefined;
  const { shape, dataType } = chunk;
  const size = toBytes.encodedSize(chunk)!;
  const itemSize = size / product(shape);
  const isSmall = 2 * size <= stepBytes && product(shape) * memorySize(dataType) <= limits.chunkBytes;
  // Lists are slow to make, and what is in them may be views of the memory that is freed after decoding.
  const isList = Array.isArray(dataType.allocate(0));
  if (!isSmall || isList || batchAlignment % itemSize !== 0) return undefined;
  const decodeBatch = codec.decodeBatch.bind(codec);
  return { toBytes, decode: (values) => decodeBatch(values, size), chunk, size, itemSize };
}

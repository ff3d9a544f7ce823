import type { ByteRange } from "../bytes/byte-range.js";
import type { EncodedReader } from "../codecs/codec.js";
import { absentReader, readerOf } from "../codecs/kernels/encoded-reader.js";
import { memoryLimit } from "../data-type/item-size.js";
import { withDetails, ZarrError } from "../errors.js";
import type { GetOptions, HeldValue, StoreValues } from "../store/store.js";
import type { ArrayContext } from "./array-context.js";
import { chunkBytes, chunkKey, chunkShapeAt } from "./chunk-layout.js";

/** A little longer than allowed is a codec's to report; a much longer value is not read at all. */
const encodedSlack = 2 ** 20;

/**
 * Checks that a chunk may be decoded, before anything of its size is read or allocated.
 * @throws ZarrError `ERR_LIMIT` - it is larger than `limits.chunkBytes`, or a list than `limits.listBytes`
 */
export function checkChunkSize(array: ArrayContext, coords: readonly number[]): void {
  const { store, metadata } = array;
  const bytes = chunkBytes(array.metadata, coords);
  const limit = memoryLimit(metadata.dataType, store.limits, "chunkBytes");
  if (bytes <= limit.bytes) return;
  const chunk = `a chunk of shape [${chunkShapeAt(metadata, coords).join(", ")}] and type ${metadata.dataType.name}`;
  const message = `${chunk} takes ${bytes} bytes, the limit is ${limit.bytes}; limits.${limit.name} raises it`;
  throw new ZarrError("ERR_LIMIT", message);
}

/** Reads the encoded chunk at `coords` from the store: all of it, its CRC-32 checked, or a range. */
export function chunkReader(array: ArrayContext, coords: readonly number[], options: GetOptions): EncodedReader {
  const key = chunkKey(array, coords);
  const { store } = array;
  const { givesOwnMemory } = store;
  const maxBytes = maxEncodedBytes(array, coords);
  const bounded = { maxBytes, ...options };
  const isLarge =
    chunkBytes(array.metadata, coords) > memoryLimit(array.metadata.dataType, store.limits, "chunkBytes").bytes;
  const expect: EncodedReader["expect"] =
    store.expect && ((ranges) => store.expect!(ranges.map((range) => ({ key, range, maxBytes }))));
  const readerOfValue = (value: HeldValue) => {
    const read = async (range?: ByteRange) => {
      // A few deflated bytes may be the size that such a chunk is allowed. A missing one is the fill value all the same.
      const isOfWhole = range === undefined || "wholeSize" in range;
      if (isOfWhole && isLarge && (await store.has(key))) checkChunkSize(array, coords);
      return await value(range, bounded);
    };
    return Object.assign(read, { givesOwnMemory, isChecked: checksWholeValues(store), expect });
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

/** Bytes that an encoded chunk may have to be read at all. */
export function maxEncodedBytes(array: ArrayContext, coords: readonly number[]): number {
  return array.pipelineAt(coords).maxEncodedSize + encodedSlack;
}

/** True if whole values have been held against a checksum: a store that can say so of pieces can of the whole, too. */
export function checksWholeValues(store: StoreValues): boolean {
  return store.getPieces !== undefined;
}

/** Runs what concerns the chunk at `coords`, and names the chunk in its errors; once the signal is aborted, its reason is the error. */
export async function withChunk<T>(
  array: ArrayContext,
  coords: readonly number[],
  work: (key: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const key = chunkKey(array, coords);
  try {
    return await work(key);
  } catch (error) {
    signal?.throwIfAborted(); // a codec that waited for the store has made an error of its own of it
    throw withDetails(error, { file: array.store.path, key, path: array.path, chunk: coords });
  }
}

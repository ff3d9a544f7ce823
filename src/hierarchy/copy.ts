import type { DTypeName } from "../data-type/data-type-map.js";
import type { Chunk } from "../grid/chunk.js";
import type { Slice } from "../grid/slice.js";
import type { ArrayMetadataOptions } from "../metadata/create-metadata.js";
import type { Store } from "../store/store.js";
import type { ZarrArray } from "./array.js";
import type { ZarrGroup } from "./group.js";
import type { Progress } from "./read-selection.js";

/** The layout of an array that is encoded anew. What is left out is as it was. */
export type Layout = Pick<
  ArrayMetadataOptions,
  "chunks" | "shards" | "codecs" | "compressors" | "filters" | "serializer" | "chunkKeyEncoding"
>;

/** Options for moving values from one array to another. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each part. */
  readonly onPart: () => void | Promise<void>;
}

/** The part of a `WorkerPool` that a copy needs. */
export interface CopyPool {
  /** As `WorkerPool.read`. */
  read(array: ZarrArray, selection: readonly Slice[], options: { signal?: AbortSignal }): Promise<unknown>;
  /** As `WorkerPool.write`. */
  write(
    array: ZarrArray,
    selection: readonly Slice[],
    values: Chunk,
    options: { signal?: AbortSignal; flush: boolean },
  ): Promise<void>;
  /**
   * As `WorkerPool.transfer`.
   * @internal
   */
  transfer?(
    source: ZarrArray,
    target: ZarrArray,
    parts: Iterable<Slice[]>,
    options: TransferOptions & { readonly bytes: number },
  ): Promise<boolean>;
}

/** Options of {@link copy}. */
export interface CopyOptions extends Layout {
  /** Path in the target; default that of the source, and of a store the root. Groups that are missing above it are created. */
  readonly path?: string;
  /** Removes whatever is at the path, and below it, first. Default false. */
  readonly overwrite?: boolean;
  /** Workers that decode and encode, where the array is encoded anew. */
  readonly pool?: CopyPool;
  /** Rejects with the signal's reason; what has been copied before stays. */
  readonly signal?: AbortSignal;
  /** Called after each value, or each part of an array that is encoded anew. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Copies an array, a group with everything below it, or all of a store into another store, or to another path of its own. Values are copied
 * as they are stored, one at a time. An array for which options say how it is stored, as `chunks` or `compressors`, is encoded anew,
 * in parts of some 64 MiB, by a pool where one is given. Documents come last: what was interrupted is no array that lacks chunks.
 *
 * @returns the node in the target; nothing for a store. The target is flushed by the caller
 * @throws ZarrError `ERR_EXISTS` - a node is at the path, and `overwrite` is not set; or an array is above it
 * @throws ZarrError `ERR_ARGUMENT` - the source is of no such kind, options of an array for something else, or a copy into itself
 * @throws ZarrError as reading the source and `createArray` do
 * @example
 * ```js
 * import { copy, createArray, MemoryStore, ZipStore } from "zarrzip";
 *
 * const array = await createArray(new MemoryStore(), { shape: [4], chunks: [1], dtype: "int8", data: [1, 2, 3, 4] });
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * const copied = await copy(array, store, { path: "a", chunks: [2] }); // encoded anew, in other chunks
 * await store.close();
 * console.log(copied.path, copied.chunks); // a [ 2 ]
 * ```
 */
export async function copy<DType extends DTypeName, Rank extends number>(
  source: ZarrArray<DType, Rank>,
  target: Store,
  options?: CopyOptions,
): Promise<ZarrArray<DType, Rank>>;
export async function copy(source: ZarrGroup, target: Store, options?: CopyOptions): Promise<ZarrGroup>;
export async function copy(source: Store, target: Store, options?: CopyOptions): Promise<void>;
export async function copy(
  source: ZarrArray | ZarrGroup | Store,
  target: Store,
  options: CopyOptions = {},
): Promise<unknown> {
  const { copyInto } = await import("./copy-into.js");
  return await copyInto(source, target, options);
}

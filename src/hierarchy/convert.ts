import type { Store } from "../store/store.js";
import type { ZarrArray } from "./array.js";
import type { CopyPool, Layout } from "./copy.js";
import type { ZarrGroup } from "./group.js";
import type { Progress } from "./read-selection.js";

/** Options of {@link convert}: the differences between source and target. What is left out is as it was. */
export interface ConvertOptions extends Pick<Layout, "chunks" | "shards" | "compressors" | "filters" | "serializer"> {
  /** Format of all nodes. Default that of the source; with `ome` 3. */
  readonly zarrFormat?: 2 | 3;
  /**
   * `"0.5"`: metadata of OME-Zarr 0.4 becomes that of 0.5, below the attribute `ome`, and the axes name the dimensions of the arrays.
   * Default: attributes stay as they are.
   */
  readonly ome?: "0.5";
  /** Path in the target; default the root. */
  readonly path?: string;
  /** Removes whatever is at the path, and below it, first. Default false. */
  readonly overwrite?: boolean;
  /**
   * Goes on where an earlier call with the same source and options was interrupted, if there was one, and makes it possible to go on with this
   * one: the target is flushed now and then, with a value that says how far it has come. A source in a ZIP must be the same in everything, another source in its metadata. Default false.
   */
  readonly resume?: boolean;
  /** Bytes of values that are in memory at a time, unless a chunk, or a shard, of the target has more. Default 64 MiB. */
  readonly memoryBytes?: number;
  /** Workers that decode and encode. */
  readonly pool?: CopyPool;
  /** Rejects with the signal's reason; what has been written before stays. */
  readonly signal?: AbortSignal;
  /** Called after each part of an array, of `memoryBytes`. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Writes an array, or a group with everything below it, anew: in other chunks, shards and codecs, or in the other Zarr format. Chunks and
 * shards are those of the arrays with as many dimensions; all other options are for all arrays. Values, attributes and fill values stay the same, and
 * so do codecs and names of dimensions, as the other format has them. All documents are checked and written before the first value.
 *
 * @returns the node in the target, which is flushed by the caller
 * @throws ZarrError `ERR_ARGUMENT` - no array or group, or chunks or shards of another number of dimensions than any array
 * @throws ZarrError `ERR_EXISTS` - a node is at the path, and it is neither to be removed nor to be resumed; or another source, or other options, are to be resumed
 * @throws ZarrError `ERR_UNSUPPORTED` - a codec that the other format lacks, or OME-Zarr before 0.4
 * @throws ZarrError `ERR_DATA_TYPE` - a data type that the other format lacks
 * @throws ZarrError as reading the source, `createHierarchy` and `array.set` do
 * @example
 * ```js
 * import { convert, createArray, MemoryStore } from "zarrzip";
 *
 * const old = await createArray(new MemoryStore(), { zarrFormat: 2, shape: [100, 100], chunks: [10, 10], dtype: "int32" });
 * const sharded = await convert(old, new MemoryStore(), { zarrFormat: 3, shards: [50, 50] });
 * console.log(sharded.zarrFormat, sharded.chunks, sharded.shards); // 3 [ 10, 10 ] [ 50, 50 ]
 * ```
 */
export async function convert(source: ZarrArray, target: Store, options?: ConvertOptions): Promise<ZarrArray>;
export async function convert(source: ZarrGroup, target: Store, options?: ConvertOptions): Promise<ZarrGroup>;
export async function convert(
  source: ZarrArray | ZarrGroup,
  target: Store,
  options: ConvertOptions = {},
): Promise<ZarrArray | ZarrGroup> {
  const { convertInto } = await import("./convert-into.js");
  return await convertInto(source, target, options);
}

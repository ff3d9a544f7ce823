import type { Json, JsonObject } from "../bytes/json.js";
import { lazily } from "../bytes/lazily.js";
import type { DTypeName } from "../data-type/data-type-map.js";
import type { ArrayMetadataOptions } from "../metadata/create-metadata.js";
import type { Store } from "../store/store.js";
import { type Values, ZarrArray } from "./array.js";

/** The functions that create and delete nodes, loaded with the first of them. */
export const creating = lazily(() => import("./creating.js"));

/** The place of a new node, and whether it may replace something. */
export interface CreatePlace {
  /** Path within the store; default the root. Groups that are missing above it are created. */
  readonly path?: string;
  /** Removes whatever is at the path, and below it, first. Default false. */
  readonly overwrite?: boolean;
}

/** Options of {@link createArray}. */
export interface CreateArrayOptions<
  DType extends DTypeName = DTypeName,
  Shape extends readonly number[] = readonly number[],
> extends ArrayMetadataOptions,
    CreatePlace {
  /** Length of each dimension. One of length 0 is meant to grow. */
  readonly shape: Shape;
  /** The data type: `"float32"`, `"<f4"`, `"datetime64[ns]"`, `"U8"`, NumPy's list of the fields of a struct, a document's JSON. */
  readonly dtype: DType | JsonObject | readonly Json[];
  /** Values to write at once: flat and in C order, a chunk of the array's shape, or a scalar. Without it every element is the fill value. */
  readonly data?: Values<DType>;
}

/** Options whose data type the compiler knows only as a `string`: a literal that is no {@link DTypeName} is a typing mistake. */
export interface DynamicArrayOptions<DType extends string = string, Shape extends readonly number[] = readonly number[]>
  extends Omit<CreateArrayOptions<DTypeName, Shape>, "dtype"> {
  /** The data type, as in {@link CreateArrayOptions}. */
  readonly dtype: (DType & (string extends DType ? unknown : never)) | JsonObject | readonly Json[];
}

/**
 * Creates an array, and writes its values if `data` is given. Codecs, chunk shape and everything else that is left out
 * are chosen as zarr-python does.
 *
 * @throws ZarrError `ERR_EXISTS` - a node is at the path, and `overwrite` is not set; or an array is above it
 * @throws ZarrError `ERR_KEY` - the path has a segment that is no node name
 * @throws ZarrError `ERR_ARGUMENT`, `ERR_DATA_TYPE`, `ERR_CODEC_UNAVAILABLE`, `ERR_VALUE` - an option is wrong
 * @throws ZarrError `ERR_LIMIT` - more than one of the store's limits allows
 * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#array-metadata
 * @example
 * ```js
 * import { createArray, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("heights.zip", { mode: "w" });
 * const data = Float32Array.from({ length: 6 }, (_, i) => i / 2);
 * const options = { shape: [2, 3], chunks: [1, 3], dtype: "float32", dimensionNames: ["y", "x"], data };
 * const heights = await createArray(store, { path: "heights", ...options });
 * await store.close();
 * console.log(heights.dtype, heights.shape, heights.chunks); // float32 [ 2, 3 ] [ 1, 3 ]
 * ```
 */
export async function createArray<
  const DType extends DTypeName,
  const Shape extends readonly number[] = readonly number[],
>(store: Store, options: CreateArrayOptions<DType, Shape>): Promise<ZarrArray<DType, Shape["length"]>>;
/** Creates an array, as above, where the compiler knows the data type only as a `string`. */
export async function createArray<DType extends string, const Shape extends readonly number[] = readonly number[]>(
  store: Store,
  options: DynamicArrayOptions<DType, Shape>,
): Promise<ZarrArray<DTypeName, Shape["length"]>>;
export async function createArray(store: Store, options: CreateArrayOptions): Promise<ZarrArray> {
  const { createArrayNode } = creating.loaded ?? (await creating.load());
  const { place, node, values } = await createArrayNode(store, options);
  const array = await ZarrArray.make(place, node);
  if (values !== undefined) await array.set(null, values as Values<DTypeName>);
  return array;
}

/** Options of {@link requireArray}: they hold for an array that is there already, too. */
export type RequireArrayOptions<
  DType extends DTypeName = DTypeName,
  Shape extends readonly number[] = readonly number[],
> = Omit<CreateArrayOptions<DType, Shape>, "overwrite" | "data">;

/**
 * Opens the array at `options.path`, or creates it, as zarr-python's `require_array` with `exact` does. One that is there must have
 * the shape and the data type; how it is stored is left as it is.
 *
 * @throws ZarrError `ERR_EXISTS` - a group is there, or an array of another shape or data type
 * @throws ZarrError as {@link createArray}
 * @example
 * ```js
 * import { requireArray, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * for (const value of [1, 2]) {
 *   const counts = await requireArray(store, { path: "counts", shape: [2], dtype: "int32" });
 *   await counts.set([value - 1], value);
 *   console.log([...(await counts.get()).data]); // [ 1, 0 ], then [ 1, 2 ]
 * }
 * await store.close();
 * ```
 */
export async function requireArray<
  const DType extends DTypeName,
  const Shape extends readonly number[] = readonly number[],
>(store: Store, options: RequireArrayOptions<DType, Shape>): Promise<ZarrArray<DType, Shape["length"]>> {
  const { requireArrayNode } = creating.loaded ?? (await creating.load());
  const { place, node } = await requireArrayNode(store, options);
  return (await ZarrArray.make(place, node)) as ZarrArray<DType, Shape["length"]>;
}

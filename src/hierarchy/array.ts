import { checkNoMore, checkOptions } from "../bytes/check-options.js";
import { lazily } from "../bytes/lazily.js";
import { whileUnderWay } from "../bytes/while-under-way.js";
import {
  type DataOf,
  type DTypeName,
  type DTypeOf,
  isScalarKind,
  type ScalarKind,
  type ScalarOf,
} from "../data-type/data-type-map.js";
import { isNamed } from "../data-type/dtype-name.js";
import type { Chunk } from "../grid/chunk.js";
import type { OrthogonalSelection } from "../grid/index-list.js";
import type { CoordinateEntry, Mask } from "../grid/points.js";
import { type IndexRange, resolveSelection, type Selection } from "../grid/selection.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import type { AppendedRange, AppendOptions } from "./append.js";
import { type ArrayContext, arrayContext, selectionOf } from "./array-context.js";
import { checkCoords, chunkKey } from "./chunk-layout.js";
import { DescribedArray } from "./described-array.js";
import type { LoadedNode } from "./load-node.js";
import { type NodePlace, writing } from "./node.js";
import { modulesOf } from "./node-state.js";
import type { ReadManyOptions } from "./read-many.js";
import { type ReadOptions, readRegion } from "./read-selection.js";
import type { WriteOptions } from "./write-selection.js";

const picking = lazily(() => import("./picking.js"));

/** Values that {@link ZarrArray.set} takes: flat and in C order, a chunk of the region's shape, or one for all of it. */
export type Values<DType extends string> = ScalarOf<DType> | number | AppendValues;

/** Values that {@link ZarrArray.append} takes: flat and in C order, or a chunk. */
export type AppendValues =
  | ArrayLike<unknown>
  | { readonly data: ArrayLike<unknown>; readonly shape: readonly number[]; readonly stride?: readonly number[] };

/**
 * The result of a selection: a scalar if every dimension has an index, else a region. Where the number of dimensions is not known to
 * the compiler, and of indices by dimension name, it may be either.
 */
export type Selected<DType extends DTypeName, S, Rank extends number = number> = S extends readonly number[]
  ? SelectedByIndices<DType, S["length"], Rank>
  : S extends readonly unknown[] | null
    ? Chunk<DataOf<DType>>
    : S[keyof S] extends number
      ? ScalarOf<DType> | Chunk<DataOf<DType>>
      : Chunk<DataOf<DType>>;

/** As many indices as dimensions give a scalar, fewer a region. */
type SelectedByIndices<DType extends DTypeName, Indices extends number, Rank extends number> = number extends
  | Indices
  | Rank
  ? ScalarOf<DType> | Chunk<DataOf<DType>>
  : Indices extends Rank
    ? ScalarOf<DType>
    : Chunk<DataOf<DType>>;

/**
 * A chunked array of a store. Made by `openArray` and `createArray`; an instance belongs to its thread, {@link getState}
 * goes to others. The examples of its methods go on from the one here.
 *
 * @typeParam DType - the data type where the program knows it: it decides the types of values
 * @typeParam Rank - number of dimensions where the program knows it: so many indices select a scalar
 * @example
 * ```js
 * import { createArray, MemoryStore, slice } from "zarrzip";
 *
 * const data = Int16Array.from({ length: 12 }, (_, i) => i); // three rows of four
 * const array = await createArray(new MemoryStore(), { shape: [3, 4], chunks: [2, 2], dtype: "int16", data });
 * console.log(array.shape, await array.get([1, 2])); // [ 3, 4 ] 6
 * ```
 */
export class ZarrArray<DType extends DTypeName = DTypeName, Rank extends number = number> extends DescribedArray<
  DType,
  Rank
> {
  #context: ArrayContext | undefined;
  #hasAppended = false;

  private constructor(place: NodePlace, node: LoadedNode<ArrayMetadata>) {
    super(place, node);
  }

  /**
   * The array that these documents describe; where it can be written to, with what that takes.
   * @internal
   */
  static async make(place: NodePlace, node: LoadedNode<ArrayMetadata>): Promise<ZarrArray> {
    if (!place.store.readOnly) await writing.load();
    return new ZarrArray(place, node);
  }

  get kind(): "array" {
    return "array";
  }

  /**
   * True if elements are of a data type, as `"float32"`, or are in JavaScript numbers, bigints, booleans or strings: `"number"` and so on. The
   * compiler knows it from then on.
   * @throws ZarrError `ERR_DATA_TYPE` - no type of this name is known
   * @example
   * if (array.is("number")) console.log(array.is("int16"), array.is("float32")); // true false
   */
  is<Type extends DTypeName | ScalarKind>(type: Type): this is ZarrArray<DTypeOf<Type>, Rank> {
    const { dataType } = this.metadata;
    if (isScalarKind(type)) return typeof dataType.defaultFillValue === type && dataType.name !== "object";
    return isNamed(dataType, type);
  }

  /**
   * The context of reading and writing, made when it is first asked for, so that a group lists an array whose codec is missing.
   * @throws ZarrError `ERR_CODEC_UNAVAILABLE`, `ERR_METADATA` - a codec is unknown or wrongly configured
   * @internal
   */
  get context(): ArrayContext {
    const { store, path, metadata } = this;
    if (this.#context?.metadata !== metadata) this.#context = arrayContext({ store, path, metadata }, this.#context);
    return this.#context;
  }

  /**
   * Reads the elements of `selection` into a new C-order array; chunks that are not stored give the fill value.
   *
   * @param selection - one entry per dimension: an index (drops it), a `slice()`, or `null` (all of it, as of dimensions at the end
   *   without an entry); or an object of entries by dimension name, as `{ time: 3 }`; by default everything
   * @returns `data` of `product(shape)` elements and `shape`, one length per kept dimension; a scalar if every entry is an
   *   index, or the array has no dimensions
   * @throws ZarrError `ERR_SELECTION` - too many entries, an unknown dimension name, or an index out of bounds
   * @throws ZarrError `ERR_CODEC`, `ERR_CHECKSUM` - a chunk failed to decode; `details.key` and `details.chunk` name it
   * @throws ZarrError `ERR_LIMIT` - the region or a chunk is larger than the store's limits
   * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#chunk-grids
   * @example
   * const column = await array.get([slice(0, 2), 3]); // of rows 0 and 1
   * console.log(column.shape, [...column.data]); // [ 2 ] [ 3, 7 ]
   */
  async get<const S extends Selection = null>(
    selection?: S,
    options: ReadOptions<DataOf<DType>> = {},
  ): Promise<Selected<DType, S, Rank>> {
    this.checkOpen();
    const ranges = selectionOf(this, resolveSelection, selection);
    return this.#valueOf(await readRegion(this.context, ranges, options as ReadOptions));
  }

  /**
   * Reads several basic selections in one call. A chunk, or inner chunk, that several of them touch is read and decoded once.
   *
   * @param selections - each as for {@link get}
   * @param options - `onProgress` counts a chunk once for each selection that touches it
   * @returns what {@link get} gives for each; throws as it does
   * @example
   * const [corner, row] = await array.getMany([[0, 0], [1, null]]);
   * console.log(corner, [...row.data]); // 0 [ 4, 5, 6, 7 ]
   */
  async getMany<const S extends readonly Selection[]>(
    selections: S,
    options: ReadManyOptions<DataOf<DType>> = {},
  ): Promise<{ -readonly [I in keyof S]: Selected<DType, S[I], Rank> }> {
    this.checkOpen();
    const { readMany } = picking.loaded ?? (await picking.load());
    const regions = await readMany(this.context, selections, options as ReadManyOptions);
    return regions.map((region) => this.#valueOf(region)) as { -readonly [I in keyof S]: Selected<DType, S[I], Rank> };
  }

  /**
   * Reads the elements at which the entries of all dimensions meet, as zarr-python's `oindex` does.
   *
   * @param selection - per dimension what {@link get} takes, or a list of indices in any order, also repeated ones, or a list of
   *   one boolean for each index
   * @returns as {@link get}: the length of a listed dimension is that of its list, or the number of its `true`
   * @throws ZarrError `ERR_SELECTION` - as {@link get}, or a boolean list that is not as long as its dimension
   * @example
   * const picked = await array.getOrthogonal([[2, 0], [1, 3]]); // rows 2 and 0, columns 1 and 3
   * console.log(picked.shape, [...picked.data]); // [ 2, 2 ] [ 9, 11, 1, 3 ]
   */
  async getOrthogonal<const S extends OrthogonalSelection = null>(
    selection?: S,
    options: ReadOptions<DataOf<DType>> = {},
  ): Promise<Selected<DType, S, Rank>> {
    this.checkOpen();
    const { resolveOrthogonal } = picking.loaded ?? (await picking.load());
    const selections = selectionOf(this, resolveOrthogonal, selection);
    return this.#valueOf(await readRegion(this.context, selections, options as ReadOptions));
  }

  /**
   * Reads single elements, as zarr-python's `vindex` does.
   *
   * @param coordinates - per dimension the index of each element: a list, nested lists, `{ data, shape }`, or one index for all.
   *   They are broadcast against each other, as NumPy does
   * @returns a region of the broadcast shape; a scalar if every entry is an index
   * @throws ZarrError `ERR_SELECTION` - wrong number of entries, shapes that do not go together, or an index out of bounds
   * @throws ZarrError `ERR_LIMIT` - more than 2^26 elements; else as {@link get}
   * @example
   * const points = await array.getCoordinates([[0, 1, 2], [3, 2, 1]]); // (0, 3), (1, 2) and (2, 1)
   * console.log([...points.data]); // [ 3, 6, 9 ]
   */
  async getCoordinates<const C extends readonly CoordinateEntry[]>(
    coordinates: C,
    options: ReadOptions<DataOf<DType>> = {},
  ): Promise<Selected<DType, C, C["length"]>> {
    this.checkOpen();
    const { readPoints, resolveCoordinates } = picking.loaded ?? (await picking.load());
    const points = selectionOf(this, resolveCoordinates, coordinates);
    return this.#valueOf(await readPoints(this.context, points, options as ReadOptions));
  }

  /**
   * Reads the elements at which `mask` is 1 or true, in C order.
   *
   * @param mask - nested lists of 0 and 1, or of booleans, of the array's shape; or such `{ data, shape }`
   * @returns a region of one dimension
   * @throws ZarrError `ERR_SELECTION` - another shape, or another value; else as {@link getCoordinates}
   * @example
   * const mask = { data: data.map((value) => (value > 8 ? 1 : 0)), shape: [3, 4] };
   * console.log([...(await array.getMask(mask)).data]); // [ 9, 10, 11 ]
   */
  async getMask(mask: Mask, options: ReadOptions<DataOf<DType>> = {}): Promise<Chunk<DataOf<DType>>> {
    this.checkOpen();
    const { readPoints, resolveMask } = picking.loaded ?? (await picking.load());
    const points = selectionOf(this, resolveMask, mask);
    return this.#valueOf(await readPoints(this.context, points, options as ReadOptions));
  }

  /**
   * Reads whole chunks, or shards where the array has them, as zarr-python's `blocks` does.
   *
   * @param selection - per dimension a chunk index, a slice of chunk indices of step 1, or `null`; or by dimension name
   * @returns a region; no dimension is dropped, and a chunk at the array's end has what lies within the array
   * @throws ZarrError `ERR_SELECTION` - as {@link get}, or a slice with another step; else as {@link get}
   * @example
   * const block = await array.getBlocks([0, 1]); // rows 0 and 1, columns 2 and 3
   * console.log(block.shape, [...block.data]); // [ 2, 2 ] [ 2, 3, 6, 7 ]
   */
  async getBlocks(selection: Selection, options: ReadOptions<DataOf<DType>> = {}): Promise<Chunk<DataOf<DType>>> {
    this.checkOpen();
    const ranges = await this.#blocks(selection);
    return this.#valueOf(await readRegion(this.context, ranges, options as ReadOptions));
  }

  /**
   * Writes `values` to the elements of `selection`; chunks that are touched in part are read, changed and written back.
   * `values` must not change until the promise resolves.
   *
   * @param selection - as for {@link get}
   * @throws ZarrError `ERR_SELECTION` - as for {@link get}
   * @throws ZarrError `ERR_VALUE` - the values' number or shape is not the region's, or one does not fit the data type
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
   * @example
   * await array.set([slice(0, 2), 3], 50); // one value for all of the selection
   * await array.set([2, null], [5, 6, 7, 8]);
   * console.log([...(await array.get([null, 3])).data]); // [ 50, 50, 8 ]
   */
  async set(selection: Selection, values: Values<DType>, options: WriteOptions = {}): Promise<void> {
    this.checkWritable();
    const { writeRegion } = writing.loaded ?? (await writing.load());
    const ranges = selectionOf(this, resolveSelection, selection);
    await writeRegion(this.context, ranges, values, options);
  }

  /**
   * Writes to what {@link getOrthogonal} reads; if an element is listed twice, the last value stays. Throws as {@link set}.
   * @example
   * await array.setOrthogonal([[0, 2], [0]], [50, 60]); // rows 0 and 2 of column 0
   * console.log([...(await array.get([null, 0])).data]); // [ 50, 4, 60 ]
   */
  async setOrthogonal(
    selection: OrthogonalSelection,
    values: Values<DType>,
    options: WriteOptions = {},
  ): Promise<void> {
    this.checkWritable();
    const { writeRegion } = writing.loaded ?? (await writing.load());
    const { resolveOrthogonal } = picking.loaded ?? (await picking.load());
    const selections = selectionOf(this, resolveOrthogonal, selection);
    await writeRegion(this.context, selections, values, options);
  }

  /**
   * Writes to what {@link getCoordinates} reads; if an element is there twice, the last value stays. Throws as {@link set}.
   * @example
   * await array.setCoordinates([[0, 1], [0, 3]], [50, 60]); // (0, 0) and (1, 3)
   * console.log(await array.get([0, 0]), await array.get([1, 3])); // 50 60
   */
  async setCoordinates(
    coordinates: readonly CoordinateEntry[],
    values: Values<DType>,
    options: WriteOptions = {},
  ): Promise<void> {
    this.checkWritable();
    const { writePoints } = writing.loaded ?? (await writing.load());
    const { resolveCoordinates } = picking.loaded ?? (await picking.load());
    await writePoints(this.context, selectionOf(this, resolveCoordinates, coordinates), values, options);
  }

  /**
   * Writes to what {@link getMask} reads. Throws as {@link set}.
   * @example
   * await array.setMask({ data: data.map((value) => value % 2), shape: [3, 4] }, 0);
   * console.log([...(await array.get([0])).data]); // [ 0, 0, 2, 0 ]
   */
  async setMask(mask: Mask, values: Values<DType>, options: WriteOptions = {}): Promise<void> {
    this.checkWritable();
    const { writePoints } = writing.loaded ?? (await writing.load());
    const { resolveMask } = picking.loaded ?? (await picking.load());
    await writePoints(this.context, selectionOf(this, resolveMask, mask), values, options);
  }

  /**
   * Writes to what {@link getBlocks} reads. Throws as {@link set}.
   * @example
   * await array.setBlocks([0, 0], 50); // the chunk of rows 0 and 1, columns 0 and 1
   * console.log([...(await array.get([0])).data]); // [ 50, 50, 2, 3 ]
   */
  async setBlocks(selection: Selection, values: Values<DType>, options: WriteOptions = {}): Promise<void> {
    this.checkWritable();
    const { writeRegion } = writing.loaded ?? (await writing.load());
    await writeRegion(this.context, await this.#blocks(selection), values, options);
  }

  /**
   * Adds values behind the last ones along one dimension, however many threads and processes append to the array: in a store
   * that has transactions, as a `ZipStore` has, what they append never overlaps and leaves no gap. Chunks that are filled are
   * encoded once. What ends within a chunk is merged into it when it is committed; appending whole chunks costs least.
   *
   * @param values - flat and in C order, of a length that fits the other dimensions, or a chunk whose shape agrees with the
   *   array's in all dimensions but the axis. They must not change until the promise resolves.
   * @returns the range of indices along the axis, once the values are buffered: provisional, since others may commit theirs first.
   *   With `flush` the committed one.
   * @throws ZarrError `ERR_ARGUMENT` - no such axis, as in an array without dimensions
   * @throws ZarrError `ERR_VALUE` - a scalar, values that do not fit the data type, or the other dimensions
   * @throws ZarrError `ERR_UNSUPPORTED` - the chunk grid lists its chunks, and the list ends; or the store cannot be written to
   * @throws ZarrError `ERR_NOT_FOUND` - the array has been deleted or replaced; `ERR_READ_ONLY`
   * @example
   * const { start, end } = await array.append([12, 13, 14, 15]); // a fourth row
   * console.log(start, end, array.shape); // 3 4 [ 4, 4 ]
   */
  async append(values: AppendValues, options: AppendOptions = {}): Promise<AppendedRange> {
    this.checkWritable();
    const { Appending, appendOptions, isCheapToEncode } = writing.loaded ?? (await writing.load());
    checkOptions(options, appendOptions);
    const { axis = 0, flush = false, signal } = options;
    const { context } = this;
    // Compressing is for before the commit, when others can do so, too; and so is what the first append opens and compiles.
    const ahead = !isCheapToEncode(context) || !this.#hasAppended;
    this.#hasAppended = true;
    const appending = new Appending(context, values, axis, !flush || ahead);
    const { heldBytes } = appending;
    const outcome = await whileUnderWay([signal], (own) =>
      this.change((...seen) => appending.run({ signal: own }, ...seen), {
        heldBytes,
        commit: flush,
        ahead,
        signal: own,
      }),
    );
    if (flush) await (outcome.durable ?? this.store.flush());
    return outcome.value.range;
  }

  /**
   * Gives the array another shape. Elements that are new have the fill value, also where the array had been longer before: what a
   * smaller shape leaves out is removed for good, while zarr-python keeps what a chunk at the end holds beyond it.
   *
   * @param shape - one length from 0 on for each dimension; the chunks stay as they are
   * @throws ZarrError `ERR_ARGUMENT` - another number of lengths, or no integers from 0 on; `ERR_LIMIT` - beyond 2^53
   * @throws ZarrError `ERR_UNSUPPORTED` - the chunk grid lists its chunks, and they do not reach so far; or the store cannot be
   *   written to
   * @throws ZarrError `ERR_CODEC`, `ERR_CHECKSUM` - a chunk at the new end cannot be read
   * @throws ZarrError `ERR_NOT_FOUND` - the array has been deleted or replaced; `ERR_READ_ONLY`
   * @example
   * await array.resize([2, 5]); // a row less, and a column more
   * console.log([...(await array.get([0])).data]); // [ 0, 1, 2, 3, 0 ]
   */
  async resize(shape: readonly number[], ...more: readonly never[]): Promise<void> {
    checkNoMore(more, "resize(shape)");
    this.checkWritable();
    const { resizeArray, withShape } = writing.loaded ?? (await writing.load());
    const known = this.context;
    const { shape: lengths } = withShape(this.metadata, shape, this.store.limits);
    await this.change(async (values, stored) => ({ node: await resizeArray(values, stored, known, lengths) }));
  }

  /**
   * Reads one chunk, or shard, by its coordinates in the chunk grid. Those at the array's end have their full shape.
   * @throws ZarrError `ERR_SELECTION` - no such chunk in the grid; else as {@link get}
   * @example
   * const chunk = await array.getChunk([1, 0]); // of its two rows one is within the array
   * console.log(chunk.shape, [...chunk.data]); // [ 2, 2 ] [ 8, 9, 0, 0 ]
   */
  async getChunk(coords: readonly number[], options: { signal?: AbortSignal } = {}): Promise<Chunk<DataOf<DType>>> {
    this.checkOpen();
    checkOptions(options, { signal: "signal" });
    this.#checkCoords(coords);
    const { readChunk } = picking.loaded ?? (await picking.load());
    return (await readChunk(this.context, coords, options)) as Chunk<DataOf<DType>>;
  }

  /**
   * Store key of the chunk at `coords`.
   * @throws ZarrError `ERR_SELECTION` - these are not coordinates
   * @example
   * console.log(array.chunkKey([1, 0])); // c/1/0
   */
  chunkKey(coords: readonly number[]): string {
    this.#checkCoords(coords);
    return chunkKey(this, coords);
  }

  #checkCoords(coords: readonly number[]): void {
    selectionOf(this, (given, shape) => checkCoords(given, shape.length), coords);
  }

  async #blocks(selection: Selection): Promise<readonly IndexRange[]> {
    const { resolveBlocks } = picking.loaded ?? (await picking.load());
    const { chunkGrid } = this.metadata;
    const resolve = (blocks: Selection, shape: readonly number[], names: ArrayMetadata["dimensionNames"]) =>
      resolveBlocks(blocks, shape, chunkGrid, names);
    return selectionOf(this, resolve, selection);
  }

  /** A region without dimensions as its only value. The compiler cannot know which of them a caller gets. */
  #valueOf<Value>(region: Chunk): Value {
    return (region.shape.length > 0 ? region : this.dataType.getScalar(region.data, 0)) as Value;
  }

  protected override describe(): object {
    const { path, shape, chunks, dtype, zarrFormat, store } = this;
    return { path, shape, chunks, dtype, zarrFormat, store: store.path };
  }

  protected override modules(): string[] {
    return modulesOf(this.metadata);
  }
}

/**
 * The array that these documents describe, to be used.
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE`, `ERR_METADATA` - a codec of the array is unknown or wrongly configured
 */
export async function makeUsableArray(place: NodePlace, node: LoadedNode<ArrayMetadata>): Promise<ZarrArray> {
  const array = await ZarrArray.make(place, node);
  void array.context; // makes its codecs, or throws
  return array;
}

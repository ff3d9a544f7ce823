import { type CodecMetadata, createPipeline } from "../codecs/pipeline.js";
import { moduleOf } from "../codecs/registry.js";
import type { DataType } from "../data-type/data-type.js";
import type { DataOf, ScalarOf } from "../data-type/data-type-map.js";
import { withDetails, ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import type { Selection } from "../grid/selection.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import { type ArrayParts, chunkKey, copyOf, fillChunk, loadChunk } from "./array-parts.js";
import { type LoadedNode, nodeKey } from "./load-node.js";
import { Node, type NodePlace } from "./node.js";
import { type ReadOptions, readSelection } from "./read-selection.js";
import { type WriteOptions, writeSelection } from "./write-selection.js";

/** Values that {@link ZarrArray.set} takes: flat and in C order, a chunk of the region's shape, or one for all of it. */
export type Values<DType extends string> =
  | ScalarOf<DType>
  | number
  | ArrayLike<unknown>
  | { readonly data: ArrayLike<unknown>; readonly shape: readonly number[]; readonly stride?: readonly number[] };

/** What `get` gives for a selection: a scalar where every entry is an index, else a region. */
export type Selected<DType extends string, S extends Selection> = S extends readonly number[]
  ? ScalarOf<DType>
  : Chunk<DataOf<DType>>;

/**
 * A chunked array of a store. Made by `openArray` and `createArray`; an instance belongs to its thread, {@link getState}
 * goes to others.
 *
 * @typeParam DType - name of the data type where the program knows it: it decides the types of values
 */
export class ZarrArray<DType extends string = string> extends Node<ArrayMetadata> {
  #parts: ArrayParts | undefined;

  constructor(place: NodePlace, node: LoadedNode<ArrayMetadata>) {
    super("Array", place, node);
  }

  /**
   * What reading and writing needs; made when it is first asked for, so that a group lists an array whose codec is missing.
   * @throws ZarrError `ERR_CODEC_UNAVAILABLE`, `ERR_METADATA` - a codec is unknown or wrongly configured
   * @internal
   */
  get parts(): ArrayParts {
    this.#parts ??= partsOf(this);
    return this.#parts;
  }

  /** Elements along each dimension. */
  get shape(): readonly number[] {
    return this.metadata.shape;
  }

  /** Elements of a chunk along each dimension. */
  get chunks(): readonly number[] {
    return this.metadata.chunkShape;
  }

  /** Name of the data type, as `float32`. */
  get dtype(): DType {
    return this.metadata.dataType.name as DType;
  }

  /** The data type itself: sizes, fill values, conversions. */
  get dataType(): DataType {
    return this.metadata.dataType;
  }

  /** Value of elements whose chunk is not stored. */
  get fillValue(): ScalarOf<DType> {
    return this.metadata.fillValue as ScalarOf<DType>;
  }

  /** A name or `null` for each dimension, or `undefined` where the array names none. */
  get dimensionNames(): readonly (string | null)[] | undefined {
    return this.metadata.dimensionNames;
  }

  /** Codecs in the order of encoding, in the names of the v3 specification. */
  get codecs(): readonly CodecMetadata[] {
    return this.metadata.codecs;
  }

  /**
   * Reads the elements of `selection` into a new C-order array; chunks that are not stored give the fill value.
   *
   * @param selection - one entry per dimension: an index (drops it), a `slice()`, or `null` (all of it); nothing: everything
   * @returns `data` of `product(shape)` elements and `shape`, one length per kept dimension; a scalar if every entry is an
   *   index, or the array has no dimensions
   * @throws ZarrError `ERR_SELECTION` - wrong number of entries, or an index out of bounds
   * @throws ZarrError `ERR_CODEC`, `ERR_CHECKSUM` - a chunk failed to decode; `details.key` and `details.chunk` name it
   * @throws ZarrError `ERR_LIMIT` - the region or a chunk is larger than the store's limits
   * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#chunk-grids
   */
  async get<const S extends Selection = null>(
    selection?: S,
    options: ReadOptions<DataOf<DType>> = {},
  ): Promise<Selected<DType, S>> {
    this.checkOpen();
    const region = await readSelection(this.parts, selection, options as ReadOptions);
    const wanted = region.shape.length > 0 ? region : this.dataType.getScalar(region.data, 0);
    return wanted as Selected<DType, S>;
  }

  /**
   * Writes `values` to the elements of `selection`; chunks that are touched in part are read, changed and written back.
   *
   * @param selection - as for {@link get}
   * @throws ZarrError `ERR_SELECTION` - as for {@link get}
   * @throws ZarrError `ERR_VALUE` - the values' number or shape is not the region's, or one does not fit the data type
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
   */
  async set(selection: Selection, values: Values<DType>, options: WriteOptions = {}): Promise<void> {
    this.checkWritable();
    await writeSelection(this.parts, selection, values, options);
  }

  /**
   * Reads one chunk by its coordinates in the chunk grid. Chunks at the array's end have their full shape.
   * @throws ZarrError `ERR_SELECTION` - no such chunk in the grid; else as {@link get}
   */
  async getChunk(coords: readonly number[], options: { signal?: AbortSignal } = {}): Promise<Chunk<DataOf<DType>>> {
    this.checkOpen();
    const grid = this.shape.map((length, d) => Math.ceil(length / this.chunks[d]));
    if (coords.length !== grid.length || coords.some((c, d) => !Number.isInteger(c) || c < 0 || c >= grid[d])) {
      const message = `no chunk has the coordinates [${coords.join(", ")}]: the chunk grid is [${grid.join(", ")}]`;
      throw new ZarrError("ERR_SELECTION", message, { path: this.path, chunk: coords });
    }
    const chunk = await loadChunk(this.parts, coords, options);
    return (chunk === undefined ? fillChunk(this.parts) : copyOf(chunk, this.parts)) as Chunk<DataOf<DType>>;
  }

  /** Coordinates of the chunks that are stored, in the order of the store. */
  async *storedChunks(): AsyncGenerator<number[]> {
    this.checkOpen();
    const { chunkKeyEncoding, shape } = this.metadata;
    const prefix = nodeKey(this.path, "");
    for await (const key of this.store.list(prefix)) {
      const coords = chunkKeyEncoding.decode(key.slice(prefix.length), shape.length);
      if (coords !== undefined) yield coords;
    }
  }

  /** Store key of the chunk at `coords`. */
  chunkKey(coords: readonly number[]): string {
    return chunkKey(this, coords);
  }

  protected override describe(): object {
    const { path, shape, chunks, dtype, zarrFormat, store } = this;
    return { path, shape, chunks, dtype, zarrFormat, store: store.path };
  }

  protected override modules(): string[] {
    const modules = this.codecs.map(({ name }) => moduleOf(name)).filter((module) => module !== undefined);
    return [...new Set(modules)];
  }
}

function partsOf({ store, path, metadata }: ZarrArray): ArrayParts {
  const { chunkShape, dataType, fillValue, codecs, zarrFormat } = metadata;
  const decoded = { shape: chunkShape, dataType, fillValue };
  try {
    return { store, path, metadata, pipeline: createPipeline(codecs, decoded, { limits: store.limits, zarrFormat }) };
  } catch (error) {
    throw withDetails(error, { file: store.path, path });
  }
}

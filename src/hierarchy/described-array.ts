import { stringifyJson } from "../bytes/json.js";
import type { CodecMetadata } from "../codecs/codec.js";
import { type DataType, elementOf } from "../data-type/data-type.js";
import type { DTypeName, ScalarOf } from "../data-type/data-type-map.js";
import { dtypeName } from "../data-type/dtype-name.js";
import { chunkCount } from "../grid/chunk-grid.js";
import type { DimensionChunks } from "../grid/chunk-runs.js";
import { product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import { decodingGrid, innerChunkShape } from "./chunk-layout.js";
import { nodeKey } from "./load-node.js";
import { Node } from "./node.js";

/** The description of an array, without its values: everything here comes from its metadata. */
export abstract class DescribedArray<DType extends DTypeName, Rank extends number> extends Node<ArrayMetadata> {
  #shape: readonly number[] | undefined;
  #shapeOf: ArrayMetadata | undefined;

  /** Elements along each dimension. */
  get shape(): readonly number[] {
    const { metadata } = this;
    if (this.#shape === undefined || this.#shapeOf !== metadata) {
      this.#shape = Object.freeze([...metadata.shape]);
      this.#shapeOf = metadata;
    }
    return this.#shape;
  }

  /** Number of dimensions. */
  get ndim(): Rank {
    return this.metadata.shape.length as Rank;
  }

  /** Number of elements. */
  get size(): number {
    return product(this.metadata.shape);
  }

  /** Bytes of all elements, without compression; `undefined` where their length varies. */
  get nbytes(): number | undefined {
    const { itemSize } = this.dataType;
    return itemSize === undefined ? undefined : this.size * itemSize;
  }

  /** Number of chunks of the chunk grid, stored or not; if the array has shards, of inner chunks. */
  get nchunks(): number {
    const { metadata } = this;
    return product(decodingGrid(metadata).map((grid, d) => chunkCount(grid, metadata.shape[d])));
  }

  /**
   * Number of chunks that are stored; all of the inner chunks of a shard count. Lists the keys of the array.
   * @example
   * console.log(await array.nchunksInitialized(), array.nchunks); // 4 4
   */
  async nchunksInitialized(): Promise<number> {
    const { chunkGrid, shape } = this.metadata;
    const counts = chunkGrid.map((grid, d) => chunkCount(grid, shape[d]));
    let stored = 0;
    for await (const coords of this.storedChunks()) if (coords.every((coord, d) => coord < counts[d])) stored++;
    return stored * (this.shards === undefined ? 1 : product(this.shards.map((length, d) => length / this.chunks[d])));
  }

  /**
   * Elements of a chunk along each dimension: of an inner chunk, where the array has shards; the largest lengths, where chunks
   * have several ({@link chunkLengths}).
   */
  get chunks(): readonly number[] {
    return Object.freeze([...(innerChunkShape(this.metadata) ?? this.metadata.chunkShape)]);
  }

  /** Elements of a shard along each dimension, as for {@link chunks}; `undefined` where the array has none. */
  get shards(): readonly number[] | undefined {
    return innerChunkShape(this.metadata) === undefined ? undefined : Object.freeze([...this.metadata.chunkShape]);
  }

  /**
   * The chunk grid, whose chunks are shards where the array has them: per dimension the length of every chunk, or a list of
   * `[length, count]` where chunks have several lengths. `createArray` takes it as `chunks`.
   */
  get chunkLengths(): readonly DimensionChunks[] {
    return this.metadata.chunkGrid.map((grid) =>
      typeof grid === "number"
        ? grid
        : grid.runs.map(({ length, coord, coordEnd }) => [length, coordEnd - coord] as const),
    );
  }

  /** The data type as `createArray` takes it: `float32`, `datetime64[ns]`, `U8`, or JSON text, as of a struct. */
  get dtype(): DType {
    return dtypeName(this.metadata.dataType) as DType;
  }

  /** The data type itself: sizes, fill values, conversions. */
  get dataType(): DataType {
    return this.metadata.dataType;
  }

  /** Value of elements whose chunk is not stored. */
  get fillValue(): ScalarOf<DType> {
    const { dataType, fillValue } = this.metadata;
    return dataType.getScalar(elementOf(dataType, fillValue), 0) as ScalarOf<DType>;
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
   * Everything about the array as lines of text, to be printed.
   * @example
   * console.log(array.info());
   * // Type            : Array
   * // Zarr format     : 3
   * // Store           : (memory)
   * // Path            : /
   * // Read-only       : false
   * // Data type       : int16
   * // Fill value      : 0
   * // Shape           : [3, 4]
   * // Chunk shape     : [2, 2]
   * // Codecs          : bytes {"endian":"little"}, zstd {"level":0,"checksum":false}
   * // No. bytes       : 24
   * // No. chunks      : 4
   */
  info(): string {
    const { zarrFormat, shape, shards, chunks, dimensionNames, nbytes, metadata, store, path } = this;
    const list = (lengths: readonly number[]) => `[${lengths.join(", ")}]`;
    const fillValue = this.dataType.fillValueToJson(metadata.fillValue, zarrFormat);
    const lines: readonly (readonly [title: string, text: string | undefined])[] = [
      ["Type", "Array"],
      ["Zarr format", String(zarrFormat)],
      ["Store", store.path],
      ["Path", `/${path}`],
      ["Read-only", String(this.readOnly)],
      ["Data type", this.dtype],
      ["Fill value", stringifyJson(fillValue)],
      ["Shape", list(shape)],
      ["Dimension names", dimensionNames && stringifyJson(dimensionNames)],
      ["Shard shape", shards && list(shards)],
      ["Chunk shape", list(chunks)],
      [
        "Codecs",
        this.codecs.map(({ name, configuration }) => `${name} ${stringifyJson(configuration ?? {})}`).join(", "),
      ],
      ["No. bytes", nbytes === undefined ? undefined : String(nbytes)],
      ["No. chunks", String(this.nchunks)],
    ];
    return lines.flatMap(([title, text]) => (text === undefined ? [] : [`${title.padEnd(15)} : ${text}`])).join("\n");
  }

  /**
   * Coordinates of the chunks that are stored, in the order of the store.
   * @example
   * for await (const coords of array.storedChunks()) console.log(coords); // [ 0, 0 ], then [ 0, 1 ], then [ 1, 0 ], then [ 1, 1 ]
   */
  async *storedChunks(): AsyncGenerator<number[]> {
    this.checkOpen();
    const { chunkKeyEncoding, shape } = this.metadata;
    const prefix = nodeKey(this.path, "");
    for await (const key of this.store.list(prefix)) {
      const coords = chunkKeyEncoding.decode(key.slice(prefix.length), shape.length);
      if (coords !== undefined) yield coords;
    }
  }
}

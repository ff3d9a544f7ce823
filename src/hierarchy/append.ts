import type { OptionKinds } from "../bytes/check-options.js";
import { stringifyJson } from "../bytes/json.js";
import type { Pipeline } from "../codecs/codec.js";
import { copyOf } from "../codecs/whole-chunk.js";
import type { ChunkData } from "../data-type/data-type.js";
import { memorySize } from "../data-type/item-size.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import type { StoreValues } from "../store/store.js";
import { type ArrayContext, arrayContext } from "./array-context.js";
import { isChunk, isList, unshared, valuesFor } from "./given-values.js";
import type { LoadedNode } from "./load-node.js";
import { saveDocuments } from "./save-node.js";
import { withStoredShape } from "./stored-shape.js";
import { type WriteOptions, writeRegion } from "./write-selection.js";

/** Options of `append`. */
export interface AppendOptions {
  /** The dimension that grows; negative ones count from the last. Default 0. */
  readonly axis?: number;
  /** True to flush the store, so that the returned range is final. Default false. */
  readonly flush?: boolean;
  /** Rejects with the signal's reason, and appends nothing, until the values are buffered. */
  readonly signal?: AbortSignal | undefined;
}

/** The kinds of {@link AppendOptions}. */
export const appendOptions: OptionKinds<AppendOptions> = { axis: "any", flush: "boolean", signal: "signal" };

/** Indices along the axis that was appended to: from `start` on, before `end`. */
export interface AppendedRange {
  /** Index of the first row that was appended. */
  readonly start: number;
  /** Index behind the last one. */
  readonly end: number;
}

/** True if encoding takes hardly more than copying: nothing is compressed. */
export function isCheapToEncode({ metadata, pipelineAt }: ArrayContext): boolean {
  return pipelineAt(metadata.shape.map(() => 0)).encodedSize !== undefined;
}

/** The changes of an append. */
interface Appended {
  readonly node: LoadedNode<ArrayMetadata>;
  readonly range: AppendedRange;
}

/** Values to append to an array, and the chunks that they became. */
export class Appending {
  readonly #known: ArrayContext;
  readonly #axis: number;
  readonly #data: ChunkData;
  /** `undefined` where the values are flat: as many rows as they make. */
  readonly #shape: readonly number[] | undefined;
  readonly #encoded = new EncodedChunks();

  /**
   * @param known - the array as the caller knows it
   * @param isKept - whether this runs again after the call has ended, and so needs a copy of the values
   * @throws ZarrError `ERR_ARGUMENT` - no such axis
   * @throws ZarrError `ERR_VALUE` - a scalar, or values that do not fit the data type
   */
  constructor(known: ArrayContext, values: unknown, axis: number, isKept: boolean) {
    const { metadata, path } = known;
    const { dataType } = metadata;
    const rank = metadata.shape.length;
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      const expected =
        rank === 0 ? "an array without dimensions cannot grow" : `expected one from ${-rank} to ${rank - 1}`;
      throw new ZarrError("ERR_ARGUMENT", `axis is ${String(axis)}: ${expected}`, { path });
    }
    this.#known = known;
    this.#axis = axis < 0 ? axis + rank : axis;
    // One byte string of fixed size, or one complex number, is also a list of the entries of one element.
    const isScalar = dataType.isScalar(values) && !(isList(values) && dataType.itemSize !== undefined);
    const copied = (chunk: Chunk) => unshared(copyOf(chunk, dataType).data);
    if (!isScalar && isChunk(values) && isList(values.shape)) {
      this.#shape = Array.from(values.shape);
      this.#data = copied(valuesFor(metadata, values, this.#shape));
    } else if (!isScalar && isList(values)) {
      const data = dataType.checkValues(values);
      const count = data.length / dataType.width;
      if (!Number.isInteger(count)) {
        const message = `the values have ${data.length} entries of data, expected ${dataType.width} for each element`;
        throw new ZarrError("ERR_VALUE", message, { path });
      }
      this.#data = isKept ? copied({ data, shape: [count], stride: [1] }) : data;
    } else {
      const message = "the values to append are not a list: expected flat values, or a chunk { data, shape, stride }";
      throw new ZarrError("ERR_VALUE", message, { path });
    }
  }

  /** Bytes of the values. */
  get heldBytes(): number {
    const { dataType } = this.#known.metadata;
    return (this.#data.length / dataType.width) * memorySize(dataType);
  }

  /**
   * Writes the values behind those that `values` has, and the document with the new shape. Chunks go first, so that readers of a
   * store whose changes take effect at once see no rows before they are there.
   *
   * @param stored - the array as `values` has it
   */
  async run(
    options: Pick<WriteOptions, "signal" | "writeEmptyChunks">,
    values: StoreValues,
    stored: LoadedNode<ArrayMetadata>,
  ): Promise<Appended> {
    const { path } = this.#known;
    const { shape } = stored.metadata;
    this.#checkDataType(stored.metadata);
    const own = this.#shapeFor(shape);
    const start = shape[this.#axis];
    const end = start + own[this.#axis];
    const grown = shape.map((length, d) => (d === this.#axis ? end : length));
    const node = withStoredShape(stored, grown, values.limits);
    const { metadata } = node;
    const array = this.#encoded.remembering(arrayContext({ store: values, path, metadata }, this.#known));
    const place = own.map((count, d) => ({ start: d === this.#axis ? start : 0, step: 1, count, dropped: false }));
    const chunk = { data: this.#data, shape: own, stride: cStrides(own) };
    await writeRegion(array, place, chunk, options);
    await saveDocuments(values, path, node.documents, stored.documents);
    return { node, range: { start, end } };
  }

  /** The shape of the values, as they go with the shape of the array. */
  #shapeFor(shape: readonly number[]): readonly number[] {
    const fitting = this.#fitting(shape);
    if (fitting !== undefined) return fitting;
    const { path, metadata } = this.#known;
    const others = shape.map((length, d) => (d === this.#axis ? "any" : length)).join(", ");
    const expected = `the array can be appended [${others}]`;
    if (this.#shape !== undefined) {
      throw new ZarrError("ERR_VALUE", `the values have shape [${this.#shape.join(", ")}], but ${expected}`, { path });
    }
    const elements = this.#data.length / metadata.dataType.width;
    const inRow = product(shape.filter((_, d) => d !== this.#axis));
    const message = `the values have ${elements} elements, but ${expected}, a multiple of ${inRow} elements`;
    throw new ZarrError("ERR_VALUE", inRow > 0 ? message : `${message}: give a chunk { data, shape }`, { path });
  }

  /** The same; `undefined` where they do not. */
  #fitting(shape: readonly number[]): readonly number[] | undefined {
    if (this.#shape !== undefined) {
      const fits = (n: number, d: number) => d === this.#axis || n === this.#shape?.[d];
      return this.#shape.length === shape.length && shape.every(fits) ? this.#shape : undefined;
    }
    const elements = this.#data.length / this.#known.metadata.dataType.width;
    const inRow = product(shape.filter((_, d) => d !== this.#axis));
    if (inRow === 0 || elements % inRow !== 0) return undefined;
    return shape.map((n, d) => (d === this.#axis ? elements / inRow : n));
  }

  #checkDataType({ dataType }: ArrayMetadata): void {
    const { path, metadata, store } = this.#known;
    const known = metadata.dataType;
    if (known === dataType || stringifyJson(known.toJson()) === stringifyJson(dataType.toJson())) return;
    const message = `the array was replaced by one of type ${dataType.name}, not ${known.name}: open it again`;
    throw new ZarrError("ERR_NOT_FOUND", message, { file: store.path, path });
  }
}

/** The encoded whole chunks of the last run and of this one, so that a run whose chunks are the same encodes nothing. */
class EncodedChunks {
  #before = new Map<string, EncodedChunk>();
  #now = new Map<string, EncodedChunk>();

  /** The same array, which remembers for the next run. */
  remembering(array: ArrayContext): ArrayContext {
    this.#before = this.#now;
    this.#now = new Map();
    return { ...array, pipelineAt: (coords) => this.#pipeline(array.pipelineAt(coords)) };
  }

  #pipeline(pipeline: Pipeline): Pipeline {
    return {
      codecs: pipeline.codecs,
      encodedSize: pipeline.encodedSize,
      maxEncodedSize: pipeline.maxEncodedSize,
      decode: (bytes) => pipeline.decode(bytes),
      encode: (chunk) => pipeline.encode(chunk),
      decodeInto: (...args) => pipeline.decodeInto(...args),
      firstRanges: (...args) => pipeline.firstRanges(...args),
      encodeFrom: async (read, region, source, options) => {
        if (!region.whole) return await pipeline.encodeFrom(read, region, source, options);
        // The data are always the same, and of a whole chunk nothing else counts.
        const key = `${source.offset};${source.stride.join()};${region.count.join()}`;
        const known = this.#before.get(key);
        const isSame = known?.pipeline === pipeline;
        const bytes = isSame ? known.bytes : await pipeline.encodeFrom(read, region, source, options);
        this.#now.set(key, { pipeline, bytes });
        return bytes;
      },
    };
  }
}

interface EncodedChunk {
  readonly pipeline: Pipeline;
  /** `undefined` where all of it is the fill value. */
  readonly bytes: Uint8Array | undefined;
}

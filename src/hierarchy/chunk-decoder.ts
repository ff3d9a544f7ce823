import type { ByteRange } from "../bytes/byte-range.js";
import type { ChunkRegion, EncodedReader, Pipeline, RegionPlace } from "../codecs/codec.js";
import { holding } from "../codecs/kernels/encoded-reader.js";
import { type ChunkData, elementOf } from "../data-type/data-type.js";
import type { ChunkPart } from "../grid/chunk-plan.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { GetOptions } from "../store/store.js";
import type { ArrayContext } from "./array-context.js";
import { chunkReader, withChunk } from "./chunk-reader.js";

/** Shards whose first range, which is that of their index, is kept for their other inner chunks. */
const maxReaders = 32;

/** Decodes parts of chunks in one call; a chunk that is not stored is the fill value. */
export class ChunkDecoder {
  readonly #array: ArrayContext;
  readonly #options: GetOptions;
  /** One element of the fill value, to be repeated. */
  readonly #fill: ChunkData;
  /** True if fresh memory holds something else than the fill value. */
  readonly #isFillNeeded: boolean;
  readonly #readers = new Map<string, EncodedReader>();

  constructor(array: ArrayContext, options: GetOptions) {
    const { dataType, fillValue } = array.metadata;
    this.#array = array;
    this.#options = options;
    this.#fill = elementOf(dataType, fillValue);
    this.#isFillNeeded = !isZero(this.#fill);
  }

  /**
   * Decodes `region` of the chunk at `coords` into `target`.
   * @param isFresh - whether the target's memory has never been written to
   */
  async decodeInto(
    coords: readonly number[],
    region: ChunkRegion,
    target: StridedRegion,
    isFresh: boolean,
    reader: EncodedReader = chunkReader(this.#array, coords, this.#options),
  ): Promise<void> {
    const pipeline = this.#array.pipelineAt(coords);
    const isStored = await this.#naming(coords, () => pipeline.decodeInto(reader, region, target));
    if (!isStored) this.fill(region.count, target, isFresh);
  }

  /** Makes `count` elements of each dimension the fill value; `isFresh` as for {@link decodeInto}. */
  fill(count: readonly number[], target: StridedRegion, isFresh: boolean): void {
    if (isFresh && !this.#isFillNeeded) return;
    const repeated = { data: this.#fill, offset: 0, stride: count.map(() => 0) };
    copyRegion(repeated, target, count, this.#array.metadata.dataType.width);
  }

  /**
   * As {@link decodeInto}, of several regions of one chunk; what they share is decoded once.
   * @param decodeRegions - of the chunk's pipeline
   */
  async decodeRegions(
    coords: readonly number[],
    decodeRegions: NonNullable<Pipeline["decodeRegions"]>,
    places: readonly (RegionPlace & { readonly isFresh: boolean })[],
  ): Promise<void> {
    const reader = chunkReader(this.#array, coords, this.#options);
    const isStored = await this.#naming(coords, () => decodeRegions(reader, places));
    if (!isStored) for (const { region, target, isFresh } of places) this.fill(region.count, target, isFresh);
  }

  /** As {@link decodeInto}, into new memory in C order. */
  async decode(coords: readonly number[], region: ChunkRegion, reader?: EncodedReader): Promise<StridedRegion> {
    const data = this.#array.metadata.dataType.allocate(product(region.count));
    const target = { data, offset: 0, stride: cStrides(region.count) };
    await this.decodeInto(coords, region, target, true, reader);
    return target;
  }

  /** Runs `work` on the chunk at `coords`, which it decodes in several steps: all of one value, whatever is stored meanwhile. */
  async hold<T>(coords: readonly number[], work: (reader: EncodedReader) => Promise<T>): Promise<T> {
    const reader = chunkReader(this.#array, coords, this.#options);
    return await this.#naming(coords, () => holding(reader, (held) => work(rememberingFirst(held))));
  }

  /** Reads a chunk whose value stays the same, and of which other parts are asked for in other calls. */
  sharedReader(coords: readonly number[]): EncodedReader {
    const key = coords.join();
    const reader = this.#readers.get(key) ?? rememberingFirst(chunkReader(this.#array, coords, this.#options));
    this.#readers.delete(key);
    this.#readers.set(key, reader);
    const [oldest] = this.#readers.keys();
    if (this.#readers.size > maxReaders) this.#readers.delete(oldest);
    return reader;
  }

  async #naming<T>(coords: readonly number[], work: () => Promise<T>): Promise<T> {
    return await withChunk(this.#array, coords, work, this.#options.signal);
  }
}

/** Keeps what the first range gave: of a shard its index, which each part of the shard asks for. */
function rememberingFirst(read: EncodedReader): EncodedReader {
  let first: { readonly range: string; readonly bytes: Promise<Uint8Array | undefined> } | undefined;
  const readOnce = async (range?: ByteRange) => {
    if (range === undefined) return await read();
    const key = JSON.stringify(range);
    first ??= { range: key, bytes: read(range) };
    return await (first.range === key ? first.bytes : read(range));
  };
  return Object.assign(readOnce, {
    givesOwnMemory: read.givesOwnMemory,
    isChecked: read.isChecked,
    expect: read.expect,
    pieces: read.pieces,
  });
}

/** The place of a region's part in the region's memory. */
export function targetOf({ regionStart }: ChunkPart, region: StridedRegion): StridedRegion {
  const offset = regionStart.reduce((at, start, d) => at + start * region.stride[d], region.offset);
  return { ...region, offset };
}

/** True if fresh data holds this element already. */
function isZero(element: ChunkData): boolean {
  if (Array.isArray(element)) return false;
  const bytes = new Uint8Array(element.buffer, element.byteOffset, element.byteLength);
  return bytes.every((byte) => byte === 0);
}

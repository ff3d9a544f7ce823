import type { ByteRange } from "../bytes/byte-range.js";
import { concatenate } from "../bytes/concatenate.js";
import { describe, type Json } from "../bytes/json.js";
import { dataTypeFromName } from "../data-type/registry.js";
import { isZarrError, withDetails, ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { type ChunkPart, ChunkPlan } from "../grid/chunk-plan.js";
import { copyRegion, type StridedRegion, toContiguous } from "../grid/copy-region.js";
import { cStrides, offsetOf, product } from "../grid/strides.js";
import { fillChunk, regionOf } from "./chunk-values.js";
import type {
  ArrayToBytesCodec,
  ChunkRegion,
  ChunkRepresentation,
  Codec,
  CodecConfiguration,
  CodecContext,
  CodecEntry,
  EncodedReader,
  EncodeOptions,
  PartialCodec,
  Pipeline,
  RegionPlace,
} from "./codec.js";
import { ConfigurationReader } from "./configuration.js";
import { absentReader, holding, readerOf, readerWithin } from "./kernels/encoded-reader.js";
import { groupsOf, type PartUse, type StoredPart, type WantedPart } from "./kernels/shard-groups.js";
import { type InnerChunkPlace, ShardIndex } from "./kernels/shard-index.js";
import { wholeRegion } from "./whole-chunk.js";

/** So many parts of inner chunks are listed before the index is read. */
const fewParts = 2 ** 16;

/** An inner chunk a little longer than it should be is its codec's to report. */
const encodedSlack = 1024;

const defaultIndexCodecs = [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }] as const;

/**
 * Chunks within a chunk, each encoded for itself, with an index of where they are.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html
 */
export const shardingIndexedEntry: CodecEntry = {
  names: ["sharding_indexed"],
  kind: "array-to-bytes",
  create(configuration, context, name) {
    const members = ["chunk_shape", "codecs", "index_codecs", "index_location"];
    const reader = new ConfigurationReader(name, configuration, members);
    const atStart = reader.choice("index_location", ["start", "end"], "end") === "start";
    const shard = new Shard(context, innerShapeOf(configuration, context), configuration, atStart);
    return {
      name,
      kind: "array-to-bytes",
      configuration: shard.configuration,
      encodedSize: () => undefined,
      maxEncodedSize: () => shard.maxEncodedSize,
      encode: (chunk) => shard.encode(chunk),
      decode: (bytes) => shard.decode(bytes),
      partial: shard,
    } satisfies ArrayToBytesCodec;
  },
};

/** Shape of the inner chunks of a sharding codec's configuration. */
function innerShapeOf({ chunk_shape: innerShape }: CodecConfiguration, { decoded }: CodecContext): readonly number[] {
  const fits =
    Array.isArray(innerShape) &&
    innerShape.length === decoded.shape.length &&
    innerShape.every((length, d) => Number.isSafeInteger(length) && length >= 1 && decoded.shape[d] % length === 0);
  if (fits) return innerShape as readonly number[];
  const message = `configuration of codec "sharding_indexed": chunk_shape is ${describe(innerShape)}, expected lengths that divide those of the shard, [${decoded.shape.join(", ")}]`;
  throw new ZarrError("ERR_METADATA", message, { codec: "sharding_indexed" });
}

class Shard implements PartialCodec {
  /** Complete, with what its codecs made of their own configurations. */
  readonly configuration: CodecConfiguration;
  readonly maxEncodedSize: number;
  readonly #decoded: ChunkRepresentation;
  readonly #innerShape: readonly number[];
  /** Number of inner chunks along each dimension. */
  readonly #gridShape: readonly number[];
  readonly #inner: Pipeline;
  readonly #index: Pipeline;
  /** Bytes of the encoded index. */
  readonly #indexSize: number;
  readonly #indexAtStart: boolean;
  readonly #chunkLimit: number;

  constructor(
    { decoded, limits, createPipeline }: CodecContext,
    innerShape: readonly number[],
    configuration: CodecConfiguration,
    indexAtStart: boolean,
  ) {
    this.#decoded = decoded;
    this.#innerShape = innerShape;
    this.#gridShape = decoded.shape.map((length, d) => length / innerShape[d]);
    this.#indexAtStart = indexAtStart;
    this.#chunkLimit = limits.chunkBytes;
    this.#inner = createPipeline(configuration.codecs, "codecs", { ...decoded, shape: innerShape });

    const innerChunks = product(this.#gridShape);
    if (innerChunks * 16 > limits.chunkBytes) {
      const message = `a shard has ${innerChunks} inner chunks, whose index is larger than limits.chunkBytes (${limits.chunkBytes})`;
      throw new ZarrError("ERR_LIMIT", message, { codec: "sharding_indexed" });
    }
    const { dataType } = dataTypeFromName("uint64");
    const indexChunk = { shape: [...this.#gridShape, 2], dataType, fillValue: 0n };
    this.#index = createPipeline(configuration.index_codecs ?? defaultIndexCodecs, "index_codecs", indexChunk);
    if (this.#index.encodedSize === undefined) {
      const message =
        'configuration of codec "sharding_indexed": index_codecs give no fixed size, as bytes and checksums do';
      throw new ZarrError("ERR_METADATA", message, { codec: "sharding_indexed" });
    }
    this.#indexSize = this.#index.encodedSize;
    this.configuration = {
      chunk_shape: innerShape,
      codecs: this.#inner.codecs.map(codecToJson),
      index_codecs: this.#index.codecs.map(codecToJson),
      index_location: indexAtStart ? "start" : "end",
    };
    this.maxEncodedSize = innerChunks * this.#inner.maxEncodedSize + this.#indexSize;
  }

  async decode(bytes: Uint8Array): Promise<Chunk> {
    const chunk = fillChunk(this.#decoded);
    await this.decodeInto(readerOf(bytes), wholeRegion(chunk.shape), { ...chunk, offset: 0 });
    return chunk;
  }

  async encode(chunk: Chunk): Promise<Uint8Array> {
    const source = { data: chunk.data, offset: 0, stride: chunk.stride };
    const encoded = await this.encodeFrom(absentReader, wholeRegion(chunk.shape), source, { keepEmpty: false });
    return encoded ?? (await this.#assemble(new Map()));
  }

  async decodeInto(read: EncodedReader, region: ChunkRegion, target: StridedRegion): Promise<boolean> {
    return await this.decodeRegions(read, [{ region, target }]);
  }

  async decodeRegions(reader: EncodedReader, places: readonly RegionPlace[]): Promise<boolean> {
    // In a shard that has taken the place of another one the index of the other leads to any bytes.
    return await holding(reader, (read) => this.#decodeRegions(read, places));
  }

  firstRanges(regions: readonly ChunkRegion[], isChecked: boolean): (ByteRange | undefined)[] {
    const most = regions.reduce((sum, region) => sum + this.#planOf(region).size, 0);
    return [this.#isWorthReadingWhole(most, isChecked) ? undefined : this.#indexRange];
  }

  async #decodeRegions(read: EncodedReader, places: readonly RegionPlace[]): Promise<boolean> {
    const most = places.reduce((sum, { region }) => sum + this.#planOf(region).size, 0);
    // Regions may share inner chunks; a shard that claims to have millions is not believed before its index was read.
    const known = most <= fewParts ? [...this.#wantedOf(places)] : undefined;
    const whole = this.#isWorthReadingWhole(known?.length ?? most, read.isChecked === true) ? await read() : undefined;
    const source = whole === undefined ? read : readerOf(whole);
    const index = await this.#readIndex(source);
    if (index === undefined) return false;

    const stored: StoredPart[] = [];
    const fill = fillChunk({ ...this.#decoded, shape: [] });
    const repeated = { ...fill, offset: 0, stride: this.#innerShape.map(() => 0) };
    for (const inner of known ?? this.#wantedOf(places)) {
      const place = this.#find(index, inner.coords);
      if (place !== undefined) stored.push({ ...inner, place });
      else for (const { part, target } of inner.uses) this.#copy(repeated, part, target);
    }
    const left = whole !== undefined && read.isChecked ? await this.#decodeMany(whole, stored) : stored;
    const groups = whole === undefined ? this.#readGroups(source, left) : [{ read: source, parts: left }];
    for await (const group of groups) {
      for (const { coords, uses, place } of group.parts) {
        await naming(coords, () => this.#decodeOne(readerWithin(group.read, place), uses));
      }
    }
    return true;
  }

  /** The inner chunks that regions lie in; of one region in C order, and none is kept. */
  *#wantedOf(places: readonly RegionPlace[]): Generator<WantedPart> {
    if (places.length === 1) {
      const [{ region, target }] = places;
      for (const part of this.#planOf(region)) {
        yield { coords: part.coords, uses: [{ part, target: placeOf(part, target) }] };
      }
      return;
    }
    const byNumber = new Map<number, WantedPart & { readonly uses: PartUse[] }>();
    const stride = cStrides(this.#gridShape);
    for (const { region, target } of places) {
      for (const part of this.#planOf(region)) {
        const number = offsetOf(part.coords, stride);
        const use = { part, target: placeOf(part, target) };
        const found = byNumber.get(number);
        if (found === undefined) byNumber.set(number, { coords: part.coords, uses: [use] });
        else found.uses.push(use);
      }
    }
    yield* byNumber.values();
  }

  async #decodeOne(read: EncodedReader, uses: readonly PartUse[]): Promise<void> {
    if (uses.length === 1) {
      await this.#inner.decodeInto(read, uses[0].part, uses[0].target);
      return;
    }
    const bytes = await read();
    if (bytes === undefined) return;
    const chunk = await this.#inner.decode(bytes);
    for (const { part, target } of uses) this.#copy(regionOf(chunk, part), part, target);
  }

  #copy(source: StridedRegion, { count }: ChunkPart, target: StridedRegion): void {
    copyRegion(source, target, count, this.#decoded.dataType.width);
  }

  /** Decodes those inner chunks of a whole shard that can be decoded many at once; gives the others. */
  async #decodeMany(shard: Uint8Array, stored: readonly StoredPart[]): Promise<StoredPart[]> {
    const { decodeMany } = this.#inner;
    const isWithin = ({ place: { offset, length } }: StoredPart) => offset + length <= shard.length;
    if (decodeMany === undefined || !stored.every(isWithin)) return [...stored];
    const stride = cStrides(this.#innerShape);
    const values = stored.map(({ place: { offset, length } }) => shard.subarray(offset, offset + length));
    const left = await decodeMany(values, (number, data, offset) => {
      for (const { part, target } of stored[number].uses) {
        const source = regionOf({ data, shape: this.#innerShape, stride }, part);
        this.#copy({ ...source, offset: offset + source.offset }, part, target);
      }
    });
    return left.map((number) => stored[number]);
  }

  async encodeFrom(
    read: EncodedReader,
    region: ChunkRegion,
    source: StridedRegion,
    { keepEmpty }: EncodeOptions,
  ): Promise<Uint8Array | undefined> {
    const before = region.whole ? undefined : await read();
    const kept = before === undefined ? absentReader : readerOf(before);
    const index = (await this.#readIndex(kept)) ?? ShardIndex.empty(this.#gridShape);
    const inner = new Map<number, Uint8Array>();
    const number = (coords: readonly number[]) => offsetOf(coords, cStrides(this.#gridShape));

    if (before !== undefined) {
      for (const coords of this.#allCoords()) {
        const place = this.#find(index, coords);
        if (place === undefined) continue;
        const bytes = await naming(coords, () => readerWithin(kept, place)());
        if (bytes !== undefined) inner.set(number(coords), bytes);
      }
    }
    for (const part of this.#planOf(region)) {
      const at = number(part.coords);
      const old = inner.get(at);
      const bytes = await naming(part.coords, () =>
        this.#inner.encodeFrom(old === undefined ? absentReader : readerOf(old), part, placeOf(part, source), {
          keepEmpty,
        }),
      );
      if (bytes === undefined) inner.delete(at);
      else inner.set(at, bytes);
    }
    return inner.size === 0 ? undefined : await this.#assemble(inner);
  }

  /** A shard of these inner chunks, by their number in C order. */
  async #assemble(inner: ReadonlyMap<number, Uint8Array>): Promise<Uint8Array> {
    const index = ShardIndex.empty(this.#gridShape);
    const parts: Uint8Array[] = [];
    let offset = this.#indexAtStart ? this.#indexSize : 0;
    let number = 0;
    for (const coords of this.#allCoords()) {
      const bytes = inner.get(number++);
      if (bytes === undefined) continue;
      index.set(coords, { offset, length: bytes.length });
      parts.push(bytes);
      offset += bytes.length;
    }
    const encodedIndex = await this.#index.encode(index.toChunk(this.#gridShape));
    return concatenate(this.#indexAtStart ? [encodedIndex, ...parts] : [...parts, encodedIndex]);
  }

  /** The index of a shard; `undefined` if the shard is not stored. */
  async #readIndex(read: EncodedReader): Promise<ShardIndex | undefined> {
    const size = this.#indexSize;
    const bytes = await inRange(() => read(this.#indexRange));
    if (bytes === undefined) return undefined;
    if (bytes.length !== size) {
      const message = `the shard has ${bytes.length} bytes, fewer than the ${size} of its index`;
      throw new ZarrError("ERR_CODEC", message, { codec: "sharding_indexed" });
    }
    const chunk = toContiguous(await this.#index.decode(bytes), dataTypeFromName("uint64").dataType);
    return ShardIndex.fromChunk(chunk, this.#gridShape);
  }

  get #indexRange(): ByteRange {
    return this.#indexAtStart ? { offset: 0, length: this.#indexSize } : { suffixLength: this.#indexSize };
  }

  #find(index: ShardIndex, coords: readonly number[]): InnerChunkPlace | undefined {
    return index.find(coords, this.#inner.maxEncodedSize + encodedSlack);
  }

  /** The parts of `region` by inner chunk. */
  #planOf({ start, step, count }: ChunkRegion): ChunkPlan {
    const ranges = count.map((n, d) => ({ start: start[d], step: step[d], count: n, dropped: false }));
    return new ChunkPlan(ranges, this.#decoded.shape, this.#innerShape);
  }

  /** Coordinates of every inner chunk, in C order. */
  *#allCoords(): Generator<readonly number[]> {
    for (const { coords } of this.#planOf(wholeRegion(this.#decoded.shape))) yield coords;
  }

  /** One read, checked as a whole, beats many when most of the inner chunks are wanted. */
  #isWorthReadingWhole(innerChunks: number, isChecked: boolean): boolean {
    // What is checked as a whole can be decoded many at once, which saves as much again.
    const fewer = isChecked && this.#inner.decodeMany !== undefined ? 4 : 2;
    return fewer * innerChunks > product(this.#gridShape) && this.maxEncodedSize <= this.#chunkLimit;
  }

  /** Reads neighbouring inner chunks together. Shards within the shard read what they need by themselves. */
  async *#readGroups(
    read: EncodedReader,
    stored: readonly StoredPart[],
  ): AsyncGenerator<{ read: EncodedReader; parts: readonly StoredPart[] }> {
    if (this.#inner.codecs[0].name === "sharding_indexed") {
      yield { read, parts: stored };
      return;
    }
    const groups = groupsOf(stored);
    const giveUp = await read.expect?.(groups);
    try {
      for (const { offset, length, parts } of groups) {
        const bytes = await inRange(() => read({ offset, length }));
        yield { read: bytes === undefined ? absentReader : readerOf(bytes), parts };
      }
    } finally {
      giveUp?.();
    }
  }
}

function codecToJson({ name, configuration }: Codec): Json {
  return configuration === undefined ? { name } : { name, configuration };
}

/** The place of a part's elements in the memory of the whole region. */
function placeOf({ regionStart }: ChunkPart, { data, offset, stride }: StridedRegion): StridedRegion {
  return { data, offset: offset + offsetOf(regionStart, stride), stride };
}

/** Names the inner chunk in an error; a place outside the shard is the shard's fault. */
async function naming<T>(coords: readonly number[], work: () => Promise<T>): Promise<T> {
  try {
    return await inRange(work);
  } catch (error) {
    throw withDetails(error, { innerChunk: coords });
  }
}

/** A range that the shard lacks is damage of the shard, not a caller's mistake. */
async function inRange<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isZarrError(error, "ERR_RANGE")) throw error;
    const message = `the shard's index points outside of the shard: ${error.message}`;
    throw new ZarrError("ERR_CODEC", message, { codec: "sharding_indexed" }, error);
  }
}

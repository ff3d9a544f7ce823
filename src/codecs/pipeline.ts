import { isPromise } from "../bytes/built-in.js";
import type { ByteRange } from "../bytes/byte-range.js";
import { freeMemory } from "../bytes/free-memory.js";
import type { Json } from "../bytes/json.js";
import { lazily } from "../bytes/lazily.js";
import type { Limits } from "../bytes/limits.js";
import { isTurnDue, nextTurn } from "../bytes/turn.js";
import { memoryLimit, memorySize } from "../data-type/item-size.js";
import { ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { product } from "../grid/strides.js";
import { attempt, rethrow } from "./attempt.js";
import { batchOf } from "./batch.js";
import { fillChunk, regionOf } from "./chunk-values.js";
import type {
  ArrayToBytesCodec,
  ChunkRegion,
  ChunkRepresentation,
  Codec,
  CodecContext,
  CodecMetadata,
  EncodedReader,
  EncodeOptions,
  PartialCodec,
  Pipeline,
} from "./codec.js";
import { parseCodecList } from "./codec-list.js";
import { ElementwiseDecoder } from "./elementwise-decoder.js";
import type { ArrayStage, BytesStage, Encodable } from "./pipeline-encoding.js";
import { findCodec, requireCodec } from "./registry.js";

/** The properties of a whole pipeline. */
export interface PipelineOptions {
  readonly limits: Limits;
  readonly zarrFormat: 2 | 3;
  /** As `CodecContext.isStored`. */
  readonly isStored?: boolean | undefined;
  /** Number of shards around these codecs; 0 for those of the array itself. */
  readonly nesting?: number;
}

/** The factor by which an encoded chunk may exceed the array's bytes, besides the headers of small chunks. */
const maxGrowth = 8;
const growthSlack = 16 * 2 ** 20;

/**
 * Makes the codecs of `codecs` for chunks of `decoded`.
 * @throws ZarrError `ERR_METADATA` - wrong order, or a configuration that its codec does not take
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE` - no codec of that name is registered
 * @throws ZarrError `ERR_LIMIT` - more codecs than `limits.codecs`
 */
export function createPipeline(
  codecs: readonly CodecMetadata[],
  decoded: ChunkRepresentation,
  { limits, zarrFormat, isStored, nesting = 0 }: PipelineOptions,
): Pipeline {
  if (nesting > limits.shardNesting) {
    throw new ZarrError("ERR_LIMIT", `shards within shards, more than ${limits.shardNesting} deep`);
  }
  if (codecs.length > limits.codecs) {
    throw new ZarrError("ERR_LIMIT", `the array has ${codecs.length} codecs, the limit is ${limits.codecs}`);
  }
  const kinds = codecs.map(({ name }) => requireCodec(name).kind);
  if (!kinds.includes("array-to-bytes")) throw noBytes(codecs);
  const arrayStages: ArrayStage[] = [];
  const bytesStages: BytesStage[] = [];
  let toBytes: ArrayToBytesCodec | undefined;
  let representation = decoded;
  let encodedSize: number | undefined;
  let maxEncodedSize = 0;
  /** The array as bytes, before the codecs on bytes. */
  let arrayBytes = 0;
  const inner: CodecContext["createPipeline"] = (list, member, chunk) =>
    createPipeline(codecsFromJson(list, member, limits), chunk, { limits, zarrFormat, isStored, nesting: nesting + 1 });
  for (const { name, configuration } of codecs) {
    const entry = requireCodec(name);
    checkOrder(name, entry.kind, toBytes);
    const context = { decoded: representation, limits, zarrFormat, isStored, createPipeline: inner };
    const codec = entry.create(configuration, context, name);
    if (codec.kind === "array-to-array") {
      arrayStages.push({ codec, decoded: representation });
      representation = codec.encodedRepresentation(representation);
    } else if (codec.kind === "array-to-bytes") {
      toBytes = codec;
      encodedSize = codec.encodedSize(representation);
      maxEncodedSize = encodedSize ?? codec.maxEncodedSize?.(representation) ?? limits.chunkBytes;
      arrayBytes = maxEncodedSize;
    } else {
      bytesStages.push({ codec, maxSize: maxEncodedSize });
      encodedSize = encodedSize === undefined ? undefined : codec.encodedSize?.(encodedSize);
      maxEncodedSize = codec.maxEncodedSize(maxEncodedSize);
    }
  }
  checkGrowth(arrayBytes, maxEncodedSize);
  const sizes = { encodedSize, maxEncodedSize };
  return new CodecPipeline(arrayStages, toBytes!, bytesStages, representation, sizes, limits);
}

function noBytes(codecs: readonly CodecMetadata[]): ZarrError {
  const found = codecs.length === 0 ? "none" : codecs.map(({ name }) => name).join(", ");
  const message = `one of the codecs must turn the array into bytes, found ${found}. GDAL before 3.11 leaves that codec out, and means elements in little-endian order: write it anew with a later one, or put { "name": "bytes", "configuration": { "endian": "little" } } before all others`;
  return new ZarrError("ERR_METADATA", message);
}

/** Codecs that each make a chunk longer, as base64 does, would together make a reader accept almost any length. */
function checkGrowth(arrayBytes: number, maxEncodedSize: number): void {
  const bound = maxGrowth * arrayBytes + growthSlack;
  if (maxEncodedSize <= bound) return;
  const message = `the codecs can turn a chunk of ${arrayBytes} bytes into ${maxEncodedSize}, expected at most ${bound}`;
  throw new ZarrError("ERR_LIMIT", message);
}

/** The codecs that a v3 document lists; throws as {@link parseCodecList}. */
export function codecsFromJson(json: Json | undefined, member: string, limits: Limits): CodecMetadata[] {
  return parseCodecList(json, member, limits, (name) => findCodec(name) !== undefined);
}

function checkOrder(name: string, kind: Codec["kind"], toBytes: ArrayToBytesCodec | undefined): void {
  if ((kind === "bytes-to-bytes") === (toBytes !== undefined)) return;
  const problem =
    toBytes === undefined
      ? `codec "${name}" needs bytes, but no codec before it turns the array into bytes`
      : `codec "${name}" needs an array, but codec "${toBytes.name}" before it has turned the array into bytes`;
  throw new ZarrError("ERR_METADATA", problem, { codec: name });
}

const encoding = lazily(() => import("./pipeline-encoding.js"));
const batches = lazily(() => import("./batch-decoder.js"));

class CodecPipeline implements Pipeline {
  readonly codecs: readonly Codec[];
  readonly encodedSize: number | undefined;
  readonly maxEncodedSize: number;
  readonly decodeElements: Pipeline["decodeElements"];
  readonly encodeElements: Pipeline["encodeElements"];
  readonly decodeMany: Pipeline["decodeMany"];
  readonly decodeRegions: Pipeline["decodeRegions"];
  readonly #arrayStages: readonly ArrayStage[];
  readonly #toBytes: ArrayToBytesCodec;
  readonly #bytesStages: readonly BytesStage[];
  /** Chunk as it enters the array-to-bytes codec. */
  readonly #representation: ChunkRepresentation;
  readonly #limits: Limits;
  /** For pipelines that store only the elements. */
  readonly #elementwise: ElementwiseDecoder | undefined;
  /** For pipelines with one codec on bytes around the elements. */
  readonly #pieces: ElementwiseDecoder | undefined;

  constructor(
    arrayStages: readonly ArrayStage[],
    toBytes: ArrayToBytesCodec,
    bytesStages: readonly BytesStage[],
    representation: ChunkRepresentation,
    sizes: Pick<Pipeline, "encodedSize" | "maxEncodedSize">,
    limits: Limits,
  ) {
    this.codecs = [...arrayStages.map(({ codec }) => codec), toBytes, ...bytesStages.map(({ codec }) => codec)];
    this.encodedSize = sizes.encodedSize;
    this.maxEncodedSize = sizes.maxEncodedSize;
    this.#arrayStages = arrayStages;
    this.#toBytes = toBytes;
    this.#bytesStages = bytesStages;
    this.#representation = representation;
    this.#limits = limits;
    const decoder = toBytes.isElementwise ? new ElementwiseDecoder(toBytes, representation) : undefined;
    const elementwise = this.codecs.length === 1 ? decoder : undefined;
    this.#elementwise = elementwise;
    // What is in lists may be views of a piece, which holds no longer than until it was taken.
    const isList = Array.isArray(representation.dataType.allocate(0));
    this.#pieces = arrayStages.length === 0 && bytesStages.length === 1 && !isList ? decoder : undefined;
    this.decodeElements = elementwise && ((bytes) => attempt(toBytes, () => elementwise.decodeElements(bytes)));
    this.encodeElements = elementwise && ((data) => attempt(toBytes, () => elementwise.encodeElements(data)));
    const batch = batchOf(this.codecs, representation, limits);
    this.decodeMany =
      batch &&
      (async (values, place) => {
        const { decodeMany } = batches.loaded ?? (await batches.load());
        return await decodeMany(batch, values, place);
      });
    const partial = this.#partial;
    this.decodeRegions =
      partial?.decodeRegions &&
      (async (read, places) => {
        const isStored = partial.decodeRegions?.(read, places);
        return (await isStored?.catch((error) => rethrow(toBytes, error))) ?? false;
      });
  }

  async decode(bytes: Uint8Array): Promise<Chunk> {
    this.#checkLimit();
    // Codecs may decode at once, and callers begin several chunks together.
    while (isTurnDue()) await nextTurn();
    let current = bytes;
    for (const { codec, maxSize } of this.#bytesStages.toReversed()) {
      try {
        // A codec that answers at once costs no turn of the event loop.
        const decoded = codec.decode(current, maxSize);
        current = checkBound(isPromise(decoded) ? await decoded : decoded, maxSize);
      } catch (error) {
        rethrow(codec, error);
      }
    }
    return await this.#decodeArray(current);
  }

  async encode(chunk: Chunk): Promise<Uint8Array> {
    const { encodeChunk } = encoding.loaded ?? (await encoding.load());
    return await encodeChunk(this.#encodable, chunk);
  }

  async decodeInto(read: EncodedReader, region: ChunkRegion, target: StridedRegion): Promise<boolean> {
    const partial = this.#partial;
    if (partial !== undefined) {
      return await partial.decodeInto(read, region, target).catch((error) => rethrow(this.#toBytes, error));
    }
    const isStored = await this.#elementwise?.decodeInto(read, region, target);
    if (isStored !== undefined) return isStored;
    const bytes = await read();
    if (bytes === undefined) {
      // Pieces of a value that was damaged, and is gone since, may be in the target.
      if (read.pieces !== undefined) this.#fill(region, target);
      return false;
    }
    const isOurs = read.givesOwnMemory === true;
    this.#checkLimit();
    while (isTurnDue()) await nextTurn();
    if (this.#elementwise?.copyInto(bytes, region, target) || this.#takePieces(bytes, region, target)) {
      if (isOurs) freeMemory(bytes);
      return true;
    }
    const chunk = await this.decode(bytes);
    copyRegion(regionOf(chunk, region), target, region.count, this.#decoded.dataType.width);
    this.#free(chunk, bytes, isOurs);
    return true;
  }

  firstRanges(regions: readonly ChunkRegion[], isChecked: boolean): (ByteRange | undefined)[] {
    const partial = this.#partial?.firstRanges?.(regions, isChecked);
    return partial ?? (this.#elementwise ? regions.map((region) => this.#elementwise?.spanOf(region)) : [undefined]);
  }

  #fill({ count }: ChunkRegion, target: StridedRegion): void {
    const fill = fillChunk({ ...this.#decoded, shape: [] });
    copyRegion({ ...fill, offset: 0, stride: count.map(() => 0) }, target, count, this.#decoded.dataType.width);
  }

  /** Copies a region to its place while the chunk is decoded, where its only codec on bytes does so in pieces. */
  #takePieces(bytes: Uint8Array, region: ChunkRegion, target: StridedRegion): boolean {
    const { codec } = this.#bytesStages[0] ?? {};
    if (this.#pieces === undefined || codec?.decodePieces === undefined) return false;
    const isTaken = this.#pieces.takePieces(region, target, (size, unit, take) =>
      attempt(codec, () => codec.decodePieces?.(bytes, size, unit, take)),
    );
    return isTaken === true;
  }

  /** Frees a chunk that was copied to its place, and what it was decoded from, where nobody else has them. */
  #free({ data }: Chunk, encoded: Uint8Array, isEncodedOurs: boolean): void {
    if (!ArrayBuffer.isView(data)) return; // what was copied of a list may be views of these bytes
    const isDecodedOurs = this.#bytesStages[0]?.codec.givesOwnMemory === true;
    if (isDecodedOurs && data.buffer !== encoded.buffer) freeMemory(data);
    if (isEncodedOurs) freeMemory(encoded);
  }

  async encodeFrom(
    read: EncodedReader,
    region: ChunkRegion,
    source: StridedRegion,
    options: EncodeOptions,
  ): Promise<Uint8Array | undefined> {
    const partial = this.#partial;
    if (partial !== undefined) {
      return await partial.encodeFrom(read, region, source, options).catch((error) => rethrow(this.#toBytes, error));
    }
    const { encodeRegion } = encoding.loaded ?? (await encoding.load());
    return await encodeRegion(this.#encodable, read, region, source, options);
  }

  get #encodable(): Encodable {
    return {
      arrayStages: this.#arrayStages,
      toBytes: this.#toBytes,
      bytesStages: this.#bytesStages,
      representation: this.#representation,
      decoded: this.#decoded,
      checkLimit: () => this.#checkLimit(),
      checkEncodedSize: (bytes) => this.#checkEncodedSize(bytes),
      decode: (bytes) => this.decode(bytes),
    };
  }

  /** The codec that works on parts, where no other surrounds it. */
  get #partial(): PartialCodec | undefined {
    return this.#arrayStages.length + this.#bytesStages.length === 0 ? this.#toBytes.partial : undefined;
  }

  /** Chunk as it enters the first codec. */
  get #decoded(): ChunkRepresentation {
    return this.#arrayStages[0]?.decoded ?? this.#representation;
  }

  async #decodeArray(bytes: Uint8Array): Promise<Chunk> {
    this.#checkEncodedSize(bytes);
    let chunk: Chunk;
    try {
      const decoded = this.#toBytes.decode(bytes, this.#representation);
      chunk = isPromise(decoded) ? await decoded : decoded;
    } catch (error) {
      rethrow(this.#toBytes, error);
    }
    for (const { codec, decoded } of this.#arrayStages.toReversed()) {
      const encoded = chunk;
      chunk = attempt(codec, () => codec.decode(encoded, decoded));
    }
    return chunk;
  }

  #checkEncodedSize(bytes: Uint8Array): void {
    const expected = this.#toBytes.encodedSize(this.#representation);
    if (expected === undefined || bytes.length === expected) return;
    const { shape, dataType } = this.#representation;
    const problem = `a chunk of shape [${shape.join(", ")}] and type ${dataType.name} takes ${expected} bytes, found ${bytes.length}`;
    throw new ZarrError("ERR_CODEC", problem, { codec: this.#toBytes.name });
  }

  /** Before anything of the chunk's size is allocated. Not at creation: an array that is never read may be opened. */
  #checkLimit(): void {
    for (const { shape, dataType } of [this.#representation, ...this.#arrayStages.map(({ decoded }) => decoded)]) {
      const bytes = product(shape) * memorySize(dataType);
      const limit = memoryLimit(dataType, this.#limits, "chunkBytes");
      if (bytes > limit.bytes) {
        const problem = `a chunk of shape [${shape.join(", ")}] and type ${dataType.name} takes ${bytes} bytes, the limit is ${limit.bytes}; limits.${limit.name} raises it`;
        throw new ZarrError("ERR_LIMIT", problem);
      }
    }
  }
}

/** A codec that breaks its promise must not make the next one allocate. */
function checkBound(decoded: Uint8Array, maxSize: number): Uint8Array {
  if (decoded.length <= maxSize) return decoded;
  throw new ZarrError("ERR_CODEC", `decoded to ${decoded.length} bytes, expected at most ${maxSize}`);
}

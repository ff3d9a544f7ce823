/** Encoding by a pipeline: loaded with the first chunk that is written. */
import { isPromise } from "../bytes/built-in.js";
import type { Chunk } from "../grid/chunk.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { attempt, rethrow } from "./attempt.js";
import { fillChunk, regionOf } from "./chunk-values.js";
import type {
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  ChunkRegion,
  ChunkRepresentation,
  EncodedReader,
  EncodeOptions,
} from "./codec.js";
import { chunkFrom, copyOf, coversAll, isFill } from "./whole-chunk.js";

/** An array-to-array codec with the chunk that enters it. */
export interface ArrayStage {
  readonly codec: ArrayToArrayCodec;
  readonly decoded: ChunkRepresentation;
}

/** A bytes-to-bytes codec with the bytes that may enter it. */
export interface BytesStage {
  readonly codec: BytesToBytesCodec;
  readonly maxSize: number;
}

/** The codecs of a pipeline, and what it checks. */
export interface Encodable {
  readonly arrayStages: readonly ArrayStage[];
  readonly toBytes: ArrayToBytesCodec;
  readonly bytesStages: readonly BytesStage[];
  /** Chunk as it enters the array-to-bytes codec. */
  readonly representation: ChunkRepresentation;
  /** Chunk as it enters the first codec. */
  readonly decoded: ChunkRepresentation;
  checkLimit(): void;
  checkEncodedSize(bytes: Uint8Array): void;
  decode(bytes: Uint8Array): Promise<Chunk>;
}

/** See `Pipeline.encode`. */
export async function encodeChunk(pipeline: Encodable, chunk: Chunk): Promise<Uint8Array> {
  let current = await encodeArray(pipeline, chunk);
  for (const { codec } of pipeline.bytesStages) {
    try {
      const encoded = codec.encode(current);
      current = isPromise(encoded) ? await encoded : encoded;
    } catch (error) {
      rethrow(codec, error);
    }
  }
  return current;
}

/** See `PartialCodec.encodeFrom`: of codecs that do not work on parts. */
export async function encodeRegion(
  pipeline: Encodable,
  read: EncodedReader,
  region: ChunkRegion,
  source: StridedRegion,
  options: EncodeOptions,
): Promise<Uint8Array | undefined> {
  const { decoded } = pipeline;
  pipeline.checkLimit();
  const chunk = coversAll(region, decoded.shape)
    ? chunkFrom(source, decoded, options.memory)
    : await changed(pipeline, read, region, source);
  if (!options.keepEmpty && isFill(chunk, decoded)) return undefined;
  return await encodeChunk(pipeline, chunk);
}

/** The chunk as it is, or where it is not stored one of fill values, with the elements of `region` replaced. */
async function changed(
  pipeline: Encodable,
  read: EncodedReader,
  region: ChunkRegion,
  source: StridedRegion,
): Promise<Chunk> {
  const { dataType } = pipeline.decoded;
  const before = region.whole ? undefined : await read();
  const chunk = before === undefined ? fillChunk(pipeline.decoded) : copyOf(await pipeline.decode(before), dataType);
  copyRegion(source, regionOf(chunk, region), region.count, dataType.width);
  return chunk;
}

async function encodeArray(pipeline: Encodable, chunk: Chunk): Promise<Uint8Array> {
  const { arrayStages, toBytes, representation } = pipeline;
  pipeline.checkLimit();
  let current = chunk;
  for (const { codec, decoded } of arrayStages) current = attempt(codec, () => codec.encode(current, decoded));
  try {
    const encoded = toBytes.encode(current, representation);
    const bytes = isPromise(encoded) ? await encoded : encoded;
    pipeline.checkEncodedSize(bytes);
    return bytes;
  } catch (error) {
    rethrow(toBytes, error);
  }
}

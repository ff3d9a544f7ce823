import type { Json } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import type { DataType } from "../data-type/data-type.js";
import type { Chunk } from "../grid/chunk.js";

/** What a chunk looks like at one point of the pipeline. */
export interface ChunkRepresentation {
  readonly shape: readonly number[];
  readonly dataType: DataType;
  readonly fillValue: unknown;
}

/** The `configuration` of a codec in a metadata document; `{}` where it has none. */
export type CodecConfiguration = { readonly [name: string]: Json };

interface CodecCommon {
  /** Registered name, as written into metadata. */
  readonly name: string;
  /** The `configuration` member of a v3 document, or `undefined` where the codec has none. */
  readonly configuration: CodecConfiguration | undefined;
}

/** A codec from an array to an array, as `transpose`. May return strided views; must not write into its argument. */
export interface ArrayToArrayCodec extends CodecCommon {
  readonly kind: "array-to-array";
  encodedRepresentation(decoded: ChunkRepresentation): ChunkRepresentation;
  encode(chunk: Chunk, decoded: ChunkRepresentation): Chunk;
  decode(chunk: Chunk, decoded: ChunkRepresentation): Chunk;
}

/** A codec from an array to bytes, as `bytes`. */
export interface ArrayToBytesCodec extends CodecCommon {
  readonly kind: "array-to-bytes";
  /** Exact length of the encoded bytes, or `undefined` where the values decide. */
  encodedSize(decoded: ChunkRepresentation): number | undefined;
  encode(chunk: Chunk, decoded: ChunkRepresentation): Uint8Array;
  /** @throws ZarrError `ERR_CODEC` - the bytes are not exactly one chunk of `decoded` */
  decode(bytes: Uint8Array, decoded: ChunkRepresentation): Chunk;
}

/** A codec from bytes to bytes, as `gzip`. Results may be views of the argument; the argument is never written to. */
export interface BytesToBytesCodec extends CodecCommon {
  readonly kind: "bytes-to-bytes";
  /** Upper bound on the encoded length of `decodedSize` bytes, generous enough for every encoder of the format. */
  maxEncodedSize(decodedSize: number): number;
  /** May work off the thread, and answer with a promise, where that pays. */
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * As {@link encode}, the other way.
   *
   * @param maxSize - bytes that the result may have; when the pipeline knows the exact length this is it
   * @throws ZarrError `ERR_CODEC` - malformed, truncated, trailing bytes, or more than `maxSize`
   * @throws ZarrError `ERR_CHECKSUM` - a checksum within the format does not match
   */
  decode(bytes: Uint8Array, maxSize: number): Uint8Array | Promise<Uint8Array>;
}

export type Codec = ArrayToArrayCodec | ArrayToBytesCodec | BytesToBytesCodec;

/** What a codec may look at when it is made from metadata. */
export interface CodecContext {
  /** Chunk as it enters this codec (array codecs), or as it entered the array-to-bytes codec (bytes codecs). */
  readonly decoded: ChunkRepresentation;
  readonly limits: Limits;
  readonly zarrFormat: 2 | 3;
}

/** One line of the registry: how a name becomes a codec. */
export interface CodecEntry {
  /** Names in metadata that this codec answers to, v3 names first (`["zlib", "numcodecs.zlib"]`). */
  readonly names: readonly string[];
  readonly kind: Codec["kind"];
  /**
   * Makes the codec; cheap, with no I/O.
   * @throws ZarrError `ERR_METADATA` - a member is missing, unknown or out of range
   */
  create(configuration: CodecConfiguration, context: CodecContext, name: string): Codec;
}

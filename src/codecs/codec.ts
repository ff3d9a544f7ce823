import type { TakePiece } from "../bytes/bulk-reads.js";
import type { ByteRange, PieceRange } from "../bytes/byte-range.js";
import type { Json } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import type { ChunkData, DataType } from "../data-type/data-type.js";
import type { Chunk } from "../grid/chunk.js";
import type { StridedRegion } from "../grid/copy-region.js";
import type { ChunkMemory } from "./chunk-memory.js";

/** The form of a chunk at one point of the pipeline. */
export interface ChunkRepresentation {
  /** Length of each dimension of a chunk. */
  readonly shape: readonly number[];
  /** The data type of the elements. */
  readonly dataType: DataType;
  /** The value of elements that were never written. */
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
  /** The kind of codec: it decides where in a list of codecs this one may stand. */
  readonly kind: "array-to-array";
  /** The form of chunks after this codec, given their form before it. */
  encodedRepresentation(decoded: ChunkRepresentation): ChunkRepresentation;
  /** The chunk that is handed to the next codec. */
  encode(chunk: Chunk, decoded: ChunkRepresentation): Chunk;
  /** The chunk that was encoded. */
  decode(chunk: Chunk, decoded: ChunkRepresentation): Chunk;
}

/** Reads one encoded chunk. */
export interface EncodedReader {
  /**
   * A range of its bytes, or without a range all of them.
   * @returns `undefined` if the chunk is not stored
   */
  (range?: ByteRange): Promise<Uint8Array | undefined>;
  /**
   * Runs `work` on the chunk as it is now, which may be replaced meanwhile: for several ranges that belong together. Left out where
   * the chunk stays the same anyway.
   */
  readonly hold?: (<T>(work: (read: EncodedReader) => Promise<T>) => Promise<T>) | undefined;
  /** Says which ranges will be read soon: see `StoreValues.expect`. Left out where that helps nobody. */
  readonly expect?: ((ranges: readonly ByteRange[]) => Promise<() => void>) | undefined;
  /** True if all of its bytes are memory that nobody else has: see `StoreValues.givesOwnMemory`. */
  readonly givesOwnMemory?: boolean | undefined;
  /** True if all of its bytes, read without a range, have been held against a checksum. */
  readonly isChecked?: boolean | undefined;
  /** All of its bytes in pieces, as `StoreValues.getPieces`, where the store can. */
  readonly pieces?:
    | ((size: number, pieceSize: number, take: TakePiece, range?: PieceRange) => Promise<boolean | undefined>)
    | undefined;
}

/** A part of a chunk: `count` elements along each dimension from `start` on, `step` apart. */
export interface ChunkRegion {
  readonly start: readonly number[];
  readonly step: readonly number[];
  readonly count: readonly number[];
  /** True if it is every element of the chunk that matters: nothing else needs to be kept. */
  readonly whole: boolean;
}

/** A part of a chunk, and where it goes. */
export interface RegionPlace {
  readonly region: ChunkRegion;
  /** With strides between neighbours in the region. */
  readonly target: StridedRegion;
}

/** Options for writing a part of a chunk. */
export interface EncodeOptions {
  /** True if a chunk that holds nothing but the fill value is stored all the same. */
  readonly keepEmpty: boolean;
  /** For callers that have no more use for the encoded chunk, which may be a view of it, when the next one is encoded. */
  readonly memory?: ChunkMemory | undefined;
}

/** Decoding and encoding of parts, by a codec whose chunks are made of chunks. */
export interface PartialCodec {
  /**
   * Decodes the elements of `region` into `target`, whose strides are between neighbours in the region.
   * @returns false, and `target` as it was, if the chunk is not stored
   */
  decodeInto(read: EncodedReader, region: ChunkRegion, target: StridedRegion): Promise<boolean>;
  /** As {@link decodeInto}, of several regions: what they share is decoded once. Left out by those that cannot. */
  readonly decodeRegions?: ((read: EncodedReader, places: readonly RegionPlace[]) => Promise<boolean>) | undefined;
  /** The ranges of an encoded chunk that decoding these regions reads first, or `undefined` for all of it; left out where it is always all. */
  firstRanges?(regions: readonly ChunkRegion[], isChecked: boolean): (ByteRange | undefined)[];
  /**
   * The encoded chunk after the elements of `region` were replaced by those of `source`.
   * @param read - the chunk as it is
   * @returns `undefined` if the chunk is not to be stored
   */
  encodeFrom(
    read: EncodedReader,
    region: ChunkRegion,
    source: StridedRegion,
    options: EncodeOptions,
  ): Promise<Uint8Array | undefined>;
}

/** A codec from an array to bytes, as `bytes`. */
export interface ArrayToBytesCodec extends CodecCommon {
  /** The kind of codec: it decides where in a list of codecs this one may stand. */
  readonly kind: "array-to-bytes";
  /** Exact length of the encoded bytes, or `undefined` where the values decide. */
  encodedSize(decoded: ChunkRepresentation): number | undefined;
  /** Upper bound on the encoded length where the values decide; without it `limits.chunkBytes` holds. */
  maxEncodedSize?(decoded: ChunkRepresentation): number;
  /** The bytes of a chunk. */
  encode(chunk: Chunk, decoded: ChunkRepresentation): Uint8Array | Promise<Uint8Array>;
  /**
   * The chunk of encoded bytes.
   * @throws ZarrError `ERR_CODEC` - the bytes are not exactly one chunk of `decoded`
   */
  decode(bytes: Uint8Array, decoded: ChunkRepresentation): Chunk | Promise<Chunk>;
  /** True if the bytes are those of the elements in C order, so that some in a row decode, at once, as a chunk of as many. */
  readonly isElementwise?: boolean;
  /** Used instead of `encode` and `decode` where no other codec surrounds this one. */
  readonly partial?: PartialCodec;
}

/** Values of one size, each `stride` bytes behind the one before: their size, or a multiple of 16 more. */
export interface DecodedBatch {
  readonly bytes: Uint8Array;
  readonly stride: number;
}

/** A codec from bytes to bytes, as `gzip`. Results may be views of the argument; the argument is never written to. */
export interface BytesToBytesCodec extends CodecCommon {
  /** The kind of codec: it decides where in a list of codecs this one may stand. */
  readonly kind: "bytes-to-bytes";
  /** Upper bound on the encoded length of `decodedSize` bytes, generous enough for every encoder of the format. */
  maxEncodedSize(decodedSize: number): number;
  /** Exact encoded length of `decodedSize` bytes, where that alone decides it, as for a checksum. */
  encodedSize?(decodedSize: number): number;
  /** True if what `decode` gives is a view of the argument, or memory that nobody else has, so that it can be freed at once. */
  readonly givesOwnMemory?: boolean;
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
  /**
   * Decodes a value of `size` bytes at once, and hands it over in pieces of a multiple of `unit` bytes, the last one shorter, in their
   * order: for callers that have a place for each, which holds until `take` returns.
   *
   * @returns whether all were handed over: if not, `decode` takes the value, or says what is wrong with it
   */
  readonly decodePieces?: ((encoded: Uint8Array, size: number, unit: number, take: TakePiece) => boolean) | undefined;
  /**
   * Decodes several small values, each of exactly `size` bytes, for less than one after the other. It may overlook damage that `decode`
   * finds, so the values have to have passed a checksum.
   *
   * @returns memory that nobody else has; `undefined` where it cannot, or one is damaged: `decode` then takes each, and says what is wrong
   */
  readonly decodeBatch?:
    | ((encoded: readonly Uint8Array[], size: number) => Promise<DecodedBatch | undefined>)
    | undefined;
}

/** A codec of one of the three kinds; `kind` tells them apart. */
export type Codec = ArrayToArrayCodec | ArrayToBytesCodec | BytesToBytesCodec;

/** One member of a document's `codecs`. */
export interface CodecMetadata {
  /** Its name in documents. */
  readonly name: string;
  /** `{}` where the document has none. */
  readonly configuration: CodecConfiguration;
}

/** Takes a decoded chunk: its elements begin at element `offset` of `data`, in C order, and must not be used afterwards. */
export type PlaceChunk = (number: number, data: ChunkData, offset: number) => void;

/** The codecs of an array as one: a chunk to the bytes that a store keeps, and back. */
export interface Pipeline extends PartialCodec {
  /** As that of a {@link PartialCodec}; it is always there. */
  firstRanges(regions: readonly ChunkRegion[], isChecked: boolean): (ByteRange | undefined)[];
  /** In the order of encoding. */
  readonly codecs: readonly Codec[];
  /** Exact length of an encoded chunk in bytes, or `undefined` where the values decide. */
  readonly encodedSize: number | undefined;
  /** Upper bound, in bytes, of one encoded chunk: what is longer need not be read. */
  readonly maxEncodedSize: number;
  /**
   * Neither writes into nor keeps `bytes`, but the result may be a view of them, and its strides any.
   * @throws ZarrError `ERR_CODEC` or `ERR_CHECKSUM` - the bytes are not exactly one chunk; `details.codec` says where
   * @throws ZarrError `ERR_LIMIT` - a chunk of this array is larger than `limits.chunkBytes`
   */
  decode(bytes: Uint8Array): Promise<Chunk>;
  /** The result may be a view of the chunk's data. Throws as {@link decode}. */
  encode(chunk: Chunk): Promise<Uint8Array>;
  /**
   * Present if only the elements are stored: decodes those of many chunks, which follow each other in `bytes`, at once. The result may be
   * a view of these. Throws as {@link decode}.
   */
  readonly decodeElements?: ((bytes: Uint8Array) => ChunkData) | undefined;
  /** The other way: the bytes of many chunks from their elements, in C order and one chunk after the other. */
  readonly encodeElements?: ((data: ChunkData) => Uint8Array) | undefined;
  /**
   * Decodes many small chunks for less than one by one, if the codecs can: `place` is called for each, with its number among
   * `values`, in any order, and the thread is given to others from time to time. It may overlook damage that `decode` finds, so the
   * values have to have passed a checksum.
   *
   * @returns numbers of those that have to be decoded by `decode`, which also says what is wrong with them
   */
  readonly decodeMany?: ((values: readonly Uint8Array[], place: PlaceChunk) => Promise<number[]>) | undefined;
}

/** The context in which a codec is made from metadata. */
export interface CodecContext {
  /** Chunk as it enters this codec (array codecs), or as it entered the array-to-bytes codec (bytes codecs). */
  readonly decoded: ChunkRepresentation;
  /** Upper bounds on what decoding may allocate. */
  readonly limits: Limits;
  /** Format of the document that lists the codec. */
  readonly zarrFormat: 2 | 3;
  /** True if an array that is there has the codec: then what reading can do without is no error before something is written. */
  readonly isStored?: boolean | undefined;
  /**
   * The pipeline of codecs within this codec, of which `member` of its configuration is the list. Throws as the pipeline
   * around it.
   */
  createPipeline(codecs: Json | undefined, member: string, decoded: ChunkRepresentation): Pipeline;
}

/** One line of the registry: how a name becomes a codec. */
export interface CodecEntry {
  /** Names in metadata that this codec answers to, v3 names first (`["zlib", "numcodecs.zlib"]`). */
  readonly names: readonly string[];
  /** The kind of codec: it decides where in a list of codecs this one may stand. */
  readonly kind: Codec["kind"];
  /**
   * Makes the codec; cheap, with no I/O.
   * @throws ZarrError `ERR_METADATA` - a member is missing, unknown or out of range
   */
  create(configuration: CodecConfiguration, context: CodecContext, name: string): Codec;
}

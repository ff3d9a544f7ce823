import type { Limits } from "../bytes/limits.js";
import { isZarrError, withDetails, ZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { product } from "../grid/strides.js";
import type {
  ArrayToArrayCodec,
  ArrayToBytesCodec,
  BytesToBytesCodec,
  ChunkRepresentation,
  Codec,
  CodecConfiguration,
} from "./codec.js";
import { findCodec } from "./registry.js";

/** One member of a document's `codecs`. */
export interface CodecMetadata {
  readonly name: string;
  /** `{}` where the document has none. */
  readonly configuration: CodecConfiguration;
}

/** What holds for a whole pipeline. */
export interface PipelineOptions {
  readonly limits: Limits;
  readonly zarrFormat: 2 | 3;
}

/** The codecs of an array as one: a chunk to the bytes that a store keeps, and back. */
export interface Pipeline {
  /** In the order of encoding. */
  readonly codecs: readonly Codec[];
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
}

/** An array-to-array codec with the chunk that enters it. */
interface ArrayStage {
  readonly codec: ArrayToArrayCodec;
  readonly decoded: ChunkRepresentation;
}

/** A bytes-to-bytes codec with the bytes that may enter it. */
interface BytesStage {
  readonly codec: BytesToBytesCodec;
  readonly maxSize: number;
}

/**
 * Makes the codecs of `codecs` for chunks of `decoded`.
 * @throws ZarrError `ERR_METADATA` - wrong order, or a configuration that its codec does not take
 * @throws ZarrError `ERR_CODEC_UNAVAILABLE` - no codec of that name is registered
 * @throws ZarrError `ERR_LIMIT` - more codecs than `limits.codecs`
 */
export function createPipeline(
  codecs: readonly CodecMetadata[],
  decoded: ChunkRepresentation,
  { limits, zarrFormat }: PipelineOptions,
): Pipeline {
  if (codecs.length > limits.codecs) {
    throw new ZarrError("ERR_LIMIT", `the array has ${codecs.length} codecs, the limit is ${limits.codecs}`);
  }
  const arrayStages: ArrayStage[] = [];
  const bytesStages: BytesStage[] = [];
  let toBytes: ArrayToBytesCodec | undefined;
  let representation = decoded;
  let bytesSize = 0;
  for (const { name, configuration } of codecs) {
    const entry = findCodec(name);
    checkOrder(name, entry.kind, toBytes);
    const codec = entry.create(configuration, { decoded: representation, limits, zarrFormat }, name);
    if (codec.kind === "array-to-array") {
      arrayStages.push({ codec, decoded: representation });
      representation = codec.encodedRepresentation(representation);
    } else if (codec.kind === "array-to-bytes") {
      toBytes = codec;
      bytesSize = codec.encodedSize(representation) ?? limits.chunkBytes;
    } else {
      bytesStages.push({ codec, maxSize: bytesSize });
      bytesSize = codec.maxEncodedSize(bytesSize);
    }
  }
  if (toBytes === undefined) {
    const found = codecs.length === 0 ? "none" : codecs.map(({ name }) => name).join(", ");
    throw new ZarrError("ERR_METADATA", `one of the codecs must turn the array into bytes, found ${found}`);
  }
  return new CodecPipeline(arrayStages, toBytes, bytesStages, representation, bytesSize, limits);
}

function checkOrder(name: string, kind: Codec["kind"], toBytes: ArrayToBytesCodec | undefined): void {
  if ((kind === "bytes-to-bytes") === (toBytes !== undefined)) return;
  const problem =
    toBytes === undefined
      ? `codec "${name}" needs bytes, but no codec before it turns the array into bytes`
      : `codec "${name}" needs an array, but codec "${toBytes.name}" before it has turned the array into bytes`;
  throw new ZarrError("ERR_METADATA", problem, { codec: name });
}

class CodecPipeline implements Pipeline {
  readonly codecs: readonly Codec[];
  readonly maxEncodedSize: number;
  readonly #arrayStages: readonly ArrayStage[];
  readonly #toBytes: ArrayToBytesCodec;
  readonly #bytesStages: readonly BytesStage[];
  /** Chunk as it enters the array-to-bytes codec. */
  readonly #representation: ChunkRepresentation;
  readonly #limits: Limits;

  constructor(
    arrayStages: readonly ArrayStage[],
    toBytes: ArrayToBytesCodec,
    bytesStages: readonly BytesStage[],
    representation: ChunkRepresentation,
    maxEncodedSize: number,
    limits: Limits,
  ) {
    this.codecs = [...arrayStages.map(({ codec }) => codec), toBytes, ...bytesStages.map(({ codec }) => codec)];
    this.maxEncodedSize = maxEncodedSize;
    this.#arrayStages = arrayStages;
    this.#toBytes = toBytes;
    this.#bytesStages = bytesStages;
    this.#representation = representation;
    this.#limits = limits;
  }

  async decode(bytes: Uint8Array): Promise<Chunk> {
    this.#checkLimit();
    let current = bytes;
    for (const { codec, maxSize } of this.#bytesStages.toReversed()) {
      try {
        // A codec that answers at once costs no turn of the event loop.
        const decoded = codec.decode(current, maxSize);
        current = checkBound(decoded instanceof Promise ? await decoded : decoded, maxSize);
      } catch (error) {
        rethrow(codec, error);
      }
    }
    return this.#decodeArray(current);
  }

  async encode(chunk: Chunk): Promise<Uint8Array> {
    let current = this.#encodeArray(chunk);
    for (const { codec } of this.#bytesStages) {
      try {
        const encoded = codec.encode(current);
        current = encoded instanceof Promise ? await encoded : encoded;
      } catch (error) {
        rethrow(codec, error);
      }
    }
    return current;
  }

  #decodeArray(bytes: Uint8Array): Chunk {
    const toBytes = this.#toBytes;
    this.#checkEncodedSize(bytes);
    let chunk = attempt(toBytes, () => toBytes.decode(bytes, this.#representation));
    for (const { codec, decoded } of this.#arrayStages.toReversed()) {
      const encoded = chunk;
      chunk = attempt(codec, () => codec.decode(encoded, decoded));
    }
    return chunk;
  }

  #encodeArray(chunk: Chunk): Uint8Array {
    this.#checkLimit();
    let current = chunk;
    for (const { codec, decoded } of this.#arrayStages) current = attempt(codec, () => codec.encode(current, decoded));
    const bytes = attempt(this.#toBytes, () => this.#toBytes.encode(current, this.#representation));
    this.#checkEncodedSize(bytes);
    return bytes;
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
      const bytes = product(shape) * (dataType.itemSize ?? 1);
      if (bytes > this.#limits.chunkBytes) {
        const problem = `a chunk of shape [${shape.join(", ")}] and type ${dataType.name} takes ${bytes} bytes, the limit is ${this.#limits.chunkBytes}; limits.chunkBytes raises it`;
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

function attempt<Result>(codec: Codec, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    return rethrow(codec, error);
  }
}

/** Names the codec; what is no ZarrError (a custom codec's, the engine's) becomes one. */
function rethrow(codec: Codec, error: unknown): never {
  if (isZarrError(error)) throw withDetails(error, { codec: codec.name });
  const reason = error instanceof Error ? error.message : String(error);
  throw new ZarrError("ERR_CODEC", `codec "${codec.name}" failed: ${reason}`, { codec: codec.name }, error);
}

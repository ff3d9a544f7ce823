import { freeMemory } from "../bytes/free-memory.js";
import type { Limits } from "../bytes/limits.js";
import { isTurnDue, nextTurn } from "../bytes/turn.js";
import { memorySize } from "../data-type/item-size.js";
import type { Chunk } from "../grid/chunk.js";
import { product } from "../grid/strides.js";
import type { ArrayToBytesCodec, ChunkRepresentation, Codec, DecodedBatch, PlaceChunk } from "./codec.js";

/** Decoded bytes of one step. */
const stepBytes = 512 * 1024;

/** Steps that are under way at once: as many as the system's thread pool has threads. */
const stepsAtOnce = 4;

/** Item sizes that divide this divide what may lie between two values of a batch. */
const batchAlignment = 16;

type DecodeBatch = (values: readonly Uint8Array[]) => Promise<DecodedBatch | undefined>;

/** Decodes small chunks, several in one step, where all that surrounds the elements is a codec that takes several values at once. */
export class BatchDecoder {
  readonly #toBytes: ArrayToBytesCodec;
  readonly #decodeBatch: DecodeBatch;
  readonly #chunk: ChunkRepresentation;
  /** Bytes of one chunk. */
  readonly #size: number;
  readonly #itemSize: number;

  private constructor(
    toBytes: ArrayToBytesCodec,
    decodeBatch: DecodeBatch,
    chunk: ChunkRepresentation,
    size: number,
    itemSize: number,
  ) {
    this.#toBytes = toBytes;
    this.#decodeBatch = decodeBatch;
    this.#chunk = chunk;
    this.#size = size;
    this.#itemSize = itemSize;
  }

  /**
   * @param codecs - of a pipeline, in the order of encoding
   * @returns `undefined` if they are others, or the chunks too large
   */
  static of(codecs: readonly Codec[], chunk: ChunkRepresentation, limits: Limits): BatchDecoder | undefined {
    const [toBytes, codec] = codecs;
    if (codecs.length !== 2 || toBytes.kind !== "array-to-bytes" || !toBytes.isElementwise) return undefined;
    if (codec.kind !== "bytes-to-bytes" || codec.decodeBatch === undefined) return undefined;
    const { shape, dataType } = chunk;
    const size = toBytes.encodedSize(chunk)!;
    const itemSize = size / product(shape);
    const isSmall = 2 * size <= stepBytes && product(shape) * memorySize(dataType) <= limits.chunkBytes;
    // Lists are slow to make, and what is in them may be views of the memory that is freed here.
    const isList = Array.isArray(dataType.allocate(0));
    if (!isSmall || isList || batchAlignment % itemSize !== 0) return undefined;
    const decodeBatch = codec.decodeBatch.bind(codec);
    return new BatchDecoder(toBytes, (values) => decodeBatch(values, size), chunk, size, itemSize);
  }

  /** As `Pipeline.decodeMany`. */
  async decodeMany(values: readonly Uint8Array[], place: PlaceChunk): Promise<number[]> {
    const left: number[] = [];
    const perStep = Math.floor(stepBytes / this.#size);
    let next = 0;
    const takeSteps = async () => {
      while (next < values.length) {
        const first = next;
        next += perStep;
        const step = values.slice(first, next);
        while (isTurnDue()) await nextTurn();
        const batch = step.length === 1 ? undefined : await this.#decodeBatch(step);
        if (batch === undefined) for (let i = 0; i < step.length; i++) left.push(first + i);
        else this.#placeAll(batch, first, step.length, place);
      }
    };
    const steps = Array.from({ length: stepsAtOnce }, takeSteps);
    try {
      await Promise.all(steps);
    } finally {
      await Promise.allSettled(steps);
    }
    return left;
  }

  #placeAll({ bytes, stride }: DecodedBatch, first: number, count: number, place: PlaceChunk): void {
    const shape = [bytes.length / this.#itemSize];
    const { data } = this.#toBytes.decode(bytes, { ...this.#chunk, shape }) as Chunk;
    for (let i = 0; i < count; i++) place(first + i, data, (i * stride) / this.#itemSize);
    if (ArrayBuffer.isView(data) && data.buffer !== bytes.buffer) freeMemory(data);
    freeMemory(bytes);
  }
}

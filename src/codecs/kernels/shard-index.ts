import { ZarrError } from "../../errors.js";
import type { Chunk } from "../../grid/chunk.js";
import { cStrides, offsetOf, product } from "../../grid/strides.js";

/** The place of an inner chunk in its shard, in bytes. */
export interface InnerChunkPlace {
  readonly offset: number;
  readonly length: number;
}

/** Both numbers of an inner chunk that is not stored. */
const absent = 2n ** 64n - 1n;

/**
 * The places of the inner chunks of one shard: an array of shape [...chunks per shard, 2] and type uint64, of which the
 * last dimension is offset and length.
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html#binary-shard-format
 */
export class ShardIndex {
  readonly #numbers: BigUint64Array;
  readonly #stride: readonly number[];

  private constructor(numbers: BigUint64Array, gridShape: readonly number[]) {
    this.#numbers = numbers;
    this.#stride = cStrides(gridShape);
  }

  /** An index without any inner chunk. */
  static empty(gridShape: readonly number[]): ShardIndex {
    return new ShardIndex(new BigUint64Array(2 * product(gridShape)).fill(absent), gridShape);
  }

  /** The index that a pipeline has decoded, in C order. */
  static fromChunk(chunk: Chunk, gridShape: readonly number[]): ShardIndex {
    return new ShardIndex(chunk.data as BigUint64Array, gridShape);
  }

  /** As a chunk to be encoded. */
  toChunk(gridShape: readonly number[]): Chunk {
    const shape = [...gridShape, 2];
    return { data: this.#numbers, shape, stride: cStrides(shape) };
  }

  /**
   * Place of the inner chunk at `coords` in the grid of the shard; `undefined` if it is not stored.
   * @throws ZarrError `ERR_CODEC` - only one of its numbers says so, or it has more than `maxLength` bytes
   */
  find(coords: readonly number[], maxLength: number): InnerChunkPlace | undefined {
    const at = 2 * offsetOf(coords, this.#stride);
    const offset = this.#numbers[at];
    const length = this.#numbers[at + 1];
    if (offset === absent && length === absent) return undefined;
    if (length > BigInt(maxLength) || offset > BigInt(Number.MAX_SAFE_INTEGER - maxLength)) {
      const message = `the shard's index gives inner chunk [${coords.join(", ")}] ${length} bytes from ${offset} on, expected at most ${maxLength} within the shard`;
      throw new ZarrError("ERR_CODEC", message, { innerChunk: coords });
    }
    return { offset: Number(offset), length: Number(length) };
  }

  set(coords: readonly number[], { offset, length }: InnerChunkPlace): void {
    const at = 2 * offsetOf(coords, this.#stride);
    this.#numbers[at] = BigInt(offset);
    this.#numbers[at + 1] = BigInt(length);
  }
}

import type { ChunkData } from "../data-type/data-type.js";
import { isZarrError } from "../errors.js";
import type { Chunk } from "../grid/chunk.js";
import { copyRegion, type StridedRegion } from "../grid/copy-region.js";
import { cStrides, product } from "../grid/strides.js";
import type { ArrayToBytesCodec, ChunkRegion, ChunkRepresentation, EncodedReader } from "./codec.js";

/** Pieces of a chunk fit into a processor's cache, in bytes. */
const pieceBytes = 256 * 1024;

/** Decodes regions of chunks that are stored as their elements: without having all of the chunk in memory. */
export class ElementwiseDecoder {
  readonly #codec: ArrayToBytesCodec;
  readonly #chunk: ChunkRepresentation;
  readonly #stride: readonly number[];
  readonly #size: number;
  readonly #itemSize: number;
  /** The first dimension that has more than one index. */
  readonly #outer: number;

  /** @param codec - of those that are `isElementwise` */
  constructor(codec: ArrayToBytesCodec, chunk: ChunkRepresentation) {
    this.#codec = codec;
    this.#chunk = chunk;
    this.#stride = cStrides(chunk.shape);
    this.#size = codec.encodedSize(chunk)!;
    this.#itemSize = this.#size / product(chunk.shape);
    this.#outer = chunk.shape.findIndex((length) => length > 1);
  }

  /** As `Pipeline.decodeElements`. */
  decodeElements(bytes: Uint8Array): ChunkData {
    const shape = [bytes.length / this.#itemSize];
    return (this.#codec.decode(bytes, { ...this.#chunk, shape }) as Chunk).data;
  }

  /** As `Pipeline.encodeElements`. */
  encodeElements(data: ChunkData): Uint8Array {
    const shape = [data.length / this.#chunk.dataType.width];
    return this.#codec.encode({ data, shape, stride: [1] }, { ...this.#chunk, shape }) as Uint8Array;
  }

  /**
   * As `Pipeline.decodeInto`.
   * @returns `undefined` where the chunk has to be read as a whole: it is small, or has another size than it should
   */
  async decodeInto(read: EncodedReader, region: ChunkRegion, target: StridedRegion): Promise<boolean | undefined> {
    if (this.#size === 0 || region.count.includes(0)) return undefined;
    const first = this.#offsetOf(region.start);
    const last = this.#offsetOf(region.start.map((start, d) => start + (region.count[d] - 1) * region.step[d]));
    const length = last + 1 - first;
    // A window is read alone if that saves half of the chunk or more.
    if (2 * length * this.#itemSize <= this.#size) return await this.#readSpan(first, length, read, region, target);
    return await this.#readPieces(read, region, target);
  }

  async #readSpan(
    first: number,
    length: number,
    read: EncodedReader,
    { step, count }: ChunkRegion,
    target: StridedRegion,
  ): Promise<boolean | undefined> {
    const range = { offset: first * this.#itemSize, length: length * this.#itemSize, wholeSize: this.#size };
    let bytes: Uint8Array | undefined;
    try {
      bytes = await read(range);
    } catch (error) {
      if (isZarrError(error, "ERR_RANGE")) return undefined;
      throw error;
    }
    if (bytes === undefined) return false;
    const { data } = await this.#codec.decode(bytes, { ...this.#chunk, shape: [length] });
    const source = { data, offset: 0, stride: this.#stride.map((distance, d) => distance * step[d]) };
    copyRegion(source, target, count, this.#chunk.dataType.width);
    return true;
  }

  /** Each piece is some indices of the outer dimension. */
  async #readPieces(read: EncodedReader, region: ChunkRegion, target: StridedRegion): Promise<boolean | undefined> {
    const outer = this.#outer;
    if (read.pieces === undefined || outer < 0) return undefined;
    const { shape, dataType } = this.#chunk;
    const slabBytes = this.#stride[outer] * this.#itemSize;
    if (slabBytes > pieceBytes) return undefined;
    const slabs = Math.min(shape[outer], Math.floor(pieceBytes / slabBytes));
    const { start, step, count } = region;
    const inner = this.#offsetOf(start.map((index, d) => (d > outer ? index : 0)));
    const stride = this.#stride.map((distance, d) => distance * step[d]);
    const take = (piece: Uint8Array, offset: number) => {
      const from = offset / slabBytes;
      const to = from + piece.length / slabBytes;
      // The region's indices along the outer dimension that this piece has.
      const begin = Math.max(0, Math.ceil((from - start[outer]) / step[outer]));
      const end = Math.min(count[outer], Math.ceil((to - start[outer]) / step[outer]));
      if (begin >= end) return;
      const pieceShape = shape.map((length, d) => (d === outer ? to - from : length));
      const { data } = this.#codec.decode(piece, { ...this.#chunk, shape: pieceShape }) as {
        data: StridedRegion["data"];
      };
      const place = (start[outer] + begin * step[outer] - from) * this.#stride[outer];
      copyRegion(
        { data, offset: place + inner, stride },
        { ...target, offset: target.offset + begin * target.stride[outer] },
        count.map((n, d) => (d === outer ? end - begin : n)),
        dataType.width,
      );
    };
    return await read.pieces(this.#size, slabs * slabBytes, take);
  }

  /** Elements before one, in C order. */
  #offsetOf(indices: readonly number[]): number {
    return indices.reduce((sum, index, d) => sum + index * this.#stride[d], 0);
  }
}

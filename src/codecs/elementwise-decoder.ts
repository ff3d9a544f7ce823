import type { TakePiece } from "../bytes/bulk-reads.js";
import type { PieceRange } from "../bytes/byte-range.js";
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
    const span = this.spanOf(region);
    return await (span === undefined
      ? this.#readPieces(read, region, target)
      : this.#readSpan(span, read, region, target));
  }

  /** The bytes from the first to the last element of a region, where that is not most of the chunk. */
  spanOf({ start, step, count }: ChunkRegion): PieceRange | undefined {
    const first = this.#offsetOf(start);
    const last = this.#offsetOf(start.map((index, d) => index + (count[d] - 1) * step[d]));
    const span = { offset: first * this.#itemSize, length: (last + 1 - first) * this.#itemSize };
    return 2 * span.length <= this.#size ? span : undefined;
  }

  async #readSpan(
    range: PieceRange,
    read: EncodedReader,
    { step, count }: ChunkRegion,
    target: StridedRegion,
  ): Promise<boolean | undefined> {
    const stride = this.#stride.map((distance, d) => distance * step[d]);
    const copy = (bytes: Uint8Array) => {
      const source = { data: this.decodeElements(bytes), offset: 0, stride };
      copyRegion(source, target, count, this.#chunk.dataType.width);
    };
    if (read.pieces !== undefined && range.length <= pieceBytes) {
      const isGiven = await read.pieces(this.#size, pieceBytes, copy, range);
      if (isGiven !== undefined) return isGiven;
    }
    try {
      const bytes = await read({ ...range, wholeSize: this.#size });
      if (bytes !== undefined) copy(bytes);
      return bytes !== undefined;
    } catch (error) {
      if (isZarrError(error, "ERR_RANGE")) return undefined;
      throw error;
    }
  }

  /**
   * Copies what a region has of a chunk that is handed over in pieces.
   *
   * @param give - hands over the elements of `size` bytes in pieces of a multiple of `unit` bytes, in their order
   * @returns what `give` returns; `undefined` where the chunk has no such pieces
   */
  takePieces<Result>(
    region: ChunkRegion,
    target: StridedRegion,
    give: (size: number, unit: number, take: TakePiece) => Result,
  ): Result | undefined {
    const slabBytes = this.#slabBytes;
    if (this.#size === 0 || slabBytes === undefined) return undefined;
    return give(this.#size, slabBytes, this.#takerOf(slabBytes, region, target));
  }

  /**
   * Copies a region to its place from all bytes of the chunk; they need not be aligned to elements.
   * @returns `undefined` where these have another size than they should, or no pieces
   */
  copyInto(bytes: Uint8Array, region: ChunkRegion, target: StridedRegion): true | undefined {
    if (bytes.length !== this.#size) return undefined;
    return this.takePieces(region, target, (size, unit, take) => {
      // Elements that are not aligned are copied once more: pieces stay in the processor's cache meanwhile.
      const pieceSize = pieceBytes - (pieceBytes % unit);
      for (let at = 0; at < size; at += pieceSize) take(bytes.subarray(at, at + pieceSize), at);
      return true;
    });
  }

  async #readPieces(read: EncodedReader, region: ChunkRegion, target: StridedRegion): Promise<boolean | undefined> {
    const { pieces } = read;
    if (pieces === undefined) return undefined;
    return await this.takePieces(region, target, (size, unit, take) =>
      pieces(size, Math.min(size, pieceBytes - (pieceBytes % unit)), take),
    );
  }

  /** Bytes of one index of the outer dimension; `undefined` if there is none, or if these are too many for a piece. */
  get #slabBytes(): number | undefined {
    if (this.#outer < 0) return undefined;
    const bytes = this.#stride[this.#outer] * this.#itemSize;
    return bytes > pieceBytes ? undefined : bytes;
  }

  /** Takes pieces that are some indices of the outer dimension. */
  #takerOf(slabBytes: number, { start, step, count }: ChunkRegion, target: StridedRegion): TakePiece {
    const outer = this.#outer;
    const { shape, dataType } = this.#chunk;
    const inner = this.#offsetOf(start.map((index, d) => (d > outer ? index : 0)));
    const stride = this.#stride.map((distance, d) => distance * step[d]);
    return (piece, offset) => {
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
  }

  /** Elements before one, in C order. */
  #offsetOf(indices: readonly number[]): number {
    return indices.reduce((sum, index, d) => sum + index * this.#stride[d], 0);
  }
}

import { DecompressionError } from "./decompression.js";

/** The size that a compressed stream may claim before it has proved it, as a multiple of its own. */
const trustedRatio = 16;

/** The output of a decompressor: grows up to a limit as it is filled, so that a false claim of a huge size costs nothing. */
export class GrowingBytes {
  /** Filled up to {@link length}; replaced when it grows. */
  bytes: Uint8Array;
  length = 0;
  readonly #limit: number;

  /**
   * @param limit - bytes that the output may have
   * @param inputSize - bytes of the compressed stream
   */
  constructor(limit: number, inputSize: number) {
    this.#limit = limit;
    this.bytes = new Uint8Array(Math.min(limit, trustedRatio * inputSize + 2 ** 16));
  }

  /** Makes room for `count` more bytes. @throws DecompressionError - these would be more than the limit */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#limit)
      throw new DecompressionError("too long", `the stream holds more than ${this.#limit} bytes`);
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(needed, 2 * this.bytes.length)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** The bytes that have been written. */
  finish(): Uint8Array {
    return this.length * 2 < this.bytes.length ? this.bytes.slice(0, this.length) : this.bytes.subarray(0, this.length);
  }
}

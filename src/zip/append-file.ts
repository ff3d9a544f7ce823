import type { WritableFile } from "../bytes/file.js";

/** Small pieces are collected up to this size before they are written, in bytes. */
const bufferBytes = 8 * 2 ** 20;

/** Larger pieces are written as they are, in bytes. */
const directBytes = 2 ** 20;

/** A piece of a file. */
export interface FileRange {
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/**
 * A new file that grows at its end, through a buffer. Not for concurrent calls: each must have ended before the next.
 */
export class AppendFile {
  readonly #file: WritableFile;
  readonly #buffer = new Uint8Array(bufferBytes);
  #buffered = 0;
  #written = 0;

  constructor(file: WritableFile) {
    this.#file = file;
  }

  /** Bytes so far, buffered ones included. */
  get size(): number {
    return this.#written + this.#buffered;
  }

  /** Appends `bytes`, which may be changed again once this has resolved. */
  async append(bytes: Uint8Array): Promise<void> {
    const isLarge = bytes.length >= directBytes;
    if (isLarge || this.#buffered + bytes.length > bufferBytes) await this.flush();
    if (isLarge) {
      await this.#file.write(bytes, this.#written);
      this.#written += bytes.length;
    } else {
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    }
  }

  /** Reads back what was appended. */
  async read({ offset, length }: FileRange): Promise<Uint8Array> {
    const start = offset - this.#written;
    if (start >= 0) return this.#buffer.slice(start, start + length);
    if (start + length > 0) await this.flush();
    return await this.#file.read(offset, length);
  }

  /** Writes out what is buffered. */
  async flush(): Promise<void> {
    if (this.#buffered === 0) return;
    await this.#file.write(this.#buffer.subarray(0, this.#buffered), this.#written);
    this.#written += this.#buffered;
    this.#buffered = 0;
  }

  /** Moves these ranges, which are in ascending order, together to the start of the file, and cuts off the rest. */
  async keepOnly(ranges: readonly FileRange[]): Promise<void> {
    await this.flush();
    const end = this.#written;
    this.#written = 0;
    let window: { offset: number; bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array() };
    for (const { offset, length } of ranges) {
      if (offset === this.size && this.#buffered === 0) {
        this.#written += length;
        continue;
      }
      for (let at = offset; at < offset + length; ) {
        if (at >= window.offset + window.bytes.length) {
          window = { offset: at, bytes: await this.#file.read(at, Math.min(bufferBytes, end - at)) };
        }
        const piece = window.bytes.subarray(at - window.offset, offset + length - window.offset);
        await this.append(piece);
        at += piece.length;
      }
    }
    await this.flush();
    await this.#file.truncate(this.#written);
  }
}

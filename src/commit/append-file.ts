import type { WritableFile } from "../bytes/file.js";

/** Memory for what is appended starts with so much, in bytes, and doubles up to its bound. */
const initialBytes = 64 * 1024;

/** Up to so much of it is kept for what comes next. */
const keptBytes = 16 * 2 ** 20;

/** Larger pieces are written as they are once there is a file, in bytes. */
const directBytes = 2 ** 20;

/** Bytes that are moved at a time. */
const windowBytes = 8 * 2 ** 20;

/** A piece of a file. */
export interface FileRange {
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/**
 * Bytes that grow at their end: in memory up to a bound, then in a file. Not for concurrent calls: each must have ended
 * before the next.
 */
export class AppendFile {
  readonly #openFile: () => Promise<WritableFile>;
  readonly #maxBuffered: number;
  #file: WritableFile | undefined;
  #buffer = new Uint8Array();
  #buffered = 0;
  #written = 0;

  /**
   * @param openFile - called once, when memory no longer suffices: gives an empty file, which this instance then closes
   * @param maxBuffered - bytes to keep in memory
   */
  constructor(openFile: () => Promise<WritableFile>, maxBuffered: number) {
    this.#openFile = openFile;
    this.#maxBuffered = maxBuffered;
  }

  /** Bytes so far, buffered ones included. */
  get size(): number {
    return this.#written + this.#buffered;
  }

  /** Bytes of them that are in the file. */
  get written(): number {
    return this.#written;
  }

  /** Appends `bytes`, which may be changed again once this has resolved. */
  async append(bytes: Uint8Array): Promise<void> {
    const isLarge = bytes.length > this.#maxBuffered || (this.#file !== undefined && bytes.length >= directBytes);
    if (isLarge || this.#buffered + bytes.length > this.#maxBuffered) await this.flush();
    if (isLarge) {
      await (await this.#open()).write(bytes, this.#written);
      this.#written += bytes.length;
    } else {
      this.#reserve(this.#buffered + bytes.length);
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    }
  }

  /** Reads back what was appended. */
  async read(range: FileRange): Promise<Uint8Array> {
    const bytes = await this.peek(range);
    return range.offset >= this.#written ? bytes.slice() : bytes;
  }

  /** As {@link read}; what is in memory is not copied, and changes with the next call. */
  async peek({ offset, length }: FileRange): Promise<Uint8Array> {
    const start = offset - this.#written;
    if (start >= 0) return this.#buffer.subarray(start, start + length);
    if (start + length > 0) await this.flush();
    return await (await this.#open()).read(offset, length);
  }

  /** Writes out what is buffered. */
  async flush(): Promise<WritableFile> {
    const file = await this.#open();
    if (this.#buffered > 0) {
      await file.write(this.#buffer.subarray(0, this.#buffered), this.#written);
      this.#written += this.#buffered;
      this.#buffered = 0;
    }
    return file;
  }

  /** Moves these ranges, which are in ascending order, together to the start of the file, and cuts off the rest. */
  async keepOnly(ranges: readonly FileRange[]): Promise<void> {
    const file = await this.flush();
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
          window = { offset: at, bytes: await file.read(at, Math.min(windowBytes, end - at)) };
        }
        const piece = window.bytes.subarray(at - window.offset, offset + length - window.offset);
        await this.append(piece);
        at += piece.length;
      }
    }
    await this.flush();
    await file.truncate(this.#written);
  }

  /** Forgets all but the first `size` bytes. */
  async cutBack(size: number): Promise<void> {
    const isInFile = size < this.#written;
    this.#written = Math.min(size, this.#written);
    this.#buffered = size - this.#written;
    if (this.#buffered === 0 && this.#buffer.length > keptBytes) this.#buffer = new Uint8Array();
    if (isInFile) await this.#file?.truncate(size);
  }

  /** Closes the file, if there is one, and gives it. */
  async close(): Promise<WritableFile | undefined> {
    await this.#file?.close();
    return this.#file;
  }

  async #open(): Promise<WritableFile> {
    this.#file ??= await this.#openFile();
    return this.#file;
  }

  #reserve(size: number): void {
    if (size <= this.#buffer.length) return;
    const capacity = Math.max(size, initialBytes, Math.min(2 * this.#buffer.length, this.#maxBuffered));
    const larger = new Uint8Array(capacity);
    larger.set(this.#buffer.subarray(0, this.#buffered));
    this.#buffer = larger;
  }
}

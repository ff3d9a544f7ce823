import { isZarrError, ZarrError } from "../errors.js";
import { BlobSource } from "./blob-source.js";
import { BufferSource } from "./buffer-source.js";
import { isBuiltIn, isBytes } from "./built-in.js";
import type { PieceRange } from "./byte-range.js";
import type { ByteReadOptions, ByteSource } from "./byte-source.js";
import { describe } from "./json.js";

/** Bytes that are no local file: in memory, behind a `Blob` or `File`, or wherever a caller's source has them. */
export type GivenBytes = Uint8Array | ArrayBuffer | SharedArrayBuffer | Blob | ByteSource;

/**
 * The source of bytes that a caller gave; `undefined` for anything else.
 * @throws ZarrError `ERR_ARGUMENT` - a source whose size is no number of bytes
 */
export function sourceOf(given: unknown): ByteSource | undefined {
  if (isBytes(given)) return new BufferSource(given);
  if (isBuffer(given)) return new BufferSource(new Uint8Array(given as ArrayBuffer));
  if (isBytesOrBlob(given)) return new BlobSource(given as Blob);
  const { size, read } = Object(given) as Partial<ByteSource>;
  if (typeof size !== "number" || typeof read !== "function") return undefined;
  const source = new CheckedSource(given as ByteSource);
  if (Number.isSafeInteger(size) && size >= 0) return source;
  const message = `the size of the source ${source.name} is ${size}, expected a number of bytes`;
  throw new ZarrError("ERR_ARGUMENT", message, { file: source.name });
}

/** Tells memory without a type from other values. */
export function isBuffer(given: unknown): given is ArrayBuffer | SharedArrayBuffer {
  return isBuiltIn(given, "ArrayBuffer") || isBuiltIn(given, "SharedArrayBuffer");
}

/** Tells bytes that can be sent to a thread from other values. */
export function isBytesOrBlob(given: unknown): given is Uint8Array | Blob {
  const { arrayBuffer, slice, size } = Object(given) as Partial<Blob>;
  return (
    isBytes(given) || (typeof arrayBuffer === "function" && typeof slice === "function" && typeof size === "number")
  );
}

/** A caller's source, held to its promises: a short answer would be taken for what is there. */
class CheckedSource implements ByteSource {
  readonly name: string;
  /** Only of a source that has it: it tells that reading is planned ahead. */
  readonly expect?: NonNullable<ByteSource["expect"]>;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
    if (typeof source.expect === "function") this.expect = (ranges) => this.#expect(ranges);
    this.name = typeof source.name === "string" ? source.name : "(source)";
  }

  get size(): number {
    return this.#source.size;
  }

  async read(offset: number, length: number, options?: ByteReadOptions): Promise<Uint8Array> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw this.#error(offset, `cannot read ${length} bytes at ${offset} of ${this.name}: it has ${this.size}`);
    }
    const bytes = await this.#read(offset, length, options);
    // A copy: the source may have given what it keeps for itself, and what a store gives can be changed, and is freed after use.
    if (isBytes(bytes) && bytes.length === length) return new Uint8Array(bytes);
    const found = isBytes(bytes) ? `${bytes.length} bytes` : describe(bytes);
    const message = `asked for ${length} bytes at ${offset}, the source ${this.name} gave ${found}`;
    throw this.#error(offset, message, new Error(`the source gave ${found}`)); // which tells nothing of what is there
  }

  async #read(offset: number, length: number, options?: ByteReadOptions): Promise<Uint8Array> {
    try {
      return await this.#source.read(offset, length, options);
    } catch (cause) {
      options?.signal?.throwIfAborted();
      if (isZarrError(cause)) throw cause;
      const message = `cannot read ${length} bytes at ${offset} of ${this.name}: ${(cause as Error)?.message ?? cause}`;
      throw this.#error(offset, message, cause ?? new Error(String(cause)));
    }
  }

  #expect(ranges: readonly PieceRange[]): () => void {
    const told = (call: () => unknown) => {
      try {
        return call();
      } catch (cause) {
        const message = `the source ${this.name} failed when it was told what will be read: ${(cause as Error)?.message ?? cause}`;
        throw this.#error(ranges[0]?.offset ?? 0, message, cause ?? new Error(String(cause)));
      }
    };
    const giveUp = told(() => this.#source.expect!(ranges));
    return () => void told(() => (typeof giveUp === "function" ? giveUp() : undefined));
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }

  #error(offset: number, message: string, cause?: unknown): ZarrError {
    return new ZarrError("ERR_STORE_READ", message, { file: this.name, offset }, cause);
  }
}

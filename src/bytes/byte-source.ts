import { isZarrError } from "../errors.js";
import type { PieceRange } from "./byte-range.js";

/** Options of a read of a {@link ByteSource}. */
export interface ByteReadOptions {
  /** Once aborted, the read rejects with its reason; a source may then stop what nobody else waits for. */
  readonly signal?: AbortSignal | undefined;
}

/** Random access to immutable or growing bytes: a file, a buffer, or whatever a program has. Reads are positional; there is no cursor. */
export interface ByteSource {
  /** File name, for messages. */
  readonly name: string;
  /** Length in bytes when the source was opened or last refreshed. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes at `offset`: memory that nobody changes afterwards.
   * @throws ZarrError `ERR_STORE_READ` - the source ends before, or the system failed
   */
  read(offset: number, length: number, options?: ByteReadOptions): Promise<Uint8Array>;
  /**
   * As {@link read}, without a detour through the event loop, where the source can.
   * @param memory - at least as long, to be read into instead of new memory; a source that has the bytes does not need it
   */
  readSync?(offset: number, length: number, memory?: Uint8Array): Uint8Array;
  /**
   * Announces ranges that will be read soon, each about once: a source to which every request is dear fetches them ahead, merged and in
   * order. It changes nothing but the time that reads take; a read that was not announced is served, too.
   * @returns gives up whatever has not been read by then; to be called when no more of it will be
   */
  expect?(ranges: readonly PieceRange[]): () => void;
  /** Releases what it holds. The store that was opened on it calls this once, when it is closed. */
  close?(): Promise<void>;
}

/** True if the system failed to read, which says nothing about the bytes; a source that ends before them gives no cause. */
export function isFailedRead(error: unknown): boolean {
  return isZarrError(error, "ERR_STORE_READ") && error.cause !== undefined;
}

import type { ByteRange } from "./byte-range.js";

/** A value that will be read soon, or a range of it. */
export interface ExpectedRead {
  readonly key: string;
  readonly range?: ByteRange | undefined;
  /** The read fails if it gives more. */
  readonly maxBytes: number;
}

/** Takes the piece of a value that begins at byte `offset`; it must not be used afterwards. */
export type TakePiece = (piece: Uint8Array, offset: number) => void;

/**
 * Says which keys are wanted, by what follows a prefix of them: `bytes` [start, end), in UTF-8.
 * @returns a number from 0 on that stands for the key, or -1
 */
export type KeyNumber = (bytes: Uint8Array, start: number, end: number) => number;

/** Values that were read together; value i is `bytes` from `starts[i]` on, `sizes[i]` long, of the key with `numbers[i]`. */
export interface ValueBatch {
  readonly bytes: Uint8Array;
  readonly numbers: readonly number[];
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
}

/** Takes values; they must not be used after the promise has resolved. */
export type TakeBatch = (batch: ValueBatch) => Promise<void> | void;

/** The values to read together. */
export interface BatchRequest {
  /** The beginning of their keys. */
  readonly prefix: string;
  readonly numberOf: KeyNumber;
  /** About how many keys are wanted. */
  readonly expected: number;
  /** Longer values are left. */
  readonly maxBytes: number;
  /** Once aborted, the read rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

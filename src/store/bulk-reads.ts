import type { EntryBatch, NameNumber } from "../zip/entry-batches.js";
import type { EntryRange } from "../zip/entry-reader.js";

/** Bytes of a value. */
export type PieceRange = EntryRange;

/** Takes the piece of a value that begins at byte `offset`; it must not be used afterwards. */
export type TakePiece = (piece: Uint8Array, offset: number) => void;

/** Says which keys are wanted, by what follows a prefix of them. */
export type KeyNumber = NameNumber;

/** Small values that were read together, by the numbers of their keys. */
export type ValueBatch = EntryBatch;

/** Takes values; they must not be used after the promise has resolved. */
export type TakeBatch = (batch: ValueBatch) => Promise<void> | void;

/** Which values to read together. */
export interface BatchRequest {
  /** What their keys begin with. */
  readonly prefix: string;
  readonly numberOf: KeyNumber;
  /** About how many keys are wanted. */
  readonly expected: number;
  /** Longer values are left. */
  readonly maxBytes: number;
}

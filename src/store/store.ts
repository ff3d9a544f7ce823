/// <reference lib="esnext.disposable" preserve="true" />
// For programs whose target is older: a library that they do not name.

import type { BatchRequest, ExpectedRead, TakeBatch, TakePiece } from "../bytes/bulk-reads.js";
import type { ByteRange, PieceRange } from "../bytes/byte-range.js";
import type { Limits } from "../bytes/limits.js";

/** Options of a read. */
export interface GetOptions {
  /** Rejects the read with the signal's reason once aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Fails with `ERR_LIMIT`, before allocating, if the value is longer. Default: `limits.readBytes`. */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads one value of a store, or a range of it: the value that its key had at first, whatever is stored there meanwhile. Gives
 * `undefined` if there was none.
 */
export type HeldValue = (range: ByteRange | undefined, options?: GetOptions) => Promise<Uint8Array | undefined>;

/**
 * Values by key: what a store holds, or what a transaction sees of it. A key may have a leading slash ("/a/c/0" is "a/c/0");
 * a missing key is `undefined`. Values that are returned belong to the caller; values that are given are not changed.
 */
export interface StoreValues {
  /** True if {@link set} and {@link delete} are refused. */
  readonly readOnly: boolean;
  /** File or folder name, for messages. */
  readonly path: string;
  /** Upper bounds on what reading may allocate; they hold for the arrays and groups of the store, too. */
  readonly limits: Limits;
  /**
   * The whole value of `key`; `undefined` if there is none.
   * @throws ZarrError `ERR_KEY` - not a store key
   * @throws ZarrError `ERR_LIMIT` - longer than `options.maxBytes`
   * @throws ZarrError `ERR_CLOSED` - after the store was closed, as of every method
   * @example
   * console.log(await store.get("a/b"), await store.get("a/c")); // Uint8Array(3) [ 1, 2, 3 ] undefined
   */
  get(key: string, options?: GetOptions): Promise<Uint8Array | undefined>;
  /**
   * A piece of a value, as {@link get}.
   * @throws ZarrError `ERR_RANGE` - the range is not within the value
   * @example
   * console.log(await store.getRange("a/b", { offset: 1, length: 1 })); // Uint8Array(1) [ 2 ]
   * console.log(await store.getRange("a/b", { suffixLength: 2 })); // Uint8Array(2) [ 2, 3 ]
   */
  getRange(key: string, range: ByteRange, options?: GetOptions): Promise<Uint8Array | undefined>;
  /**
   * Runs `work` on the value of `key`, which stays the same until that has ended: for reads of several ranges that belong together,
   * as a shard's index and its inner chunks. A store without it is asked for the whole value instead. Where values never change,
   * `work((range, options) => range ? this.getRange(key, range, options) : this.get(key, options))` is all of it.
   * @example
   * const ends = await store.withValue("a/b", async (read) => [await read({ offset: 0, length: 1 }), await read({ suffixLength: 1 })]);
   * console.log(ends); // [ Uint8Array(1) [ 1 ], Uint8Array(1) [ 3 ] ]
   */
  withValue?<T>(key: string, work: (read: HeldValue) => Promise<T>): Promise<T>;
  /** True if values that `get` returns are memory that nobody else has, so that they can be freed as soon as they are decoded. */
  readonly givesOwnMemory?: boolean;
  /**
   * Hands over a value of `size` bytes in pieces of `pieceSize`, the last one shorter, in their order: for callers that have a place for each of
   * them, so that the value is never in memory as a whole. What was taken holds only if the answer is `true`. Left out by stores
   * that cannot.
   *
   * @param range - hands over these bytes alone, which lie within the value; the whole is checked once all the same. The offsets of pieces
   *   count from the start of the value
   * @returns `true` if the value was handed over and has its checksum; `false` if it is missing; `undefined` if it has to be read by
   *   `get`, which also says what is wrong with it
   * @example
   * const take = (piece, offset) => console.log(offset, [...piece]); // 0 [ 1, 2 ], then 2 [ 3 ]
   * await store.getPieces("a/b", 3, 2, take);
   */
  getPieces?(
    key: string,
    size: number,
    pieceSize: number,
    take: TakePiece,
    range?: PieceRange,
  ): Promise<boolean | undefined>;
  /**
   * Hands over many small values, each checked against its checksum, in whatever order is fastest: for callers that would ask for one after
   * the other. Left out by stores that are no faster so.
   *
   * @returns numbers of wanted keys that are there, but have to be read by `get`, which also says what is wrong with them; `undefined`,
   *   and nothing was handed over, if all have to
   */
  getBatches?(request: BatchRequest, take: TakeBatch): Promise<readonly number[] | undefined>;
  /**
   * Says what will be read soon, each value or range about once, so that a store that is far away can fetch neighbours together, and ahead
   * of the reads. Left out by stores that are near.
   * @returns gives up what has not been read
   */
  readonly expect?: ((reads: readonly ExpectedRead[]) => Promise<() => void>) | undefined;
  /**
   * True if there is a value; it is not read.
   * @example
   * console.log(await store.has("a/b"), await store.has("a")); // true false
   */
  has(key: string): Promise<boolean>;
  /**
   * Stores a whole value, in place of any earlier one.
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_ARGUMENT` - not a Uint8Array
   * @example
   * await store.set("a/b", new TextEncoder().encode("text"));
   * console.log(new TextDecoder().decode(await store.get("a/b"))); // text
   */
  set(key: string, value: Uint8Array): Promise<void>;
  /**
   * Stores many values, or deletes with `undefined`, as one after the other would. Left out by stores that are no faster so; for callers
   * that have many small values.
   * @throws ZarrError as {@link set}
   * @example
   * await store.setMany([["a/b", undefined], ["a/c", Uint8Array.of(4)]]);
   * console.log(await store.get("a/b"), await store.get("a/c")); // undefined Uint8Array(1) [ 4 ]
   */
  setMany?(values: readonly (readonly [key: string, value: Uint8Array | undefined])[]): Promise<void>;
  /**
   * Deleting a missing key is no error.
   * @throws ZarrError `ERR_READ_ONLY`
   * @example
   * await store.delete("a/b");
   * console.log(await store.has("a/b")); // false
   */
  delete(key: string): Promise<void>;
  /**
   * Deletes every key below a folder, all keys where it is empty; left out where that is no better than one by one.
   * @example
   * await store.set("c", Uint8Array.of(4));
   * await store.deleteFolder("a");
   * console.log(await store.listDir()); // [ 'c' ]
   */
  deleteFolder?(folder: string): Promise<void>;
  /**
   * Every key that starts with `prefix`.
   * @example
   * for await (const key of store.list("a/")) console.log(key); // a/b
   */
  list(prefix?: string): AsyncIterable<string>;
  /**
   * Names directly below the folder `prefix` (the root when empty), keys and folders alike, each once, without slashes.
   * @example
   * console.log(await store.listDir(), await store.listDir("a")); // [ 'a' ] [ 'b' ]
   */
  listDir(prefix?: string): Promise<string[]>;
}

/** The result of a transaction. */
export interface Outcome<T> {
  /** The value that the last run of the transaction's work returned: final once the store has been flushed. */
  readonly value: T;
  /** Present where it was committed at once: settles when that is durable, also if the store is closed meanwhile. */
  readonly durable?: Promise<void>;
}

/** Options of a transaction. */
export interface TransactionOptions {
  /** Bytes that the work keeps in memory for as long as it may run again; they count as unflushed. Default 0. */
  readonly heldBytes?: number;
  /**
   * True to commit at once, with all that waits: the work then runs while nobody else can commit, and therefore only once. The promise tells
   * the fate of this change alone: it is in the file, or it is withdrawn, because it or the commit failed. Default false.
   */
  readonly commit?: boolean;
  /**
   * True if work that is to be committed at once runs before that as well, since it takes long and can use again what it has made.
   * Default false.
   */
  readonly ahead?: boolean;
  /** Ends the wait for other writers with the signal's reason, where it is to be committed at once. */
  readonly signal?: AbortSignal | undefined;
}

/** The work of a transaction. It must use `values`, and not the store, which waits for it. */
export type TransactionWork<T> = (values: StoreValues) => Promise<T>;

/** Reads values, all of which were stored at one moment. */
export type Reading<T> = (values: StoreValues) => Promise<T>;

/** Keys and values, as the specification's abstract store. */
export interface Store extends StoreValues {
  /**
   * Runs `work`, which makes changes that depend on what it reads, so that they are right however many write the store. If
   * another writer has committed a change of something that it read, it runs again, on what is stored then: at the latest
   * when the change is committed. It must therefore change nothing but `values`. Left out by stores whose writes take effect at
   * once; see `transact`.
   *
   * @returns once the changes can be read here
   * @throws what `work` throws, and then none of its changes are made. What it throws when it runs again `flush` throws.
   * @example
   * const { value } = await store.transaction(async (values) => {
   *   const [count] = await values.get("a/b"); // what another writer has committed meanwhile is seen here
   *   await values.set("a/b", Uint8Array.of(count + 1));
   *   return count;
   * });
   * console.log(value, await store.get("a/b")); // 1 Uint8Array(1) [ 2 ]
   */
  transaction?<T>(work: TransactionWork<T>, options?: TransactionOptions): Promise<Outcome<T>>;
  /**
   * Runs `work`, which reads what the store holds at one moment: no commit comes in between. It may run again. Left out by stores whose
   * values change one by one.
   * @example
   * const read = (values) => Promise.all(["a/b", "a/c"].map((key) => values.has(key)));
   * console.log(await store.together(read)); // [ true, false ]
   */
  together?<T>(work: Reading<T>): Promise<T>;
  /**
   * Makes everything written so far durable.
   * @example
   * await store.set("a/c", Uint8Array.of(4));
   * await store.flush();
   * console.log(await store.listDir("a")); // [ 'b', 'c' ]
   */
  flush(): Promise<void>;
  /**
   * Flushes, then releases everything. Closing twice is no error.
   * @example
   * await store.close();
   * console.log(await store.get("a/b").catch((error) => error.code)); // ERR_CLOSED
   */
  close(): Promise<void>;
  /**
   * Plain JSON from which another thread or process reopens the same store.
   * @param options.share - for threads only: adds what threads can use together
   */
  getState(options?: { share?: boolean }): StoreState;
}

/** The common members of all states of stores; a state is flat, plain JSON and complete. */
export interface StoreState {
  /** The kind of store. */
  readonly kind: string;
  /** Version of the state's form. A later one is refused. */
  readonly version: number;
  /** True if the receiver may only read. */
  readonly readOnly: boolean;
}

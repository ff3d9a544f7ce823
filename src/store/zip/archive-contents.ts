import type { BatchRequest, TakeBatch, TakePiece } from "../../bytes/bulk-reads.js";
import type { ByteRange, PieceRange } from "../../bytes/byte-range.js";
import { resolveRange } from "../../bytes/byte-range.js";
import type { NamedValue } from "../../commit/entry-log.js";
import type { ArchiveReader } from "../../zip/archive-reader.js";
import { checkLength } from "../value.js";
import type { Monitor } from "./monitor.js";

/** Entries that are not, or not yet, in the file: of an `ArchiveWriter` or of `PendingEntries`. */
export interface EntrySink {
  /** True if there is nothing but these entries: the file is not there yet, or is to be replaced. */
  readonly isComplete: boolean;
  /** A token that no other value of a name has had; `null` if the name is removed, `undefined` if the file decides. */
  find(name: string): object | null | undefined;
  /** Names of the entries. */
  names(): Iterable<string>;
  /** Names that the file may have, and that are not to be there. */
  removed(): Iterable<string>;
  add(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Adds and removes many in one step. */
  setMany(values: readonly NamedValue[]): Promise<void>;
  read(name: string): Promise<Uint8Array | undefined>;
}

/** A look at an entry that is not wanted costs so many times less than reading one by itself. */
const looksPerRead = 32;

/** The token that tells one value of a name from another; `undefined` or `null` if the value is missing. */
export type ValueToken = object | string | null | undefined;

/** Reads what a name has, or a range of it. */
export type ReadHeld = (
  range: ByteRange | undefined,
  maxBytes: number,
  signal?: AbortSignal,
) => Promise<Uint8Array | undefined>;

/** The token of a value in the file. Within a lineage a new value always has a new place. */
function tokenIn(archive: ArchiveReader, name: string): string | undefined {
  const offset = archive.offset(name);
  return offset === undefined ? undefined : tokenAt(archive, offset);
}

/** The token of the value whose entry begins at byte `offset` of the file. */
export function tokenAt({ lineage }: ArchiveReader, offset: number): string {
  return `${lineage}:${offset}`;
}

/** The offset in a token of {@link tokenIn}; `null` of a missing value. */
export function offsetOf(token: string | null | undefined): number | null {
  return token === null || token === undefined ? null : Number(token.slice(token.indexOf(":") + 1));
}

/** Runs `work` on the file, which stays open meanwhile. */
export type UseArchive = <T>(work: (archive: ArchiveReader) => T | Promise<T>) => Promise<T>;

/** The contents of a store: changes that are not committed, over the file. */
export class ArchiveContents {
  readonly #sink: () => EntrySink | undefined;
  readonly #useArchive: UseArchive;
  readonly #monitor: Monitor | undefined;
  readonly #verifiesWhole: boolean;

  /**
   * @param sink - gives what is not in the file
   * @param verifiesWhole - whether a range of a value is cut out of the whole value, which is checked
   */
  constructor(sink: () => EntrySink | undefined, useArchive: UseArchive, monitor?: Monitor, verifiesWhole = false) {
    this.#sink = sink;
    this.#useArchive = useArchive;
    this.#monitor = monitor;
    this.#verifiesWhole = verifiesWhole;
  }

  /** The token of a name's value. */
  async token(name: string): Promise<ValueToken> {
    const found = this.#sink()?.find(name);
    return found === undefined ? await this.#useArchive((archive) => tokenIn(archive, name)) : found;
  }

  /** A value, or a range of it, with its token, which is older than the value if that was replaced meanwhile. */
  async value(
    name: string,
    range: ByteRange | undefined,
    maxBytes: number,
  ): Promise<{ readonly token: ValueToken; readonly value: Uint8Array | undefined }> {
    return await this.withValue(name, async (read, token) => ({ token, value: await read(range, maxBytes) }));
  }

  /** Runs `work` on what a name has, or a range of it: it stays the same, whatever is stored there meanwhile. */
  async withValue<T>(name: string, work: (read: ReadHeld, token: ValueToken) => Promise<T>): Promise<T> {
    for (;;) {
      const sink = this.#sink();
      const token = sink?.find(name);
      if (token === null) return await work(async () => undefined, token);
      if (sink === undefined || token === undefined) {
        return await this.#useArchive(
          async (archive) => await work((...read) => this.#readFrom(archive, name, ...read), tokenIn(archive, name)),
        );
      }
      const whole = await sink.read(name);
      if (whole === undefined) continue; // it has been removed, or committed and is in the file now
      return await work(async (range, maxBytes) => {
        const { start, end } = resolveRange(range ?? { suffixLength: whole.length }, whole.length, name);
        checkLength(name, end - start, maxBytes);
        return whole.slice(start, end);
      }, token);
    }
  }

  async #readFrom(
    archive: ArchiveReader,
    name: string,
    range: ByteRange | undefined,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const resolve = (size: number) => resolveRange(range ?? { suffixLength: size }, size, name);
    const isChecked = this.#verifiesWhole || range === undefined;
    const value =
      range === undefined
        ? await archive.get(name, maxBytes, signal)
        : this.#verifiesWhole
          ? await archive.getCheckedRange(name, resolve, maxBytes, signal)
          : await archive.getRange(name, resolve, maxBytes, "wholeSize" in Object(range), signal);
    if (value !== undefined) {
      this.#monitor?.read(name, value.length, isChecked || archive.verifies(name, value.length));
    }
    return value;
  }

  /** See `StoreValues.getPieces`. */
  async pieces(
    name: string,
    size: number,
    pieceSize: number,
    take: TakePiece,
    range?: PieceRange,
  ): Promise<boolean | undefined> {
    const pending = this.#sink()?.find(name);
    if (pending !== undefined) return pending === null ? false : undefined;
    const isGiven = await this.#useArchive((archive) => archive.getPieces(name, size, pieceSize, take, range));
    if (isGiven) this.#monitor?.read(name, range?.length ?? size, true);
    return isGiven;
  }

  /** See `StoreValues.getBatches`. Subscribers are told of each read, so then they are made one by one. */
  async batches(request: BatchRequest, take: TakeBatch): Promise<readonly number[] | undefined> {
    const { prefix, numberOf, expected, maxBytes, signal } = request;
    if (this.#hasPending || this.#monitor?.tellsOfReads) return undefined;
    return await this.#useArchive(async (archive) => {
      if (archive.directory.recordCount > looksPerRead * expected) return undefined;
      const takeCounted: TakeBatch = (batch) => {
        this.#monitor?.readBatch(batch.sizes);
        return take(batch);
      };
      return await archive.getBatches(prefix, numberOf, maxBytes, takeCounted, signal);
    });
  }

  get #hasPending(): boolean {
    const sink = this.#sink();
    if (sink === undefined) return false;
    return sink.isComplete || [sink.names(), sink.removed()].some((names) => !isEmpty(names));
  }

  /** The keys: every name that an archive may have is one. */
  async names(): Promise<string[]> {
    // What is pending is asked first: if it is committed meanwhile, the file has it.
    const sink = this.#sink();
    if (sink?.isComplete) return [...sink.names()];
    const pending = new Set(sink?.names());
    const removed = new Set(sink?.removed());
    const stored = await this.#useArchive((archive) => [...archive.directory.names()]);
    return [...stored.filter((name) => !pending.has(name) && !removed.has(name)), ...pending];
  }
}

function isEmpty(items: Iterable<unknown>): boolean {
  for (const _ of items) return false;
  return true;
}

/** The contents of a store that has no changes. */
export function contentsOfFile(
  view: { readonly use: UseArchive },
  monitor: Monitor,
  verifiesWhole = false,
): ArchiveContents {
  return new ArchiveContents(
    () => undefined,
    (work) => view.use(work),
    monitor,
    verifiesWhole,
  );
}

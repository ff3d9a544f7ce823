import { deflateRaw } from "#zlib";
import { isPromise } from "../bytes/built-in.js";
import { combinedCrc32, crc32, crc32Within } from "../bytes/crc32.js";
import type { WritableFile } from "../bytes/file.js";
import { isZarrError, ZarrError } from "../errors.js";
import type { PackedEntry } from "../zip/entry-reader.js";
import { checkedName } from "../zip/new-entry-name.js";
import { expandPayload } from "../zip/payload.js";
import {
  type DosTime,
  dosTime,
  type EntryFields,
  earliestTime,
  flag,
  localHeaderSize,
  method,
  putLocalHeader,
  recordMemory,
} from "../zip/records.js";
import { AppendFile, type FileRange } from "./append-file.js";

/** Options for writing entries. */
export interface EntryOptions {
  /** `deflate` stores entries that it does not make smaller. */
  readonly method: "stored" | "deflate";
  /** True to write ZIP64 records where nothing needs them. */
  readonly zip64: "auto" | "always";
  /** Time stamp of every entry, in UTC; by default 1980-01-01, so that the same input gives the same bytes. */
  readonly modified?: Date | undefined;
}

/** An entry in a log: local header and payload, as an archive has them. */
export interface LoggedEntry extends EntryFields {
  readonly key: string;
  readonly time: DosTime;
  /** Byte of the log at which the local header begins; later than that of every entry logged before. */
  readonly offset: number;
  readonly headerSize: number;
}

/** A value to be set, or a name to be removed. */
export type NamedValue = readonly [name: string, value: Uint8Array | undefined];

/** Those that are to be set. */
export function presentOf(values: readonly NamedValue[]): (readonly [name: string, value: Uint8Array])[] {
  return values.filter((named): named is readonly [string, Uint8Array] => named[1] !== undefined);
}

/** zlib's default, and Python's. */
const deflateLevel = 6;

/** Bytes of a log that are handed on at a time. */
const pieceBytes = 8 * 2 ** 20;

/** Summing less takes no longer than combining checksums, in bytes. */
const summedAgainBytes = 16 * 1024;

/**
 * Entries one after the other, in memory or in a part file, on their way into an archive.
 *
 * Calls may overlap; they take effect in the order in which they were made. After a failed write every further call fails
 * but {@link discard}.
 */
export class EntryLog {
  readonly #time: DosTime;
  readonly #options: EntryOptions;
  readonly #file: string;
  readonly #output: AppendFile;
  #ended = false;
  #failure: ZarrError | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param file - name of the archive, for messages
   * @param openPart - gives an empty part file when memory no longer suffices
   * @param maxBuffered - bytes to keep in memory
   */
  constructor(file: string, options: EntryOptions, openPart: () => Promise<WritableFile>, maxBuffered: number) {
    this.#file = file;
    this.#options = options;
    this.#output = new AppendFile(openPart, maxBuffered);
    this.#time = options.modified === undefined ? earliestTime : dosTime(options.modified);
  }

  get forceZip64(): boolean {
    return this.#options.zip64 === "always";
  }

  /** True once a write has failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Bytes of the log. */
  get size(): number {
    return this.#output.size;
  }

  /** Bytes of the log that are in a part file. */
  get spilled(): number {
    return this.#output.written;
  }

  /**
   * Appends an entry. `bytes` must not change until the promise resolves.
   *
   * @param onLogged - called with the entry before any later call takes effect
   * @throws ZarrError `ERR_ARGUMENT` - no archive may have an entry of that name
   * @throws ZarrError `ERR_STORE_WRITE` - the system failed the write
   */
  async add(name: string, bytes: Uint8Array, onLogged?: (entry: LoggedEntry) => Promise<void>): Promise<LoggedEntry> {
    const encoded = checkedName(name);
    const packed = this.#pack(bytes);
    return await this.#append(name, encoded, packed, onLogged);
  }

  /**
   * Appends an entry of another archive as it is, under a name that is UTF-8 here; throws as {@link add}.
   * @param entry - a method that archives may have, and what it gives; its time
   */
  async addPacked(name: string, entry: PackedEntry, onLogged: (entry: LoggedEntry) => Promise<void>): Promise<void> {
    await this.#append(name, checkedName(name), entry, onLogged);
  }

  /** Appends small entries in one step; as {@link add}. */
  async addMany(
    values: readonly (readonly [name: string, bytes: Uint8Array])[],
    onLogged: (entries: readonly LoggedEntry[]) => Promise<void>,
  ): Promise<void> {
    const names = values.map(([name]) => checkedName(name));
    const packing = values.map(([, bytes]) => this.#pack(bytes));
    const packed = (this.#options.method === "stored" ? packing : await Promise.all(packing)) as PackedEntry[];
    await this.inTurn(async () => {
      const start = this.#output.size;
      const entries: LoggedEntry[] = [];
      let size = 0;
      for (let i = 0; i < values.length; i++) {
        const entry = this.#entryAt(start + size, values[i]![0], names[i]!, packed[i]!);
        entries.push(entry);
        size += entrySize(entry);
      }
      const memory = recordMemory(size);
      entries.forEach((entry, i) => {
        const at = entry.offset - start;
        putLocalHeader(memory, at, entry, entry.time, this.forceZip64);
        memory.bytes.set(packed[i]!.payload, at + entry.headerSize);
      });
      await this.#output.append(memory.bytes);
      await onLogged(entries);
    });
  }

  async #append(
    key: string,
    name: Uint8Array,
    packing: PackedEntry | Promise<PackedEntry>,
    onLogged?: (entry: LoggedEntry) => Promise<void>,
  ): Promise<LoggedEntry> {
    if (isPromise(packing)) packing.catch(() => undefined); // it may fail before its turn, in which it is awaited
    return await this.inTurn(async () => {
      const packed = isPromise(packing) ? await packing : packing;
      const entry = this.#entryAt(this.#output.size, key, name, packed);
      const header = recordMemory(entry.headerSize);
      putLocalHeader(header, 0, entry, entry.time, this.forceZip64);
      await this.#output.append(header.bytes);
      await this.#output.append(packed.payload);
      await onLogged?.(entry);
      return entry;
    });
  }

  #entryAt(offset: number, key: string, name: Uint8Array, packed: PackedEntry): LoggedEntry {
    const { payload, method, size, time } = packed;
    const compressedSize = payload.length;
    const headerSize = localHeaderSize({ name, compressedSize, size }, this.forceZip64);
    // One literal: copied members made objects that Node 20 is five times as slow with.
    return { name, flags: flag.utf8, method, crc32: packed.crc32, compressedSize, size, key, time, offset, headerSize };
  }

  /**
   * The value of the entry that `find` gives when the earlier calls have ended, its CRC-32 checked; `undefined` if it gives none.
   * @throws ZarrError `ERR_CHECKSUM`, `ERR_STORE_READ` - the part file is damaged
   */
  async read(find: () => LoggedEntry | undefined): Promise<Uint8Array | undefined> {
    return await this.inTurn(async () => {
      const entry = find();
      if (entry === undefined) return undefined;
      const range = { offset: entry.offset + entry.headerSize, length: entry.compressedSize };
      return await expandPayload({ ...entry, file: this.#file }, await this.#output.read(range));
    });
  }

  /** Local headers and payloads of `entries`, which are in the order of the log, in pieces that hold until the next is asked for. */
  async *pieces(entries: Iterable<LoggedEntry>): AsyncGenerator<Uint8Array> {
    for (const range of pieceRanges(entries)) yield await this.#output.peek(range);
  }

  /** The same all at once. */
  async collect(entries: Iterable<LoggedEntry>): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (const range of pieceRanges(entries)) pieces.push(await this.#output.peek(range));
    return pieces;
  }

  /** CRC-32 of what {@link pieces} gives. The entry of a large value has it, so that its bytes are not looked at again. */
  async checksum(entries: Iterable<LoggedEntry>): Promise<number> {
    let checksum = 0;
    let unknown: LoggedEntry[] = [];
    const addUnknown = async () => {
      for (const range of pieceRanges(unknown)) checksum = crc32(await this.#output.peek(range), checksum);
      unknown = [];
    };
    for (const entry of entries) {
      const { compressedSize, offset, headerSize } = entry;
      if (entry.method !== method.stored || compressedSize < summedAgainBytes) {
        unknown.push(entry);
        continue;
      }
      await addUnknown();
      const header = await this.#output.peek({ offset, length: headerSize });
      checksum = combinedCrc32(crc32(header, checksum), entry.crc32, compressedSize);
    }
    await addUnknown();
    return checksum;
  }

  /**
   * Keeps nothing but `entries`, which are in the order of the log and move together. To be called in turn.
   * @returns the same entries where they are now
   */
  async keepOnly(entries: readonly LoggedEntry[]): Promise<LoggedEntry[]> {
    await this.#output.keepOnly([...mergedRanges(entries)]);
    let offset = 0;
    return entries.map((entry) => {
      const moved = { ...entry, offset };
      offset += entrySize(entry);
      return moved;
    });
  }

  /** Appends bytes that are no entry, and writes everything out: nothing of the log is in memory alone then. In turn. */
  async finish(pieces: Iterable<Uint8Array>): Promise<WritableFile> {
    for (const piece of pieces) await this.#output.append(piece);
    return await this.#output.flush();
  }

  /** Forgets all entries but those within the first `size` bytes. */
  async cutBack(size: number): Promise<void> {
    await this.inTurn(() => this.#output.cutBack(size));
  }

  /** Ends the log, after the calls that were made before. Returns its part file, closed, if there was one. */
  async discard(): Promise<WritableFile | undefined> {
    this.#ended = true;
    await this.#last;
    return await this.#output.close();
  }

  /** Runs `work` after all earlier calls, unless one of them failed to write. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      if (this.#ended) throw new ZarrError("ERR_CLOSED", `the writer of ${this.#file} has ended`, { file: this.#file });
      if (this.#failure !== undefined) throw this.#failedBefore(this.#failure);
      try {
        return await work();
      } catch (error) {
        this.#failure ??= isZarrError(error) ? error : new ZarrError("ERR_STORE_WRITE", String(error), {}, error);
        throw error;
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  #failedBefore({ code, message, cause }: ZarrError): ZarrError {
    const what = `an earlier write of ${this.#file} failed, so that it cannot be completed (${message}): abort, and begin again`;
    return new ZarrError(code, what, { file: this.#file }, cause);
  }

  #pack(bytes: Uint8Array): PackedEntry | Promise<PackedEntry> {
    const checksum = crc32Within(bytes, 0, bytes.length);
    const stored = { payload: bytes, method: method.stored, crc32: checksum, size: bytes.length, time: this.#time };
    return this.#options.method === "stored" ? stored : deflated(stored);
  }
}

/** The same deflated, if that makes it shorter. */
async function deflated(stored: PackedEntry): Promise<PackedEntry> {
  const payload = await deflateRaw(stored.payload, deflateLevel);
  return payload.length < stored.size ? { ...stored, payload, method: method.deflate } : stored;
}

/** Bytes of a local header with its payload. */
export function entrySize({ headerSize, compressedSize }: LoggedEntry): number {
  return headerSize + compressedSize;
}

/** The places of entries, in the order of their log, in pieces that are handed on one at a time. */
function* pieceRanges(entries: Iterable<LoggedEntry>): Generator<FileRange> {
  for (const { offset, length } of mergedRanges(entries)) {
    for (let at = 0; at < length; at += pieceBytes) {
      yield { offset: offset + at, length: Math.min(pieceBytes, length - at) };
    }
  }
}

/** The same; neighbours as one. */
function* mergedRanges(entries: Iterable<LoggedEntry>): Generator<FileRange> {
  let range: FileRange | undefined;
  for (const entry of entries) {
    const length = entrySize(entry);
    if (range !== undefined && range.offset + range.length === entry.offset) {
      range = { offset: range.offset, length: range.length + length };
      continue;
    }
    if (range !== undefined) yield range;
    range = { offset: entry.offset, length };
  }
  if (range !== undefined) yield range;
}

import type { ByteSource } from "../bytes/byte-source.js";
import { putInRow } from "../bytes/concatenate.js";
import { crc32 } from "../bytes/crc32.js";
import { crc32c } from "../bytes/crc32c.js";
import { lazily } from "../bytes/lazily.js";
import { viewOf } from "../bytes/view-of.js";
import { ZarrError } from "../errors.js";
import { type VersionLink, versionLinkOf } from "./archive-comment.js";
import { checkCentralRecords, fillColumns, recordFields, setConvertedNames } from "./central-records.js";
import {
  type DirectoryExtents,
  type DirectoryMemory,
  type DirectoryViews,
  directoryBufferSize,
  directoryMemory,
  directoryViews,
} from "./directory-columns.js";
import { readIntoMemory } from "./directory-reading.js";
import type { AddedRecord, BuiltDirectory } from "./directory-successor.js";
import { type ArchiveEnd, readArchiveEnd } from "./end-record.js";
import { decodeUtf8, encodeName } from "./entry-name.js";
import { buildNameTable, findRow, newSeed, scanForRow } from "./name-table.js";
import { type DosTime, type EntryFields, fixedSize } from "./records.js";
import { digestOf } from "./version-digest.js";

/** One entry of an archive, as its central record describes it. */
export interface Entry extends EntryFields {
  /** Byte of the file at which the local header begins. */
  readonly offset: number;
}

/** A parsed directory in a form that `postMessage` delivers to another thread without copying it. */
export interface SharedDirectory {
  readonly kind: "ZipDirectory";
  readonly version: 1;
  readonly file: string;
  readonly end: ArchiveEnd;
  readonly seed: number;
  readonly extents: DirectoryExtents;
  readonly buffer: ArrayBufferLike;
}

/** Makes directories out of others: whoever commits has it, and whoever reads what others have committed loads it. */
export type Succession = Pick<typeof import("./directory-successor.js"), "growDirectory" | "succeedDirectory">;

const growing = lazily(() => import("./directory-growth.js"));

/** Names of folders end in it. */
const slash = 0x2f;

/** Positions are 32 bits wide; a directory of this size has some 20 million entries. */
const maxDirectoryBytes = 2 ** 31;

/** So many names are found by scans of all hashes, which cost no more than the index that further ones are found by. */
const mostScans = 32;

/**
 * The central directory of an archive: which entries there are, where, and how they are stored. Its records are checked when it is
 * read, all of them; the index, which is the hash table of names and the columns that nobody needs to find one entry, is
 * built when it is needed. See docs/decisions/0009.
 */
export class Directory {
  readonly file: string;
  readonly #end: ArchiveEnd;
  #seed: number;
  readonly #extents: DirectoryExtents;
  readonly #buffer: ArrayBufferLike;
  readonly #views: DirectoryViews;
  readonly #records: DataView;
  /** Hash of each row's name; `undefined` once there is an index. */
  #hashes: Uint32Array | undefined;
  #scans = 0;
  /** `null` before anybody has asked for it. */
  #link: VersionLink | undefined | null = null;
  /** True if its memory is another thread's, too, or has become that of a later version. */
  #isLent = false;
  /** Once a later version has its records where the end records were: these, and what has made that. */
  #outgrown: { readonly endRecords: Uint8Array; readonly by: Succession } | undefined;
  #checksum: number | undefined;
  #digest: string | undefined;

  private constructor({ file, end, seed, extents, buffer }: SharedDirectory, hashes?: Uint32Array) {
    this.file = file;
    this.#end = end;
    this.#seed = seed;
    this.#extents = extents;
    this.#buffer = buffer;
    this.#views = directoryViews(buffer, extents);
    this.#records = viewOf(this.#views.bytes);
    this.#hashes = hashes;
  }

  /**
   * Reads the directory of the archive whose last byte is `end - 1`; what follows in the file is left alone.
   *
   * @param end - as for {@link readArchiveEnd}
   * @param before - an earlier one of the same file, if it is at hand: what the two have in common is not parsed again
   * @param mayTrail - as for {@link readArchiveEnd}
   * @throws ZarrError `ERR_ZIP_TAIL` - no archive ends there
   * @throws ZarrError `ERR_ZIP` - its records contradict the file or each other, are ambiguous, or have names that are refused
   * @throws ZarrError `ERR_LIMIT` - the directory has 2 GiB or more
   */
  static async read(source: ByteSource, end?: number, before?: Directory, mayTrail = false): Promise<Directory> {
    const { tail, ...archiveEnd } = await readArchiveEnd(source, end, mayTrail);
    const rawSize = archiveEnd.end - archiveEnd.start;
    if (rawSize >= maxDirectoryBytes) {
      const message = `the directory of ${source.name} has ${rawSize} bytes, more than the ${maxDirectoryBytes} that can be read`;
      throw new ZarrError("ERR_LIMIT", message, { file: source.name });
    }
    const growth = before?.mayGrow ? (growing.loaded ?? (await growing.load())) : undefined;
    const grownTo = (bytes: Uint8Array) => growth && before!.#grownTo(bytes, archiveEnd, growth);
    const ofTail = archiveEnd.start < tail.position ? undefined : tail.bytes.subarray(archiveEnd.start - tail.position);
    const grown = ofTail && grownTo(ofTail);
    if (grown !== undefined) return grown;
    const memory = directoryMemory(archiveEnd.count, rawSize);
    const raw = memory.views.bytes;
    if (ofTail !== undefined) raw.set(ofTail);
    else await readIntoMemory(source, archiveEnd.start, raw);
    return (ofTail ? undefined : grownTo(raw)) ?? Directory.parse(memory, archiveEnd, source.name);
  }

  /**
   * The directory of which `memory` has nothing but the bytes, those of the file from `end.start` to `end.end`.
   * @throws ZarrError `ERR_ZIP` - as {@link read}
   */
  static parse(memory: DirectoryMemory, end: ArchiveEnd, file: string): Directory {
    const seed = newSeed();
    const { hashes, converted } = checkCentralRecords(memory.views, end, file, seed);
    if (converted.size === 0) {
      const { buffer, extents } = memory;
      return new Directory({ kind: "ZipDirectory", version: 1, file, end, seed, extents, buffer }, hashes);
    }
    const { bytes, record } = memory.views;
    const added = [...converted.values()].reduce((size, name) => size + name.length, 0);
    const { buffer, extents, views } = directoryMemory(record.length, bytes.length + added);
    views.bytes.set(bytes);
    views.record.set(record);
    fillColumns(views, end.prefix);
    setConvertedNames(views, converted, bytes.length);
    const tableSeed = buildNameTable(views, file, { seed, hashes });
    return new Directory({ kind: "ZipDirectory", version: 1, file, end, seed: tableSeed, extents, buffer });
  }

  /**
   * The directory that another thread has read and shared. Nothing is parsed or copied.
   * @throws ZarrError `ERR_STATE` - `shared` is no such directory
   */
  static attach(shared: SharedDirectory): Directory {
    const { kind, version, extents, buffer } = shared;
    if (kind !== "ZipDirectory" || version !== 1 || buffer.byteLength !== directoryBufferSize(extents)) {
      throw new ZarrError("ERR_STATE", "not a shared ZIP directory of version 1: share() of this package makes one");
    }
    const directory = new Directory(shared);
    directory.#isLent = true;
    return directory;
  }

  /**
   * The directory that a commit has just put after this one. See {@link succeedDirectory}.
   * @param removed - rows that are gone, in ascending order
   * @param raw - the bytes of the file from `end.start` to `end.end`, in pieces
   * @param checksum - their CRC-32, if it is known
   */
  successor(
    by: Succession,
    end: ArchiveEnd,
    removed: readonly number[],
    added: readonly AddedRecord[],
    raw: readonly Uint8Array[],
    checksum?: number,
  ): Directory {
    const { recordBytes } = this;
    const isWhole = end.count === this.recordCount - removed.length + added.length; // nothing was a duplicate
    if (this.#hasConverted || !isWhole) {
      const memory = directoryMemory(end.count, end.end - end.start);
      putInRow(memory.views.bytes, raw);
      return Directory.parse(memory, end, this.file);
    }
    const views = this.#indexed();
    const grown = removed.length === 0 ? this.#grow(by, recordBytes, added, raw) : undefined;
    const built = grown ?? by.succeedDirectory(views, this.#seed, recordBytes, removed, added, raw, this.file);
    const directory = new Directory({ kind: "ZipDirectory", version: 1, file: this.file, end, ...built });
    directory.#checksum = checksum;
    return directory;
  }

  /** The directory that follows this one in the same memory, with nothing removed; `undefined` where that cannot be. */
  #grow(
    by: Succession,
    recordBytes: number,
    added: readonly AddedRecord[],
    raw: readonly Uint8Array[],
  ): BuiltDirectory | undefined {
    if (this.#isLent) return undefined;
    const endRecords = this.#raw()[1].slice();
    const grown = by.growDirectory(this.#buffer, this.#extents, this.#seed, recordBytes, added, raw);
    if (grown !== undefined) [this.#isLent, this.#outgrown] = [true, { endRecords, by }];
    return grown;
  }

  /** True if it can be found out what another one has in place of this. Without an index a parse is the shorter way. */
  get mayGrow(): boolean {
    return !this.#hasConverted && this.#hashes === undefined;
  }

  /** The directory in `raw`, if it is one that has grown out of this. */
  #grownTo(
    raw: Uint8Array,
    end: ArchiveEnd,
    by: Succession & Pick<typeof import("./directory-growth.js"), "growthOf">,
  ): Directory | undefined {
    const before = { file: this.file, views: this.#views, seed: this.#seed, end: this.#end };
    const growth = by.growthOf(before, raw, end);
    return growth && this.successor(by, end, growth.removed, growth.added, [raw]);
  }

  /** All columns and the hash table, which are made now if nobody has needed them before. */
  #indexed(): DirectoryViews {
    if (this.#hashes !== undefined) {
      fillColumns(this.#views, this.prefix);
      this.#seed = buildNameTable(this.#views, this.file, { seed: this.#seed, hashes: this.#hashes });
      this.#hashes = undefined;
    }
    return this.#views;
  }

  get #hasConverted(): boolean {
    return this.#views.bytes.length > this.end - this.start;
  }

  /** The argument of {@link Directory.attach}, on this or another thread. */
  share(): SharedDirectory {
    if (this.#outgrown !== undefined) {
      return this.successor(this.#outgrown.by, this.#end, [], [], this.#raw(), this.#checksum).share();
    }
    this.#indexed();
    this.#isLent = true;
    const { file } = this;
    const [end, seed, extents, buffer] = [this.#end, this.#seed, this.#extents, this.#buffer];
    return { kind: "ZipDirectory", version: 1, file, end, seed, extents, buffer };
  }

  /** Number of central records: also of folders, and of entries that later ones replace. */
  get recordCount(): number {
    return this.#end.count;
  }

  /** Number of rows that {@link find} can answer. */
  get currentCount(): number {
    let count = 0;
    for (const isCurrent of this.#indexed().isCurrent) count += isCurrent;
    return count;
  }

  /** Byte of the file at which the central directory begins, and at which payloads must have ended. */
  get start(): number {
    return this.#end.start;
  }

  /** Bytes of all central records. */
  get recordBytes(): number {
    return this.#end.directoryEnd - this.start;
  }

  /** Byte of the file at which the archive ends. */
  get end(): number {
    return this.#end.end;
  }

  /** Bytes of the file behind the archive that mean nothing: see {@link readArchiveEnd}. */
  get trailing(): number {
    return this.#end.trailing ?? 0;
  }

  /** Bytes of the file before the archive, which its own offsets do not count. */
  get prefix(): number {
    return this.#end.prefix;
  }

  /** The archive comment; APPNOTE names no character set. */
  get comment(): Uint8Array {
    const [, endRecords] = this.#raw();
    return endRecords.slice(endRecords.length - this.#end.commentSize);
  }

  /** The comment's description of the commit that this version ends with, if it is this version that it speaks of. */
  get link(): VersionLink | undefined {
    if (this.#link === null) {
      const link = versionLinkOf(this.comment);
      const isOwn = link?.appended === undefined || link.appended.directory === this.start;
      this.#link = link === undefined || isOwn ? link : { commit: link.commit, root: link.root, time: link.time };
    }
    return this.#link;
  }

  /** CRC-32 of all bytes from the central directory to the end. */
  checksum(): number {
    const [records, endRecords] = this.#raw();
    this.#checksum ??= crc32(endRecords, crc32(records));
    return this.#checksum;
  }

  /** CRC-32 and CRC-32C in hexadecimal of all bytes from the central directory to the end: they identify a version. */
  digest(): string {
    const [records, endRecords] = this.#raw();
    this.#digest ??= digestOf(this.checksum(), crc32c(endRecords, crc32c(records)));
    return this.#digest;
  }

  /** The bytes of the file from `start` to `end`: central records, and end records. */
  #raw(): [records: Uint8Array, endRecords: Uint8Array] {
    const { bytes } = this.#views;
    const { recordBytes } = this;
    return [
      bytes.subarray(0, recordBytes),
      this.#outgrown?.endRecords ?? bytes.subarray(recordBytes, this.end - this.start),
    ];
  }

  /** Row of the entry with this name, the last of several; -1 if there is none, or only a folder. */
  find(name: string): number {
    const utf8 = encodeName(name);
    // Lone surrogates become U+FFFD in UTF-8, and must not find a name that really has one.
    if (utf8.length !== name.length && decodeUtf8(utf8) !== name) return -1;
    if (this.#hashes !== undefined && this.#scans < mostScans) {
      this.#scans++;
      const hashed = { seed: this.#seed, hashes: this.#hashes };
      const row = utf8.at(-1) === slash ? -1 : scanForRow(this.#views, hashed, utf8);
      if (row !== undefined) return row;
    }
    return findRow(this.#indexed(), this.#seed, utf8);
  }

  /** Rows that {@link find} can answer, in the order of the central directory. */
  *rows(): Generator<number, void, undefined> {
    const { isCurrent } = this.#indexed();
    for (let row = 0; row < isCurrent.length; row++) if (isCurrent[row] === 1) yield row;
  }

  /** Each name that {@link find} knows, once, in the order of the central directory. */
  *names(): Generator<string, void, undefined> {
    for (const row of this.rows()) yield this.name(row);
  }

  /** Name of any row, also of a folder. */
  name(row: number): string {
    const { record, name, nameSize, bytes } = this.#views;
    // 28  file name length, 46 file name (APPNOTE 4.4.10)
    const at = record[row]!;
    const start = this.#hasConverted ? name[row]! : at + fixedSize.centralRecord;
    const size = this.#hasConverted ? nameSize[row]! : this.#records.getUint16(at + 28, true);
    return decodeUtf8(bytes.subarray(start, start + size)) ?? "";
  }

  /** The parsed columns. What a thread remembers in them, others that share this directory see, too. */
  columns(): DirectoryViews {
    return this.#indexed();
  }

  /** The central record of a row. */
  entry(row: number): Entry {
    return recordFields(this.#records, this.#views.record[row]!, this.prefix);
  }

  /** Tenfold the version of APPNOTE that readers of a row need to know: 45 for ZIP64. */
  versionNeeded(row: number): number {
    //  6  version needed to extract (APPNOTE 4.4.3); the high byte is left to hosts
    return this.#records.getUint16(this.#views.record[row]! + 6, true) & 0xff;
  }

  /** Time stamp of a row. */
  time(row: number): DosTime {
    const at = this.#views.record[row]!;
    // 12  last modification time, 14 date (APPNOTE 4.4.6)
    return { time: this.#records.getUint16(at + 12, true), date: this.#records.getUint16(at + 14, true) };
  }

  /** Bytes of the file that this version has a use for: its entries, as far as the directory tells, and the directory itself. */
  liveBytes(): number {
    const { compressedSize, nameSize, headerSize, isCurrent } = this.#indexed();
    let bytes = this.end - this.start;
    for (let row = 0; row < isCurrent.length; row++) {
      if (isCurrent[row] === 0) continue;
      bytes += (headerSize[row]! || fixedSize.localHeader + nameSize[row]!) + compressedSize[row]!;
    }
    return bytes;
  }

  /** True if a reader has found that the value of a row has the CRC-32 that its record gives. */
  isVerified(row: number): boolean {
    return this.#views.isVerified[row] === 1;
  }

  /** Keeps, for all threads that share this directory, what {@link isVerified} answers. */
  rememberVerified(row: number): void {
    this.#views.isVerified[row] = 1;
  }

  /** Bytes from the local header of a row to its payload, if a reader has checked that header before, else `undefined`. */
  headerSize(row: number): number | undefined {
    return this.#views.headerSize[row] || undefined;
  }

  /** Keeps, for all threads that share this directory, what {@link headerSize} answers. */
  rememberHeaderSize(row: number, size: number): void {
    this.#views.headerSize[row] = size;
  }
}

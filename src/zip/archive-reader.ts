import type { ExpectedRead, KeyNumber, TakeBatch, TakePiece } from "../bytes/bulk-reads.js";
import { type PieceRange, pieceOf } from "../bytes/byte-range.js";
import type { ByteSource } from "../bytes/byte-source.js";
import { lazily } from "../bytes/lazily.js";
import { Directory, type SharedDirectory } from "./directory.js";
import { encodeName } from "./entry-name.js";
import {
  isZip64Entry,
  payloadOffset,
  rangesOfEntry,
  readEntry,
  readEntryPieces,
  readEntryRange,
} from "./entry-reader.js";
import type { ArchiveIdentity, readVersion as readVersionType } from "./known-version.js";
import { maxPayloadBytes } from "./payload.js";
import { method } from "./records.js";
import { endedBy } from "./source-reading.js";
import { isNoVersion, versionAt } from "./version-at.js";
import type { ArchiveVersion } from "./versions.js";

/** Options for opening an archive. */
export interface ArchiveReaderOptions {
  /** The version that the file must hold, or have held. */
  readonly identity?: ArchiveIdentity | undefined;
  /** The parsed directory of `identity`, from another thread. */
  readonly shared?: SharedDirectory | undefined;
  /** True if the file is known to be the one of which `shared` is the directory, so that this need not be read to be compared. */
  readonly isKnown?: boolean;
  /** True to read the newest version where the file has grown, or has been written anew, since `identity`. */
  readonly follow: boolean;
}

/** Bytes in which an archive is. */
export interface ArchiveSource {
  readonly source: ByteSource;
  /**
   * The directory of the newest version.
   * @param known - of an earlier one
   * @throws ZarrError as {@link Directory.read}
   */
  newest(known?: Directory): Promise<Directory>;
  /** True if the source's name still leads to it; its size is known anew then. */
  hasItsName(): boolean;
}

/** An archive in bytes that do not change. */
export function archiveIn(source: ByteSource): ArchiveSource {
  const newest = async () => {
    const last = await versionAt(source, source.size);
    if (!("error" in last) && last.link?.appended === undefined) return last; // nothing else can be meant
    const { newestVersion } = await import("./newest-version.js");
    return await newestVersion(source, undefined, undefined, last);
  };
  return { source, newest: async (known) => known ?? (await newest()), hasItsName: () => true };
}

/** A source that several versions of one file share; the last one that is closed closes it. */
interface OpenArchive extends ArchiveSource {
  /** A number that no other source has had in this thread: versions in one source descend from one another. */
  readonly lineage: number;
  readers: number;
}

let lineages = 0;

const batching = lazily(() => import("./entry-batches.js"));

const loadVersions = () => import("./versions.js");

/** See `readVersion` in `known-version.ts`. */
const readVersion: typeof readVersionType = async (...args) =>
  await (await import("./known-version.js")).readVersion(...args);

/** The directory of a version that this thread has just appended: where another writer goes on from there, nobody needs it. */
interface AppendedDirectory {
  readonly end: number;
  readonly trailing: 0;
  /** Directory of the version before. */
  readonly before: Directory;
  readonly make: () => Directory;
}

/** One version of an open archive: a descriptor and a parsed directory. */
export class ArchiveReader {
  readonly #open: OpenArchive;
  #directory: Directory | AppendedDirectory;
  #identity: ArchiveIdentity | undefined;
  #closed = false;

  private constructor(open: OpenArchive, directory: Directory | AppendedDirectory, identity?: ArchiveIdentity) {
    open.readers++;
    this.#open = open;
    this.#directory = directory;
    this.#identity = identity;
  }

  /** The parsed directory. */
  get directory(): Directory {
    if (!(this.#directory instanceof Directory)) this.#directory = this.#directory.make();
    return this.#directory;
  }

  /**
   * The version that a source holds, or the one of `identity`. The source belongs to the reader, also if this fails.
   * @throws ZarrError `ERR_ZIP`, `ERR_ZIP_TAIL` - it is no archive, or a contradictory one
   * @throws ZarrError `ERR_STALE_STATE` - it is not the file, or no longer holds the version, that `identity` describes
   */
  static async open(archive: ArchiveSource, options: ArchiveReaderOptions): Promise<ArchiveReader> {
    const { identity, shared, isKnown, follow } = options;
    const { source } = archive;
    try {
      const open: OpenArchive = {
        source,
        newest: (known) => archive.newest(known),
        hasItsName: () => archive.hasItsName(),
        lineage: ++lineages,
        readers: 0,
      };
      if (identity !== undefined && !follow) {
        return new ArchiveReader(open, await readVersion(source, identity, shared, isKnown), identity);
      }
      if (identity !== undefined && shared !== undefined && source.size === identity.end) {
        const directory = await readVersion(source, identity, shared).catch(() => undefined);
        if (directory !== undefined) return new ArchiveReader(open, directory, identity);
      }
      const newest = await archive.newest().catch(async (error) => {
        if (identity !== undefined && isNoVersion(error)) await readVersion(source, identity, undefined); // says what became of that version
        throw error;
      });
      // A file that was written anew has other versions, but the same root.
      if (identity !== undefined && identity.root !== rootOf(newest)) await readVersion(source, identity, undefined);
      return new ArchiveReader(open, newest);
    } catch (error) {
      await source.close?.();
      throw error;
    }
  }

  /**
   * The newest version of the same file, on the same descriptor. Both have to be closed.
   * @throws ZarrError as {@link open}
   */
  async newest(): Promise<ArchiveReader> {
    const { source } = this.#open;
    const known = this.#directory instanceof Directory ? this.#directory : this.#directory.before;
    this.#open.readers++;
    try {
      const directory = await this.#open.newest(known);
      const root = rootOf(directory); // a version whose comment had no room for a link is a root of its own
      if (root !== rootOf(known) && root !== rootOf(this.directory))
        await readVersion(source, this.identity, undefined);
      return new ArchiveReader(this.#open, directory);
    } catch (error) {
      if (isNoVersion(error)) await readVersion(source, this.identity, undefined); // says what became of this version
      throw error;
    } finally {
      await release(this.#open);
    }
  }

  /**
   * The version that this thread has just appended to this one, on the same descriptor. Both have to be closed.
   *
   * @param end - byte at which it ends
   * @param make - gives its directory
   */
  successor(end: number, make: () => Directory): ArchiveReader {
    return new ArchiveReader(this.#open, { end, trailing: 0, before: this.directory, make });
  }

  /**
   * Tells this version, a later one of the same file, and another file apart, by what the file's name leads to.
   * @param isLocked - whether this thread may write: then bytes that follow the archive are looked at again
   */
  currency(isLocked: boolean): "current" | "outgrown" | "replaced" {
    if (!this.#open.hasItsName()) return "replaced";
    const { end, trailing } = this.#directory;
    return this.#open.source.size === end + (isLocked ? 0 : trailing) ? "current" : "outgrown";
  }

  /** The identity of this version of its file. */
  get identity(): ArchiveIdentity {
    const { directory } = this;
    this.#identity ??= identityOf(directory);
    return this.#identity;
  }

  /** The file, as this thread has opened it: see {@link offset}. */
  get lineage(): number {
    return this.#open.lineage;
  }

  /** Byte at which the entry of a name begins, which tells its value from every other of the same {@link lineage}; `undefined` without one. */
  offset(name: string): number | undefined {
    const row = this.directory.find(name);
    return row < 0 ? undefined : this.directory.entry(row).offset;
  }

  /** True if this version is, or descends from, the one that `identity` describes. */
  async holds(identity: Pick<ArchiveIdentity, "end" | "digest">): Promise<boolean> {
    if (identity.end > this.directory.end) return false;
    if (identity.end === this.directory.end) return this.directory.digest() === identity.digest;
    const directory = await Directory.read(this.#open.source, identity.end).catch((error) => {
      if (isNoVersion(error)) return undefined;
      throw error;
    });
    return directory?.digest() === identity.digest;
  }

  /** True if a version after byte `base`, up to this one, has the changes of a stage. */
  async hasStage(base: number, stage: string): Promise<boolean> {
    const { hasStage } = await loadVersions();
    return await hasStage(this.#open.source, this.directory, base, stage);
  }

  /** Whole entry, its CRC-32 checked; `undefined` if there is none. Rejects with the signal's reason once that is aborted, as every read. */
  async get(name: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const index = this.directory.find(name);
    return index < 0 ? undefined : await readEntry(this.#source(signal), this.directory, index, { maxBytes });
  }

  /**
   * Bytes [start, end) of an entry, from `resolve(size of the entry)`; `undefined` if there is none.
   * @param isChecked - as for {@link readEntryRange}
   */
  async getRange(
    name: string,
    resolve: (size: number) => { start: number; end: number },
    maxBytes: number,
    isChecked = false,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const index = this.directory.find(name);
    if (index < 0) return undefined;
    const { start, end } = resolve(this.directory.entry(index).size);
    return await readEntryRange(
      this.#source(signal),
      this.directory,
      index,
      { offset: start, length: end - start },
      { maxBytes, isChecked },
    );
  }

  /** As {@link getRange}, cut out of the whole value, which is read and has its CRC-32. */
  async getCheckedRange(
    name: string,
    resolve: (size: number) => { start: number; end: number },
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const row = this.directory.find(name);
    if (row < 0) return undefined;
    const { size, method: kept } = this.directory.entry(row);
    const { start, end } = resolve(size);
    if (kept !== method.stored || end - start > maxBytes)
      return await this.getRange(name, resolve, maxBytes, false, signal);
    const whole = await readEntry(this.#source(signal), this.directory, row, { maxBytes: size });
    return whole.slice(start, end);
  }

  /** See {@link readEntryPieces}; `false` if there is no such entry. */
  async getPieces(
    name: string,
    size: number,
    pieceSize: number,
    take: TakePiece,
    range?: PieceRange,
  ): Promise<boolean | undefined> {
    const row = this.directory.find(name);
    if (row < 0) return false;
    return await readEntryPieces(this.#open.source, this.directory, row, size, pieceSize, take, range);
  }

  /** See {@link readEntryBatches}. */
  async getBatches(
    prefix: string,
    numberOf: KeyNumber,
    maxBytes: number,
    take: TakeBatch,
    signal?: AbortSignal,
  ): Promise<number[]> {
    const { readEntryBatches } = batching.loaded ?? (await batching.load());
    return await readEntryBatches(this.#source(signal), this.directory, encodeName(prefix), numberOf, maxBytes, take);
  }

  #source(signal: AbortSignal | undefined): ByteSource {
    return endedBy(this.#open.source, signal);
  }

  /** Tells a source that is far away which entries will be read soon. @returns gives up those that have not been read */
  expect(reads: readonly ExpectedRead[]): () => void {
    const { source } = this.#open;
    if (source.expect === undefined) return () => undefined;
    const { directory } = this;
    return source.expect(
      reads.flatMap(({ key, range, maxBytes }) => {
        const row = directory.find(key);
        if (row < 0) return [];
        const { size, compressedSize, method: kept } = directory.entry(row);
        const piece = pieceOf(range, size);
        // What will be refused is not fetched.
        const isTooLong =
          piece.length > maxBytes || (kept !== method.stored && compressedSize > maxPayloadBytes(maxBytes));
        return isTooLong || piece.offset + piece.length > size ? [] : rangesOfEntry(directory, row, piece);
      }),
    );
  }

  /** True if the CRC-32 of an entry was checked when so many bytes of it were read, or before. */
  verifies(name: string, bytes: number): boolean {
    const row = this.directory.find(name);
    if (row < 0 || this.directory.isVerified(row)) return true;
    const entry = this.directory.entry(row);
    return entry.method !== method.stored || entry.size === bytes;
  }

  /** Byte of the file at which the payload of a row begins; see {@link payloadOffset}. */
  async payloadOffset(row: number, signal?: AbortSignal): Promise<number> {
    return await payloadOffset(this.#source(signal), this.directory, row);
  }

  /** See {@link isZip64Entry}. */
  async isZip64(row: number): Promise<boolean> {
    return await isZip64Entry(this.#open.source, this.directory, row);
  }

  /** This version and those before it; see {@link versionsFrom}. */
  async versions(): Promise<ArchiveVersion[]> {
    const { versionsFrom } = await loadVersions();
    const versions: ArchiveVersion[] = [];
    for await (const version of versionsFrom(this.#open.source, this.directory)) versions.push(version);
    return versions;
  }

  /** The version of that name, on the same descriptor; `undefined` if the file has none. Both have to be closed. */
  async version(id: string): Promise<ArchiveReader | undefined> {
    const { source } = this.#open;
    const { findVersion } = await loadVersions();
    const end = await findVersion(source, this.directory, id);
    return end === undefined ? undefined : new ArchiveReader(this.#open, await Directory.read(source, end));
  }

  /** Waits for reads under way, then closes the descriptor, if no other version uses it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await release(this.#open);
  }
}

async function release(open: OpenArchive): Promise<void> {
  open.readers--;
  if (open.readers === 0) await open.source.close?.();
}

function identityOf(directory: Directory): ArchiveIdentity {
  return { end: directory.end, digest: directory.digest(), root: rootOf(directory) };
}

/** Name of the first version of the file that holds this one, or of the file that it replaced. */
function rootOf(directory: Directory): string {
  return directory.link?.root ?? directory.digest();
}

import { crc32 } from "../bytes/crc32.js";
import { crc32c } from "../bytes/crc32c.js";
import { fileStatus, type WritableFile } from "../bytes/file.js";
import { createPartFile, discardPart, type Publication, publishPart } from "../bytes/part-file.js";
import { realPath } from "../bytes/real-path.js";
import { ZarrError } from "../errors.js";
import type { PackedEntry } from "../zip/entry-reader.js";
import { formatCentralRecords, formatEndRecords } from "../zip/records.js";
import { digestOf } from "../zip/version-digest.js";
import { EntryLog, type EntryOptions, entrySize, type LoggedEntry, type NamedValue, presentOf } from "./entry-log.js";

/** The identity of an archive that was written. */
export interface WrittenArchive {
  /** Bytes of the file. */
  readonly end: number;
  /** See `Directory.digest`. */
  readonly digest: string;
}

/** Options for writing an archive. */
export interface ArchiveWriterOptions extends EntryOptions {
  /** Never replace a file, not even one that appears while this one is written. */
  readonly exclusive: boolean;
  /** True, the default, if a published archive survives a loss of power, and what it replaces is there until then. */
  readonly isDurable?: boolean;
  /** The file whose part file it is until then, and whose permissions and owner it has. Default: what it replaces. */
  readonly beside?: string;
}

/** Up to so many bytes of replaced entries stay in the part file until it is published. */
const deadBytesAllowed = 64 * 2 ** 20;

/** Small pieces are collected up to this size before they are written, in bytes. */
const bufferBytes = 8 * 2 ** 20;

/**
 * Writes a new archive beside its place, and puts it there as a whole. Whatever interrupts it leaves the old file, or none.
 *
 * Calls may overlap; they take effect in the order in which they were made. After a failed write every further call fails
 * but {@link abort}.
 */
export class ArchiveWriter {
  /** Absolute path of the archive, symbolic links resolved. */
  readonly path: string;
  readonly #part: WritableFile;
  readonly #log: EntryLog;
  readonly #publication: Publication;
  /** In the order of their offsets: a replaced one moves to the end of the map and of the file alike. */
  #entries = new Map<string, LoggedEntry>();
  /** Bytes of entries that were replaced or removed. */
  #deadBytes = 0;
  /** Number of {@link remember} that may still be called upon. */
  #remembered = 0;
  #changed = false;
  #published = false;

  private constructor(path: string, part: WritableFile, options: ArchiveWriterOptions) {
    this.path = path;
    this.#part = part;
    this.#log = new EntryLog(path, options, async () => part, bufferBytes);
    const { exclusive, isDurable = true, beside = path } = options;
    this.#publication = { exclusive, isDurable, model: beside };
  }

  /**
   * Begins the archive `path` as a hidden part file in the same folder.
   *
   * @throws ZarrError `ERR_EXISTS` - `exclusive`, and the name is taken
   * @throws ZarrError `ERR_NOT_FOUND` - its folder does not exist
   * @throws ZarrError `ERR_STORE_WRITE` - the folder cannot be written to, or the name is a folder's
   */
  static async create(path: string, options: ArchiveWriterOptions): Promise<ArchiveWriter> {
    const target = await realPath(path);
    const existing = await fileStatus(target);
    if (existing !== undefined && options.exclusive) {
      throw new ZarrError("ERR_EXISTS", `${target} exists already: choose another name, or mode "w"`, { file: target });
    }
    if (existing?.isFile === false) {
      throw new ZarrError("ERR_STORE_WRITE", `${target} is not a regular file: it is left as it is`, { file: target });
    }
    const part = await createPartFile(options.beside ?? target);
    return new ArchiveWriter(target, part, options);
  }

  /** True if something was added or removed that is not published. */
  get dirty(): boolean {
    return this.#changed && !this.#published;
  }

  /** True if there are no other entries than these: until they are published. */
  get isComplete(): boolean {
    return !this.#published;
  }

  /** Names of all entries, in the order in which the archive will have them. */
  names(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** None: a new archive has no other names than {@link names}. */
  removed(): Iterable<string> {
    return [];
  }

  /** A token that no other value of a name has had here; `null` if there is no entry, `undefined` once the file has them all. */
  find(name: string): object | null | undefined {
    return this.#published ? undefined : (this.#entries.get(name)?.name ?? null);
  }

  /**
   * Adds an entry, or replaces the one of that name. `bytes` must not change until the promise resolves. Throws as
   * {@link EntryLog.add}.
   */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    this.#checkUnpublished();
    await this.#log.add(name, bytes, (entry) => this.#remember(entry));
  }

  /** Sets the values of names, or removes these with `undefined`, in one step; as {@link add}. */
  async setMany(values: readonly NamedValue[]): Promise<void> {
    this.#checkUnpublished();
    await this.#log.addMany(presentOf(values), async (entries) => {
      for (const [name, value] of values) if (value === undefined) this.#forget(name);
      for (const entry of entries) this.#place(entry);
      await this.#compactIfWorth();
    });
  }

  /** As {@link add}, of an entry of another archive as that has it. */
  async addPacked(name: string, entry: PackedEntry): Promise<void> {
    this.#checkUnpublished();
    await this.#log.addPacked(name, entry, (logged) => this.#remember(logged));
  }

  /** Removes an entry; a missing one is no error. */
  async remove(name: string): Promise<void> {
    this.#checkUnpublished();
    await this.#log.inTurn(async () => {
      this.#forget(name);
      await this.#compactIfWorth();
    });
  }

  /** Returns what gives these names the entries again that they have now. Until then nothing is compacted. */
  remember(names: readonly string[]): () => void {
    const before = names.map((name) => [name, this.#entries.get(name)] as const);
    this.#remembered++;
    return () => {
      this.#remembered--;
      for (const [name, entry] of before) {
        this.#forget(name);
        if (entry === undefined) continue;
        this.#entries.set(name, entry);
        this.#deadBytes -= entrySize(entry);
      }
      this.#entries = new Map([...this.#entries].sort(([, a], [, b]) => a.offset - b.offset));
    };
  }

  /** True once a write has failed, so that nothing can be published any more. */
  get hasFailed(): boolean {
    return this.#log.hasFailed;
  }

  /** Reads an entry back; `undefined` if there is none, or the file has it. Throws as {@link EntryLog.read}. */
  async read(name: string): Promise<Uint8Array | undefined> {
    return await this.#log.read(() => (this.#published ? undefined : this.#entries.get(name)));
  }

  /**
   * Completes the archive, makes it durable if that was asked for, and puts it in its place. The writer has ended then.
   *
   * @param comment - the archive comment
   * @returns what tells the new file from others
   * @throws ZarrError `ERR_EXISTS` - `exclusive`, and another file has taken the name
   * @throws ZarrError `ERR_STORE_WRITE` - the system failed a write
   */
  async publish(comment: Uint8Array = new Uint8Array()): Promise<WrittenArchive> {
    this.#checkUnpublished();
    return await this.#log.inTurn(async () => {
      if (this.#deadBytes > 0) await this.#compact();
      const written = await this.#writeDirectory(comment);
      await publishPart(this.#part, this.path, this.#publication);
      this.#published = true;
      return written;
    });
  }

  /** Discards everything that was not published. Aborting twice, or after {@link publish}, is no error. */
  async abort(): Promise<void> {
    await this.#log.discard();
    await (this.#published ? this.#part.close() : discardPart(this.#part));
  }

  #checkUnpublished(): void {
    if (this.#published) throw new ZarrError("ERR_CLOSED", `the writer of ${this.path} has ended`, { file: this.path });
  }

  async #remember(entry: LoggedEntry): Promise<void> {
    this.#place(entry);
    await this.#compactIfWorth();
  }

  #place(entry: LoggedEntry): void {
    this.#forget(entry.key);
    this.#changed = true;
    this.#entries.set(entry.key, entry);
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#changed = true;
    this.#deadBytes += entrySize(entry);
    this.#entries.delete(name);
  }

  /** A chunk that is written again and again would take room for each time: as much as is live, and no more, may be dead. */
  async #compactIfWorth(): Promise<void> {
    if (this.#remembered === 0 && this.#deadBytes > Math.max(deadBytesAllowed, this.#log.size / 2))
      await this.#compact();
  }

  async #compact(): Promise<void> {
    const moved = await this.#log.keepOnly([...this.#entries.values()]);
    this.#entries = new Map(moved.map((entry) => [entry.key, entry]));
    this.#deadBytes = 0;
  }

  async #writeDirectory(comment: Uint8Array): Promise<WrittenArchive> {
    const { forceZip64, size: offset } = this.#log;
    const entries = this.#entries.values();
    const sums = { crc32: 0, crc32c: 0 };
    const summed = function* (pieces: Iterable<Uint8Array>) {
      for (const piece of pieces) {
        sums.crc32 = crc32(piece, sums.crc32);
        sums.crc32c = crc32c(piece, sums.crc32c);
        yield piece;
      }
    };
    await this.#log.finish(summed(formatCentralRecords(entries, forceZip64)));
    const extent = { count: this.#entries.size, offset, size: this.#log.size - offset };
    await this.#log.finish(summed([formatEndRecords(extent, comment, forceZip64)]));
    return { end: this.#log.size, digest: digestOf(sums.crc32, sums.crc32c) };
  }
}

import { deflateRaw } from "#zlib";
import { crc32 } from "../bytes/crc32.js";
import {
  type FileIdentity,
  fileStatus,
  linkFile,
  partFileName,
  realPath,
  removeFile,
  renameFile,
  syncFolderOf,
  WritableFile,
} from "../bytes/file.js";
import { isZarrError, ZarrError } from "../errors.js";
import { AppendFile } from "./append-file.js";
import { encodeName, nameFault } from "./entry-name.js";
import { expandPayload } from "./payload.js";
import {
  type DosTime,
  dosTime,
  type EntryFields,
  earliestTime,
  flag,
  formatCentralRecord,
  formatEndRecords,
  formatLocalHeader,
  method,
  saturated16,
} from "./records.js";

/** How to write an archive. */
export interface ArchiveWriterOptions {
  /** Never replace a file, not even one that appears while this one is written. */
  readonly exclusive: boolean;
  /** `deflate` stores entries that it does not make smaller. */
  readonly method: "stored" | "deflate";
  /** Whether to write ZIP64 records where nothing needs them. */
  readonly zip64: "auto" | "always";
  /** Time stamp of every entry, in UTC; by default 1980-01-01, so that the same input gives the same bytes. */
  readonly modified?: Date | undefined;
}

/** An entry in the part file. */
interface WrittenEntry extends EntryFields {
  readonly offset: number;
  readonly headerSize: number;
}

/** Up to so many bytes of replaced entries stay in the part file until it is published. */
const deadBytesAllowed = 64 * 2 ** 20;

/** zlib's default, and Python's. */
const deflateLevel = 6;

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
  readonly #output: AppendFile;
  readonly #options: ArchiveWriterOptions;
  readonly #time: DosTime;
  readonly #entries = new Map<string, WrittenEntry>();
  /** Bytes of entries that were replaced or removed. */
  #deadBytes = 0;
  #changed = false;
  #ended = false;
  #failure: ZarrError | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, part: WritableFile, options: ArchiveWriterOptions) {
    this.path = path;
    this.#part = part;
    this.#output = new AppendFile(part);
    this.#options = options;
    this.#time = options.modified === undefined ? earliestTime : dosTime(options.modified);
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
      throw new ZarrError("ERR_STORE_WRITE", `${target} is no regular file, and is not replaced`, { file: target });
    }
    const part = await WritableFile.create(partFileName(target), existing?.mode);
    return new ArchiveWriter(target, part, options);
  }

  /** Whether something was added or removed that is not published. */
  get dirty(): boolean {
    return this.#changed && !this.#ended;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Names of all entries, in the order in which the archive will have them. */
  names(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /**
   * Adds an entry, or replaces the one of that name. `bytes` must not change until the promise resolves.
   *
   * @throws ZarrError `ERR_ARGUMENT` - no archive may have an entry of that name
   * @throws ZarrError `ERR_STORE_WRITE` - the system failed the write
   */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    const encodedName = checkName(name);
    const checksum = crc32(bytes);
    const packing = this.#pack(bytes);
    packing.catch(() => undefined); // so that it may fail before its turn, in which it is awaited
    await this.#inTurn(async () => {
      const { payload, methodNumber } = await packing;
      const entry: EntryFields = {
        name: encodedName,
        flags: flag.utf8,
        method: methodNumber,
        crc32: checksum,
        compressedSize: payload.length,
        size: bytes.length,
      };
      const header = formatLocalHeader(entry, this.#time, this.#options.zip64 === "always");
      const offset = this.#output.size;
      await this.#output.append(header);
      await this.#output.append(payload);
      this.#forget(name);
      this.#changed = true;
      this.#entries.set(name, { ...entry, offset, headerSize: header.length });
      await this.#compactIfWorth();
    });
  }

  /** Removes an entry; a missing one is no error. */
  async remove(name: string): Promise<void> {
    await this.#inTurn(async () => {
      this.#forget(name);
      await this.#compactIfWorth();
    });
  }

  /**
   * Reads an entry back, its CRC-32 checked; `undefined` if there is none.
   * @throws ZarrError `ERR_CHECKSUM`, `ERR_STORE_READ` - the part file is damaged
   */
  async read(name: string): Promise<Uint8Array | undefined> {
    return await this.#inTurn(async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined) return undefined;
      const range = { offset: entry.offset + entry.headerSize, length: entry.compressedSize };
      return await expandPayload({ ...entry, key: name, file: this.path }, await this.#output.read(range));
    });
  }

  /**
   * Completes the archive, makes it durable and puts it in its place. The writer has ended then.
   *
   * @returns what the file system says of the new file
   * @throws ZarrError `ERR_EXISTS` - `exclusive`, and another file has taken the name
   * @throws ZarrError `ERR_STORE_WRITE` - the system failed a write
   */
  async publish(): Promise<FileIdentity> {
    return await this.#inTurn(async () => {
      if (this.#deadBytes > 0) await this.#compact();
      await this.#writeDirectory();
      await this.#part.sync();
      const identity = this.#part.identity();
      await this.#part.close();
      if (this.#options.exclusive) {
        await linkFile(this.#part.name, this.path);
        await removeFile(this.#part.name);
      } else {
        await renameFile(this.#part.name, this.path);
      }
      this.#ended = true;
      await syncFolderOf(this.path);
      return identity;
    });
  }

  /** Discards everything that was not published. Aborting twice, or after {@link publish}, is no error. */
  async abort(): Promise<void> {
    const isPublished = this.#ended;
    this.#ended = true;
    await this.#last;
    await this.#part.close();
    if (!isPublished) await removeFile(this.#part.name);
  }

  /** Runs `work` after all earlier calls, unless one of them failed to write. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      if (this.#ended) throw new ZarrError("ERR_CLOSED", `the writer of ${this.path} has ended`, { file: this.path });
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
    const what = `an earlier write of ${this.path} failed, so that it cannot be completed (${message}): abort, and begin again`;
    return new ZarrError(code, what, { file: this.path }, cause);
  }

  async #pack(bytes: Uint8Array): Promise<{ payload: Uint8Array; methodNumber: number }> {
    if (this.#options.method === "deflate") {
      const payload = await deflateRaw(bytes, deflateLevel);
      if (payload.length < bytes.length) return { payload, methodNumber: method.deflate };
    }
    return { payload: bytes, methodNumber: method.stored };
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
    if (this.#deadBytes > Math.max(deadBytesAllowed, this.#output.size / 2)) await this.#compact();
  }

  /** Entries are in the order of their offsets: a replaced one moves to the end of the map and of the file alike. */
  async #compact(): Promise<void> {
    const entries = [...this.#entries];
    await this.#output.keepOnly(entries.map(([, entry]) => ({ offset: entry.offset, length: entrySize(entry) })));
    let offset = 0;
    for (const [name, entry] of entries) {
      this.#entries.set(name, { ...entry, offset });
      offset += entrySize(entry);
    }
    this.#deadBytes = 0;
  }

  async #writeDirectory(): Promise<void> {
    const forceZip64 = this.#options.zip64 === "always";
    const offset = this.#output.size;
    for (const entry of this.#entries.values()) {
      await this.#output.append(formatCentralRecord(entry, this.#time, forceZip64));
    }
    const extent = { count: this.#entries.size, offset, size: this.#output.size - offset };
    await this.#output.append(formatEndRecords(extent, new Uint8Array(), forceZip64));
    await this.#output.flush();
  }
}

function entrySize({ headerSize, compressedSize }: WrittenEntry): number {
  return headerSize + compressedSize;
}

function checkName(name: string): Uint8Array {
  const encoded = encodeName(name);
  const fault =
    nameFault(name) ??
    (name.endsWith("/") ? "is a folder's" : undefined) ??
    (encoded.length > saturated16 ? `has ${encoded.length} bytes, more than ${saturated16}` : undefined);
  if (fault === undefined) return encoded;
  throw new ZarrError(
    "ERR_ARGUMENT",
    `no entry can be called ${JSON.stringify(name.slice(0, 80))}: the name ${fault}`,
    {
      key: name.slice(0, 80),
    },
  );
}

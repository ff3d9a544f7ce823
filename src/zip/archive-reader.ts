import { FileSource } from "../bytes/file.js";
import { isZarrError, ZarrError } from "../errors.js";
import { Directory, type SharedDirectory } from "./directory.js";
import { directoryViews } from "./directory-columns.js";
import { readEntry, readEntryRange } from "./entry-reader.js";
import { readNear } from "./source-reading.js";

/** What tells one version of one file from every other: see {@link ArchiveReader.identity}. Plain JSON. */
export interface ArchiveIdentity {
  /** Device number, decimal. */
  readonly device: string;
  /** Inode number, decimal. */
  readonly inode: string;
  /** Byte at which the archive ends in this version. */
  readonly end: number;
  /** CRC-32 and CRC-32C, in hexadecimal, of the directory and end records that lead up to `end`. */
  readonly digest: string;
}

/** How to open an archive. */
export interface ArchiveReaderOptions {
  /** The version that the file must hold, or have held. */
  readonly identity?: ArchiveIdentity | undefined;
  /** The parsed directory of `identity`, from another thread. */
  readonly shared?: SharedDirectory | undefined;
  /** Whether to read the newest version where the file has grown since `identity`. */
  readonly follow: boolean;
}

/** One open archive: its own descriptor and one parsed directory. */
export class ArchiveReader {
  readonly identity: ArchiveIdentity;
  readonly directory: Directory;
  readonly #source: FileSource;

  private constructor(source: FileSource, directory: Directory, identity: ArchiveIdentity) {
    this.#source = source;
    this.directory = directory;
    this.identity = identity;
  }

  /**
   * Opens `path` read-only.
   * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_READ` - the file cannot be opened
   * @throws ZarrError `ERR_ZIP`, `ERR_ZIP_TAIL` - it is no archive, or a contradictory one
   * @throws ZarrError `ERR_STALE_STATE` - it is not the file, or no longer holds the version, that `identity` describes
   */
  static async open(path: string, options: ArchiveReaderOptions): Promise<ArchiveReader> {
    const source = await FileSource.open(path);
    try {
      const { identity, shared, follow } = options;
      const handedOver = identity === undefined ? undefined : await readVersion(source, identity, shared);
      if (identity !== undefined && handedOver !== undefined && !(follow && source.size > identity.end)) {
        return new ArchiveReader(source, handedOver, identity);
      }
      const directory = await Directory.read(source);
      const { device, inode } = source.identity();
      return new ArchiveReader(source, directory, { device, inode, end: directory.end, digest: directory.digest() });
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Whole entry, its CRC-32 checked; `undefined` if there is none. */
  async get(name: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const index = this.directory.find(name);
    return index < 0 ? undefined : await readEntry(this.#source, this.directory, index, { maxBytes });
  }

  /** Bytes [start, end) of an entry, from `resolve(size of the entry)`; `undefined` if there is none. */
  async getRange(
    name: string,
    resolve: (size: number) => { start: number; end: number },
    maxBytes: number,
  ): Promise<Uint8Array | undefined> {
    const index = this.directory.find(name);
    if (index < 0) return undefined;
    const { start, end } = resolve(this.directory.entry(index).size);
    return await readEntryRange(
      this.#source,
      this.directory,
      index,
      { offset: start, length: end - start },
      { maxBytes },
    );
  }

  /** Whether the file has changed its length since the directory was read, or another one has taken its name. */
  hasChanged(): boolean {
    return this.#source.refresh() !== this.directory.end || !this.#source.hasItsName();
  }

  /** Waits for reads under way, then closes the descriptor. */
  async close(): Promise<void> {
    await this.#source.close();
  }
}

/**
 * The directory of one version of a file that may have grown since.
 * @throws ZarrError `ERR_STALE_STATE` - the file never had this version, or has lost it
 */
async function readVersion(
  source: FileSource,
  identity: ArchiveIdentity,
  shared: SharedDirectory | undefined,
): Promise<Directory> {
  const { end, digest } = identity;
  const { device, inode } = source.identity();
  const stale = (found: string, cause?: unknown) => {
    const message = `${source.name} is not the version of the file that was handed over: ${found}; open the file again by its name`;
    return new ZarrError("ERR_STALE_STATE", message, { file: source.name }, cause);
  };
  if (device !== identity.device || inode !== identity.inode) {
    const found = `inode ${inode} of device ${device}, expected ${identity.inode} of ${identity.device}`;
    throw stale(`it was replaced (${found})`);
  }
  if (source.size < end) throw stale(`it has ${source.size} bytes, fewer than the ${end} at that time`);
  if (shared !== undefined) {
    const directory = Directory.attach(shared);
    if (directory.end === end && (await holdsDirectory(source, directory, shared))) return directory;
    throw stale(`its directory at byte ${end} is not the one that was shared`);
  }
  const directory = await Directory.read(source, end).catch((error) => {
    if (!isZarrError(error, "ERR_ZIP") && !isZarrError(error, "ERR_ZIP_TAIL")) throw error;
    throw stale(`no archive ends at byte ${end} any more (${error.message})`, error);
  });
  if (directory.digest() === digest) return directory;
  throw stale(`its directory at byte ${end} has digest ${directory.digest()}, expected ${digest}`);
}

/** Whether the file has the very bytes from which a shared directory was parsed; comparing is faster than a digest. */
async function holdsDirectory(source: FileSource, { start, end }: Directory, shared: SharedDirectory) {
  const parsed = directoryViews(shared.buffer, shared.extents).bytes.subarray(0, end - start);
  return Buffer.compare(await readNear(source, start, end - start), parsed) === 0;
}

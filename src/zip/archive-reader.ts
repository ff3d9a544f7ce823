import { FileSource } from "../bytes/file.js";
import { ZarrError } from "../errors.js";
import { Directory, type SharedDirectory } from "./directory.js";
import { readEntry, readEntryRange } from "./entry-reader.js";

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
      const { device, inode } = source.identity();
      const { identity } = options;
      if (identity === undefined) return finish(await Directory.read(source));

      const stale = (found: string) =>
        new ZarrError(
          "ERR_STALE_STATE",
          `${path} is not the version of the file that was handed over: ${found}; open the file again by its name`,
          { file: path },
        );
      if (device !== identity.device || inode !== identity.inode) {
        throw stale(
          `it was replaced (inode ${inode} of device ${device}, expected ${identity.inode} of ${identity.device})`,
        );
      }
      if (source.size < identity.end)
        throw stale(`it has ${source.size} bytes, fewer than the ${identity.end} at that time`);
      if (options.shared !== undefined) return finish(Directory.attach(options.shared));

      const handedOver = await Directory.read(source, identity.end).catch((cause) => {
        throw stale(`no archive ends at byte ${identity.end} any more (${(cause as Error).message})`);
      });
      if (handedOver.digest() !== identity.digest) {
        throw stale(
          `its directory at byte ${identity.end} has digest ${handedOver.digest()}, expected ${identity.digest}`,
        );
      }
      return finish(options.follow && source.size > identity.end ? await Directory.read(source) : handedOver);

      function finish(directory: Directory): ArchiveReader {
        const found =
          identity?.end === directory.end
            ? identity
            : { device, inode, end: directory.end, digest: directory.digest() };
        return new ArchiveReader(source, directory, found);
      }
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

  /** Whether the file has changed its length since the directory was read. */
  hasGrown(): boolean {
    return this.#source.refresh() !== this.directory.end;
  }

  /** Waits for reads under way, then closes the descriptor. */
  async close(): Promise<void> {
    await this.#source.close();
  }
}

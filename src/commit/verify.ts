import type { RandomAccessReader, Entry as ReferenceEntry } from "yauzl";
import type { ByteSource } from "../bytes/byte-source.js";
import { checkFileName } from "../bytes/check-file-name.js";
import { checkOptions } from "../bytes/check-options.js";
import { FileSource } from "../bytes/file.js";
import { isTurnDue, nextTurn } from "../bytes/turn.js";
import { isZarrError, ZarrError, type ZarrErrorCode } from "../errors.js";
import type { Directory } from "../zip/directory.js";
import { isUnannouncedUtf8, plainName } from "../zip/entry-name.js";
import { readEntry } from "../zip/entry-reader.js";
import { flag } from "../zip/records.js";
import { readNewestVersion } from "./newest-in-file.js";

/** Something in an archive that is not as it should be. */
export interface ArchiveProblem {
  /** The code of the error that reading would throw. */
  readonly code: ZarrErrorCode;
  /** The fault, and its place. */
  readonly message: string;
  /** Name of the entry. */
  readonly key?: string;
  /** Byte of the file. */
  readonly offset?: number;
}

/** The findings of {@link verifyArchive}. */
export interface ArchiveReport {
  /** Number of central records. */
  readonly entries: number;
  /** Bytes of all values that were read and checked. */
  readonly bytes: number;
  /** Empty if the archive is sound. */
  readonly problems: readonly ArchiveProblem[];
}

/** Options of {@link verifyArchive}. */
export interface VerifyArchiveOptions {
  /** True to read every entry, too, and compare it with its CRC-32, which is the default; false to check the directory alone. */
  readonly data?: boolean;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each entry that is read: how many of how many. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** The reference reader asks for a few bytes at a time; they are served from blocks of this size, in bytes. */
const blockBytes = 2 ** 20;

/**
 * Reads a whole archive twice: with this package, and its directory with yauzl, an independent reader. Every entry must
 * look the same to both, and match its CRC-32, unless the directory is checked alone. What a commit under way has appended does not count yet.
 *
 * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_READ` - the file cannot be read at all; all else is in the report
 * @example
 * ```js
 * import { readFile, writeFile } from "node:fs/promises";
 * import { verifyArchive, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await store.set("a", new Uint8Array(1000));
 * await store.close();
 * const bytes = await readFile("a.zip");
 * bytes[500] ^= 1;
 * await writeFile("b.zip", bytes);
 * for (const file of ["a.zip", "b.zip"]) console.log((await verifyArchive(file)).problems.length); // 0, then 1
 * ```
 */
export async function verifyArchive(path: string, options: VerifyArchiveOptions = {}): Promise<ArchiveReport> {
  checkFileName(path);
  checkOptions(options, { data: "boolean", signal: "signal", onProgress: "function" });
  const source = await FileSource.open(path);
  try {
    return await verifySource(source, options);
  } finally {
    await source.close();
  }
}

async function verifySource(
  source: FileSource,
  { data = true, signal, onProgress }: VerifyArchiveOptions,
): Promise<ArchiveReport> {
  let directory: Directory;
  try {
    directory = await readNewestVersion(source);
    if (source.size === 0) throw emptyFile(source.name);
  } catch (error) {
    return { entries: 0, bytes: 0, problems: [asProblem(error)] };
  }
  const problems = await compareWithReference(source, directory, signal);
  const total = directory.recordCount;
  let bytes = 0;
  for (let row = 0; data && row < total; row++) {
    signal?.throwIfAborted();
    while (isTurnDue()) await nextTurn();
    try {
      bytes += (await readEntry(source, directory, row)).length;
    } catch (error) {
      problems.push(asProblem(error));
    }
    onProgress?.({ done: row + 1, total });
  }
  return { entries: total, bytes, problems };
}

/** To writers a file of 0 bytes is an archive without entries, which nobody else can read. */
function emptyFile(file: string): ZarrError {
  const message = `${file} has 0 bytes: nothing has been flushed into it yet, or a copy of it failed`;
  return new ZarrError("ERR_ZIP_TAIL", message, { file });
}

/** A failure that the file is to blame for; any other is thrown on. */
function asProblem(error: unknown): ArchiveProblem {
  if (!isZarrError(error) || error.code === "ERR_STORE_READ") throw error;
  const { key, offset } = error.details;
  return {
    code: error.code,
    message: error.message,
    ...(key === undefined ? {} : { key }),
    ...(offset === undefined ? {} : { offset }),
  };
}

/** Differences between the directory and what yauzl makes of the same bytes. */
async function compareWithReference(
  source: ByteSource,
  directory: Directory,
  signal: AbortSignal | undefined,
): Promise<ArchiveProblem[]> {
  const { default: yauzl } = await import("yauzl");
  const reader = blockReader(yauzl.RandomAccessReader, source, directory.prefix);
  const size = directory.end - directory.prefix;
  const problems: ArchiveProblem[] = [];
  // An encrypted payload is longer than its value, which yauzl calls a contradiction.
  const isEncrypted = (row: number) => (directory.entry(row).flags & flag.encrypted) !== 0;
  const validateEntrySizes = !Array.from({ length: directory.recordCount }, (_, row) => row).some(isEncrypted);
  const options = { decodeStrings: false, autoClose: false, validateEntrySizes };
  let row = 0;
  try {
    const archive = await yauzl.fromRandomAccessReaderPromise(reader, size, options);
    for await (const reference of archive.eachEntry()) {
      const { generalPurposeBitFlag, fileNameRaw, extraFields, versionMadeBy } = reference;
      // yauzl does not ask which system made a name.
      const isUtf8 = isUnannouncedUtf8(fileNameRaw, versionMadeBy);
      const flags = isUtf8 ? generalPurposeBitFlag | flag.utf8 : generalPurposeBitFlag;
      const name = yauzl.getFileNameLowLevel(flags, fileNameRaw, extraFields, true);
      problems.push(...differences(directory, row, reference, plainName(name)));
      row++;
      signal?.throwIfAborted();
      while (isTurnDue()) await nextTurn();
    }
  } catch (error) {
    signal?.throwIfAborted();
    const message = `a second reader refuses the archive at central record ${row}: ${(error as Error).message}`;
    problems.push({ code: "ERR_ZIP", message });
    return problems;
  }
  if (row !== directory.recordCount) {
    const message = `a second reader finds ${row} central records, expected ${directory.recordCount}`;
    problems.push({ code: "ERR_ZIP", message });
  }
  return problems;
}

function differences(directory: Directory, row: number, reference: ReferenceEntry, name: string): ArchiveProblem[] {
  const entry = directory.entry(row);
  const key = directory.name(row);
  const pairs: [field: string, found: unknown, second: unknown][] = [
    ["name", key, name],
    ["size", entry.size, reference.uncompressedSize],
    ["compressed size", entry.compressedSize, reference.compressedSize],
    ["CRC-32", entry.crc32, reference.crc32],
    ["method", entry.method, reference.compressionMethod],
    ["offset", entry.offset, reference.relativeOffsetOfLocalHeader + directory.prefix],
  ];
  return pairs
    .filter(([, found, second]) => found !== second)
    .map(([field, found, second]) => ({
      code: "ERR_ZIP",
      message: `two readers disagree on the ${field} of ${JSON.stringify(key)}: ${found} and ${second}`,
      key,
      offset: entry.offset,
    }));
}

/** The source of the reference reader: `source` without its first `prefix` bytes, one block of it kept in memory. */
function blockReader(
  Base: typeof RandomAccessReader,
  source: ByteSource,
  prefix: number,
): InstanceType<typeof RandomAccessReader> {
  let block = { offset: 0, bytes: new Uint8Array() as Uint8Array };

  async function fill(buffer: Buffer, offset: number, length: number, position: number): Promise<void> {
    for (let done = 0; done < length; ) {
      const at = prefix + position + done;
      if (at < block.offset || at >= block.offset + block.bytes.length) {
        block = { offset: at, bytes: await source.read(at, Math.min(blockBytes, source.size - at)) };
      }
      const piece = block.bytes.subarray(at - block.offset, at - block.offset + length - done);
      buffer.set(piece, offset + done);
      done += piece.length;
    }
  }

  return new (class extends Base {
    override read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null) => void,
    ): void {
      fill(buffer, offset, length, position).then(() => callback(null), callback);
    }
  })();
}

import { isFailedRead } from "../bytes/byte-source.js";
import { FileSource, fileStatus } from "../bytes/file.js";
import { createPartFile, discardPart, publishPart } from "../bytes/part-file.js";
import { realPath } from "../bytes/real-path.js";
import { isZarrError, ZarrError } from "../errors.js";
import type { Directory } from "../zip/directory.js";
import { readEntry } from "../zip/entry-reader.js";
import { versionsBackwards } from "../zip/newest-version.js";
import { formatCentralRecords, formatEndRecords } from "../zip/records.js";
import { type LocalEntry, LocalEntryScan, type TornEntry } from "./local-entries.js";

/** The entries that were found in a file, and written elsewhere. */
export interface SalvageResult {
  /** Bytes of the new file. */
  readonly bytes: number;
  /** Bytes of the file behind what was kept of it: the version that was found, or the last entry that is whole. */
  readonly lostBytes: number;
  /** Number of entries of the copy. */
  readonly entries: number;
  /** Entries that are not whole, where the directory had to be made anew; of a name that has an older value, that is kept. */
  readonly torn: readonly TornEntry[];
}

/** Bytes that are copied at a time. */
const windowBytes = 8 * 2 ** 20;

/**
 * Looks, from the end of a file backwards, for the last version of which every value is whole, and copies the file up to there
 * to `target`. Where there is none, as in a file that was cut off, or whose writer was killed before it wrote a directory, the copy gets a
 * new directory of the entries that are whole. The file itself is never changed.
 *
 * @throws ZarrError `ERR_ZIP_TAIL` - there is neither; `ERR_LIMIT` - the file was made to be looked through without an end
 * @throws ZarrError `ERR_EXISTS` - something is at `target`; `ERR_NOT_FOUND`, `ERR_STORE_READ`, `ERR_STORE_WRITE`
 */
export async function salvageArchive(path: string, target: string): Promise<SalvageResult> {
  const source = await FileSource.open(await realPath(path));
  try {
    if ((await fileStatus(target)) !== undefined) {
      const message = `${target} exists already: choose another name for what is found in ${path}`;
      throw new ZarrError("ERR_EXISTS", message, { file: target });
    }
    const { sound: found, newest } = await lastSoundVersion(source);
    if (found?.isSure) return await copyVersion(source, found, target);
    const scan = new LocalEntryScan(source, newest === undefined ? [] : offsetsOf(newest));
    await scan.run();
    const last = new Map(scan.whole.map((entry) => [entry.key, entry]));
    const entries = [...last.values()].filter(({ key }) => !key.endsWith("/"));
    if (entries.length > 0) return await rebuild(source, entries, scan.torn, target);
    if (found !== undefined) return await copyVersion(source, found, target);
  } finally {
    await source.close();
  }
  const message = `${path} holds neither a version whose values are all whole nor any whole entry`;
  throw new ZarrError("ERR_ZIP_TAIL", message, { file: path });
}

/** A version that is whole. */
interface SoundVersion {
  readonly end: number;
  readonly entries: number;
  /** True if it is surely a version: bytes that look like one without entries may be anything, unless a commit says that it made them. */
  readonly isSure: boolean;
}

/** The last version of which every value is whole, one that is not sure only where no other is; and the newest, whole or not. */
async function lastSoundVersion(source: FileSource): Promise<{ sound?: SoundVersion; newest?: Directory }> {
  /** By place and CRC-32, what was found of an entry that several versions have. */
  const known = new Map<string, boolean>();
  let empty: SoundVersion | undefined;
  let newest: Directory | undefined;
  for await (const directory of versionsBackwards(source, 0)) {
    // What begins later in the file may be an archive that is a value of the one that is looked for.
    if (directory.prefix > 0) continue;
    newest ??= directory;
    if (!(await isSound(source, directory, known))) continue;
    const entries = [...directory.rows()].length;
    const isSure = entries > 0 || directory.link?.appended !== undefined;
    const version = { end: directory.end, entries, isSure };
    if (isSure) return { sound: version };
    empty ??= version;
  }
  return { ...(empty && { sound: empty }), ...(newest && { newest }) };
}

function offsetsOf(directory: Directory): number[] {
  return Array.from(directory.rows(), (row) => directory.entry(row).offset);
}

async function isSound(source: FileSource, directory: Directory, known: Map<string, boolean>): Promise<boolean> {
  for (const row of directory.rows()) {
    const { offset, crc32, compressedSize } = directory.entry(row);
    const place = `${offset} ${compressedSize} ${crc32}`;
    const isWhole = known.get(place) ?? (await isReadable(source, directory, row));
    known.set(place, isWhole);
    if (!isWhole) return false;
  }
  return true;
}

async function isReadable(source: FileSource, directory: Directory, row: number): Promise<boolean> {
  try {
    await readEntry(source, directory, row);
    return true;
  } catch (error) {
    if (isZarrError(error) && !isFailedRead(error)) return false;
    throw error;
  }
}

async function copyVersion(source: FileSource, { end, entries }: SoundVersion, target: string): Promise<SalvageResult> {
  await copyStart(source, end, [], target);
  return { bytes: end, lostBytes: source.size - end, entries, torn: [] };
}

/** Copies the file up to the last of the entries, and adds a directory of them. */
async function rebuild(
  source: FileSource,
  entries: readonly LocalEntry[],
  torn: readonly TornEntry[],
  target: string,
): Promise<SalvageResult> {
  const offset = entries.reduce((end, entry) => Math.max(end, entry.end), 0);
  const records = [...formatCentralRecords(entries, false)];
  const size = records.reduce((sum, { length }) => sum + length, 0);
  const endRecords = formatEndRecords({ count: entries.length, size, offset }, new Uint8Array(), false);
  await copyStart(source, offset, [...records, endRecords], target);
  const bytes = offset + size + endRecords.length;
  return { bytes, lostBytes: source.size - offset, entries: entries.length, torn };
}

/**
 * Copies the first `end` bytes, and puts others behind them. The copy may be read by those who may read the source, and is there when it
 * is complete.
 */
async function copyStart(source: FileSource, end: number, added: readonly Uint8Array[], target: string): Promise<void> {
  const part = await createPartFile(target, source);
  try {
    for (let at = 0; at < end; at += windowBytes) {
      await part.write(await source.read(at, Math.min(windowBytes, end - at)), at);
    }
    let at = end;
    for (const piece of added) {
      await part.write(piece, at);
      at += piece.length;
    }
    await publishPart(part, target, { exclusive: true, isDurable: true, model: source });
  } catch (error) {
    await discardPart(part);
    throw error;
  }
}

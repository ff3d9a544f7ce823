import { mayOwnAs } from "../bytes/beside.js";
import { FileSource } from "../bytes/file.js";
import { newUuid } from "../bytes/uuid.js";
import { ZarrError } from "../errors.js";
import type { Directory } from "../zip/directory.js";
import { encodeName } from "../zip/entry-name.js";
import { readPackedEntry } from "../zip/entry-reader.js";
import { linkedComment } from "../zip/linked-comment.js";
import { fixedSize } from "../zip/records.js";
import { ArchiveWriter } from "./archive-writer.js";
import { withdrawMark } from "./commit.js";
import type { LockFile } from "./lock-file.js";
import { newestInFile } from "./newest-in-file.js";

/** How far it has come. */
export interface RepackProgress {
  /** Entries written, and to be written. */
  readonly done: number;
  /** Bytes of values in all. */
  readonly total: number;
}

/** How to do it. */
export interface RepackWork {
  /** Whether other names of the file may keep what it is now. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RepackProgress) => void) | undefined;
}

/** What came of it. */
export interface RepackResult {
  /** Bytes of the file before and after. */
  readonly bytesBefore: number;
  /** Size of the file after it. */
  readonly bytesAfter: number;
  /** Number of entries of the new file. */
  readonly entries: number;
}

/**
 * Writes an archive anew beside its place and puts it there: its newest version alone, each entry once, as it was packed, those that
 * `isFirst` names before all others. Every value is checked. Readers of the old file go on reading it. A file that would not become
 * smaller stays as it is.
 *
 * @param lock - held
 * @throws ZarrError `ERR_LOCK_UNAVAILABLE` - the file has other names; `ERR_STORE_WRITE` - this process cannot make one of the same owner
 * @throws ZarrError `ERR_CHECKSUM`, `ERR_ZIP`, … - an entry is damaged; the file stays as it is
 */
export async function repackArchive(
  path: string,
  lock: LockFile,
  isFirst: (name: string) => boolean,
  options: RepackWork,
): Promise<RepackResult> {
  await withdrawMark(lock);
  const source = await FileSource.open(path);
  try {
    checkNames(source, options.force);
    const directory = await newestInFile(source, undefined);
    const comment = commentOf(directory);
    if (packedBytes(directory, comment) >= source.size) {
      return { bytesBefore: source.size, bytesAfter: source.size, entries: directory.currentCount };
    }
    const writer = await ArchiveWriter.create(path, { exclusive: false, method: "stored", zip64: "auto" });
    try {
      const rows = inOrder(directory, isFirst);
      for (const [i, row] of rows.entries()) {
        options.signal?.throwIfAborted();
        await writer.addPacked(directory.name(row), await readPackedEntry(source, directory, row));
        options.onProgress?.({ done: i + 1, total: rows.length });
      }
      if (!source.hasItsName()) throw moved(path);
      const { end } = await writer.publish(comment);
      return { bytesBefore: source.size, bytesAfter: end, entries: rows.length };
    } finally {
      await writer.abort();
    }
  } finally {
    await source.close();
  }
}

function moved(file: string): ZarrError {
  const message = `${file} was moved or removed while it was written anew, and stays as it is: repack it by the name that it has now`;
  return new ZarrError("ERR_NOT_FOUND", message, { file });
}

/** A new file has but one name, and the owner that the system lets it have. */
function checkNames(source: FileSource, force = false): void {
  const { name, links } = source;
  if (links > 1 && !force) {
    const message = `${name} has ${links} names (hard links), and the others would keep the old file: remove them, or, if they may, repack with forceLock: true`;
    throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file: name });
  }
  if (!mayOwnAs(source)) {
    const message = `${name} belongs to another user or group, and a file that this process makes would not: let its owner repack it`;
    throw new ZarrError("ERR_STORE_WRITE", message, { file: name });
  }
}

/** Bytes that the file written anew has, at least: a ZIP64 entry needs some more. */
function packedBytes(directory: Directory, comment: Uint8Array): number {
  const perEntry = fixedSize.localHeader + fixedSize.centralRecord;
  let bytes = fixedSize.endRecord + comment.length;
  for (const row of directory.rows()) {
    bytes += perEntry + 2 * encodeName(directory.name(row)).length + directory.entry(row).compressedSize;
  }
  return bytes;
}

/** Rows of the current entries: first those named, the shallower the earlier, then the others as they lie in the file. */
function inOrder(directory: Directory, isFirst: (name: string) => boolean): number[] {
  const rows = [...directory.rows()].sort((a, b) => directory.entry(a).offset - directory.entry(b).offset);
  const depths = new Map<number, number>();
  for (const row of rows) {
    const name = directory.name(row);
    if (isFirst(name)) depths.set(row, name.split("/").length);
  }
  const first = [...depths].sort(([, a], [, b]) => a - b).map(([row]) => row);
  return [...first, ...rows.filter((row) => !depths.has(row))];
}

/** A new first version, which names the same root, so that whoever follows the file goes on. */
function commentOf(directory: Directory): Uint8Array {
  const root = directory.link?.root ?? directory.digest();
  return linkedComment(directory.comment, { commit: newUuid(), root, time: new Date().toISOString() });
}

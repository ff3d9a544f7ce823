import { mayOwnAs } from "../bytes/beside.js";
import { FileSource } from "../bytes/file.js";
import { newUuid } from "../bytes/uuid.js";
import { ZarrError } from "../errors.js";
import type { Directory } from "../zip/directory.js";
import { encodeName } from "../zip/entry-name.js";
import { readPackedEntry } from "../zip/entry-reader.js";
import { linkedComment } from "../zip/linked-comment.js";
import { archiveSize } from "../zip/records.js";
import { ArchiveWriter } from "./archive-writer.js";
import { withdrawMark } from "./commit.js";
import type { LockFile } from "./lock-file.js";
import { newestInFile } from "./newest-in-file.js";

/** Progress of a repack. */
export interface RepackProgress {
  /** Number of entries that are written. */
  readonly done: number;
  /** Number of entries in all. */
  readonly total: number;
}

/** Options of a repack. */
export interface RepackWork {
  /** True if other names of the file may keep the old one. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RepackProgress) => void) | undefined;
}

/** The form of the new file. */
export interface RepackForm {
  /** Puts names, which are in the order of the file, in the order of the new one. */
  readonly inOrder: (names: readonly string[]) => readonly string[];
  readonly zip64: "auto" | "always";
  /** True to store values that the file keeps compressed. */
  readonly isStored: boolean;
  /** The comment, but for the new version. */
  readonly comment: Uint8Array;
  /** True if the file is in this form already, and stays as it is if it would not become smaller. */
  readonly isKept: boolean;
}

/** Result of a repack. */
export interface RepackResult {
  /** True if the file was written anew; false if it was in the form that was asked for already. */
  readonly rewritten: boolean;
  /** Size of the file before it, in bytes. */
  readonly bytesBefore: number;
  /** Size of the file after it. */
  readonly bytesAfter: number;
  /** Number of entries of the new file. */
  readonly entries: number;
}

/**
 * Writes an archive anew beside its place and puts it there: its newest version alone, each entry once. Every value is checked. Readers of
 * the old file go on reading it.
 *
 * @param lock - held
 * @param formOf - decides on the form of the new file
 * @throws ZarrError `ERR_LOCK_UNAVAILABLE` - the file has other names; `ERR_STORE_WRITE` - this process cannot make one of the same owner
 * @throws ZarrError `ERR_CHECKSUM`, `ERR_ZIP`, … - an entry is damaged; the file stays as it is; and what `formOf` throws
 */
export async function repackArchive(
  path: string,
  lock: LockFile,
  formOf: (source: FileSource, directory: Directory) => Promise<RepackForm>,
  options: RepackWork,
): Promise<RepackResult> {
  await withdrawMark(lock);
  const source = await FileSource.open(path);
  try {
    checkNames(source, options.force);
    const directory = await newestInFile(source, undefined);
    const form = await formOf(source, directory);
    const comment = commentOf(directory, form.comment);
    const rows = inOrder(directory, form);
    const bytesBefore = source.size;
    if (form.isKept && sizeOf(directory, rows, form, comment) >= bytesBefore) {
      return { rewritten: false, bytesBefore, bytesAfter: bytesBefore, entries: rows.length };
    }
    const writer = await ArchiveWriter.create(path, { exclusive: false, method: "stored", zip64: form.zip64 });
    try {
      for (const [i, row] of rows.entries()) {
        options.signal?.throwIfAborted();
        await writer.addPacked(directory.name(row), await readPackedEntry(source, directory, row, form.isStored));
        options.onProgress?.({ done: i + 1, total: rows.length });
      }
      if (!source.hasItsName()) throw moved(path);
      const { end } = await writer.publish(comment);
      return { rewritten: true, bytesBefore: source.size, bytesAfter: end, entries: rows.length };
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

/** Bytes that the file written anew has. */
function sizeOf(directory: Directory, rows: readonly number[], form: RepackForm, comment: Uint8Array): number {
  const entries = function* () {
    for (const row of rows) {
      const { size, compressedSize } = directory.entry(row);
      const name = encodeName(directory.name(row));
      yield { name, size, compressedSize: form.isStored ? size : compressedSize };
    }
  };
  return archiveSize(entries(), comment.length, form.zip64 === "always");
}

/** Rows of the current entries. */
function inOrder(directory: Directory, form: RepackForm): number[] {
  const inFile = [...directory.rows()].sort((a, b) => directory.entry(a).offset - directory.entry(b).offset);
  const rows = new Map(inFile.map((row) => [directory.name(row), row]));
  return form.inOrder([...rows.keys()]).map((name) => rows.get(name)!);
}

/** A new first version, which names the same root, so that whoever follows the file goes on. */
function commentOf(directory: Directory, comment: Uint8Array): Uint8Array {
  const root = directory.link?.root ?? directory.digest();
  return linkedComment(comment, { commit: newUuid(), root, time: new Date().toISOString() });
}

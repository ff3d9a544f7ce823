import { bootId, unknownBoot } from "../bytes/boot-id.js";
import type { ByteSource } from "../bytes/byte-source.js";
import { crc32 } from "../bytes/crc32.js";
import type { FileSource } from "../bytes/file.js";
import { viewOf } from "../bytes/view-of.js";
import { isZarrError, type ZarrError } from "../errors.js";
import type { AppendedPart } from "./archive-comment.js";
import { Directory } from "./directory.js";
import { type LockRecords, readLockRecords } from "./lock-file.js";
import type { CommitIntent, SyncMark } from "./lock-records.js";
import { fixedSize, signature } from "./records.js";

/** A commit that ends between two looks explains a tail that is none, but not so many times in a row. */
const attempts = 20;

const pauseMs = 2;

/**
 * The newest whole version of an archive that others may be writing, without a lock: what a commit under way has appended does
 * not count until all of it is there.
 *
 * @param before - as for {@link Directory.read}
 * @throws ZarrError as {@link Directory.read}
 */
export async function readNewestVersion(source: FileSource, before?: Directory): Promise<Directory> {
  for (let attempt = 1; ; attempt++) {
    const size = source.refresh();
    const records = await readLockRecords(source);
    try {
      const directory = await newestVersion(source, records, before);
      // The size of a moment ago may have been that of a commit half written, which has been completed since.
      if (records.intent !== undefined || source.refresh() === size) return directory;
    } catch (error) {
      const isCalm = source.refresh() === size && records.mark === undefined && records.intent === undefined;
      if (!isBadTail(error) || isCalm || attempt >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/**
 * The newest whole version by what the file holds, and what the lock file says of it.
 * @throws ZarrError as {@link Directory.read}
 */
export async function newestVersion(
  source: FileSource,
  { intent, mark }: LockRecords,
  before?: Directory,
): Promise<Directory> {
  if (mark !== undefined && (mark.boot === unknownBoot || mark.boot !== bootId())) {
    return await versionAfterRestart(source, mark);
  }
  // In one run of the system nothing that was written is lost again: an intent tells all.
  try {
    const ofIntent = intent === undefined ? undefined : await versionOfIntent(source, intent);
    // Where nobody writes, bytes that mean nothing may follow: the commit of a killed writer is told by the lock file.
    const mayTrail = mark === undefined && intent === undefined;
    return ofIntent ?? (await Directory.read(source, source.refresh(), before, mayTrail));
  } catch (error) {
    const found = isBadTail(error) && mark !== undefined ? await lastProvenVersion(source, mark) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/**
 * The newest version that is surely whole. The intent says nothing: the disk may have that of a commit before the last, and may
 * have kept any part of what was not synced. Where nothing is sure, another program has written over what was.
 */
async function versionAfterRestart(source: FileSource, mark: SyncMark): Promise<Directory> {
  const newest = await readIfWhole(source, source.refresh());
  if (newest !== undefined && (await isProven(source, newest, mark))) return newest;
  return (await lastProvenVersion(source, mark)) ?? newest ?? (await Directory.read(source, source.size));
}

/** The version that a commit has made, or the one that it began with; `undefined` if the file has moved on without it. */
async function versionOfIntent(source: FileSource, intent: CommitIntent): Promise<Directory | undefined> {
  const { previous, start, end, checksum, tailChecksum } = intent;
  const size = source.refresh();
  if (size > end) return undefined;
  if (size === end && (await checksumOf(source, start, end)) === checksum) return await Directory.read(source, end);
  if (size < previous) return undefined;
  const before = await readIfWhole(source, previous);
  return before?.checksum() === tailChecksum ? before : undefined;
}

/** Bytes in which an end record is looked for at a time. */
const windowBytes = 4 * 2 ** 20;

/**
 * The last version that is proven to be whole, or that of the mark. What comes after it nobody was told of: a commit is on the
 * disk before it is acknowledged.
 */
async function lastProvenVersion(source: FileSource, mark: SyncMark): Promise<Directory | undefined> {
  source.refresh();
  for await (const directory of versionsBackwards(source, mark.end)) {
    if (directory.link?.appended !== undefined && (await isProven(source, directory, mark))) return directory;
  }
  const directory = source.size >= mark.end ? await readIfWhole(source, mark.end) : undefined;
  return directory?.checksum() === mark.tailChecksum ? directory : undefined;
}

/** What looks like a version that ends after byte `from`, wherever in the file it does, the last one first. */
export async function* versionsBackwards(source: ByteSource, from: number): AsyncGenerator<Directory> {
  for (let end = source.size; end > from; ) {
    const start = Math.max(from, end - windowBytes);
    const bytes = await source.read(start, Math.min(end + fixedSize.endRecord, source.size) - start);
    const view = viewOf(bytes);
    for (let at = bytes.length - fixedSize.endRecord; at >= 0; at--) {
      at = bytes.lastIndexOf(signature.endRecord & 0xff, at);
      if (at < 0 || view.getUint32(at, true) !== signature.endRecord) continue;
      // 20  comment length (APPNOTE 4.4.11)
      const recordEnd = start + at + fixedSize.endRecord + view.getUint16(at + 20, true);
      const directory = recordEnd <= source.size ? await readIfWhole(source, recordEnd) : undefined;
      if (directory !== undefined) yield directory;
    }
    end = start;
  }
}

/** Whether every commit since the mark is whole: each says where it begins, and what its bytes add up to. */
async function isProven(source: FileSource, newest: Directory, mark: SyncMark): Promise<boolean> {
  for (let directory: Directory | undefined = newest; directory !== undefined; ) {
    if (isMarked(directory, mark)) return true;
    // What says nothing of itself may have lost its comment, or be a value that is an archive.
    const appended: AppendedPart | undefined = directory.link?.appended;
    if (appended === undefined) return false;
    const { previous, start, crc32 } = appended;
    const endRecord = directory.end - directory.comment.length - fixedSize.endRecord;
    if (!(previous <= start && start <= endRecord && (await checksumOf(source, start, endRecord)) === crc32))
      return false;
    directory = await readIfWhole(source, previous);
  }
  return false;
}

function isMarked(directory: Directory, { end, tailChecksum }: SyncMark): boolean {
  return directory.end === end && directory.checksum() === tailChecksum;
}

async function readIfWhole(source: ByteSource, end: number): Promise<Directory | undefined> {
  try {
    return await Directory.read(source, end);
  } catch (error) {
    if (isBadTail(error)) return undefined;
    throw error;
  }
}

/** Whether a file that is half written, or being written, explains an error. */
function isBadTail(error: unknown): error is ZarrError {
  return isZarrError(error, "ERR_ZIP") || isZarrError(error, "ERR_ZIP_TAIL") || isZarrError(error, "ERR_STORE_READ");
}

/** CRC-32 of the bytes [start, end). */
export async function checksumOf(source: ByteSource, start: number, end: number): Promise<number> {
  let crc = 0;
  for (let at = start; at < end; at += windowBytes) {
    crc = crc32(await source.read(at, Math.min(windowBytes, end - at)), crc);
  }
  return crc;
}

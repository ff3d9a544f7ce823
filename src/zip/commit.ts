/**
 * The commit protocol: how a new version is appended to an archive, so that whatever interrupts it leaves the old version or the new
 * one. docs/commit-protocol.md has the reasons.
 */
import { bootId, unknownBoot } from "../bytes/boot-id.js";
import { concatenate } from "../bytes/concatenate.js";
import { crc32 } from "../bytes/crc32.js";
import type { WritableFile } from "../bytes/file.js";
import { newUuid } from "../bytes/uuid.js";
import { ZarrError } from "../errors.js";
import { linkedComment } from "./archive-comment.js";
import type { Directory } from "./directory.js";
import type { AddedRecord } from "./directory-successor.js";
import { type EntryLog, entrySize, type LoggedEntry } from "./entry-log.js";
import type { LockFile } from "./lock-file.js";
import type { CommitIntent } from "./lock-records.js";
import { newestVersion } from "./newest-version.js";
import { fixedSize, formatCentralRecord, formatEndRecords } from "./records.js";

/** What a commit is made to. */
export interface CommitTarget {
  readonly file: WritableFile;
  /** Held. */
  readonly lock: LockFile;
  /** The newest version, which ends where the file ends. */
  readonly base: Directory;
  /** Whether the commit survives a loss of power, or only the death of its process. */
  readonly durable: boolean;
}

/** What a commit changes: entries that are new or replaced, and for names that go `undefined`. */
export interface CommitChanges {
  readonly log: EntryLog;
  /** By name. */
  readonly entries: ReadonlyMap<string, LoggedEntry | undefined>;
}

/** A commit that has been made. */
export interface Committed {
  /** Name of the commit, a UUID. */
  readonly commit: string;
  /** Byte at which the new version ends. */
  readonly end: number;
  /** Bytes that were written: entries, directory and end records; and of these the last two. */
  readonly bytes: number;
  readonly directoryBytes: number;
  /** Makes the directory of the new version, for which nobody needs the lock. */
  readonly directory: () => Directory;
  /** CRC-32 of directory and end records. */
  readonly tailChecksum: number;
  /** Whether it is durable already, because the archive comment had no room for what proves it. */
  readonly isSynced: boolean;
}

/** A commit of up to so many bytes is put together in memory, and written by one call. */
const oneWriteBytes = 32 * 2 ** 20;

/** Entries of a durable commit begin at a multiple of so many bytes: the blocks of the version before are not written again. */
const blockBytes = 4096;

/**
 * Completes or undoes, under the lock, a commit that was interrupted.
 *
 * @param isTailBad - whether the file is known not to end with a version; else only the lock file gives a reason to look
 * @returns what was found
 * @throws ZarrError `ERR_ZIP_TAIL`, `ERR_ZIP` - the file holds no whole version at its end, and no commit explains it
 */
export async function recoverCommit(
  { file, lock }: Pick<CommitTarget, "file" | "lock">,
  isTailBad: boolean,
): Promise<"none" | "completed" | "undone"> {
  const records = await lock.readRecords();
  const { intent, mark } = records;
  const boot = bootId();
  const hasRestarted =
    mark !== undefined && (mark.boot !== boot || boot === unknownBoot) && mark.end !== file.refresh();
  if (intent === undefined && !isTailBad && !hasRestarted) return "none";
  const directory = await newestVersion(file, records);
  const isUndone = directory.end < file.size;
  if (isUndone) await file.truncate(directory.end);
  await file.sync();
  await lock.writeMark({ end: directory.end, tailChecksum: directory.checksum(), boot }, false);
  if (intent !== undefined) await lock.clearIntent();
  return isUndone ? "undone" : intent === undefined ? "none" : "completed";
}

/**
 * Appends a version.
 *
 * @returns `undefined` if nothing would change
 * @throws ZarrError `ERR_STORE_WRITE` - the system failed; the old version stands
 */
export async function commitChanges(target: CommitTarget, changes: CommitChanges): Promise<Committed | undefined> {
  const { file, lock, base, durable } = target;
  const { log } = changes;
  const entries = [...changes.entries.values()]
    .filter((entry) => entry !== undefined)
    .sort((a, b) => a.offset - b.offset);
  const rows = new Map([...changes.entries.keys()].map((name) => [name, base.find(name)]));
  const replaced = new Set([...rows.values()].filter((row) => row >= 0));
  if (entries.length === 0 && replaced.size === 0) return undefined;

  // A version that says itself what it is made of is found again after a loss of power; any other has to be remembered.
  const { mark } = await lock.readRecords();
  const isMarked = mark?.end === base.end && mark.tailChecksum === base.checksum();
  const isRemembered = isMarked || base.link?.appended !== undefined;
  if (mark === undefined || (durable && !isRemembered)) {
    if (mark !== undefined) await file.sync(); // a mark says what the disk has
    await lock.writeMark({ end: base.end, tailChecksum: base.checksum(), boot: bootId() }, durable);
  }

  const commit = newUuid();
  const start = durable ? Math.ceil(base.end / blockBytes) * blockBytes : base.end;
  const { records, added, directoryStart, directoryEnd, extent } = formatDirectory(
    base,
    replaced,
    rows,
    entries,
    log,
    start,
  );
  const isSmall = directoryEnd - start <= oneWriteBytes;
  const inMemory = isSmall ? [...(await collect(log.pieces(entries))), ...records] : undefined;
  /** All of it but the end record, as often as it is asked for. */
  const pieces = async function* () {
    yield* log.pieces(entries);
    yield* records;
  };
  const bodyChecksum = records.reduce((sum, record) => crc32(record, sum), await log.checksum(entries));
  const commentBefore = base.comment;
  const comment = linkedComment(commentBefore, {
    commit,
    root: base.link?.root ?? base.digest(),
    time: new Date().toISOString(),
    appended: { previous: base.end, start, directory: directoryStart, crc32: bodyChecksum },
  });
  const endRecord = formatEndRecords(extent, comment, log.forceZip64).slice(-(fixedSize.endRecord + comment.length));
  const end = directoryEnd + endRecord.length;
  const intent: CommitIntent = {
    previous: base.end,
    start,
    end,
    checksum: crc32(endRecord, bodyChecksum),
    tailChecksum: base.checksum(),
    commit,
  };
  try {
    await lock.writeIntent(intent);
    // Until its first byte is there, the end record is none, and the archive has the old end.
    const hidden = endRecord.slice();
    hidden[0] = 0;
    if (inMemory !== undefined) {
      await file.writePieces([...inMemory, hidden], start);
    } else {
      let at = start;
      for await (const piece of pieces()) {
        await file.write(piece, at);
        at += piece.length;
      }
      await file.write(hidden, at);
    }
    await file.write(endRecord.subarray(0, 1), directoryEnd);
  } catch (error) {
    await undo(file, lock, base.end);
    throw error;
  }
  await lock.clearIntent().catch(() => undefined); // the next writer finds the commit whole, and clears it
  const raw = concatenate([...records, endRecord]);
  const tailChecksum = crc32(raw);
  const directory = () => {
    const archiveEnd = {
      end,
      start: directoryStart,
      directoryEnd: directoryStart + extent.size,
      count: extent.count,
      prefix: base.prefix,
      commentSize: comment.length,
    };
    const removed = [...replaced].sort((a, b) => a - b);
    return base.successor(archiveEnd, removed, added, raw, tailChecksum);
  };
  const bytes = { bytes: end - start, directoryBytes: raw.length };
  const committed: Committed = { commit, end, ...bytes, directory, tailChecksum, isSynced: false };
  if (comment !== commentBefore) return committed;
  // There was no room for the link. Only the mark can say that the version is whole, and has to before others follow.
  await syncCommit(target, committed, true);
  return { ...committed, isSynced: true };
}

/**
 * Makes a commit durable. Nobody needs the lock for it, so that several writers wait for the disk together: what one of them syncs
 * are the commits of all.
 *
 * @param isMarkNeeded - whether nothing but the mark says that the version is whole
 * @throws ZarrError `ERR_COMMIT_UNKNOWN` - the system failed when all was written: the old version stands, or the new one
 */
export async function syncCommit(
  { file, lock, durable }: Omit<CommitTarget, "base">,
  { commit, end, tailChecksum, isSynced }: Committed,
  isMarkNeeded = false,
): Promise<void> {
  // Of what is not synced no mark may say that the disk has it.
  if (!durable || isSynced) return;
  const mark = { end, tailChecksum, boot: bootId() };
  try {
    await file.sync();
    if (isMarkNeeded) await lock.writeMark(mark, true);
  } catch (cause) {
    const message = `the system failed to sync ${file.name}, so that nobody knows what of commit ${commit} is on the disk: open the file again, and look for it among its versions`;
    throw new ZarrError("ERR_COMMIT_UNKNOWN", message, { file: file.name, commit }, cause);
  }
  if (!isMarkNeeded && file.hasItsName()) await lock.writeMark(mark, false).catch(() => undefined); // an older mark costs time, and no more
}

/** After a failed write. What fails now as well is left to the next writer, who finds the intent. */
async function undo(file: WritableFile, lock: LockFile, start: number): Promise<void> {
  try {
    await file.truncate(start);
    await lock.clearIntent();
  } catch {
    // the error that led here is the one to report
  }
}

/** Central directory of the new version, with the ZIP64 end records if there are any, and what the end record says of it. */
function formatDirectory(
  base: Directory,
  replaced: ReadonlySet<number>,
  rows: ReadonlyMap<string, number>,
  entries: readonly LoggedEntry[],
  { forceZip64 }: EntryLog,
  start: number,
) {
  const { pieces: records, count } = base.currentRecords(replaced);
  const added: AddedRecord[] = [];
  const newRecords: Uint8Array[] = [];
  let offset = start;
  for (const entry of entries) {
    const record = formatCentralRecord({ ...entry, offset: offset - base.prefix }, entry.time, forceZip64);
    newRecords.push(record);
    const { compressedSize, size, headerSize, name, key } = entry;
    const replaces = rows.get(key) ?? -1;
    added.push({
      offset,
      compressedSize,
      size,
      headerSize,
      nameSize: name.length,
      recordSize: record.length,
      replaces,
    });
    offset += entrySize(entry);
  }
  records.push(concatenate(newRecords));
  const size = records.reduce((sum, record) => sum + record.length, 0);
  const extent = { count: count + entries.length, size, offset: offset - base.prefix };
  const zip64 = formatEndRecords(extent, new Uint8Array(), forceZip64).slice(0, -fixedSize.endRecord);
  if (zip64.length > 0) records.push(zip64);
  return { records, added, directoryStart: offset, directoryEnd: offset + size + zip64.length, extent };
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const collected: Uint8Array[] = [];
  for await (const piece of pieces) collected.push(piece);
  return collected;
}

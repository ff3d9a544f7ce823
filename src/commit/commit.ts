/**
 * The commit protocol: how a new version is appended to an archive, so that whatever interrupts it leaves the old version or the new
 * one. docs/commit-protocol.md has the reasons.
 */
import { bootId } from "../bytes/boot-id.js";
import { syncFolderOf, type WritableFile } from "../bytes/file.js";
import { ZarrError } from "../errors.js";
import type { Directory } from "../zip/directory.js";
import { isNoVersion } from "../zip/version-at.js";
import { type CommitChanges, planCommit } from "./commit-plan.js";
import type { LockFile } from "./lock-file.js";
import { isOfAnotherRun } from "./lock-records.js";
import { newestInFile } from "./newest-in-file.js";

/** The archive to which a commit is made. */
export interface CommitTarget {
  readonly file: WritableFile;
  /** Held. */
  readonly lock: LockFile;
  /** The newest version, which ends where the file ends. */
  readonly base: Directory;
  /** True if the commit is to survive a loss of power, or only the death of its process. */
  readonly durable: boolean;
}

/** A commit that has been made. */
export interface Committed {
  /** Name of the commit, a UUID. */
  readonly commit: string;
  /** Byte at which the new version ends. */
  readonly end: number;
  /** Bytes that were written: header, entries, directory and end records; and of these the last two. */
  readonly bytes: number;
  readonly directoryBytes: number;
  /** Makes the directory of the new version, for which nobody needs the lock. */
  readonly directory: () => Directory;
  /** CRC-32 of directory and end records. */
  readonly tailChecksum: number;
  /** Marks the header, so that whoever finds later that the file was cut off can tell that from a commit that was interrupted. */
  readonly complete: () => Promise<void>;
  /** True if it is durable already, because the archive comment had no room for what proves it. */
  readonly isSynced: boolean;
}

/**
 * Finds out, under the lock, what the disk has kept where the system has been started again since the file was written.
 *
 * @returns whether something was cut off that was not whole, and that nobody was told of
 * @throws ZarrError `ERR_ZIP_TAIL`, `ERR_ZIP` - the file holds no whole version at its end, and no commit explains it
 */
export async function recoverAfterRestart(file: WritableFile, lock: LockFile): Promise<boolean> {
  const mark = lock.readMark();
  if (mark === undefined || !isOfAnotherRun(mark)) return false;
  if (mark.end === file.refresh()) {
    await lock.writeMark({ ...mark, boot: bootId() }, false);
    return false;
  }
  const directory = await newestInFile(file, mark);
  const isUndone = await undoCommit(file, directory);
  await file.sync();
  await lock.writeMark({ end: directory.end, tailChecksum: directory.checksum(), boot: bootId() }, false);
  return isUndone;
}

/**
 * Cuts off, under the lock, what an interrupted commit has left behind the newest version.
 * @returns whether there was anything
 */
export async function undoCommit(file: WritableFile, newest: Directory): Promise<boolean> {
  if (file.size <= newest.end) return false;
  await file.truncate(newest.end);
  return true;
}

/** Puts right, under the lock, what a killed writer has left. Returns whether something was cut off; throws as {@link recoverAfterRestart}. */
export async function recoverCommit(file: WritableFile, lock: LockFile): Promise<boolean> {
  const wasCutOff = await recoverAfterRestart(file, lock);
  return (await undoCommit(file, await newestInFile(file, lock.readMark()))) || wasCutOff;
}

/**
 * Takes away, under the lock, the mark of an archive that is about to be replaced: should that fail, the archive stays, and is whole without it.
 * @throws ZarrError `ERR_STORE_READ`, `ERR_STORE_WRITE`
 */
export async function withdrawMark(lock: LockFile): Promise<void> {
  if (lock.readMark() === undefined) return;
  const { archive } = lock;
  if (archive !== undefined) {
    await recoverCommit(archive, lock).catch((error) => {
      if (!isNoVersion(error)) throw error; // nothing that the mark speaks of
    });
    await archive.sync();
  }
  await lock.writeMark(undefined, true);
}

/**
 * Appends a version.
 *
 * @returns `undefined` if nothing would change; "moved" if somebody has moved or removed the file since it was locked: nothing was written
 * @throws ZarrError `ERR_STALE_STATE` - a program that takes no lock has written the file
 * @throws ZarrError `ERR_STORE_WRITE` - the system failed; the old version stands
 */
export async function commitChanges(
  target: CommitTarget,
  changes: CommitChanges,
): Promise<Committed | "moved" | undefined> {
  const { file, lock, base, durable } = target;
  const plan = await planCommit(base, changes, durable);
  if (plan === undefined) return undefined;

  // A version that says itself what it is made of is found again after a loss of power; any other has to be remembered.
  const mark = lock.readMark();
  const isMarked = mark?.end === base.end && mark.tailChecksum === base.checksum();
  const isRemembered = isMarked || base.link?.appended !== undefined;
  if (mark === undefined || (durable && !(isRemembered && mark.isOnDisk))) {
    if (mark !== undefined) await file.sync(); // a mark says what the disk has
    await syncFolderOf(file.name); // whoever has put the file in its place may not have lived to do so
    await lock.writeMark({ end: base.end, tailChecksum: base.checksum(), boot: bootId() }, durable);
  }

  const { commit, start, end, completeHeader, endRecord, endRecordStart, inMemory } = plan;
  // A process that was stopped meanwhile may find that others have moved the file, or written it without a lock.
  if (!file.hasItsName()) return "moved";
  checkIsWhole(file, base);
  try {
    // Until its first byte is there, the end record is not one, and the archive has the old end.
    const hidden = endRecord.slice();
    hidden[0] = 0;
    if (inMemory !== undefined) {
      await file.writePieces([...inMemory, hidden], start);
    } else {
      let at = start;
      for await (const piece of plan.pieces()) {
        await file.write(piece, at);
        at += piece.length;
      }
      await file.write(hidden, at);
    }
    await file.write(endRecord.subarray(0, 1), endRecordStart);
  } catch (error) {
    await file.truncate(base.end).catch(() => undefined); // what fails now as well is left to the next writer, which finds the header
    throw error;
  }
  const complete = async () => {
    if (completeHeader === undefined || file.refresh() < end) return; // somebody has cut it off already
    await file.write(completeHeader, start).catch(() => undefined);
  };
  // A loss of power must not leave this alone of the commit: then the disk has to have all else before.
  if (!durable) await complete();
  const { directoryBytes, tailChecksum, directory } = plan;
  const bytes = end - start;
  const committed: Committed = {
    commit,
    end,
    bytes,
    directoryBytes,
    directory,
    tailChecksum,
    complete,
    isSynced: false,
  };
  if (plan.isLinked) return committed;
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
  { commit, end, tailChecksum, complete, isSynced }: Committed,
  isMarkNeeded = false,
): Promise<void> {
  // Never move the mark past what has been synced.
  if (!durable || isSynced) return;
  const mark = { end, tailChecksum, boot: bootId() };
  const unknown = (cause: unknown) => {
    throw unknownCommit(file.name, commit, cause);
  };
  await file.sync().catch(unknown);
  await complete();
  if (isMarkNeeded) return await lock.writeMark(mark, true).catch(unknown);
  const moving = async () => (file.hasItsName() ? await lock.writeMark(mark, false) : undefined);
  await moving().catch(() => undefined); // an older mark costs time, and no more
}

/** The error for a commit that the file has, and that could not be made durable. */
function unknownCommit(file: string, commit: string, cause: unknown): ZarrError {
  const message = `the system failed to sync ${file}, so it is unknown whether commit ${commit} is on the disk: open the file again, and look for it among its versions`;
  return new ZarrError("ERR_COMMIT_UNKNOWN", message, { file, commit }, cause);
}

/** @throws ZarrError `ERR_STALE_STATE` - a program that takes no lock has written the file since `newest` was read */
function checkIsWhole(file: WritableFile, newest: Directory): void {
  if (file.size === newest.end) return;
  const message = `${file.name} has ${file.size} bytes, and its newest version ends at ${newest.end}: another program is writing to it without taking the lock`;
  throw new ZarrError("ERR_STALE_STATE", message, { file: file.name });
}

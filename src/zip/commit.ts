/**
 * The commit protocol: how a new version is appended to an archive, so that whatever interrupts it leaves the old version or the new
 * one. docs/commit-protocol.md has the reasons.
 */
import { bootId, unknownBoot } from "../bytes/boot-id.js";
import { WritableFile } from "../bytes/file.js";
import { ZarrError } from "../errors.js";
import { type CommitChanges, planCommit } from "./commit-plan.js";
import type { Directory } from "./directory.js";
import type { LockFile } from "./lock-file.js";
import { checksumOf, newestVersion } from "./newest-version.js";
import type { Claim } from "./offer-records.js";

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
  const { intent, mark, claims } = records;
  const boot = bootId();
  const hasRestarted =
    mark !== undefined && (mark.boot !== boot || boot === unknownBoot) && mark.end !== file.refresh();
  if (intent === undefined && claims !== undefined) await lock.offers.release();
  if (intent === undefined && !isTailBad && !hasRestarted) return "none";
  const directory = await newestVersion(file, records);
  const isUndone = directory.end < file.size;
  if (isUndone) await file.truncate(directory.end);
  await file.sync();
  await lock.writeMark({ end: directory.end, tailChecksum: directory.checksum(), boot }, false);
  if (intent !== undefined) {
    // Another file may have taken the place of the one that the intent is about.
    const { commit, start, end, checksum } = intent;
    if (claims !== undefined && directory.end === end && (await checksumOf(file, start, end)) === checksum) {
      await lock.offers.answerAll(claims, commit);
    }
    await endIntent(lock, claims);
  }
  return isUndone ? "undone" : intent === undefined ? "none" : "completed";
}

/**
 * Appends a version.
 *
 * @param claims - work of other writers that is among the changes; it is answered before the intent is cleared, so that whoever finds the
 *   writer dead can still do so
 * @returns `undefined` if nothing would change
 * @throws ZarrError `ERR_STORE_WRITE` - the system failed; the old version stands
 */
export async function commitChanges(
  target: CommitTarget,
  changes: CommitChanges,
  claims?: readonly Claim[],
): Promise<Committed | undefined> {
  const { file, lock, base, durable } = target;
  const plan = await planCommit(base, changes, durable);
  if (plan === undefined) return undefined;

  // A version that says itself what it is made of is found again after a loss of power; any other has to be remembered.
  const { mark } = await lock.readRecords();
  const isMarked = mark?.end === base.end && mark.tailChecksum === base.checksum();
  const isRemembered = isMarked || base.link?.appended !== undefined;
  if (mark === undefined || (durable && !isRemembered)) {
    if (mark !== undefined) await file.sync(); // a mark says what the disk has
    await lock.writeMark({ end: base.end, tailChecksum: base.checksum(), boot: bootId() }, durable);
  }

  const { intent, endRecord, endRecordStart, inMemory } = plan;
  const { commit, start, end } = intent;
  try {
    await lock.writeIntent(intent, claims);
    // Until its first byte is there, the end record is none, and the archive has the old end.
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
    await undo(target, claims);
    throw error;
  }
  const { directoryBytes, tailChecksum, directory } = plan;
  const answering = lock.offers.answerAll(claims ?? [], commit);
  await answering.then(() => endIntent(lock, claims)).catch(() => undefined); // the next writer finds the commit whole, and does both
  const bytes = end - start;
  const committed: Committed = { commit, end, bytes, directoryBytes, directory, tailChecksum, isSynced: false };
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
  { commit, end, tailChecksum, isSynced }: Pick<Committed, "commit" | "end" | "tailChecksum" | "isSynced">,
  isMarkNeeded = false,
): Promise<void> {
  // Of what is not synced no mark may say that the disk has it.
  if (!durable || isSynced) return;
  const mark = { end, tailChecksum, boot: bootId() };
  const unknown = (cause: unknown) => {
    throw unknownCommit(file.name, commit, cause);
  };
  await file.sync().catch(unknown);
  if (isMarkNeeded) await lock.writeMark(mark, true).catch(unknown);
  if (!isMarkNeeded && file.hasItsName()) await lock.writeMark(mark, false).catch(() => undefined); // an older mark costs time, and no more
}

/** The error for a commit that the file has, and that could not be made durable. */
export function unknownCommit(file: string, commit: string, cause: unknown): ZarrError {
  const message = `the system failed to sync ${file}, so that nobody knows what of commit ${commit} is on the disk: open the file again, and look for it among its versions`;
  return new ZarrError("ERR_COMMIT_UNKNOWN", message, { file, commit }, cause);
}

/** Completes or undoes what a killed writer has left, before the archive at `path` is replaced: those whose work was in it are answered. */
export async function completeCommit(path: string, lock: LockFile): Promise<void> {
  const { intent, claims } = await lock.readRecords();
  if (intent === undefined && claims === undefined) return;
  const file = await WritableFile.open(path);
  try {
    await recoverCommit({ file, lock }, false);
  } finally {
    await file.close();
  }
}

/** To be called when claims are answered, or their work has come to nothing. */
async function endIntent(lock: LockFile, claims: readonly Claim[] | undefined): Promise<void> {
  await lock.clearIntent();
  if (claims !== undefined) await lock.offers.release();
}

/** After a failed write. What fails now as well is left to the next writer, who finds the intent. */
async function undo({ file, lock, base }: CommitTarget, claims: readonly Claim[] | undefined): Promise<void> {
  try {
    await file.truncate(base.end);
    await endIntent(lock, claims);
  } catch {
    // the error that led here is the one to report
  }
}

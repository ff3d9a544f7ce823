/**
 * The commit protocol: how a new version is appended to an archive, so that whatever interrupts it leaves the old version or the new
 * one. docs/commit-protocol.md has the reasons.
 */
import { concatenate } from "../bytes/concatenate.js";
import { crc32 } from "../bytes/crc32.js";
import type { WritableFile } from "../bytes/file.js";
import { ZarrError } from "../errors.js";
import { linkedComment, versionLinkOf } from "./archive-comment.js";
import { type CommitIntent, imageSize } from "./commit-intent.js";
import type { Directory } from "./directory.js";
import { type EntryLog, entrySize, type LoggedEntry } from "./entry-log.js";
import type { LockFile } from "./lock-file.js";
import { judgeCommit } from "./newest-version.js";
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
  /** Bytes that were written: entries, directory and end records. */
  readonly bytes: number;
  /** Bytes of directory and end records among them. */
  readonly directoryBytes: number;
}

/** A commit of up to so many bytes is put together in memory, and written by one call. */
const oneWriteBytes = 32 * 2 ** 20;

/**
 * Commits under way that are interrupted are completed or undone before the next begins, under the lock.
 *
 * @returns what was found
 * @throws ZarrError `ERR_ZIP_TAIL`, `ERR_ZIP` - the file holds no whole version at its end, and no commit explains it
 */
export async function recoverCommit(
  file: WritableFile,
  lock: LockFile,
  durable: boolean,
): Promise<"none" | "completed" | "undone"> {
  const intent = await lock.readIntent();
  if (intent === undefined) return "none";
  const { state } = await judgeCommit(file, intent);
  if (state === "whole") await file.truncate(intent.end);
  if (state === "partial") {
    await file.write(intent.image, intent.start - intent.image.length);
    await file.truncate(intent.start);
  }
  if (durable && state !== "past") await file.sync();
  await lock.clearIntent();
  return state === "past" ? "none" : state === "whole" ? "completed" : "undone";
}

/**
 * Appends a version.
 *
 * @returns `undefined` if nothing would change
 * @throws ZarrError `ERR_STORE_WRITE` - the system failed; the old version stands
 * @throws ZarrError `ERR_COMMIT_UNKNOWN` - the system failed when all was written: the old version stands, or the new one
 */
export async function commitChanges(target: CommitTarget, changes: CommitChanges): Promise<Committed | undefined> {
  const { file, lock, base, durable } = target;
  const { log } = changes;
  const entries = [...changes.entries.values()]
    .filter((entry) => entry !== undefined)
    .sort((a, b) => a.offset - b.offset);
  const replaced = new Set([...changes.entries.keys()].map((name) => base.find(name)).filter((row) => row >= 0));
  if (entries.length === 0 && replaced.size === 0) return undefined;

  const start = base.end;
  const commit = crypto.randomUUID();
  const { tail, endRecordAt } = formatTail(base, replaced, entries, log, commit);
  const entryBytes = entries.reduce((sum, entry) => sum + entrySize(entry), 0);
  const end = start + entryBytes + tail.length;
  /** What is appended, twice the same. */
  const pieces = async function* () {
    yield* log.pieces(entries);
    yield tail;
  };
  const whole = end - start <= oneWriteBytes ? [concatenate(await collect(pieces()))] : undefined;
  let checksum = 0;
  for await (const piece of whole ?? pieces()) checksum = crc32(piece, checksum);

  const image = await file.read(start - imageSize(start), imageSize(start));
  const intent: CommitIntent = { start, end, checksum, tailChecksum: base.checksum(), commit, image };
  try {
    await lock.writeIntent(intent, durable);
    // Until its first byte is there, the end record is none, and the file has the old end.
    const hidden = end - tail.length + endRecordAt;
    let at = start;
    for await (const piece of whole ?? pieces()) {
      const first = hidden >= at && hidden < at + piece.length ? piece[hidden - at]! : undefined;
      if (first !== undefined) piece[hidden - at] = 0;
      await file.write(piece, at);
      if (first !== undefined) piece[hidden - at] = first;
      at += piece.length;
    }
    await file.write(tail.subarray(endRecordAt, endRecordAt + 1), hidden);
  } catch (error) {
    await undo(file, lock, start);
    throw error;
  }
  try {
    if (durable) await file.sync();
  } catch (cause) {
    const message = `the system failed to sync ${file.name}, so that nobody knows what of commit ${commit} is on the disk: open the file again, and look for it among its versions`;
    throw new ZarrError("ERR_COMMIT_UNKNOWN", message, { file: file.name, commit }, cause);
  }
  await lock.clearIntent().catch(() => undefined); // the next writer finds the commit whole, and clears it
  return { commit, end, bytes: end - start, directoryBytes: tail.length };
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

/** Central directory and end records of the new version, and where among them the end record begins. */
function formatTail(
  base: Directory,
  replaced: ReadonlySet<number>,
  entries: readonly LoggedEntry[],
  { time, forceZip64 }: EntryLog,
  commit: string,
): { readonly tail: Uint8Array; readonly endRecordAt: number } {
  const { pieces, count } = base.currentRecords(replaced);
  let at = base.end;
  for (const entry of entries) {
    pieces.push(formatCentralRecord({ ...entry, offset: at - base.prefix }, time, forceZip64));
    at += entrySize(entry);
  }
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const comment = linkedComment(base.comment, {
    commit,
    root: versionLinkOf(base.comment)?.root ?? base.digest(),
    time: new Date().toISOString(),
    previous: base.end,
  });
  pieces.push(formatEndRecords({ count: count + entries.length, size, offset: at - base.prefix }, comment, forceZip64));
  const tail = concatenate(pieces);
  return { tail, endRecordAt: tail.length - comment.length - fixedSize.endRecord };
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const collected: Uint8Array[] = [];
  for await (const piece of pieces) collected.push(piece);
  return collected;
}

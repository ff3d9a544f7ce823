/**
 * The bytes that a commit will write: computed from the version before and the changes, without a look at the file.
 */
import { concatenate } from "../bytes/concatenate.js";
import { combinedCrc32, crc32 } from "../bytes/crc32.js";
import { commitStart, completedHeader, formatHeader, headerBytes } from "../zip/commit-header.js";
import { currentRecords } from "../zip/current-records.js";
import type { Directory } from "../zip/directory.js";
import { type AddedRecord, growDirectory, succeedDirectory } from "../zip/directory-successor.js";
import { linkedComment } from "../zip/linked-comment.js";
import { fixedSize, formatCentralRecord, formatEndRecords } from "../zip/records.js";
import { commitName } from "../zip/versions.js";
import { type EntryLog, entrySize, type LoggedEntry } from "./entry-log.js";

/** The changes of a commit: entries that are new or replaced, and `undefined` for names that go. */
export interface CommitChanges {
  readonly log: EntryLog;
  /** By name. */
  readonly entries: ReadonlyMap<string, LoggedEntry | undefined>;
  /** Names of the stages that they are of. */
  readonly stages: readonly string[];
  /** True if a file of 0 bytes is to become an archive also if it gets no entries. */
  readonly isNeeded: boolean;
}

/** A version that is to be appended. */
export interface CommitPlan {
  /** Name of the commit. */
  readonly commit: string;
  /** Byte at which its header begins, and at which the new version ends. */
  readonly start: number;
  readonly end: number;
  /** The header, once all else is written. */
  readonly completeHeader: Uint8Array | undefined;
  /** The end record, and the byte at which it begins. */
  readonly endRecord: Uint8Array;
  readonly endRecordStart: number;
  /** All of it but the end record, if it is small enough for one call. */
  readonly inMemory: readonly Uint8Array[] | undefined;
  /** All of it but the end record, in pieces that hold until the next is asked for. */
  pieces(): AsyncIterable<Uint8Array>;
  /** Bytes of directory and end records, and their CRC-32. */
  readonly directoryBytes: number;
  readonly tailChecksum: number;
  /** Makes the directory of the new version. */
  directory(): Directory;
  /** True if the archive comment had room for what proves the version. */
  readonly isLinked: boolean;
}

/** A commit of up to so many bytes is put together in memory, and written by one call. */
const oneWriteBytes = 32 * 2 ** 20;

/**
 * Plans a commit.
 *
 * @param base - the newest version
 * @param durable - whether the commit is to survive a loss of power
 * @returns `undefined` if nothing would change
 */
export async function planCommit(
  base: Directory,
  changes: CommitChanges,
  durable: boolean,
): Promise<CommitPlan | undefined> {
  const { log } = changes;
  const entries = [...changes.entries.values()]
    .filter((entry) => entry !== undefined)
    .sort((a, b) => a.offset - b.offset);
  const rows = new Map([...changes.entries.keys()].map((name) => [name, base.find(name)]));
  const replaced = new Set([...rows.values()].filter((row) => row >= 0));
  const isBlank = base.end === 0;
  if (entries.length === 0 && replaced.size === 0 && !(isBlank && changes.isNeeded)) return undefined;

  const start = commitStart(base.end, durable);
  const entriesStart = isBlank ? start : start + headerBytes; // a new file begins with its first entry, for those who read it from a pipe
  const { records, added, directoryStart, directoryEnd, extent } = formatDirectory(
    base,
    replaced,
    rows,
    entries,
    log,
    entriesStart,
  );
  const time = new Date().toISOString();
  const isSmall = directoryEnd - start <= oneWriteBytes;
  const recordsChecksum = records.reduce((sum, record) => crc32(record, sum), 0);
  const bodyChecksum = combinedCrc32(await log.checksum(entries), recordsChecksum, directoryEnd - directoryStart);
  const commentBefore = base.comment;
  // The name says where the version ends, which depends on the length of the comment, but not on the name.
  const placeholder = commitName(0);
  const endComment = linkedComment(commentBefore, {
    commit: placeholder,
    root: base.link?.root ?? (isBlank ? placeholder : base.digest()),
    time,
    appended: {
      previous: base.end,
      start: entriesStart,
      directory: directoryStart,
      crc32: bodyChecksum,
      ...firstOf(base),
    },
    ...(changes.stages.length > 0 && { stages: changes.stages }),
  });
  const end = directoryEnd + fixedSize.endRecord + endComment.length;
  const commit = commitName(end);
  replaceText(endComment, placeholder, commit);
  const endRecord = formatEndRecords(extent, endComment, log.forceZip64).slice(
    -(fixedSize.endRecord + endComment.length),
  );
  const tailChecksum = crc32(endRecord, recordsChecksum);
  const header = { previous: base.end, tailChecksum: base.checksum(), start, end, commit };
  const begun = isBlank ? undefined : formatHeader(header);
  return {
    commit,
    start,
    end,
    completeHeader: begun && completedHeader(begun),
    endRecord,
    endRecordStart: directoryEnd,
    inMemory: isSmall ? [...(begun ? [begun] : []), ...(await log.collect(entries)), ...records] : undefined,
    async *pieces() {
      if (begun !== undefined) yield begun;
      yield* log.pieces(entries);
      yield* records;
    },
    directoryBytes: end - directoryStart,
    tailChecksum,
    directory() {
      const archiveEnd = {
        end,
        start: directoryStart,
        directoryEnd: directoryStart + extent.size,
        count: extent.count,
        prefix: base.prefix,
        commentSize: endComment.length,
      };
      const removed = [...replaced].sort((a, b) => a - b);
      return base.successor(
        { growDirectory, succeedDirectory },
        archiveEnd,
        removed,
        added,
        [...records, endRecord],
        tailChecksum,
      );
    },
    isLinked: endComment !== commentBefore,
  };
}

/** The end of the first version of the file, as far as it is known. */
function firstOf({ link, end }: Directory): { readonly first?: number } {
  if (link?.appended === undefined) return end === 0 ? {} : { first: end };
  const { first } = link.appended;
  return first === undefined ? {} : { first };
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
  const { pieces: records, count } = currentRecords(base, replaced);
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

/** Puts one ASCII text in the place of another one of the same length, wherever that stands. */
function replaceText(bytes: Uint8Array, from: string, to: string): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + to.length)) text.write(to, at);
}

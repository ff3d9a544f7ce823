import type { ByteSource } from "../bytes/byte-source.js";
import { crc32 } from "../bytes/crc32.js";
import type { FileSource } from "../bytes/file.js";
import { viewOf } from "../bytes/view-of.js";
import { beginsHeader, headerAfter, headerBefore, headerFrom, lastHeader } from "./commit-header.js";
import { Directory } from "./directory.js";
import { readMark } from "./lock-file.js";
import { isMarked, isOfAnotherRun, type SyncMark } from "./lock-records.js";
import { fixedSize, signature } from "./records.js";
import { isNoVersion, linkAt } from "./versions.js";

/** A commit that ends between two looks explains a tail that is no version, but not so many times in a row. */
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
    const mark = before === undefined ? await readMark(source) : undefined; // in this run of the system nothing was lost since
    try {
      return await newestVersion(source, mark, before);
    } catch (error) {
      const isCalm = source.refresh() === size && mark === undefined;
      if (!isNoVersion(error) || isCalm || attempt >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/**
 * The newest whole version of a file. If the file does not end with it, what follows it was left by a commit that has not ended.
 *
 * @param mark - what the lock file says
 * @param before - an earlier version, if one is at hand
 * @throws ZarrError as {@link Directory.read}
 */
export async function newestVersion(
  source: FileSource,
  mark: SyncMark | undefined,
  before?: Directory,
): Promise<Directory> {
  if (mark !== undefined && mark.end !== source.size && isOfAnotherRun(mark)) {
    return await versionAfterRestart(source, mark);
  }
  // In one run of the system nothing that was written is lost again. The last byte that a commit writes makes it a version.
  const last = await read(source, source.size, before);
  if (!("error" in last) && (await isOwn(source, last, mark, before))) return last;
  for await (const version of knownVersions(source, mark, before)) {
    const found = await lastCompleted(source, version);
    if (found.end === source.size || (await isFollowedByCommit(source, found, mark))) return found;
  }
  if (!("error" in last)) return last; // another program has written the archive
  const trailed = await read(source, source.size, before, true);
  if (!("error" in trailed)) {
    if (await isFollowedByCommit(source, trailed, mark)) return trailed;
    // What follows it means nothing, unless it is what is left of a commit.
    const isCut = (await headerAfter(source, trailed))?.isComplete || (await beginsHeader(source, trailed));
    if (isCut) throw last.error;
    return trailed;
  }
  const header = await lastHeader(source, Math.max(0, source.size - mostScannedBytes));
  for (const end of header === undefined ? [] : [header.end, header.previous]) {
    const version = end <= source.size ? await read(source, end) : undefined;
    if (version !== undefined && !("error" in version) && (await isFollowedByCommit(source, version, mark))) {
      return version;
    }
  }
  if (header === undefined && mark !== undefined) {
    for await (const version of versionsBackwards(source, 0)) {
      if (await isFollowedByCommit(source, version, mark)) return version;
      throw trailed.error;
    }
    // The first commit to a file of 0 bytes has no header.
    if (mark.end === 0) return await Directory.read(source, 0);
  }
  throw trailed.error;
}

/** Whether a commit has begun behind a version, and was not completed: what was completed, and is not whole, was cut off since. */
async function isFollowedByCommit(
  source: FileSource,
  version: Directory,
  mark: SyncMark | undefined,
): Promise<boolean> {
  const header = await headerAfter(source, version);
  if (header !== undefined) return !header.isComplete;
  return mark !== undefined && version.end > 0 && (await beginsHeader(source, version));
}

/**
 * Whether what looks like a version at the end of a file is one, and no value that is an archive and within a commit that has not
 * ended.
 */
async function isOwn(
  source: FileSource,
  version: Directory,
  mark: SyncMark | undefined,
  before: Directory | undefined,
): Promise<boolean> {
  if (version.end === before?.end || (mark !== undefined && isMarked(version, mark))) return true;
  const { link } = version;
  if (link?.appended === undefined) return mark === undefined && before === undefined;
  const header = await headerBefore(source, link.appended.start);
  if (header !== undefined) return header.commit === link.commit && header.end === version.end;
  return await isProvenAt(source, version.end);
}

/** How much of the end of a file is searched for the header of an interrupted commit, where nothing tells where it is, in bytes. */
const mostScannedBytes = 256 * 2 ** 20;

/** Versions that the newest one may follow. */
async function* knownVersions(
  source: FileSource,
  mark: SyncMark | undefined,
  before: Directory | undefined,
): AsyncGenerator<Directory> {
  if (before !== undefined && before.end <= source.size) {
    const version = await read(source, before.end);
    if (!("error" in version) && version.checksum() === before.checksum()) yield version;
  }
  if (mark !== undefined && mark.end <= source.size) {
    const version = await read(source, mark.end);
    if (!("error" in version) && isMarked(version, mark)) yield version;
  }
}

/** The last of the commits that have been completed behind a version, one after the other; without one the version itself. */
async function lastCompleted(source: FileSource, version: Directory): Promise<Directory> {
  const ends: number[] = [];
  for (let header = await headerAfter(source, version); header !== undefined && header.end <= source.size; ) {
    ends.push(header.end);
    header = await headerFrom(source, header.end);
  }
  for (const end of ends.reverse()) {
    const found = await read(source, end);
    if (!("error" in found)) return found;
  }
  return version;
}

/**
 * The newest version that is surely whole. The disk may have kept any part of what was not synced. Where nothing is sure, another
 * program has written over what was.
 */
async function versionAfterRestart(source: FileSource, mark: SyncMark): Promise<Directory> {
  const newest = await read(source, source.refresh());
  if (!("error" in newest) && (await isProven(source, newest, mark))) return newest;
  const proven = await lastProvenVersion(source, mark);
  if (proven !== undefined) return proven;
  if ("error" in newest) throw newest.error;
  return newest;
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
  const version = source.size >= mark.end ? await read(source, mark.end) : undefined;
  return version !== undefined && !("error" in version) && isMarked(version, mark) ? version : undefined;
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
      const version = recordEnd <= source.size ? await read(source, recordEnd) : undefined;
      if (version !== undefined && !("error" in version)) yield version;
    }
    end = start;
  }
}

/** Whether every commit from the mark to a version is whole: each says where it begins, and what its bytes add up to. */
async function isProven(source: FileSource, newest: Directory, mark: SyncMark): Promise<boolean> {
  if (isMarked(newest, mark)) return true;
  for (let end = newest.end; end > mark.end; ) {
    const previous = await provenPrevious(source, end);
    if (previous === undefined || previous >= end) return false;
    end = previous;
    if (end !== mark.end) continue;
    const version = await read(source, end);
    return !("error" in version) && isMarked(version, mark);
  }
  return false;
}

async function isProvenAt(source: ByteSource, end: number): Promise<boolean> {
  return (await provenPrevious(source, end)) !== undefined;
}

/** Where the version before the one that ends at `end` ends, if all bytes of the commit between them are there. */
async function provenPrevious(source: ByteSource, end: number): Promise<number | undefined> {
  // What says nothing of itself may have lost its comment, or be a value that is an archive.
  const found = await linkAt(source, end);
  if (found?.link?.appended === undefined) return undefined;
  const { previous, start, crc32 } = found.link.appended;
  if (!(previous <= start && start <= found.endRecord)) return undefined;
  return (await checksumOf(source, start, found.endRecord)) === crc32 ? previous : undefined;
}

/** The version that ends at `end`, or why there is none. */
async function read(
  source: ByteSource,
  end: number,
  before?: Directory,
  mayTrail = false,
): Promise<Directory | { readonly error: unknown }> {
  try {
    return await Directory.read(source, end, before, mayTrail);
  } catch (error) {
    if (isNoVersion(error)) return { error };
    throw error;
  }
}

/** CRC-32 of the bytes [start, end). */
async function checksumOf(source: ByteSource, start: number, end: number): Promise<number> {
  let crc = 0;
  for (let at = start; at < end; at += windowBytes) {
    crc = crc32(await source.read(at, Math.min(windowBytes, end - at)), crc);
  }
  return crc;
}

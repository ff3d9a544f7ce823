import type { ByteSource } from "../bytes/byte-source.js";
import { crc32 } from "../bytes/crc32.js";
import { viewOf } from "../bytes/view-of.js";
import { beginsHeader, headerAfter, headerBefore, headerFrom, lastHeader } from "./commit-header.js";
import { Directory } from "./directory.js";
import { fixedSize, signature } from "./records.js";
import { type FoundVersion, versionAt } from "./version-at.js";
import { linkAt } from "./versions.js";

/** A version that a file surely has. */
export interface KnownVersion {
  /** Byte at which it ends. */
  readonly end: number;
  /** CRC-32 of the directory and end records before `end`. */
  readonly tailChecksum: number;
}

/** True if `directory` is the version that is known. */
export function isKnown(directory: Directory, { end, tailChecksum }: KnownVersion): boolean {
  return directory.end === end && directory.checksum() === tailChecksum;
}

/**
 * The newest whole version of a file. If the file does not end with it, what follows it was left by a commit that has not ended.
 *
 * @param mark - what the lock file says, if there is one
 * @param before - an earlier version, if one is at hand
 * @param found - what looks like a version at the end of the file, if that has been read
 * @throws ZarrError as {@link Directory.read}
 */
export async function newestVersion(
  source: ByteSource,
  mark: KnownVersion | undefined,
  before?: Directory,
  found?: FoundVersion,
): Promise<Directory> {
  const isWritten = mark !== undefined || before !== undefined;
  // In one run of the system nothing that was written is lost again. The last byte that a commit writes makes it a version.
  const last = found ?? (await versionAt(source, source.size, before));
  if (!("error" in last) && (await isOwn(source, last, mark, before))) return last;
  for await (const version of knownVersions(source, mark, before)) {
    const found = await lastCompleted(source, version);
    if (found.end === source.size || (await isFollowedByCommit(source, found, isWritten))) return found;
  }
  if (!("error" in last)) return last; // another program has written the archive
  const trailed = await versionAt(source, source.size, before, true);
  if (!("error" in trailed)) {
    if (await isFollowedByCommit(source, trailed, isWritten)) return trailed;
    // What follows it means nothing, unless it is what is left of a commit.
    const isCut = (await headerAfter(source, trailed))?.isComplete || (await beginsHeader(source, trailed));
    if (isCut) throw last.error;
    return trailed;
  }
  const header = await lastHeader(source, Math.max(0, source.size - mostScannedBytes));
  for (const end of header === undefined ? [] : [header.end, header.previous]) {
    const version = end <= source.size ? await versionAt(source, end) : undefined;
    if (version !== undefined && !("error" in version) && (await isFollowedByCommit(source, version, isWritten))) {
      return version;
    }
  }
  if (header === undefined && isWritten) {
    for await (const version of versionsBackwards(source, 0)) {
      if (await isFollowedByCommit(source, version, isWritten)) return version;
      throw trailed.error;
    }
    // The first commit to a file of 0 bytes has no header.
    if (mark?.end === 0 || before?.end === 0) return await Directory.read(source, 0);
  }
  throw trailed.error;
}

/**
 * True if a commit has begun behind a version, and was not completed: what was completed, and is not whole, was cut off since.
 * @param isWritten - whether a writer is known to have been at work, who explains the first bytes of a header
 */
async function isFollowedByCommit(source: ByteSource, version: Directory, isWritten: boolean): Promise<boolean> {
  const header = await headerAfter(source, version);
  if (header !== undefined) return !header.isComplete;
  return isWritten && version.end > 0 && (await beginsHeader(source, version));
}

/**
 * True if what looks like a version at the end of a file is one, and no value that is an archive and within a commit that has not
 * ended.
 */
async function isOwn(
  source: ByteSource,
  version: Directory,
  mark: KnownVersion | undefined,
  before: Directory | undefined,
): Promise<boolean> {
  if (version.end === before?.end || (mark !== undefined && isKnown(version, mark))) return true;
  const { link } = version;
  if (link?.appended === undefined) return mark === undefined && before === undefined;
  const header = await headerBefore(source, link.appended.start);
  if (header !== undefined) return header.commit === link.commit && header.end === version.end;
  return await isProvenAt(source, version.end);
}

/** The bytes at the end of a file that are searched for the header of an interrupted commit, where nothing tells its place. */
const mostScannedBytes = 256 * 2 ** 20;

/** Versions that the newest one may follow. */
async function* knownVersions(
  source: ByteSource,
  mark: KnownVersion | undefined,
  before: Directory | undefined,
): AsyncGenerator<Directory> {
  if (before !== undefined && before.end <= source.size) {
    const version = await versionAt(source, before.end);
    if (!("error" in version) && version.checksum() === before.checksum()) yield version;
  }
  if (mark !== undefined && mark.end <= source.size) {
    const version = await versionAt(source, mark.end);
    if (!("error" in version) && isKnown(version, mark)) yield version;
  }
}

/** The last of the commits that have been completed behind a version, one after the other; without one the version itself. */
async function lastCompleted(source: ByteSource, version: Directory): Promise<Directory> {
  const ends: number[] = [];
  for (let header = await headerAfter(source, version); header !== undefined && header.end <= source.size; ) {
    ends.push(header.end);
    header = await headerFrom(source, header.end);
  }
  for (const end of ends.reverse()) {
    const found = await versionAt(source, end);
    if (!("error" in found)) return found;
  }
  return version;
}

/** Bytes in which an end record is looked for at a time. */
const windowBytes = 4 * 2 ** 20;

/** Candidates for versions that end after byte `from`, anywhere in the file, the last one first. */
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
      const version = recordEnd <= source.size ? await versionAt(source, recordEnd) : undefined;
      if (version !== undefined && !("error" in version)) yield version;
    }
    end = start;
  }
}

async function isProvenAt(source: ByteSource, end: number): Promise<boolean> {
  return (await provenPrevious(source, end)) !== undefined;
}

/** The end of the version before the one that ends at `end`, if all bytes of the commit between them are there. */
export async function provenPrevious(source: ByteSource, end: number): Promise<number | undefined> {
  // What says nothing of itself may have lost its comment, or be a value that is an archive.
  const found = await linkAt(source, end);
  if (found?.link?.appended === undefined) return undefined;
  const { previous, start, crc32 } = found.link.appended;
  if (!(previous <= start && start <= found.endRecord)) return undefined;
  return (await checksumOf(source, start, found.endRecord)) === crc32 ? previous : undefined;
}

/** CRC-32 of the bytes [start, end). */
async function checksumOf(source: ByteSource, start: number, end: number): Promise<number> {
  let crc = 0;
  for (let at = start; at < end; at += windowBytes) {
    crc = crc32(await source.read(at, Math.min(windowBytes, end - at)), crc);
  }
  return crc;
}

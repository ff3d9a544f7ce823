import type { ByteSource } from "../bytes/byte-source.js";
import { numberedUuid, numberOfUuid } from "../bytes/uuid.js";
import { viewOf } from "../bytes/view-of.js";
import { type VersionLink, versionLinkOf } from "./archive-comment.js";
import { Directory } from "./directory.js";
import { readArchiveEnd } from "./end-record.js";
import { fixedSize, saturated16, signature } from "./records.js";
import { readNear } from "./source-reading.js";
import { isNoVersion } from "./version-at.js";

/** One version of an archive, older ones of which are in the file until it is written anew. */
export interface ArchiveVersion {
  /** Name of the commit, a UUID; for a first version, which no commit has made, its digest. */
  readonly id: string;
  /** Time of the commit, ISO 8601; unknown for a first version. */
  readonly time: string | undefined;
  /** Byte of the file at which it ends. */
  readonly end: number;
  /** Number of entries, folders included. */
  readonly entries: number;
}

/** Name of a commit that ends at byte `end`. It says so, that the version can be found by its name at once. */
export function commitName(end: number): string {
  return numberedUuid(end);
}

/** A version by its end record and comment, without its directory. */
interface VersionEnd {
  /** Byte at which the end record begins. */
  readonly endRecord: number;
  readonly entries: number;
  readonly link: VersionLink | undefined;
}

/** A comment that has nothing but a link is shorter than this, in bytes. */
const shortTail = 1024;

/** The description of the version that ends at `end`; `undefined` if none ends there. */
export async function linkAt(source: ByteSource, end: number): Promise<VersionEnd | undefined> {
  if (end > source.size) return undefined;
  const tail = await readNear(source, Math.max(0, end - shortTail), Math.min(shortTail, end));
  const view = viewOf(tail);
  for (let at = tail.length - fixedSize.endRecord; at >= 0; at--) {
    // 20  comment length (APPNOTE 4.4.11)
    if (
      view.getUint32(at, true) !== signature.endRecord ||
      at + fixedSize.endRecord + view.getUint16(at + 20, true) !== tail.length
    )
      continue;
    const link = versionLinkOf(tail.subarray(at + fixedSize.endRecord));
    // 10  number of records (4.4.22)
    const entries = view.getUint16(at + 10, true);
    if (link === undefined || entries === saturated16) break;
    return { endRecord: end - tail.length + at, entries, link };
  }
  return await longLinkAt(source, end);
}

async function longLinkAt(source: ByteSource, end: number): Promise<VersionEnd | undefined> {
  try {
    const { commentSize, count } = await readArchiveEnd(source, end);
    const link = versionLinkOf(await readNear(source, end - commentSize, commentSize));
    return { endRecord: end - commentSize - fixedSize.endRecord, entries: count, link };
  } catch (error) {
    if (isNoVersion(error)) return undefined;
    throw error;
  }
}

/** The versions that the file still has, from `newest` back to the first one, or to one that says of none before. */
export async function* versionsFrom(source: ByteSource, newest: Directory): AsyncGenerator<ArchiveVersion> {
  for (let end: number | undefined = newest.end; end !== undefined; ) {
    const found = await linkAt(source, end);
    if (found === undefined) return; // what a comment said was not so
    const { link, entries } = found;
    const id = link?.commit ?? (await Directory.read(source, end)).digest();
    yield { id, time: link?.time, end, entries };
    const previous: number | undefined = link?.appended?.previous;
    end = previous !== undefined && previous > 0 && previous < end ? previous : undefined;
  }
}

/** Byte at which the version of that name ends, which is `newest` or one before it; `undefined` if the file has none. */
export async function findVersion(source: ByteSource, newest: Directory, id: string): Promise<number | undefined> {
  const isThere = async (end: number) =>
    end <= newest.end && ((await linkAt(source, end))?.link?.commit === id || (await digestAt(source, end)) === id);
  for (const end of [numberOfUuid(id), newest.link?.appended?.first]) {
    if (end !== undefined && (await isThere(end))) return end;
  }
  if (numberOfUuid(id) !== undefined) return undefined;
  for await (const version of versionsFrom(source, newest)) if (version.id === id) return version.end;
  return undefined;
}

/** True if a version that follows the one that ends at `base` has the changes of a stage. */
export async function hasStage(source: ByteSource, newest: Directory, base: number, stage: string): Promise<boolean> {
  for (let end: number | undefined = newest.end; end !== undefined && end > base; ) {
    const link: VersionLink | undefined = end === newest.end ? newest.link : (await linkAt(source, end))?.link;
    if (link?.stages?.includes(stage)) return true;
    const previous: number | undefined = link?.appended?.previous;
    end = previous !== undefined && previous < end ? previous : undefined;
  }
  return false;
}

async function digestAt(source: ByteSource, end: number): Promise<string | undefined> {
  try {
    return (await Directory.read(source, end)).digest();
  } catch (error) {
    if (isNoVersion(error)) return undefined;
    throw error;
  }
}

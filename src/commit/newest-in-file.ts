/** The newest version of a file that others may be writing, or that they wrote before the system was started again. */
import type { FileSource } from "../bytes/file.js";
import type { Directory } from "../zip/directory.js";
import { isKnown, type KnownVersion, newestVersion, provenPrevious, versionsBackwards } from "../zip/newest-version.js";
import { isNoVersion, versionAt } from "../zip/version-at.js";
import { readMark } from "./lock-file.js";
import { isOfAnotherRun, type SyncMark } from "./lock-records.js";

/** A commit that ends between two looks explains a tail that is no version, but not so many times in a row. */
const attempts = 20;

const pauseMs = 2;

/** Sources in which nothing is left of another run of the system that was not surely on the disk. */
const settled = new WeakSet<FileSource>();

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
    const mark = before === undefined || attempt > 1 || !settled.has(source) ? await readMark(source) : undefined;
    if (mark === undefined || !isOfAnotherRun(mark)) settled.add(source); // in this run nothing is lost
    try {
      return await newestInFile(source, mark, before);
    } catch (error) {
      // A commit that ended between two looks within this attempt is whole in the next one.
      const isCalm = attempt > 1 && source.refresh() === size && mark === undefined;
      if (!isNoVersion(error) || isCalm || attempt >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** As `newestVersion`, of a file whose lock file has this mark, which may be of another run of the system; `before` is surely whole. */
export async function newestInFile(
  source: FileSource,
  mark: SyncMark | undefined,
  before?: Directory,
): Promise<Directory> {
  const isUnsure = mark !== undefined && mark.end !== source.size && isOfAnotherRun(mark);
  if (!isUnsure) return await newestVersion(source, mark, before);
  return await versionAfterRestart(source, before ? { end: before.end, tailChecksum: before.checksum() } : mark);
}

/**
 * The newest version that is surely whole, as `known` is. The disk may have kept any part of what was not synced. Where nothing is sure, another
 * program has written over what was.
 */
async function versionAfterRestart(source: FileSource, known: KnownVersion): Promise<Directory> {
  const newest = await versionAt(source, source.refresh());
  if (!("error" in newest) && (await isProven(source, newest, known))) return newest;
  const proven = await lastProvenVersion(source, known);
  if (proven !== undefined) return proven;
  if ("error" in newest) throw newest.error;
  return newest;
}

/**
 * The last version that is proven to be whole, or the one that is known. What comes after it nobody was told of: a commit is on the
 * disk before it is acknowledged.
 */
async function lastProvenVersion(source: FileSource, known: KnownVersion): Promise<Directory | undefined> {
  source.refresh();
  for await (const directory of versionsBackwards(source, known.end)) {
    if (directory.link?.appended !== undefined && (await isProven(source, directory, known))) return directory;
  }
  const version = source.size >= known.end ? await versionAt(source, known.end) : undefined;
  return version !== undefined && !("error" in version) && isKnown(version, known) ? version : undefined;
}

/** Proves that every commit from a known version to another one is whole: each says where it begins, and what its bytes add up to. */
async function isProven(source: FileSource, newest: Directory, known: KnownVersion): Promise<boolean> {
  if (isKnown(newest, known)) return true;
  for (let end = newest.end; end > known.end; ) {
    const previous = await provenPrevious(source, end);
    if (previous === undefined || previous >= end) return false;
    end = previous;
    if (end !== known.end) continue;
    const version = await versionAt(source, end);
    return !("error" in version) && isKnown(version, known);
  }
  return false;
}

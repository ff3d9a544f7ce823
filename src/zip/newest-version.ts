import type { ByteSource } from "../bytes/byte-source.js";
import { crc32 } from "../bytes/crc32.js";
import type { FileSource } from "../bytes/file.js";
import { isZarrError } from "../errors.js";
import type { CommitIntent } from "./commit-intent.js";
import { Directory } from "./directory.js";
import { readIntentOf } from "./lock-file.js";
import { PatchedSource } from "./patched-source.js";

/** A version of an archive, and where to read it. */
export interface FoundVersion {
  readonly directory: Directory;
  /** The file, or the file with what a half done commit may have damaged put right. */
  readonly source: ByteSource;
}

/** What became of a commit whose intent was left: it is whole; it is not, or not yet; or the file has moved on without it. */
export type CommitState = FoundVersion & { readonly state: "whole" | "partial" | "past" };

/** A commit that ends between two looks explains a tail that is none, but not so many times in a row. */
const attempts = 20;

const pauseMs = 2;

/**
 * The newest whole version of an archive that others may be writing, without a lock: what a commit under way has appended does
 * not count until all of it is there.
 *
 * @throws ZarrError as {@link Directory.read}
 */
export async function readNewestVersion(source: FileSource): Promise<FoundVersion> {
  for (let attempt = 1; ; attempt++) {
    const size = source.refresh();
    const intent = await readIntentOf(source.name);
    let failure: unknown;
    try {
      if (intent !== undefined) return await judgeCommit(source, intent);
      const directory = await Directory.read(source, size);
      // The size of a moment ago may have been that of a commit half written, which has been completed since.
      if (source.refresh() === size) return { directory, source };
    } catch (error) {
      if (!isBadTail(error)) throw error;
      failure = error;
    }
    const hasMoved =
      source.refresh() !== size || (await readIntentOf(source.name)) !== undefined || intent !== undefined;
    if (failure !== undefined && (!hasMoved || attempt >= attempts)) throw failure;
    if (failure !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/**
 * What became of the commit that an intent describes.
 * @throws ZarrError as {@link Directory.read} - the file holds neither that commit, nor what it began with, nor anything else whole
 */
export async function judgeCommit(source: FileSource, intent: CommitIntent): Promise<CommitState> {
  const { start, end, tailChecksum } = intent;
  const size = source.refresh();
  const isWhole = size >= end && (await checksumOf(source, start, end)) === intent.checksum;
  if (size > end && isWhole) {
    // The disk may keep an intent that was done long ago, and what was committed after it.
    const directory = await readIfWhole(source, size);
    if (directory !== undefined) return { state: "past", directory, source };
  }
  if (isWhole) return { state: "whole", directory: await Directory.read(source, end), source };
  if (size >= start) {
    const patched = await patchedSource(source, intent);
    const directory = await readIfWhole(patched, start);
    if (directory?.checksum() === tailChecksum) return { state: "partial", directory, source: patched };
  }
  return { state: "past", directory: await Directory.read(source, size), source };
}

/** The source itself where the bytes before the commit are as they were, as they are unless power failed. */
async function patchedSource(source: FileSource, { start, image }: CommitIntent): Promise<ByteSource> {
  const offset = start - image.length;
  const found = await source.read(offset, image.length);
  return Buffer.compare(found, image) === 0 ? source : new PatchedSource(source, offset, image);
}

async function readIfWhole(source: ByteSource, end: number): Promise<Directory | undefined> {
  try {
    return await Directory.read(source, end);
  } catch (error) {
    if (isBadTail(error)) return undefined;
    throw error;
  }
}

function isBadTail(error: unknown): boolean {
  return isZarrError(error, "ERR_ZIP") || isZarrError(error, "ERR_ZIP_TAIL") || isZarrError(error, "ERR_STORE_READ");
}

/** Bytes that are read at a time. */
const windowBytes = 4 * 2 ** 20;

async function checksumOf(source: ByteSource, start: number, end: number): Promise<number> {
  let crc = 0;
  for (let at = start; at < end; at += windowBytes) {
    crc = crc32(await source.read(at, Math.min(windowBytes, end - at)), crc);
  }
  return crc;
}

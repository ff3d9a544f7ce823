/**
 * The header of a commit, which stands in the archive before the entries that the commit appends. Whoever finds a file that does not
 * end with a version can tell by it what an interrupted commit has left, whatever the file is called there. Numbers are little-endian.
 *
 *  0  magic, 8 bytes
 *  8  CRC-32 of everything from byte 12 on, 4 bytes
 * 12  CRC-32 of the directory and end records that lead up to previous, 4 bytes
 * 16  previous: byte at which the version before ends, 8 bytes
 * 24  start: byte at which this header begins, 8 bytes
 * 32  end: byte at which the new version will end, 8 bytes
 * 40  1 once the commit is complete, so that a file that was cut off later can be told from one whose writer was killed; 0 before
 * 41  unused, 7 bytes
 * 48  name of the commit, a UUID, 16 bytes
 */
import type { ByteSource } from "../bytes/byte-source.js";
import { lastIndexOfBytes } from "../bytes/find-bytes.js";
import { viewOf } from "../bytes/view-of.js";
import type { Directory } from "./directory.js";
import { getUint64, setUint64 } from "./records.js";
import { getUuid, isSealed, sealed, setUuid } from "./sealed-record.js";
import { readNear } from "./source-reading.js";

/** The bytes that a commit is about to append, and the version before it. */
interface CommitHeader {
  /** Byte at which the version before ends. */
  readonly previous: number;
  /** CRC-32 of the directory and end records before `previous`. */
  readonly tailChecksum: number;
  /** Byte at which the header begins; the entries follow it. */
  readonly start: number;
  /** Byte at which the new version will end. */
  readonly end: number;
  /** True if the commit was completed. */
  readonly isComplete: boolean;
  /** Name of the commit. */
  readonly commit: string;
}

const magic = new TextEncoder().encode("ZARRZIPC");

/** Bytes of a header. */
export const headerBytes = 64;

/** Durable commits begin at a multiple of so many bytes: the blocks of the version before are not written again. */
const blockBytes = 4096;

/** Byte at which a commit that follows a version begins. */
export function commitStart(previous: number, durable: boolean): number {
  return durable ? Math.ceil(previous / blockBytes) * blockBytes : previous;
}

/** The header of a commit that is about to be written. */
export function formatHeader({
  previous,
  tailChecksum,
  start,
  end,
  commit,
}: Omit<CommitHeader, "isComplete">): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  const view = viewOf(bytes);
  view.setUint32(12, tailChecksum, true);
  setUint64(view, 16, previous);
  setUint64(view, 24, start);
  setUint64(view, 32, end);
  setUuid(bytes, 48, commit);
  return sealed(bytes, magic);
}

/** The same header once the commit is complete. */
export function completedHeader(header: Uint8Array): Uint8Array {
  const bytes = header.slice();
  bytes[40] = 1;
  return sealed(bytes, magic);
}

/** The header at byte `start` of the file; `undefined` if there is none. */
async function readHeader(source: ByteSource, start: number): Promise<CommitHeader | undefined> {
  if (start + headerBytes > source.size) return undefined;
  const bytes = await readNear(source, start, headerBytes);
  if (!isSealed(bytes, magic, headerBytes)) return undefined;
  const view = viewOf(bytes);
  const header = {
    previous: getUint64(view, 16),
    tailChecksum: view.getUint32(12, true),
    start: getUint64(view, 24),
    end: getUint64(view, 32),
    isComplete: bytes[40] === 1,
    commit: getUuid(bytes, 48),
  };
  return header.start === start ? header : undefined; // else it is that of an archive which is a value of this one
}

/** The header of the commit that follows a version; `undefined` if no commit has begun behind it. */
export async function headerAfter(source: ByteSource, version: Directory): Promise<CommitHeader | undefined> {
  const header = await headerFrom(source, version.end);
  return header?.tailChecksum === version.checksum() ? header : undefined;
}

/** The same of a version of which nothing but its end is known. */
export async function headerFrom(source: ByteSource, previous: number): Promise<CommitHeader | undefined> {
  for (const start of startsAfter(previous)) {
    const header = await readHeader(source, start);
    if (header?.previous === previous && header.end > start) return header;
  }
  return undefined;
}

/** Bytes that are searched at a time. */
const windowBytes = 4 * 2 ** 20;

/** The last header that begins after byte `from`, wherever in the file it does. */
export async function lastHeader(source: ByteSource, from: number): Promise<CommitHeader | undefined> {
  for (let end = source.size; end > from; ) {
    const start = Math.max(from, end - windowBytes);
    const bytes = await source.read(start, Math.min(end + magic.length, source.size) - start);
    for (let at = lastIndexOfBytes(bytes, magic); at >= 0; at = lastIndexOfBytes(bytes, magic, at - 1)) {
      const header = await readHeader(source, start + at);
      if (header !== undefined) return header;
    }
    end = start;
  }
  return undefined;
}

/** True if what follows a version is the beginning of a commit, of which not even the header was written whole. */
export async function beginsHeader(source: ByteSource, version: Directory): Promise<boolean> {
  for (const start of startsAfter(version.end)) {
    const length = source.size - start;
    if (length <= 0 || length >= headerBytes) continue;
    const bytes = await readNear(source, start, Math.min(length, magic.length));
    if (bytes.every((byte, i) => byte === magic[i])) return true;
  }
  return false;
}

/** The header of the commit whose first entry begins at byte `entries`; `undefined` if there is none, as in files of older writers. */
export async function headerBefore(source: ByteSource, entries: number): Promise<CommitHeader | undefined> {
  return entries < headerBytes ? undefined : await readHeader(source, entries - headerBytes);
}

function startsAfter(previous: number): Set<number> {
  return new Set([commitStart(previous, true), previous]);
}

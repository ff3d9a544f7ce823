import type { ByteSource } from "../bytes/byte-source.js";
import { lastIndexOfBytes } from "../bytes/find-bytes.js";
import { viewOf } from "../bytes/view-of.js";
import { withDetails, ZarrError } from "../errors.js";
import { fixedSize, getUint64, saturated16, saturated32, signature } from "./records.js";
import { readNear } from "./source-reading.js";

/** The ends of an archive and its central directory, as plain numbers. */
export interface ArchiveEnd {
  /** Byte of the file at which the archive ends. */
  readonly end: number;
  /** Byte of the file at which the central directory begins. */
  readonly start: number;
  /** Byte of the file at which the central directory ends and the end records begin. */
  readonly directoryEnd: number;
  /** Number of central records. */
  readonly count: number;
  /** Bytes before the archive: what to add to each offset in it. */
  readonly prefix: number;
  /** Bytes of the archive comment, the last ones of the archive. */
  readonly commentSize: number;
  /** Bytes of the file behind the archive, where there are some that mean nothing: see {@link readArchiveEnd}. */
  readonly trailing?: number;
}

/** The last bytes of an archive as they were read to find its end. */
export interface ReadTail {
  /** Byte of the file at which they begin. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** The last bytes of an archive, from `position` of the file on. */
interface Tail {
  readonly file: string;
  readonly source: ByteSource;
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

const endSignature = Uint8Array.of(...[0, 8, 16, 24].map((bits) => (signature.endRecord >>> bits) & 0xff));

const recordSignatures: ReadonlySet<number> = new Set(Object.values(signature));

/**
 * The end of a file of 0 bytes, which is an archive to whoever writes into it: one without entries, of which the first commit keeps
 * nothing. So a file begins with its first entry, by which `file` and readers of streams know an archive.
 */
const blank: ArchiveEnd = { end: 0, start: 0, directoryEnd: 0, count: 0, prefix: 0, commentSize: 0 };

/** An end record with the longest comment, and the ZIP64 records before it. */
const longestTail = fixedSize.endRecord + saturated16 + fixedSize.zip64Locator + fixedSize.zip64EndRecord;

/**
 * Finds the end record of the archive whose last byte is `until - 1`, and what it says of the central directory.
 *
 * @param until - 0 is a file to which nothing has been committed yet; where left out, the archive is the whole file, which has an end record
 * @param mayTrail - whether bytes that mean nothing may follow it, as the line end, zeros or boundary that transfers and copies by
 *   blocks leave. Bytes that begin a ZIP record do mean something: that file was cut off
 * @throws ZarrError `ERR_ZIP_TAIL` - no end record reaches so far
 * @throws ZarrError `ERR_ZIP` - it contradicts the file, or two readers could take two different records for it
 */
export async function readArchiveEnd(
  source: ByteSource,
  until: number | undefined,
  mayTrail = false,
): Promise<ArchiveEnd & { readonly tail: ReadTail }> {
  if (until === 0) return { ...blank, tail: { position: 0, bytes: new Uint8Array() } };
  const end = until ?? source.size;
  const position = Math.max(0, end - longestTail);
  const bytes = await readNear(source, position, end - position);
  const tail: Tail = { file: source.name, source, position, bytes, view: viewOf(bytes) };
  const at = findEndRecord(tail, mayTrail);
  const { view } = tail;
  //  4  number of this disk, 6 disk with the start of the central directory (APPNOTE 4.4.19, 4.4.20)
  const disks = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
  //  8  number of records on this disk, 10 in total (4.4.21, 4.4.22)
  const counts = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  // 12  size of the central directory, 16 its offset (4.4.23, 4.4.24)
  const sizes = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  const zip64 = await readZip64EndRecord(tail, at);
  const told = [...disks, ...counts, ...sizes];
  const limits = [saturated16, saturated16, saturated16, saturated16, saturated32, saturated32];
  const values = zip64 === undefined ? told : zip64.values;
  if (!told.every((value, i) => value === values[i] || value === limits[i])) {
    throw damaged(tail, at, "it contradicts the ZIP64 end record before it");
  }
  const [disk, startDisk, countHere, count, size, offset] = values as [number, number, number, number, number, number];
  if (disk !== 0 || startDisk !== 0 || countHere !== count) {
    const split = damaged(tail, at, "the archive is split over several files; join them first");
    throw withDetails(split, { disk });
  }
  const directoryEnd = zip64?.position ?? position + at;
  const prefix = directoryEnd - size - offset;
  if (prefix < 0) {
    throw damaged(
      tail,
      at,
      `it places a central directory of ${size} bytes at ${offset}, but that must end by ${directoryEnd}`,
    );
  }
  if (count * fixedSize.centralRecord > size || (count === 0 && size > 0)) {
    throw damaged(tail, at, `it announces ${count} entries in a central directory of ${size} bytes`);
  }
  await rejectSecondDirectory(tail, at, { offset, prefix, count });
  const commentSize = view.getUint16(at + 20, true);
  const archiveEnd = position + at + fixedSize.endRecord + commentSize;
  return {
    ...{ end: archiveEnd, start: offset + prefix, directoryEnd, count, prefix, commentSize },
    ...(archiveEnd < end ? { trailing: end - archiveEnd } : {}),
    tail: { position, bytes: bytes.subarray(0, archiveEnd - position) },
  };
}

/**
 * Position in the tail of the end record: the signature whose comment reaches exactly to the end. Another one is
 * comment text, unless a reader that does not look at the comment length could take it for the end record.
 */
function findEndRecord(tail: Tail, mayTrail: boolean): number {
  const { view, bytes } = tail;
  const endOf = (at: number) => at + fixedSize.endRecord + view.getUint16(at + 20, true);
  const found: number[] = [];
  for (let at = bytes.length - fixedSize.endRecord; at >= 0; at--) {
    at = lastIndexOfBytes(bytes, endSignature, at);
    if (at >= 0) found.push(at);
  }
  const exact = found.filter((at) => endOf(at) === bytes.length);
  const plausible = exact.filter((candidate) => isPlausible(tail, candidate));
  const last = found[0];
  const isFollowed = mayTrail && last !== undefined && isPlausible(tail, last) && isMeaningless(bytes, endOf(last));
  const at = plausible[0] ?? exact[0] ?? (isFollowed ? last : undefined);
  if (at === undefined) throw noEndRecord(tail, last);
  // Where nothing reaches to the end, the last one is meant, unless it lies in the comment of another.
  const holds = (other: number) => exact.length === 0 && other < at && endOf(other) > at;
  const isRival = (other: number) => (other > at || holds(other)) && isPlausible(tail, other);
  const rival = plausible[1] ?? found.find(isRival);
  if (rival !== undefined) {
    throw damaged(tail, at, `another one at ${tail.position + rival} could equally be meant`);
  }
  return at;
}

/** True if none of the bytes from `start` on, which may be past their end, begin a record of a ZIP file. */
function isMeaningless(bytes: Uint8Array, start: number): boolean {
  if (start > bytes.length) return false;
  const rest = viewOf(bytes.subarray(start));
  for (let at = 0; at + 4 <= rest.byteLength; at++) if (recordSignatures.has(rest.getUint32(at, true))) return false;
  return true;
}

function noEndRecord({ file, position, bytes }: Tail, nearest: number | undefined): ZarrError {
  const end = position + bytes.length;
  const found =
    nearest === undefined
      ? `${file} has no end record in the last bytes before ${end}: it is not a ZIP file, or was cut off`
      : `${file} has no end record that reaches to byte ${end}: the nearest is at ${position + nearest}; the file was cut off or written over after it`;
  const message = `${found}; recover(file, target) copies what is whole of it`;
  return new ZarrError("ERR_ZIP_TAIL", message, { file, offset: end });
}

/** True if an end record's directory lies before it. */
function isPlausible({ view, position }: Tail, at: number): boolean {
  const hasLocator =
    at >= fixedSize.zip64Locator && view.getUint32(at - fixedSize.zip64Locator, true) === signature.zip64Locator;
  return hasLocator || view.getUint32(at + 12, true) + view.getUint32(at + 16, true) <= position + at;
}

/** The ZIP64 end record before the end record at `at`, or `undefined` if there is none. */
async function readZip64EndRecord(
  tail: Tail,
  at: number,
): Promise<{ readonly position: number; readonly values: readonly number[] } | undefined> {
  const { view } = tail;
  const locator = at - fixedSize.zip64Locator;
  if (locator < 0 || view.getUint32(locator, true) !== signature.zip64Locator) return undefined;
  //  8  offset of the ZIP64 end record, without a prefix that the archive may have (APPNOTE 4.3.15)
  const offset = getUint64(view, locator + 8);
  const adjacent = tail.position + locator - fixedSize.zip64EndRecord;
  const found: { position: number; values: number[] }[] = [];
  for (const position of offset < adjacent ? [adjacent, offset] : [adjacent]) {
    if (position < 0) continue;
    const record = viewOf(await readNear(tail.source, position, fixedSize.zip64EndRecord));
    //  4  size of the rest of the record, which ends at the locator (4.3.14.1)
    const end = position + 12 + getUint64(record, 4);
    if (record.getUint32(0, true) !== signature.zip64EndRecord || end !== tail.position + locator) continue;
    // 16  number of this disk, 20 disk with the start of the central directory
    const disks = [record.getUint32(16, true), record.getUint32(20, true)];
    // 24  number of records on this disk, 32 in total, 40 size of the central directory, 48 its offset
    const values = [...disks, ...[24, 32, 40, 48].map((field) => getUint64(record, field))];
    found.push({ position, values });
  }
  if (found.length === 1) return found[0];
  throw damaged(
    tail,
    at,
    found.length === 0
      ? `its ZIP64 locator names byte ${offset}, where no ZIP64 end record leads up to it`
      : `ZIP64 end records begin at ${offset} and at ${adjacent}, and either could be meant`,
  );
}

/**
 * Behind a prefix, some readers add its length to the offset of the directory and some do not. If both find a
 * directory, they read two different archives.
 */
async function rejectSecondDirectory(
  tail: Tail,
  at: number,
  { offset, prefix, count }: { offset: number; prefix: number; count: number },
): Promise<void> {
  if (prefix === 0 || count === 0) return;
  const record = viewOf(await readNear(tail.source, offset, 4));
  if (record.getUint32(0, true) !== signature.centralRecord) return;
  throw damaged(
    tail,
    at,
    `central directories begin at ${offset} and at ${offset + prefix}, and either could be meant`,
  );
}

function damaged({ file, position }: Tail, at: number, what: string): ZarrError {
  const offset = position + at;
  return new ZarrError("ERR_ZIP", `the end record at byte ${offset} of ${file} cannot be used: ${what}`, {
    file,
    offset,
  });
}

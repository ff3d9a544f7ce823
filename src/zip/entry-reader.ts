import type { TakePiece } from "../bytes/bulk-reads.js";
import type { PieceRange } from "../bytes/byte-range.js";
import type { ByteSource } from "../bytes/byte-source.js";
import { crc32 } from "../bytes/crc32.js";
import { defaultLimits } from "../bytes/limits.js";
import { isTurnDue, nextTurn } from "../bytes/turn.js";
import { viewOf } from "../bytes/view-of.js";
import type { Directory, Entry } from "./directory.js";
import { checkLimit, checkPayloadSize, checkReadable, entryError, expandPayload, type NamedEntry } from "./payload.js";
import {
  type DosTime,
  extraField,
  findExtraField,
  fixedSize,
  flag,
  method,
  resolveZip64,
  signature,
} from "./records.js";
import { nearReadBytes, readAtOnce, readNear } from "./source-reading.js";

/** Options for reading an entry. */
export interface ReadEntryOptions {
  /** Bytes that the result may have; the default is {@link defaultLimits}'s `readBytes`. */
  readonly maxBytes?: number | undefined;
}

/** Options for reading a range of an entry. */
export interface ReadRangeOptions extends ReadEntryOptions {
  /**
   * True if the first range of an entry is taken from the whole value, so that of this the CRC-32 is checked once; not where the source
   * is far away.
   */
  readonly isChecked?: boolean;
}

/** A value as an archive keeps it. */
export interface PackedEntry {
  readonly payload: Uint8Array;
  readonly method: number;
  /** CRC-32 of the value, and its bytes. */
  readonly crc32: number;
  readonly size: number;
  readonly time: DosTime;
}

/** Room for the extra fields of a local header, so that one read gets header and payload: Info-ZIP writes 28 bytes. */
const expectedExtraBytes = 64;

type LocatedEntry = Entry & NamedEntry;

/**
 * Reads the value of the entry in a row of the directory, and checks it against its CRC-32.
 *
 * @throws ZarrError `ERR_ZIP` - its local header or payload contradicts the directory
 * @throws ZarrError `ERR_ZIP_METHOD` - encrypted, or of a compression method that is not supported
 * @throws ZarrError `ERR_CHECKSUM` - the value has another CRC-32
 * @throws ZarrError `ERR_LIMIT` - the value has more than `maxBytes`
 */
export async function readEntry(
  source: ByteSource,
  directory: Directory,
  row: number,
  { maxBytes = defaultLimits.readBytes }: ReadEntryOptions = {},
): Promise<Uint8Array> {
  const entry = namedEntry(directory, row);
  checkReadable(entry);
  checkLimit(entry, entry.size, maxBytes);
  checkPayloadSize(entry, maxBytes);
  const value = await expandPayload(entry, await readPayload(source, directory, row, entry));
  directory.rememberVerified(row);
  return value;
}

/**
 * Reads the entry in a row as the archive keeps it, to be kept by another one. Its value is checked; throws as {@link readEntry}.
 * @param isStored - whether the other one is to store the value, however this one keeps it
 */
export async function readPackedEntry(
  source: ByteSource,
  directory: Directory,
  row: number,
  isStored = false,
): Promise<PackedEntry> {
  const entry = namedEntry(directory, row);
  checkReadable(entry);
  const payload = await readPayload(source, directory, row, entry);
  const value = await expandPayload(entry, payload);
  const packed = isStored ? { payload: value, method: method.stored } : { payload, method: entry.method };
  return { ...packed, crc32: entry.crc32, size: entry.size, time: directory.time(row) };
}

/**
 * Reads `length` bytes from `offset` on of the value of an entry. If the entry is stored, only these are read, so that its
 * CRC-32, which covers all of them, is not checked unless the range is the whole value, or that is asked for.
 *
 * @throws ZarrError `ERR_RANGE` - not within the value
 * @throws ZarrError as {@link readEntry}
 */
export async function readEntryRange(
  source: ByteSource,
  directory: Directory,
  row: number,
  { offset, length }: PieceRange,
  { maxBytes = defaultLimits.readBytes, isChecked = false }: ReadRangeOptions = {},
): Promise<Uint8Array> {
  const entry = namedEntry(directory, row);
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0)) {
    throw entryError("ERR_RANGE", entry, `has no range of ${length} bytes at ${offset}: expected whole numbers`);
  }
  if (offset + length > entry.size) {
    throw entryError("ERR_RANGE", entry, `has ${entry.size} bytes, too few for a range of ${length} at ${offset}`);
  }
  const isWhole = length === entry.size;
  const readWhole = async () => {
    const value = await readEntry(source, directory, row, { maxBytes });
    return isWhole ? value : value.slice(offset, offset + length);
  };
  if (isWhole || entry.method !== method.stored) return await readWhole();
  checkReadable(entry);
  checkLimit(entry, length, maxBytes);
  const isFar = source.expect !== undefined;
  if (isFar && directory.headerSize(row) === undefined) {
    const bytes = await readWithHeader(source, directory, row, entry, { offset, length });
    if (bytes !== undefined) return bytes;
  }
  const headerSize = directory.headerSize(row) ?? (await readLocalHeader(source, directory, row, entry, 0)).headerSize;
  if (isChecked && !isFar && !directory.isVerified(row)) {
    const isSound = await readEntryPieces(source, directory, row, entry.size, nearReadBytes, () => undefined);
    if (isSound !== true) return await readWhole(); // which says what is wrong
  }
  return await readNear(source, entry.offset + headerSize + offset, length);
}

/**
 * Byte of the source at which the payload of an entry begins; its local header is checked.
 * @throws ZarrError as {@link readEntry}
 */
export async function payloadOffset(source: ByteSource, directory: Directory, row: number): Promise<number> {
  const entry = namedEntry(directory, row);
  checkReadable(entry);
  const headerSize = directory.headerSize(row) ?? (await readLocalHeader(source, directory, row, entry, 0)).headerSize;
  return entry.offset + headerSize;
}

/** True if a record of an entry is in the form of ZIP64: Python's zipfile writes only the local header so. */
export async function isZip64Entry(source: ByteSource, directory: Directory, row: number): Promise<boolean> {
  if (directory.versionNeeded(row) >= 45) return true;
  const { offset, name } = directory.entry(row);
  const header = await readNear(source, offset, fixedSize.localHeader + name.length);
  // 26  file name length, 28 extra field length (APPNOTE 4.4.10, 4.4.11)
  const [nameSize, extraSize] = [26, 28].map((field) => viewOf(header).getUint16(field, true)) as [number, number];
  const extra = await readNear(source, offset + fixedSize.localHeader + nameSize, extraSize);
  return findExtraField(extra, 0, extra.length, extraField.zip64) !== undefined;
}

/** Up to this size, in bytes, an entry is read piece by piece without leaving this thread. */
const piecewiseBytes = 4 * 2 ** 20;

/** The buffer for pieces: it fits into a processor's cache, and need not be mapped anew. */
let pieceMemory: Uint8Array | undefined;

/**
 * Hands over the payload of a stored entry, or a range of it, in pieces, which hold until the next, and finds out whether it has its
 * CRC-32.
 *
 * @param size - of the value
 * @param pieceSize - bytes, {@link nearReadBytes} at most
 * @param range - what to hand over; `offset` of a piece counts from the value's start all the same
 * @returns whether it has; `undefined` if it has not, or cannot be read so: {@link readEntry} does, and says what is wrong
 * @throws ZarrError as {@link readEntry}
 */
export async function readEntryPieces(
  source: ByteSource,
  directory: Directory,
  row: number,
  size: number,
  pieceSize: number,
  take: TakePiece,
  range?: PieceRange,
): Promise<true | undefined> {
  const entry = namedEntry(directory, row);
  const isNear = source.readSync !== undefined && size <= piecewiseBytes;
  if (!isNear || entry.method !== method.stored || entry.size !== size) return undefined;
  checkReadable(entry);
  const headerSize = directory.headerSize(row) ?? (await readLocalHeader(source, directory, row, entry, 0)).headerSize;
  while (isTurnDue()) await nextTurn();
  pieceMemory ??= new Uint8Array(nearReadBytes);
  const memory = pieceMemory;
  const readPieces = (start: number, end: number, use: typeof take) => {
    for (let at = start; at < end; at += pieceSize) {
      const piece = readAtOnce(source, entry.offset + headerSize + at, Math.min(pieceSize, end - at), memory);
      if (piece === undefined) return false;
      use(piece, at);
    }
    return true;
  };
  const isPart = range !== undefined && range.length < size;
  if (!isPart || !directory.isVerified(row)) {
    let crc = 0;
    const isRead = readPieces(0, size, (piece, at) => {
      crc = crc32(piece, crc);
      if (!isPart) take(piece, at);
    });
    if (!isRead || crc !== entry.crc32) return undefined;
    directory.rememberVerified(row);
  }
  return !isPart || readPieces(range.offset, range.offset + range.length, take) || undefined;
}

/**
 * The ranges of the file that reading the entry in a row takes, or a range of a stored one: those of {@link readEntry} and
 * {@link readEntryRange}, where the source is far away.
 */
export function rangesOfEntry(directory: Directory, row: number, range: PieceRange): PieceRange[] {
  const entry = directory.entry(row);
  const { offset, compressedSize } = entry;
  const isPart = range.length < entry.size && entry.method === method.stored;
  const headerSize = directory.headerSize(row);
  if (headerSize !== undefined) {
    const { offset: start, length } = isPart ? range : { offset: 0, length: compressedSize };
    return [{ offset: offset + headerSize + start, length }];
  }
  return isPart
    ? [headerRange(directory, entry, 0), guessedRange(directory, entry, range)]
    : [headerRange(directory, entry, compressedSize)];
}

/** The local header of an entry and about `following` bytes after it. */
function headerRange({ start }: Directory, { offset, name }: Entry, following: number): PieceRange {
  const expected = fixedSize.localHeader + name.length + expectedExtraBytes + following;
  return { offset, length: Math.max(0, Math.min(start - offset, expected)) };
}

/** The possible places of a stored entry's range, as long as nobody knows how long its local header is. */
function guessedRange({ start }: Directory, { offset, name }: Entry, range: PieceRange): PieceRange {
  const at = Math.min(start, offset + fixedSize.localHeader + name.length + range.offset);
  return { offset: at, length: Math.min(start - at, range.length + expectedExtraBytes) };
}

/** Reads the local header of a stored entry and a range of it at once; `undefined` where the header is longer than usual. */
async function readWithHeader(
  source: ByteSource,
  directory: Directory,
  row: number,
  entry: LocatedEntry,
  range: PieceRange,
): Promise<Uint8Array | undefined> {
  const guess = guessedRange(directory, entry, range);
  const [{ headerSize }, bytes] = await Promise.all([
    readLocalHeader(source, directory, row, entry, 0),
    source.read(guess.offset, guess.length),
  ]);
  const start = entry.offset + headerSize + range.offset - guess.offset;
  return start + range.length <= bytes.length ? bytes.subarray(start, start + range.length) : undefined;
}

function namedEntry(directory: Directory, row: number): LocatedEntry {
  const { name, flags, method, crc32, compressedSize, size, offset } = directory.entry(row);
  const { file } = directory;
  return {
    name,
    flags,
    method,
    crc32,
    compressedSize,
    size,
    offset,
    file,
    /** Decoded for an error only: a reader of many entries has no use for their names. */
    get key() {
      return directory.name(row);
    },
  };
}

async function readPayload(
  source: ByteSource,
  directory: Directory,
  row: number,
  entry: LocatedEntry,
): Promise<Uint8Array> {
  const { offset, compressedSize } = entry;
  const known = directory.headerSize(row);
  if (known !== undefined) return await readNear(source, offset + known, compressedSize);
  // A large payload is worth a second read: then it has memory of its own, which begins where every element is aligned.
  const together = compressedSize <= nearReadBytes || source.readSync === undefined ? compressedSize : 0;
  const { headerSize, bytes } = await readLocalHeader(source, directory, row, entry, together);
  return bytes.length >= headerSize + compressedSize
    ? bytes.subarray(headerSize, headerSize + compressedSize)
    : await readNear(source, offset + headerSize, compressedSize);
}

/**
 * Reads the local header of an entry, with about `following` bytes after it, and checks it against the directory.
 *
 * @returns the bytes from the local header on, `headerSize` at least
 */
async function readLocalHeader(
  source: ByteSource,
  directory: Directory,
  row: number,
  entry: LocatedEntry,
  following: number,
): Promise<{ headerSize: number; bytes: Uint8Array }> {
  const available = directory.start - entry.offset;
  let bytes = await readNear(source, entry.offset, headerRange(directory, entry, following).length);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== signature.localHeader) {
    throw entryError("ERR_ZIP", entry, `has no local header at byte ${entry.offset}, where the directory places it`);
  }
  // 26  file name length, 28 extra field length (APPNOTE 4.4.10, 4.4.11)
  const headerSize = fixedSize.localHeader + view.getUint16(26, true) + view.getUint16(28, true);
  if (headerSize + entry.compressedSize > available) {
    throw entryError(
      "ERR_ZIP",
      entry,
      `runs from byte ${entry.offset} into the central directory at ${directory.start}`,
    );
  }
  if (headerSize > bytes.length) bytes = await readNear(source, entry.offset, headerSize);
  checkLocalHeader(bytes.subarray(0, headerSize), entry);
  directory.rememberHeaderSize(row, headerSize);
  return { headerSize, bytes };
}

/** @throws ZarrError `ERR_ZIP` - the header says something else than the directory */
function checkLocalHeader(header: Uint8Array, entry: LocatedEntry): void {
  const view = viewOf(header);
  const check = (field: string, found: number, expected: number) => {
    if (found === expected) return;
    throw entryError("ERR_ZIP", entry, `has ${field} ${found} in its local header, but ${expected} in the directory`);
  };
  //  4  version needed to extract (APPNOTE 4.4.3), 6 general purpose bit flag (4.4.4)
  const flags = view.getUint16(6, true);
  check("encryption bit", flags & flag.encrypted, entry.flags & flag.encrypted);
  //  8  compression method (4.4.5)
  check("method", view.getUint16(8, true), entry.method);
  // 26  file name length (4.4.10), 30 file name
  const nameSize = view.getUint16(26, true);
  check("name length", nameSize, entry.name.length);
  const nameEnd = fixedSize.localHeader + nameSize;
  if (!header.subarray(fixedSize.localHeader, nameEnd).every((byte, i) => byte === entry.name[i])) {
    throw entryError("ERR_ZIP", entry, "has another name in its local header");
  }
  // 10  last modification time, 12 date (4.4.6)
  // 14  CRC-32 (4.4.7), 18 compressed size (4.4.8), 22 uncompressed size (4.4.9): with a data descriptor only that has them
  if (((flags | entry.flags) & flag.dataDescriptor) !== 0) return;
  check("CRC-32", view.getUint32(14, true), entry.crc32);
  const field = findExtraField(header, nameEnd, header.length, extraField.zip64);
  const sizes = resolveZip64([view.getUint32(22, true), view.getUint32(18, true)], field);
  if (sizes === undefined) throw entryError("ERR_ZIP", entry, "lacks the ZIP64 field that its local header refers to");
  check("size", sizes[0]!, entry.size);
  check("compressed size", sizes[1]!, entry.compressedSize);
}

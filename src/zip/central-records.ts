import { isSameBytes } from "../bytes/find-bytes.js";
import { viewOf } from "../bytes/view-of.js";
import { ZarrError } from "../errors.js";
import type { DirectoryViews } from "./directory-columns.js";
import type { ArchiveEnd } from "./end-record.js";
import { decodeName, encodeName, nameFault, plainName } from "./entry-name.js";
import { hashName, mix } from "./name-table.js";
import {
  type EntryFields,
  extraField,
  findExtraField,
  fixedSize,
  flag,
  getUint64,
  method,
  saturated16,
  saturated32,
  signature,
} from "./records.js";

/** The findings of {@link checkCentralRecords} about names. */
export interface CheckedNames {
  /** Hash of each row's name. */
  readonly hashes: Uint32Array;
  /** In UTF-8, by row, the names that are stored otherwise. */
  readonly converted: ReadonlyMap<number, Uint8Array>;
}

/** The place of an entry's payload by its central record, ZIP64 or not. */
interface Placement {
  readonly compressedSize: number;
  readonly size: number;
  /** Offset of the local header, as the record gives it: without the archive's prefix. */
  readonly offset: number;
}

/** A check of central records on its way. */
interface Walk {
  readonly views: Pick<DirectoryViews, "bytes" | "record">;
  /** A view of `views.bytes`. */
  readonly view: DataView;
  readonly end: ArchiveEnd;
  readonly file: string;
  readonly seed: number;
  readonly hashes: Uint32Array;
  readonly converted: Map<number, Uint8Array>;
  /** The start of the next record. */
  at: number;
  /** The earliest end of the last entry. */
  entryEnd: number;
  isInOrder: boolean;
}

/** A loop over all rows at once would be optimized late, and be given up again at its end, for each directory. */
const rowsAtOnce = 1024;

// Members of an object are looked up for each record.
const { centralRecord: recordSize, localHeader: headerSize } = fixedSize;
const { centralRecord: recordSignature } = signature;
const { stored } = method;
const { encrypted, utf8: utf8Flag } = flag;

/** Names end in a slash if and only if they are of folders (APPNOTE 4.3.8). */
const slash = 0x2f;
const backslash = 0x5c;
const dot = 0x2e;

/**
 * Checks the central records at the start of `views.bytes`, which are the file's from `end.start` on, and sets the column `record`.
 *
 * @param seed - of the hash function of names
 * @throws ZarrError `ERR_ZIP` - a record breaks APPNOTE, places its entry outside of the archive
 *   or over another one, or has a name that is refused
 */
export function checkCentralRecords(views: Walk["views"], end: ArchiveEnd, file: string, seed: number): CheckedNames {
  const walk: Walk = {
    views,
    view: viewOf(views.bytes),
    end,
    file,
    seed,
    hashes: new Uint32Array(end.count),
    converted: new Map(),
    at: 0,
    entryEnd: 0,
    isInOrder: true,
  };
  for (let row = 0; row < end.count; row += rowsAtOnce) checkRows(walk, row, Math.min(row + rowsAtOnce, end.count));
  if (walk.at !== end.directoryEnd - end.start) {
    throw damaged(walk, walk.at, end.count, `should be the end of the central directory at ${end.directoryEnd}`);
  }
  if (!walk.isInOrder) rejectOverlaps(views, end.prefix, file);
  return { hashes: walk.hashes, converted: walk.converted };
}

/** Checks the records of the rows [firstRow, endRow), which begin at `walk.at`. */
function checkRows(walk: Walk, firstRow: number, endRow: number): void {
  const { view, seed, hashes } = walk;
  const { bytes, record } = walk.views;
  const { start, prefix } = walk.end;
  const size = walk.end.directoryEnd - start;
  let { at, entryEnd } = walk;
  for (let row = firstRow; row < endRow; row++) {
    if (at + recordSize > size) throw damaged(walk, at, row, "begins past the end of the central directory");
    if (view.getUint32(at, true) !== recordSignature) throw damaged(walk, at, row, "has no central record's signature");
    //  4  version made by (APPNOTE 4.4.2), 6 version needed to extract (4.4.3): the method says what is needed
    //  8  general purpose bit flag, 10 compression method (4.4.4, 4.4.5)
    const flags = view.getUint16(at + 8, true);
    // 12  last modification time, 14 date, 16 CRC-32 (4.4.6, 4.4.7)
    // 28  file name length, 30 extra field length, 32 file comment length (4.4.10, 4.4.11, 4.4.12)
    const rawNameSize = view.getUint16(at + 28, true);
    const extraSize = view.getUint16(at + 30, true);
    // 34  disk number start, 36 internal file attributes, 38 external file attributes (4.4.13, 4.4.14, 4.4.15)
    const disk = view.getUint16(at + 34, true);
    // 46  file name, extra field, file comment
    const nameStart = at + recordSize;
    const extra = nameStart + rawNameSize;
    const next = extra + extraSize + view.getUint16(at + 32, true);
    if (next > size)
      throw damaged(
        walk,
        at,
        row,
        `with its name and extra fields ends at ${start + next}, past the central directory`,
      );
    // 20  compressed size, 24 uncompressed size (4.4.8, 4.4.9)
    let compressedSize = view.getUint32(at + 20, true);
    let valueSize = view.getUint32(at + 24, true);
    // 42  relative offset of local header (4.4.16)
    let offset = view.getUint32(at + 42, true);
    if (compressedSize === saturated32 || valueSize === saturated32 || offset === saturated32) {
      const placement = placementOf(view, at);
      if (placement === undefined)
        throw damaged(walk, at, row, "refers to a ZIP64 extra field that is missing or too short");
      ({ compressedSize, size: valueSize, offset } = placement);
    }
    if (disk !== 0 && disk !== saturated16)
      throw damaged(walk, at, row, `places its entry on disk ${disk} of a split archive`);
    offset += prefix;
    if (offset < entryEnd) walk.isInOrder = false;
    entryEnd = earliestEnd(offset, rawNameSize, compressedSize);
    if (entryEnd > start) {
      throw damaged(
        walk,
        at,
        row,
        `places ${compressedSize} bytes at ${offset}, but they must end before byte ${start}`,
      );
    }
    if (view.getUint16(at + 10, true) === stored && compressedSize !== valueSize && (flags & encrypted) === 0) {
      throw damaged(walk, at, row, `has ${compressedSize} stored bytes for a value of ${valueSize}`);
    }
    record[row] = at;
    // The loop of hashName(), which looks at the bytes of the name as well: in one go they are fetched once.
    let hash = seed ^ rawNameSize;
    let marks = 0;
    let slashes = 0;
    let from = nameStart;
    for (; from + 4 <= extra; from += 4) {
      const word = view.getInt32(from, true);
      hash = mix(hash, word);
      const before = slashes >>> 24;
      slashes = zeroBytes(word ^ (slash * 0x01010101)) & 0x80808080;
      marks |= marksOf(word) | (slashes & ((slashes << 8) | before));
    }
    let rest = 0;
    for (; from < extra; from++) {
      const byte = view.getUint8(from);
      rest = (rest << 8) | byte;
      marks |= marksOf(byte * 0x01010101) | (byte === slash && slashes < 0 ? -1 : 0);
      slashes = byte === slash ? -1 : 0;
    }
    hashes[row] = mix(hash, rest);
    const isPlain = (marks & 0x80808080) === 0 && rawNameSize > 0 && view.getUint8(nameStart) !== slash;
    if (!(isPlain || isPlainName(bytes, nameStart, extra)) || hasOtherName(bytes, extra, extraSize, flags)) {
      convertName(walk, at, row);
    }
    at = next;
  }
  walk.at = at;
  walk.entryEnd = entryEnd;
}

/** Decodes the name of the record at `at`, which may be refused. */
function convertName(walk: Walk, at: number, row: number): void {
  const { view, seed } = walk;
  const name = at + recordSize;
  const extra = name + view.getUint16(at + 28, true);
  const { bytes } = walk.views;
  const rawName = bytes.subarray(name, extra);
  const text = decodeName(
    rawName,
    view.getUint16(at + 8, true),
    bytes.subarray(extra, extra + view.getUint16(at + 30, true)),
    view.getUint16(at + 4, true),
  );
  const fault = text === undefined ? "is not the UTF-8 that its flag announces" : nameFault(text);
  if (text === undefined || fault !== undefined) {
    const what = `has a name that ${fault}: ${quoted(text ?? rawName)}; write the archive again without it`;
    throw damaged(walk, at, row, what);
  }
  const utf8 = encodeName(plainName(text));
  if (isSameBytes(utf8, rawName)) return;
  walk.hashes[row] = hashName(viewOf(utf8), 0, utf8.length, seed);
  walk.converted.set(row, utf8);
}

function damaged({ end, file }: Walk, at: number, row: number, what: string): ZarrError {
  const offset = end.start + at;
  return new ZarrError("ERR_ZIP", `central record ${row} at byte ${offset} of ${file} ${what}`, { file, offset });
}

/**
 * Sets the columns that {@link checkCentralRecords} leaves, of the records that it has checked; the names as they are stored.
 */
export function fillColumns(views: DirectoryViews, prefix: number): void {
  const { bytes, record } = views;
  const view = viewOf(bytes);
  for (let row = 0; row < record.length; row++) {
    const at = record[row]!;
    const { compressedSize, size, offset } = placementOf(view, at)!; // checked
    const name = at + recordSize;
    const nameSize = view.getUint16(at + 28, true);
    views.offset[row] = offset + prefix;
    views.compressedSize[row] = compressedSize;
    views.size[row] = size;
    views.name[row] = name;
    views.nameSize[row] = nameSize;
    views.isCurrent[row] = bytes[name + nameSize - 1] === slash ? 0 : 1;
  }
}

/**
 * The entry of a record that was checked, at byte `at` of the directory.
 * @param prefix - bytes of the file before the archive, from which on `offset` counts in a record
 */
export function recordFields(
  directory: DataView,
  at: number,
  prefix: number,
): EntryFields & { readonly offset: number } {
  // 28  file name length, 46 file name (APPNOTE 4.4.10)
  const name = new Uint8Array(
    directory.buffer,
    directory.byteOffset + at + recordSize,
    directory.getUint16(at + 28, true),
  );
  //  8  general purpose bit flag (4.4.4), 10 compression method (4.4.5), 16 CRC-32 (4.4.7)
  const flags = directory.getUint16(at + 8, true);
  const method = directory.getUint16(at + 10, true);
  const crc32 = directory.getUint32(at + 16, true);
  // Asked for with every chunk, and spreading costs as much as all the rest.
  const { compressedSize, size, offset } = placementOf(directory, at)!;
  return { name, flags, method, crc32, compressedSize, size, offset: offset + prefix };
}

/** Sets the names of rows whose names are stored otherwise than in UTF-8, from byte `at` of the directory on. */
export function setConvertedNames(views: DirectoryViews, names: ReadonlyMap<number, Uint8Array>, at: number): void {
  let start = at;
  for (const [row, utf8] of names) {
    views.bytes.set(utf8, start);
    views.name[row] = start;
    views.nameSize[row] = utf8.length;
    views.isCurrent[row] = utf8.at(-1) === slash ? 0 : 1;
    start += utf8.length;
  }
}

/** The payload of the central record at `at`; `undefined` without the ZIP64 extra field that it refers to. */
export function placementOf(view: DataView, at: number): Placement | undefined {
  // 20  compressed size, 24 uncompressed size (APPNOTE 4.4.8, 4.4.9), 42 relative offset of local header (4.4.16)
  const compressedSize = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const offset = view.getUint32(at + 42, true);
  const isPlain = compressedSize !== saturated32 && size !== saturated32 && offset !== saturated32;
  const told = { compressedSize, size, offset };
  return isPlain ? told : zip64Placement(view, at, told);
}

/** The same where a value is in the ZIP64 extra field: that has, in this order, a 64-bit number for each saturated one (4.5.3). */
function zip64Placement(view: DataView, record: number, told: Placement): Placement | undefined {
  let { compressedSize, size, offset } = told;
  let at = record + recordSize + view.getUint16(record + 28, true);
  const extraEnd = at + view.getUint16(record + 30, true);
  //  0  identifier, 2 data size, 4 data (4.5.1)
  for (; at + 4 <= extraEnd && view.getUint16(at, true) !== extraField.zip64; ) at += 4 + view.getUint16(at + 2, true);
  if (at + 4 > extraEnd) return undefined;
  const end = at + 4 + view.getUint16(at + 2, true);
  at += 4;
  const needed =
    8 * (Number(size === saturated32) + Number(compressedSize === saturated32) + Number(offset === saturated32));
  if (end > extraEnd || at + needed > end) return undefined;
  if (size === saturated32) {
    size = getUint64(view, at);
    at += 8;
  }
  if (compressedSize === saturated32) {
    compressedSize = getUint64(view, at);
    at += 8;
  }
  if (offset === saturated32) offset = getUint64(view, at);
  return { compressedSize, size, offset };
}

/** The end of an entry whose local header has no extra fields. */
function earliestEnd(offset: number, nameSize: number, compressedSize: number): number {
  return offset + headerSize + nameSize + compressedSize;
}

/** Entries that share bytes are two readings of them, and let a small file expand to a huge one. */
function rejectOverlaps({ bytes, record }: Walk["views"], prefix: number, file: string): void {
  const view = viewOf(bytes);
  const ends = new Float64Array(record.length);
  const offsets = Float64Array.from(record, (at, row) => {
    const { offset, compressedSize } = placementOf(view, at)!; // checked
    ends[row] = earliestEnd(offset + prefix, view.getUint16(at + 28, true), compressedSize);
    return offset + prefix;
  });
  const rows = Uint32Array.from(offsets, (_, row) => row).sort((a, b) => offsets[a]! - offsets[b]!);
  for (let i = 1; i < rows.length; i++) {
    const [first, second] = [rows[i - 1]!, rows[i]!];
    const offset = offsets[second]!;
    if (offset >= ends[first]!) continue;
    const message = `central records ${first} and ${second} of ${file} share bytes: one entry begins at ${offset}, before the other ends at ${ends[first]}`;
    throw new ZarrError("ERR_ZIP", message, { file, offset });
  }
}

/** True if a name is UTF-8 as it stands and clearly harmless, as almost all are; others are decoded and judged one by one. */
function isPlainName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end || bytes[start] === slash) return false;
  let previous = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0 || byte > 127 || byte === backslash || (byte === dot && previous === dot)) return false;
    if (previous === slash && byte === slash) return false;
    // A dot that is a segment: `a/./b`; one at the end is told by the next test.
    if (byte === slash && previous === dot && (i - 2 < start || bytes[i - 2] === slash)) return false;
    previous = byte;
  }
  return previous !== dot || !(end - 2 < start || bytes[end - 2] === slash);
}

/** Sets the highest bit of some byte if one of the four in a word is a NUL, a backslash, a dot, or not ASCII. */
function marksOf(word: number): number {
  return word | zeroBytes(word) | zeroBytes(word ^ (backslash * 0x01010101)) | zeroBytes(word ^ (dot * 0x01010101));
}

/** Sets the highest bit of some byte if one of the four in a word is zero, and of none if there is none, or none of them is ASCII. */
function zeroBytes(word: number): number {
  return (word - 0x01010101) & ~word;
}

/** True if an entry has a Unicode path, which may be its name. */
function hasOtherName(bytes: Uint8Array, extra: number, extraSize: number, flags: number): boolean {
  if (extraSize === 0 || (flags & utf8Flag) !== 0) return false;
  return findExtraField(bytes, extra, extra + extraSize, extraField.unicodePath) !== undefined;
}

function quoted(name: string | Uint8Array): string {
  const text = typeof name === "string" ? name : String.fromCharCode(...name.subarray(0, 80));
  return JSON.stringify(text.slice(0, 80));
}

/**
 * The records of a ZIP file as APPNOTE 6.3.10 lays them out: where each field is, and how our own records are written.
 * Numbers are little-endian. A field of all one bits says that its value is in a ZIP64 record instead (4.4.1.4).
 */
import { viewOf } from "../bytes/view-of.js";

/** First four bytes of each kind of record. */
export const signature = {
  localHeader: 0x04034b50,
  dataDescriptor: 0x08074b50,
  centralRecord: 0x02014b50,
  endRecord: 0x06054b50,
  zip64EndRecord: 0x06064b50,
  zip64Locator: 0x07064b50,
} as const;

/** Bytes of the fixed part of each kind of record. */
export const fixedSize = {
  localHeader: 30,
  centralRecord: 46,
  endRecord: 22,
  zip64EndRecord: 56,
  zip64Locator: 20,
} as const;

/** "The value is in the ZIP64 record", for fields of 16 and 32 bits. */
export const saturated16 = 0xffff;
export const saturated32 = 0xffffffff;

/** General purpose bits (APPNOTE 4.4.4). */
export const flag = {
  encrypted: 1 << 0,
  dataDescriptor: 1 << 3,
  patched: 1 << 5,
  strongEncryption: 1 << 6,
  utf8: 1 << 11,
  maskedHeader: 1 << 13,
} as const;

/** Compression methods that can be read (APPNOTE 4.4.5). */
export const method = { stored: 0, deflate: 8, bzip2: 12, lzma: 14 } as const;

/** Identifiers of extra fields (APPNOTE 4.5.2). */
export const extraField = { zip64: 0x0001, unicodePath: 0x7075 } as const;

/** The fields of an entry that local header and central record share. */
export interface EntryFields {
  /** The name as stored: UTF-8 or code page 437. */
  readonly name: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  /** Bytes of the payload in the file. */
  readonly compressedSize: number;
  /** Bytes of the value. */
  readonly size: number;
}

/** An unsigned 64-bit number; beyond 2^53 it is not exact, and so far past any file that each bound rejects it. */
export function getUint64(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
}

/** Sets what {@link getUint64} reads. */
export function setUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % 2 ** 32, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}

/**
 * Finds an extra field (APPNOTE 4.5.1: 0 identifier, 2 data size, 4 data). Bytes at the end that make no field are
 * padding, as some writers align payloads with it.
 *
 * @returns the field's data within `bytes`, or `undefined`
 */
export function findExtraField(bytes: Uint8Array, start: number, end: number, id: number): Uint8Array | undefined {
  for (let at = start; at + 4 <= end; ) {
    const dataEnd = at + 4 + (bytes[at + 2]! | (bytes[at + 3]! << 8));
    if (dataEnd > end) return undefined;
    if ((bytes[at]! | (bytes[at + 1]! << 8)) === id) return bytes.subarray(at + 4, dataEnd);
    at = dataEnd;
  }
  return undefined;
}

/**
 * The ZIP64 extra field holds, in the order of `values`, a 64-bit number for each of them that is saturated (4.5.3).
 *
 * @returns `values`, each saturated one replaced, or `undefined` if the field is missing or too short
 */
export function resolveZip64(values: readonly number[], field: Uint8Array | undefined): number[] | undefined {
  if (!values.includes(saturated32)) return [...values];
  if (field === undefined) return undefined;
  const view = viewOf(field);
  const resolved: number[] = [];
  let at = 0;
  for (const value of values) {
    if (value !== saturated32) {
      resolved.push(value);
      continue;
    }
    if (at + 8 > field.length) return undefined;
    resolved.push(getUint64(view, at));
    at += 8;
  }
  return resolved;
}

/** Two 16-bit fields, time and date, of a moment in UTC; two-second steps from 1980 to 2107 (APPNOTE 4.4.6). */
export interface DosTime {
  readonly time: number;
  readonly date: number;
}

/** 1980-01-01 00:00:00, so that the same input gives the same bytes. */
export const earliestTime: DosTime = { time: 0, date: (1 << 5) | 1 };

/** The closest moment that a ZIP file can hold. */
export function dosTime(moment: Date): DosTime {
  const year = moment.getUTCFullYear() - 1980;
  if (!(year >= 0)) return earliestTime;
  if (year > 127) return { time: (23 << 11) | (59 << 5) | 29, date: (127 << 9) | (12 << 5) | 31 };
  return {
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
    date: (year << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
  };
}

/** Versions of the format: 2.0 knows deflate and folders, 4.5 knows ZIP64 (APPNOTE 4.4.3). */
const version = { plain: 20, zip64: 45 } as const;

/** "Made by" 2.0 on Unix, whose mode bits the external attributes then hold (APPNOTE 4.4.2, 4.4.15). */
export const madeByUnix = 3 << 8;

/** A regular file that its owner writes and everyone reads. */
const fileMode = 0o100644;

/** Memory for records: the same bytes in two ways. */
export interface RecordMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Memory for `size` bytes of records. */
export function recordMemory(size: number): RecordMemory {
  const bytes = new Uint8Array(size);
  return { bytes, view: viewOf(bytes) };
}

/** Bytes of a local header. */
export function localHeaderSize(entry: EntrySizes, forceZip64: boolean): number {
  const extraSize = needsLocalZip64(entry, forceZip64) ? 20 : 0;
  return fixedSize.localHeader + entry.name.length + extraSize;
}

type EntrySizes = Pick<EntryFields, "name" | "size" | "compressedSize">;

function needsLocalZip64({ size, compressedSize }: EntrySizes, forceZip64: boolean): boolean {
  return forceZip64 || size >= saturated32 || compressedSize >= saturated32;
}

/**
 * Puts the local header of an entry at `at` of memory that holds zeros; ZIP64 if a size needs it or `forceZip64`, and then both sizes
 * are there (APPNOTE 4.5.3).
 */
export function putLocalHeader(
  { bytes, view }: RecordMemory,
  at: number,
  entry: EntryFields,
  time: DosTime,
  forceZip64: boolean,
): void {
  const zip64 = needsLocalZip64(entry, forceZip64);
  view.setUint32(at, signature.localHeader, true);
  //  4  version needed to extract (4.4.3)
  view.setUint16(at + 4, zip64 ? version.zip64 : version.plain, true);
  //  6  general purpose bit flag (4.4.4)
  view.setUint16(at + 6, entry.flags, true);
  //  8  compression method (4.4.5)
  view.setUint16(at + 8, entry.method, true);
  // 10  last modification time, 12 date (4.4.6)
  view.setUint16(at + 10, time.time, true);
  view.setUint16(at + 12, time.date, true);
  // 14  CRC-32 (4.4.7)
  view.setUint32(at + 14, entry.crc32, true);
  // 18  compressed size (4.4.8), 22 uncompressed size (4.4.9)
  view.setUint32(at + 18, zip64 ? saturated32 : entry.compressedSize, true);
  view.setUint32(at + 22, zip64 ? saturated32 : entry.size, true);
  // 26  file name length (4.4.10), 28 extra field length (4.4.11), 30 file name
  view.setUint16(at + 26, entry.name.length, true);
  view.setUint16(at + 28, zip64 ? 20 : 0, true);
  bytes.set(entry.name, at + fixedSize.localHeader);
  const nameEnd = at + fixedSize.localHeader + entry.name.length;
  if (zip64) writeZip64Field(view, nameEnd, [entry.size, entry.compressedSize]);
}

/** Central directory records go out in pieces of about this size, in bytes. */
const recordPieceBytes = 256 * 1024;

/**
 * Central directory records of entries, one after the other, in pieces; of each entry every value that needs ZIP64, or all if
 * `forceZip64`, is in the extra field.
 */
export function* formatCentralRecords(
  entries: Iterable<EntryFields & { readonly offset: number; readonly time: DosTime }>,
  forceZip64: boolean,
): Generator<Uint8Array> {
  let memory = recordMemory(0);
  let used = 0;
  for (const entry of entries) {
    const zip64Values = zip64ValuesOf(entry, forceZip64);
    const size = fixedSize.centralRecord + entry.name.length + zip64FieldSize(zip64Values);
    if (used + size > memory.bytes.length) {
      if (used > 0) yield memory.bytes.subarray(0, used);
      memory = recordMemory(Math.max(size, recordPieceBytes));
      used = 0;
    }
    putCentralRecord(memory, used, entry, entry.time, zip64Values);
    used += size;
  }
  if (used > 0) yield memory.bytes.subarray(0, used);
}

/** Central directory record of one entry; as {@link formatCentralRecords}. */
export function formatCentralRecord(
  entry: EntryFields & { readonly offset: number },
  time: DosTime,
  forceZip64: boolean,
): Uint8Array {
  const zip64Values = zip64ValuesOf(entry, forceZip64);
  const memory = recordMemory(fixedSize.centralRecord + entry.name.length + zip64FieldSize(zip64Values));
  putCentralRecord(memory, 0, entry, time, zip64Values);
  return memory.bytes;
}

const nothing: readonly number[] = [];

function zip64ValuesOf(
  { size, compressedSize, offset }: Omit<EntrySizes, "name"> & { readonly offset: number },
  forceZip64: boolean,
): readonly number[] {
  if (!forceZip64 && size < saturated32 && compressedSize < saturated32 && offset < saturated32) return nothing;
  return [size, compressedSize, offset].filter((value) => forceZip64 || value >= saturated32);
}

function zip64FieldSize(values: readonly number[]): number {
  return values.length === 0 ? 0 : 4 + 8 * values.length;
}

/** @param zip64Values - those of size, compressed size and offset that are in the extra field */
function putCentralRecord(
  { bytes, view }: RecordMemory,
  at: number,
  entry: EntryFields & { readonly offset: number },
  time: DosTime,
  zip64Values: readonly number[],
): void {
  const field = (value: number) => (zip64Values.includes(value) ? saturated32 : value);
  const needed = zip64Values.length === 0 ? version.plain : version.zip64;
  view.setUint32(at, signature.centralRecord, true);
  //  4  version made by (4.4.2), 6 version needed to extract (4.4.3)
  view.setUint16(at + 4, madeByUnix | needed, true);
  view.setUint16(at + 6, needed, true);
  //  8  general purpose bit flag (4.4.4), 10 compression method (4.4.5)
  view.setUint16(at + 8, entry.flags, true);
  view.setUint16(at + 10, entry.method, true);
  // 12  last modification time, 14 date (4.4.6)
  view.setUint16(at + 12, time.time, true);
  view.setUint16(at + 14, time.date, true);
  // 16  CRC-32 (4.4.7), 20 compressed size (4.4.8), 24 uncompressed size (4.4.9)
  view.setUint32(at + 16, entry.crc32, true);
  view.setUint32(at + 20, field(entry.compressedSize), true);
  view.setUint32(at + 24, field(entry.size), true);
  // 28  file name length (4.4.10), 30 extra field length (4.4.11), 32 file comment length (4.4.12): 0
  view.setUint16(at + 28, entry.name.length, true);
  view.setUint16(at + 30, zip64FieldSize(zip64Values), true);
  // 34  disk number start (4.4.13): 0, 36 internal file attributes (4.4.14): 0, 38 external file attributes (4.4.15)
  view.setUint32(at + 38, fileMode * 2 ** 16, true);
  // 42  relative offset of local header (4.4.16), 46 file name
  view.setUint32(at + 42, field(entry.offset), true);
  bytes.set(entry.name, at + fixedSize.centralRecord);
  if (zip64Values.length > 0) writeZip64Field(view, at + fixedSize.centralRecord + entry.name.length, zip64Values);
}

/** ZIP64 extended information: 0 identifier, 2 data size, 4 values (APPNOTE 4.5.3). */
function writeZip64Field(view: DataView, at: number, values: readonly number[]): void {
  view.setUint16(at, extraField.zip64, true);
  view.setUint16(at + 2, 8 * values.length, true);
  values.forEach((value, i) => {
    setUint64(view, at + 4 + 8 * i, value);
  });
}

/** The central directory's place and size in the end records. */
export interface DirectoryExtent {
  /** Number of records. */
  readonly count: number;
  /** Bytes of all records. */
  readonly size: number;
  /** Byte at which the first record begins. */
  readonly offset: number;
}

/** The end record, behind its ZIP64 companions where a value needs them, or `forceZip64`. */
export function formatEndRecords(extent: DirectoryExtent, comment: Uint8Array, forceZip64: boolean): Uint8Array {
  const { count, size, offset } = extent;
  const zip64 = forceZip64 || count >= saturated16 || size >= saturated32 || offset >= saturated32;
  const zip64Size = zip64 ? fixedSize.zip64EndRecord + fixedSize.zip64Locator : 0;
  const bytes = new Uint8Array(zip64Size + fixedSize.endRecord + comment.length);
  if (zip64) writeZip64EndRecords(viewOf(bytes), extent);
  const view = viewOf(bytes.subarray(zip64Size));
  view.setUint32(0, signature.endRecord, true);
  //  4  number of this disk (4.4.19): 0, 6 disk with the start of the central directory (4.4.20): 0
  //  8  number of records on this disk (4.4.21), 10 in total (4.4.22)
  view.setUint16(8, zip64 ? saturated16 : count, true);
  view.setUint16(10, zip64 ? saturated16 : count, true);
  // 12  size of the central directory (4.4.23), 16 its offset (4.4.24)
  view.setUint32(12, zip64 ? saturated32 : size, true);
  view.setUint32(16, zip64 ? saturated32 : offset, true);
  // 20  comment length (4.4.25), 22 comment (4.4.26)
  view.setUint16(20, comment.length, true);
  bytes.set(comment, zip64Size + fixedSize.endRecord);
  return bytes;
}

/** Bytes of an archive of these entries, one after the other. */
export function archiveSize(entries: Iterable<EntrySizes>, commentSize: number, forceZip64: boolean): number {
  const extent = { count: 0, size: 0, offset: 0 };
  for (const entry of entries) {
    const zip64Values = zip64ValuesOf({ ...entry, offset: extent.offset }, forceZip64);
    extent.count++;
    extent.size += fixedSize.centralRecord + entry.name.length + zip64FieldSize(zip64Values);
    extent.offset += localHeaderSize(entry, forceZip64) + entry.compressedSize;
  }
  return extent.offset + extent.size + formatEndRecords(extent, new Uint8Array(), forceZip64).length + commentSize;
}

function writeZip64EndRecords(view: DataView, { count, size, offset }: DirectoryExtent): void {
  view.setUint32(0, signature.zip64EndRecord, true);
  //  4  size of the rest of this record (4.3.14.1)
  setUint64(view, 4, fixedSize.zip64EndRecord - 12);
  // 12  version made by (4.4.2), 14 version needed to extract (4.4.3)
  view.setUint16(12, madeByUnix | version.zip64, true);
  view.setUint16(14, version.zip64, true);
  // 16  number of this disk: 0, 20 disk with the start of the central directory: 0
  // 24  number of records on this disk, 32 in total
  setUint64(view, 24, count);
  setUint64(view, 32, count);
  // 40  size of the central directory, 48 its offset
  setUint64(view, 40, size);
  setUint64(view, 48, offset);
  const locator = fixedSize.zip64EndRecord;
  view.setUint32(locator, signature.zip64Locator, true);
  // +4  disk with the ZIP64 end record: 0, +8 its offset, +16 number of disks (4.3.15)
  setUint64(view, locator + 8, offset + size);
  view.setUint32(locator + 16, 1, true);
}

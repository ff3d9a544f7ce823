import type { KeyNumber, TakeBatch } from "../bytes/bulk-reads.js";
import type { ByteSource } from "../bytes/byte-source.js";
import { coalesce, type RangeGroup } from "../bytes/coalesce.js";
import { crc32Within } from "../bytes/crc32.js";
import { beginsWith } from "../bytes/find-bytes.js";
import type { Directory } from "./directory.js";
import type { DirectoryViews } from "./directory-columns.js";
import { fixedSize, flag, method } from "./records.js";
import { nearReadBytes, readAtOnce } from "./source-reading.js";

/** Unwanted bytes between two entries that are cheaper to read than to leave out. */
const maxGap = 16 * 1024;

/** Room for the extra fields of a local header. */
const expectedExtraBytes = 64;

/** The entries to read, in columns. */
interface WantedEntries {
  /** In the order in which they lie in the file. */
  readonly rows: readonly number[];
  /** The number of each. */
  readonly numbers: readonly number[];
}

/**
 * Reads many small entries: in the order in which they lie in the file, and many by one read. Each is checked against its CRC-32 and
 * its central record.
 *
 * @param prefix - of their names, in UTF-8
 * @param maxBytes - of a value; longer ones are left
 * @param take - takes what was read; the memory is used again afterwards
 * @returns numbers of wanted entries that have to be read one by one: long, compressed, or not as their record says
 * @throws ZarrError `ERR_STORE_READ`; and what `take` throws
 */
export async function readEntryBatches(
  source: ByteSource,
  directory: Directory,
  prefix: Uint8Array,
  numberOf: KeyNumber,
  maxBytes: number,
  take: TakeBatch,
): Promise<number[]> {
  const views = directory.columns();
  const { rows, numbers } = wantedEntries(views, prefix, numberOf);
  const left: number[] = [];
  const memory = new Uint8Array(nearReadBytes);
  const groups = entryGroups(views, rows, maxBytes, directory.start);
  const giveUp = source.expect?.(groups.map(({ start, end }) => ({ offset: start, length: end - start })));
  try {
    for (const { first, last, start: begin, end } of groups) {
      const bytes = readAtOnce(source, begin, end - begin, memory) ?? (await source.read(begin, end - begin));
      const batch = { bytes, numbers: [] as number[], starts: [] as number[], sizes: [] as number[] };
      for (let i = first; i < last; i++) {
        const row = rows[i]!;
        const size = views.size[row]!;
        const at = views.offset[row]! - begin;
        const headerSize = size <= maxBytes ? plainHeaderSize(bytes, at, views, row) : 0;
        const start = at + headerSize;
        if (
          headerSize === 0 ||
          start + size > bytes.length ||
          crc32Within(bytes, start, start + size) !== crcOf(views, row)
        ) {
          left.push(numbers[i]!);
          continue;
        }
        directory.rememberHeaderSize(row, headerSize);
        directory.rememberVerified(row);
        batch.numbers.push(numbers[i]!);
        batch.starts.push(start);
        batch.sizes.push(size);
      }
      // What can be had at once costs no turn of the event loop.
      const taken = take(batch);
      if (taken !== undefined) await taken;
    }
  } finally {
    giveUp?.();
  }
  return left;
}

function entryGroups(
  { offset, nameSize, compressedSize }: DirectoryViews,
  rows: readonly number[],
  maxBytes: number,
  directoryStart: number,
): RangeGroup[] {
  const startOf = (i: number) => offset[rows[i]!]!;
  const endOf = (i: number) => {
    const row = rows[i]!;
    const room = fixedSize.localHeader + nameSize[row]! + expectedExtraBytes + Math.min(compressedSize[row]!, maxBytes);
    return Math.min(directoryStart, offset[row]! + room);
  };
  return coalesce(rows.length, startOf, endOf, { maxGap, maxBytes: nearReadBytes });
}

function wantedEntries(views: DirectoryViews, prefix: Uint8Array, numberOf: KeyNumber): WantedEntries {
  const { bytes, name, nameSize, isCurrent, offset } = views;
  const rows: number[] = [];
  const numbers: number[] = [];
  let isAscending = true;
  for (let row = 0; row < isCurrent.length; row++) {
    const start = name[row]!;
    const size = nameSize[row]!;
    if (isCurrent[row] === 0 || size <= prefix.length || !beginsWith(bytes, start, prefix)) continue;
    const number = numberOf(bytes, start + prefix.length, start + size);
    if (number < 0) continue;
    isAscending &&= rows.length === 0 || offset[row]! >= offset[rows[rows.length - 1]!]!;
    rows.push(row);
    numbers.push(number);
  }
  if (isAscending) return { rows, numbers };
  const order = rows.map((_, i) => i).sort((a, b) => offset[rows[a]!]! - offset[rows[b]!]!);
  return { rows: order.map((i) => rows[i]!), numbers: order.map((i) => numbers[i]!) };
}

/** Bytes of the local header at `at`, if the value is stored as it is, and both headers say the same; else 0. */
function plainHeaderSize(
  local: Uint8Array,
  at: number,
  { bytes: central, record, compressedSize, size }: DirectoryViews,
  row: number,
): number {
  const from = record[row]!;
  const uint16 = (bytes: Uint8Array, i: number) => bytes[i]! | (bytes[i + 1]! << 8);
  if (at + fixedSize.localHeader > local.length || compressedSize[row] !== size[row]) return 0;
  //  0  local file header signature (APPNOTE 4.3.7)
  if (uint16(local, at) !== 0x4b50 || uint16(local, at + 2) !== 0x0403) return 0;
  //  6  general purpose bit flag (4.4.4), 8 compression method (4.4.5); two bytes further on in the central record
  const flags = uint16(central, from + 8);
  if ((flags & ~flag.utf8) !== 0 || uint16(local, at + 6) !== flags) return 0;
  if (uint16(central, from + 10) !== method.stored || uint16(local, at + 8) !== method.stored) return 0;
  // 14  CRC-32 (4.4.7), 18 compressed size (4.4.8), 22 uncompressed size (4.4.9), 26 file name length (4.4.10)
  for (let i = 14; i < 28; i++) if (local[at + i] !== central[from + i + 2]) return 0;
  const nameSize = uint16(local, at + 26);
  const headerSize = fixedSize.localHeader + nameSize + uint16(local, at + 28);
  if (at + headerSize > local.length) return 0;
  // A size of 32 bits that refers to a ZIP64 field is not the size.
  if (uint16(local, at + 18) + uint16(local, at + 20) * 0x10000 !== size[row]) return 0;
  for (let i = 0; i < nameSize; i++) {
    if (local[at + fixedSize.localHeader + i] !== central[from + fixedSize.centralRecord + i]) return 0;
  }
  return headerSize;
}

function crcOf({ bytes, record }: DirectoryViews, row: number): number {
  // 16  CRC-32 (4.4.7)
  const at = record[row]! + 16;
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

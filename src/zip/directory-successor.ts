import { putInRow } from "../bytes/concatenate.js";
import {
  type DirectoryExtents,
  type DirectoryMemory,
  type DirectoryViews,
  directoryMemory,
  extendedMemory,
} from "./directory-columns.js";
import { buildNameTable, enterName } from "./name-table.js";
import { fixedSize } from "./records.js";

/** A record at the end of a new central directory. */
export interface AddedRecord {
  /** Byte of the file at which the local header begins. */
  readonly offset: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerSize: number;
  /** Bytes of the name, and of the whole record. */
  readonly nameSize: number;
  readonly recordSize: number;
  /** Row of the entry of the same name in the directory before, or -1. */
  readonly replaces: number;
}

/** A directory, and the seed of its hash table. */
export interface BuiltDirectory extends DirectoryMemory {
  readonly seed: number;
}

/**
 * The directory that a commit has just written, from the one before: nothing is parsed again.
 *
 * @param before - without names that had to be converted
 * @param recordBytes - bytes of all its central records
 * @param removed - rows that are gone, in ascending order: those that `added` replaces, and others
 * @param raw - the new central directory and end records, in pieces
 */
export function succeedDirectory(
  before: DirectoryViews,
  seed: number,
  recordBytes: number,
  removed: readonly number[],
  added: readonly AddedRecord[],
  raw: readonly Uint8Array[],
  file: string,
): BuiltDirectory {
  const rows = before.record.length;
  const kept = rows - removed.length;
  const rawSize = raw.reduce((size, piece) => size + piece.length, 0);
  const memory = directoryMemory(kept + added.length, rawSize, roomFor(kept + added.length, rawSize));
  const after = memory.views;
  putInRow(after.bytes, raw);
  addRows(after, kept, copyKept(before, after, recordBytes, removed), added);
  const replaced = added.filter(({ replaces }) => replaces >= 0).length;
  if (after.slots.length !== before.slots.length || replaced !== removed.length) {
    return { ...memory, seed: buildNameTable(after, file) };
  }
  if (removed.length === 0) after.slots.set(before.slots);
  else moveSlots(before, after, removed, added);
  added.forEach(({ replaces }, i) => {
    if (replaces < 0) enterName(after, seed, kept + i);
  });
  return { ...memory, seed };
}

/**
 * The directory that a commit has just written, in the memory of the one before, of which nothing but its end records is lost: the new
 * records take their place.
 *
 * @param recordBytes - bytes of all central records before, which have all stayed
 * @param raw - the new central directory and end records, in pieces
 * @returns `undefined` where that memory has no room
 */
export function growDirectory(
  buffer: ArrayBufferLike,
  extents: DirectoryExtents,
  seed: number,
  recordBytes: number,
  added: readonly AddedRecord[],
  raw: readonly Uint8Array[],
): BuiltDirectory | undefined {
  const rows = extents.rows + added.length;
  const rawSize = raw.reduce((size, piece) => size + piece.length, 0);
  const memory = extendedMemory(buffer, extents, rows, rawSize);
  if (memory === undefined) return undefined;
  const { views } = memory;
  putInRow(views.bytes.subarray(recordBytes), behind(raw, recordBytes));
  addRows(views, extents.rows, recordBytes, added);
  for (let row = extents.rows; row < rows; row++) enterName(views, seed, row);
  return { ...memory, seed };
}

/** The part that follows the first `size` bytes. */
function behind(pieces: readonly Uint8Array[], size: number): Uint8Array[] {
  let skipped = 0;
  return pieces.map((piece) => {
    const start = Math.min(piece.length, size - skipped);
    skipped += start;
    return piece.subarray(start);
  });
}

/** Room for an eighth more. */
function roomFor(rows: number, bytes: number) {
  return { rows: rows + Math.max(32, rows >> 3), bytes: bytes + Math.max(4096, bytes >> 3) };
}

/** Fills the columns of new rows, from `first` on, whose records begin at `start`. */
function addRows(views: DirectoryViews, first: number, start: number, added: readonly AddedRecord[]): void {
  let at = start;
  added.forEach((record, i) => {
    const row = first + i;
    views.offset[row] = record.offset;
    views.compressedSize[row] = record.compressedSize;
    views.size[row] = record.size;
    views.headerSize[row] = record.headerSize;
    views.record[row] = at;
    views.name[row] = at + fixedSize.centralRecord;
    views.nameSize[row] = record.nameSize;
    views.isCurrent[row] = 1;
    at += record.recordSize;
  });
}

/** Copies the rows that stay; those after one that goes move up. Returns where their records end. */
function copyKept(
  before: DirectoryViews,
  after: DirectoryViews,
  recordBytes: number,
  removed: readonly number[],
): number {
  const rows = before.record.length;
  let from = 0;
  let to = 0;
  let gone = 0;
  for (const end of [...removed, rows]) {
    for (const column of [
      "offset",
      "compressedSize",
      "size",
      "headerSize",
      "nameSize",
      "isCurrent",
      "isVerified",
    ] as const) {
      after[column].set(before[column].subarray(from, end), to);
    }
    if (gone === 0) {
      after.record.set(before.record.subarray(from, end), to);
      after.name.set(before.name.subarray(from, end), to);
      to += end - from;
    } else {
      for (let row = from; row < end; row++, to++) {
        after.record[to] = before.record[row]! - gone;
        after.name[to] = before.name[row]! - gone;
      }
    }
    if (end < rows) gone += (before.record[end + 1] ?? recordBytes) - before.record[end]!;
    from = end + 1;
  }
  return recordBytes - gone;
}

/** Names keep their slots; what these say of rows moves with the rows. */
function moveSlots(
  before: DirectoryViews,
  after: DirectoryViews,
  removed: readonly number[],
  added: readonly AddedRecord[],
): void {
  const rows = before.record.length;
  const kept = rows - removed.length;
  const moved = new Uint32Array(rows + 1);
  let gone = 0;
  for (let row = 0; row < rows; row++) {
    if (removed[gone] === row) gone++;
    moved[row + 1] = row - gone + 1;
  }
  added.forEach(({ replaces }, i) => {
    if (replaces >= 0) moved[replaces + 1] = kept + i + 1;
  });
  const { slots } = before;
  for (let i = 0; i < slots.length; i++) after.slots[i] = moved[slots[i]!]!;
}

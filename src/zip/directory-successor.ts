import { putInRow } from "../bytes/concatenate.js";
import { type DirectoryMemory, type DirectoryViews, directoryMemory } from "./directory-columns.js";
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
  const memory = directoryMemory(kept + added.length, rawSize);
  const after = memory.views;
  putInRow(after.bytes, raw);
  let at = copyKept(before, after, recordBytes, removed);
  added.forEach((record, i) => {
    const row = kept + i;
    after.offset[row] = record.offset;
    after.compressedSize[row] = record.compressedSize;
    after.size[row] = record.size;
    after.headerSize[row] = record.headerSize;
    after.record[row] = at;
    after.name[row] = at + fixedSize.centralRecord;
    after.nameSize[row] = record.nameSize;
    after.isCurrent[row] = 1;
    at += record.recordSize;
  });
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

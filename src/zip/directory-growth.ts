import { isSameBytes } from "../bytes/find-bytes.js";
import { viewOf } from "../bytes/view-of.js";
import { isZarrError } from "../errors.js";
import { checkCentralRecords, placementOf } from "./central-records.js";
import type { DirectoryViews } from "./directory-columns.js";
import type { AddedRecord } from "./directory-successor.js";
import type { ArchiveEnd } from "./end-record.js";
import { findRow } from "./name-table.js";
import { fixedSize } from "./records.js";

export { growDirectory, succeedDirectory } from "./directory-successor.js";

/** From one directory to a later one of the same file. */
export interface DirectoryGrowth {
  /** Rows of the earlier one that are gone, in ascending order. */
  readonly removed: readonly number[];
  /** Records behind those that stayed. */
  readonly added: readonly AddedRecord[];
}

/** A parsed directory, as {@link growthOf} needs it. */
export interface EarlierDirectory {
  readonly file: string;
  /** Without names that had to be converted. */
  readonly views: DirectoryViews;
  /** Seed of the hash table of names. */
  readonly seed: number;
  readonly end: ArchiveEnd;
}

/** Names of folders end in it. */
const slash = 0x2f;

/** If more rows are gone, or more are new, the directory is parsed as a whole. */
const mostChanges = 256;

/**
 * The difference between a directory and an earlier one, if it is that one with records taken out and others behind it, as our commits
 * make it. Every byte is compared or parsed, so that the result is that of a parse of the whole.
 *
 * @param raw - the bytes of the file from `end.start` to `end.end`
 * @returns `undefined` where the whole has to be parsed to know
 */
export function growthOf(before: EarlierDirectory, raw: Uint8Array, end: ArchiveEnd): DirectoryGrowth | undefined {
  const { views } = before;
  const isLater = end.start >= before.end.end && end.prefix === before.end.prefix;
  // Where one name had several records, those before the last come back when that goes.
  if (!isLater || views.isCurrent.includes(0)) return undefined;
  const records = raw.subarray(0, end.directoryEnd - end.start);
  const rows = views.record.length;
  const removed: number[] = [];
  let at = 0;
  for (let row = 0; ; row++) {
    const kept = keptRows(before, row, records.subarray(at));
    at += recordStart(before, row + kept) - recordStart(before, row);
    row += kept;
    if (row === rows) break;
    if (removed.length === mostChanges) return undefined;
    removed.push(row);
  }
  const count = end.count - (rows - removed.length);
  if (count < 0 || count > mostChanges) return undefined;
  const added = addedRecords(before, removed, records.subarray(at), { ...end, start: end.start + at, count });
  const isBehind = added?.every(
    ({ offset, compressedSize, nameSize }) =>
      offset >= before.end.end && offset + fixedSize.localHeader + nameSize + compressedSize <= end.start,
  );
  return isBehind && added !== undefined ? { removed, added } : undefined;
}

/** The number of rows from `row` on that have the records with which `records` begins. */
function keptRows(before: EarlierDirectory, row: number, records: Uint8Array): number {
  const { bytes } = before.views;
  const start = recordStart(before, row);
  let same = row;
  let different = before.views.record.length + 1;
  while (different - same > 1) {
    const middle = Math.floor((same + different) / 2);
    const [from, to] = [recordStart(before, same), recordStart(before, middle)];
    const isSame =
      to - start <= records.length && isSameBytes(bytes.subarray(from, to), records.subarray(from - start, to - start));
    if (isSame) same = middle;
    else different = middle;
  }
  return same - row;
}

/** Position of a row's central record; after the last that of their end. */
function recordStart({ views, end }: EarlierDirectory, row: number): number {
  return views.record[row] ?? end.directoryEnd - end.start;
}

/** Records behind those that stayed; `undefined` if one is no more than a plain new value of a name. */
function addedRecords(
  { views, seed, file }: EarlierDirectory,
  removed: readonly number[],
  bytes: Uint8Array,
  end: ArchiveEnd,
): AddedRecord[] | undefined {
  const records = recordsIfPlain(bytes, end, file);
  if (records === undefined) return undefined;
  const view = viewOf(bytes);
  const names = new Set<string>();
  const added: AddedRecord[] = [];
  for (const [i, record] of records.entries()) {
    const { offset, compressedSize, size } = placementOf(view, record)!; // checked
    // 28  file name length, 46 file name (APPNOTE 4.4.10)
    const nameSize = view.getUint16(record + 28, true);
    const name = record + fixedSize.centralRecord;
    const utf8 = bytes.subarray(name, name + nameSize);
    if (utf8.at(-1) === slash) return undefined;
    names.add(String.fromCharCode(...utf8));
    const replaces = findRow(views, seed, utf8);
    if (replaces >= 0 && !removed.includes(replaces)) return undefined;
    added.push({
      offset: offset + end.prefix,
      compressedSize,
      size,
      headerSize: 0,
      nameSize,
      recordSize: (records[i + 1] ?? bytes.length) - record,
      replaces,
    });
  }
  return names.size === added.length ? added : undefined;
}

/** The start of each central record; what is wrong with them, or with a name, a parse of the whole says better. */
function recordsIfPlain(bytes: Uint8Array, end: ArchiveEnd, file: string): Uint32Array | undefined {
  const record = new Uint32Array(end.count);
  try {
    const { converted } = checkCentralRecords({ bytes, record }, end, file, 0);
    return converted.size > 0 ? undefined : record;
  } catch (error) {
    if (isZarrError(error, "ERR_ZIP")) return undefined;
    throw error;
  }
}

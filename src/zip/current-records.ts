import type { Directory } from "./directory.js";

/** Names of folders end in it. */
const slash = 0x2f;

/**
 * The central records as they are in the file, in as few pieces as may be, without those of the rows `without`, and without
 * those that later records of the same name replace.
 */
export function currentRecords(
  directory: Directory,
  without: ReadonlySet<number>,
): { readonly pieces: Uint8Array[]; readonly count: number } {
  const { bytes, record, isCurrent, name, nameSize } = directory.columns();
  const end = directory.recordBytes;
  if (without.size === 0 && !isCurrent.includes(0)) {
    return { pieces: [bytes.subarray(0, end)], count: isCurrent.length };
  }
  const dropped = new Set(without);
  for (let row = isCurrent.indexOf(0); row >= 0; row = isCurrent.indexOf(0, row + 1)) {
    const isFolder = bytes[name[row]! + nameSize[row]! - 1] === slash;
    if (!isFolder) dropped.add(row);
  }
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const row of [...dropped].sort((a, b) => a - b)) {
    if (record[row]! > start) pieces.push(bytes.subarray(start, record[row]));
    start = record[row + 1] ?? end;
  }
  if (end > start) pieces.push(bytes.subarray(start, end));
  return { pieces, count: isCurrent.length - dropped.size };
}

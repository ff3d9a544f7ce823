import { concatenate } from "../bytes/concatenate.js";
import { viewOf } from "../bytes/view-of.js";
import { ZarrError } from "../errors.js";
import { type DirectoryColumns, directoryBufferSize, directoryViews } from "./directory-columns.js";
import type { ArchiveEnd } from "./end-record.js";
import { decodeName, encodeName, nameFault } from "./entry-name.js";
import {
  extraField,
  findExtraField,
  fixedSize,
  flag,
  method,
  resolveZip64,
  saturated16,
  saturated32,
  signature,
} from "./records.js";

/** Columns of a central directory; `name` counts from the first record, and goes on in `convertedNames` after them. */
export interface ParsedRecords {
  readonly columns: DirectoryColumns;
  readonly convertedNames: Uint8Array;
}

/**
 * Parses the central records at the start of `bytes`, which are the file's from `end.start` on.
 *
 * @throws ZarrError `ERR_ZIP` - a record breaks APPNOTE, places its entry outside of the archive
 *   or over another one, or has a name that is refused
 */
export function parseCentralRecords(bytes: Uint8Array, end: ArchiveEnd, file: string): ParsedRecords {
  const { count, start, prefix } = end;
  const size = end.directoryEnd - start;
  const extents = { rows: count, slots: 0, bytes: 0 };
  const columns = directoryViews(new ArrayBuffer(directoryBufferSize(extents)), extents);
  const view = viewOf(bytes);
  const converted: Uint8Array[] = [];
  let convertedSize = 0;
  /** Where each entry ends at the earliest: its local header can have extra fields. */
  const ends = new Float64Array(count);
  let at = 0;
  for (let row = 0; row < count; row++) {
    if (at + fixedSize.centralRecord > size) throw damaged(row, "begins past the end of the central directory");
    if (view.getUint32(at, true) !== signature.centralRecord) throw damaged(row, "has no central record's signature");
    //  4  version made by, 6 version needed to extract (APPNOTE 4.4.2, 4.4.3): the method says what is needed
    //  8  general purpose bit flag, 10 compression method (4.4.4, 4.4.5)
    const flags = view.getUint16(at + 8, true);
    // 12  last modification time, 14 date, 16 CRC-32 (4.4.6, 4.4.7)
    // 20  compressed size, 24 uncompressed size (4.4.8, 4.4.9)
    let compressedSize = view.getUint32(at + 20, true);
    let valueSize = view.getUint32(at + 24, true);
    // 28  file name length, 30 extra field length, 32 file comment length (4.4.10, 4.4.11, 4.4.12)
    const nameSize = view.getUint16(at + 28, true);
    const extraSize = view.getUint16(at + 30, true);
    // 34  disk number start, 36 internal file attributes, 38 external file attributes (4.4.13, 4.4.14, 4.4.15)
    const disk = view.getUint16(at + 34, true);
    // 42  relative offset of local header (4.4.16)
    let offset = view.getUint32(at + 42, true);
    // 46  file name, extra field, file comment
    const name = at + fixedSize.centralRecord;
    const extra = name + nameSize;
    const next = extra + extraSize + view.getUint16(at + 32, true);
    if (next > size)
      throw damaged(row, `with its name and extra fields ends at ${start + next}, past the central directory`);
    if (compressedSize === saturated32 || valueSize === saturated32 || offset === saturated32) {
      const field = findExtraField(bytes, extra, extra + extraSize, extraField.zip64);
      const values = resolveZip64([valueSize, compressedSize, offset], field);
      if (values === undefined) throw damaged(row, "refers to a ZIP64 extra field that is missing or too short");
      [valueSize, compressedSize, offset] = values as [number, number, number];
    }
    if (disk !== 0 && disk !== saturated16) throw damaged(row, `places its entry on disk ${disk} of a split archive`);
    offset += prefix;
    ends[row] = offset + fixedSize.localHeader + nameSize + compressedSize;
    if (ends[row]! > start) {
      throw damaged(row, `places ${compressedSize} bytes at ${offset}, but they must end before byte ${start}`);
    }
    if (
      view.getUint16(at + 10, true) === method.stored &&
      compressedSize !== valueSize &&
      (flags & flag.encrypted) === 0
    ) {
      throw damaged(row, `has ${compressedSize} stored bytes for a value of ${valueSize}`);
    }
    columns.offset[row] = offset;
    columns.compressedSize[row] = compressedSize;
    columns.size[row] = valueSize;
    columns.record[row] = at;
    columns.name[row] = name;
    columns.nameSize[row] = nameSize;
    let isFolder = bytes[extra - 1] === slash;
    if (!isPlainName(bytes, name, extra, flags, extraSize)) {
      const rawName = bytes.subarray(name, extra);
      const text = decodeName(rawName, flags, bytes.subarray(extra, extra + extraSize));
      const fault = text === undefined ? "is not the UTF-8 that its flag announces" : nameFault(text);
      if (text === undefined || fault !== undefined) {
        throw damaged(row, `has a name that ${fault}: ${quoted(text ?? rawName)}; write the archive again without it`);
      }
      const utf8 = encodeName(text);
      isFolder = utf8[utf8.length - 1] === slash;
      columns.name[row] = bytes.length + convertedSize;
      columns.nameSize[row] = utf8.length;
      converted.push(utf8);
      convertedSize += utf8.length;
    }
    columns.isCurrent[row] = isFolder ? 0 : 1;
    at = next;
  }
  if (at !== size) throw damaged(count, `should be the end of the central directory at ${end.directoryEnd}`);
  rejectOverlaps(columns.offset, ends, file);

  return { columns, convertedNames: concatenate(converted) };

  function damaged(row: number, what: string): ZarrError {
    const offset = start + at;
    return new ZarrError("ERR_ZIP", `central record ${row} at byte ${offset} of ${file} ${what}`, { file, offset });
  }
}

/** Entries that share bytes are two readings of them, and let a small file expand to a huge one. */
function rejectOverlaps(offsets: Float64Array, ends: Float64Array, file: string): void {
  if (offsets.every((offset, row) => row === 0 || offset >= ends[row - 1]!)) return;
  const rows = Uint32Array.from(offsets, (_, row) => row).sort((a, b) => offsets[a]! - offsets[b]!);
  for (let i = 1; i < rows.length; i++) {
    const [first, second] = [rows[i - 1]!, rows[i]!];
    const offset = offsets[second]!;
    if (offset >= ends[first]!) continue;
    const message = `central records ${first} and ${second} of ${file} share bytes: one entry begins at ${offset}, before the other ends at ${ends[first]}`;
    throw new ZarrError("ERR_ZIP", message, { file, offset });
  }
}

/** Names end in a slash if and only if they are of folders (APPNOTE 4.3.8). */
const slash = 0x2f;

/** Whether a name is UTF-8 as it stands and clearly harmless, as almost all are; others are decoded and judged one by one. */
function isPlainName(bytes: Uint8Array, start: number, end: number, flags: number, extraSize: number): boolean {
  if (start === end || bytes[start] === slash) return false;
  let previous = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0 || byte > 127 || byte === 0x5c || (byte === 0x2e && previous === 0x2e)) return false;
    previous = byte;
  }
  const maybeOtherName = (flags & flag.utf8) === 0 && extraSize > 0;
  return !(maybeOtherName && findExtraField(bytes, end, end + extraSize, extraField.unicodePath));
}

function quoted(name: string | Uint8Array): string {
  const text = typeof name === "string" ? name : String.fromCharCode(...name.subarray(0, 80));
  return JSON.stringify(text.slice(0, 80));
}

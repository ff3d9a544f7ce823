import type { Directory } from "./directory.js";

/** One entry of an archive, as the central directory describes it. */
export interface ArchiveEntry {
  /** Name: of a value its key, of a folder with a slash at its end. */
  readonly name: string;
  /** Byte of the file at which the entry, which begins with its local header, is. */
  readonly offset: number;
  /** Bytes of the value. */
  readonly size: number;
  /** Bytes that the value takes in the file. */
  readonly compressedSize: number;
  /** Compression method: 0 is stored, 8 is deflate (APPNOTE 4.4.5). */
  readonly method: number;
  /** Checksum of the value. */
  readonly crc32: number;
  /** False where a later entry of the same name replaces this one, and of folders. */
  readonly isCurrent: boolean;
}

/** All records of a directory, in their order. */
export function entriesOf(directory: Directory): ArchiveEntry[] {
  const { isCurrent } = directory.columns();
  return Array.from(isCurrent, (current, row) => {
    const { offset, size, compressedSize, method, crc32 } = directory.entry(row);
    const name = directory.name(row);
    return { name, offset, size, compressedSize, method, crc32, isCurrent: current === 1 };
  });
}

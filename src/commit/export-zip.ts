import { crc32 } from "../bytes/crc32.js";
import { checkedName } from "../zip/entry-name.js";
import {
  type EntryFields,
  earliestTime,
  flag,
  formatCentralRecords,
  formatEndRecords,
  localHeaderSize,
  method,
  putLocalHeader,
  recordMemory,
} from "../zip/records.js";

type WrittenEntry = EntryFields & { readonly offset: number; readonly time: typeof earliestTime };

/**
 * A new archive, piece by piece, for outputs that cannot seek. Entries are stored, in the order in which they come, and one is asked for when
 * the last one has been taken: one of them and the directory are in memory.
 *
 * @param options.zip64 - whether every record has the ZIP64 form, needed or not
 * @throws ZarrError `ERR_ARGUMENT` - a name that no entry can have; and what `entries` throws
 */
export async function* archivePieces(
  entries: AsyncIterable<readonly [name: string, value: Uint8Array]>,
  { comment = new Uint8Array(), zip64 = false }: { readonly comment?: Uint8Array; readonly zip64?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  const written: WrittenEntry[] = [];
  let offset = 0;
  for await (const [key, bytes] of entries) {
    const name = checkedName(key);
    const sizes = { size: bytes.length, compressedSize: bytes.length };
    const entry = {
      name,
      flags: flag.utf8,
      method: method.stored,
      crc32: crc32(bytes),
      ...sizes,
      offset,
      time: earliestTime,
    };
    const headerSize = localHeaderSize(entry, zip64);
    const header = recordMemory(headerSize);
    putLocalHeader(header, 0, entry, earliestTime, zip64);
    yield header.bytes;
    yield bytes;
    written.push(entry);
    offset += headerSize + bytes.length;
  }
  let size = 0;
  for (const piece of formatCentralRecords(written, zip64)) {
    yield piece;
    size += piece.length;
  }
  yield formatEndRecords({ count: written.length, size, offset }, comment, zip64);
}

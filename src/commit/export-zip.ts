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
 * @throws ZarrError `ERR_ARGUMENT` - a name that no entry can have; and what `entries` throws
 */
export async function* archivePieces(
  entries: AsyncIterable<readonly [name: string, value: Uint8Array]>,
  comment: Uint8Array = new Uint8Array(),
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
    const headerSize = localHeaderSize(entry, false);
    const header = recordMemory(headerSize);
    putLocalHeader(header, 0, entry, earliestTime, false);
    yield header.bytes;
    yield bytes;
    written.push(entry);
    offset += headerSize + bytes.length;
  }
  let size = 0;
  for (const piece of formatCentralRecords(written, false)) {
    yield piece;
    size += piece.length;
  }
  yield formatEndRecords({ count: written.length, size, offset }, comment, false);
}

import { crc32 } from "../bytes/crc32.js";
import { checkedName } from "../zip/new-entry-name.js";
import {
  earliestTime,
  flag,
  formatCentralRecord,
  formatEndRecords,
  localHeaderSize,
  method,
  putLocalHeader,
  recordMemory,
} from "../zip/records.js";

/** Small pieces are put together up to this size, in bytes. */
const pieceBytes = 256 * 1024;

/**
 * A new archive, piece by piece, for outputs that cannot seek. Entries are stored, in the order in which they come: a piece of them and
 * the directory are in memory.
 *
 * @param options.zip64 - whether every record has the ZIP64 form, needed or not
 * @throws ZarrError `ERR_ARGUMENT` - a name that no entry can have; and what `entries` throws
 */
export async function* archivePieces(
  entries: AsyncIterable<readonly [name: string, value: Uint8Array]>,
  { comment = new Uint8Array(), zip64 = false }: { readonly comment?: Uint8Array; readonly zip64?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  const local = new Gathering();
  const central = new Gathering();
  const directory: Uint8Array[] = [];
  let [count, offset] = [0, 0];
  for await (const [key, bytes] of entries) {
    const entry = {
      name: checkedName(key),
      flags: flag.utf8,
      method: method.stored,
      crc32: crc32(bytes),
      size: bytes.length,
      compressedSize: bytes.length,
      offset,
    };
    const header = recordMemory(localHeaderSize(entry, zip64));
    putLocalHeader(header, 0, entry, earliestTime, zip64);
    yield* local.add(header.bytes);
    yield* local.add(bytes);
    directory.push(...central.add(formatCentralRecord(entry, earliestTime, zip64)));
    count++;
    offset += header.bytes.length + bytes.length;
  }
  directory.push(...central.rest());
  yield* local.rest();
  yield* directory;
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  yield formatEndRecords({ count, size, offset }, comment, zip64);
}

/** Puts small pieces together: many small objects that live for a while take far more memory than their bytes. */
class Gathering {
  readonly #memory = new Uint8Array(pieceBytes);
  #used = 0;

  /** Gives what has no room any more. */
  *add(bytes: Uint8Array): Generator<Uint8Array> {
    if (this.#used + bytes.length > pieceBytes) yield* this.rest();
    if (bytes.length > pieceBytes) return yield bytes;
    this.#memory.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Gives what is left. */
  *rest(): Generator<Uint8Array> {
    if (this.#used > 0) yield this.#memory.slice(0, this.#used);
    this.#used = 0;
  }
}

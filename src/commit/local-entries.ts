import { crc32 } from "../bytes/crc32.js";
import type { FileSource } from "../bytes/file.js";
import { defaultLimits } from "../bytes/limits.js";
import { viewOf } from "../bytes/view-of.js";
import { isZarrError, ZarrError } from "../errors.js";
import { decodeName, nameFault, plainName } from "../zip/entry-name.js";
import { checkLimit, checkReadable, expandPayload, type NamedEntry } from "../zip/payload.js";
import {
  type DosTime,
  extraField,
  findExtraField,
  fixedSize,
  flag,
  getUint64,
  madeByUnix,
  method,
  resolveZip64,
  signature,
} from "../zip/records.js";

/** An entry as its local header, and where there is one its data descriptor, describe it. */
export interface LocalEntry extends NamedEntry {
  readonly time: DosTime;
  /** Bytes of the file at which the local header begins, and at which the payload ends. */
  readonly offset: number;
  readonly end: number;
}

/** An entry that is not whole. */
export interface TornEntry {
  /** Name of the entry. */
  readonly key: string;
  /** Byte of the file at which its local header begins. */
  readonly offset: number;
}

/** A local header: an entry, but for what its data descriptor may say. */
interface Header {
  readonly entry: Omit<LocalEntry, "end">;
  readonly dataStart: number;
  readonly isSized: boolean;
}

/** Bytes that are looked through at a time. */
const windowBytes = 4 * 2 ** 20;

/** Bytes that may be read in vain: so many times those of the file, and so many more. */
const vainShare = 16;
const vainBytes = 64 * 2 ** 20;

/** The cost of looking at a record, as bytes that could be read instead. */
const recordCost = 4096;

const { localHeader: headerSize, centralRecord: recordSize } = fixedSize;
const mark = Uint8Array.of(0x50, 0x4b); // "PK", with which every signature begins
const records: ReadonlySet<number> = new Set(Object.values(signature));

/** A walk through a file from its start, which knows nothing of a central directory. */
export class LocalEntryScan {
  readonly whole: LocalEntry[] = [];
  readonly torn: TornEntry[] = [];
  readonly #source: FileSource;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  /** Bytes at which directories of the file say that entries begin, in order. */
  readonly #known: readonly number[];
  /** Bytes read for what came to nothing: headers can be made that each have to be looked into to the file's end. */
  #vain = 0;

  /** @param known - bytes at which directories that were found in the file say that entries begin */
  constructor(source: FileSource, known: Iterable<number> = []) {
    this.#source = source;
    this.#known = [...known].sort((a, b) => a - b);
  }

  /**
   * Finds every entry that is whole, each with its CRC-32 checked, and those that are not.
   * @throws ZarrError `ERR_LIMIT` - the file was made to be looked through without an end
   */
  async run(): Promise<void> {
    const { size } = this.#source;
    for (let at = 0, expected = 0; at < size; ) {
      const found = await this.#signatureAt(at);
      if (found === signature.localHeader) at = expected = await this.#takeEntry(at, at === expected);
      else if (found === signature.centralRecord) at = await this.#endOfRecord(at);
      else at = (await this.#findRecord(at + 1, startsEntryOrRecord)) ?? size;
    }
  }

  /**
   * @param isExpected - whether it begins where the entry before has ended, so that its sizes can be believed
   * @returns the byte at which to go on
   */
  async #takeEntry(at: number, isExpected: boolean): Promise<number> {
    const header = await this.#readHeader(at);
    if (header === undefined) return at + 4;
    const { size } = this.#source;
    const { entry, dataStart, isSized } = header;
    const end = dataStart + entry.compressedSize;
    const vain = this.#vain;
    const located = isSized ? { ...entry, end } : await this.#describe(header);
    if (located !== undefined && located.end <= size && (await this.#isWhole(located, dataStart))) {
      this.#vain = vain;
      this.whole.push(located);
      return located.end;
    }
    this.torn.push({ key: entry.key, offset: at });
    if (located === undefined) this.#countVain(size - at);
    else if (located.end <= size) this.#countVain(Math.max(located.end - at, located.size));
    // What lies within a damaged value is no entry of this archive. A length that leads nowhere says nothing of where it ends: there is
    // another entry after it only where a directory says so.
    if (isSized && end > size && isExpected) return this.#known.find((offset) => offset > at) ?? size;
    const isFollowed = end === size || records.has(await this.#signatureAt(end));
    return isSized && isFollowed ? end : at + 4;
  }

  /** `undefined` where there is no header that an entry may have. */
  async #readHeader(at: number): Promise<Header | undefined> {
    const fixed = await this.#bytes(at, headerSize);
    if (fixed === undefined) return undefined;
    const view = viewOf(fixed);
    //  6  general purpose bit flag (APPNOTE 4.4.4), 8 method (4.4.5), 10 time, 12 date (4.4.6), 14 CRC-32 (4.4.7)
    const fields = { flags: view.getUint16(6, true), method: view.getUint16(8, true), crc32: view.getUint32(14, true) };
    const time = { time: view.getUint16(10, true), date: view.getUint16(12, true) };
    // 18  compressed size, 22 uncompressed size (4.4.8, 4.4.9), 26 file name length, 28 extra field length (4.4.10, 4.4.11)
    const sizes = [view.getUint32(22, true), view.getUint32(18, true)];
    const nameSize = view.getUint16(26, true);
    const variable = await this.#bytes(at + headerSize, nameSize + view.getUint16(28, true));
    if (variable === undefined) return undefined;
    const name = variable.slice(0, nameSize);
    const extra = variable.subarray(nameSize);
    // The directory that is made of it says Unix, and has no extra fields of names.
    const text = decodeName(name, fields.flags, new Uint8Array(), madeByUnix);
    if (text === undefined || nameFault(text) !== undefined) return undefined;
    const resolved = resolveZip64(sizes, findExtraField(extra, 0, extra.length, extraField.zip64));
    const [size, compressedSize] = resolved ?? [];
    if (size === undefined || compressedSize === undefined) return undefined;
    const isSized = (fields.flags & flag.dataDescriptor) === 0 || compressedSize > 0;
    const key = plainName(text);
    const entry = { name, ...fields, compressedSize, size, time, key, offset: at, file: this.#source.name };
    return { entry, dataStart: at + headerSize + variable.length, isSized };
  }

  /**
   * The entry by the data descriptor that follows its payload: the first that gives the bytes between the two as its size and has a
   * record after it; where none has one, as where zeros follow the last entry, the first with a signature.
   */
  async #describe({ entry, dataStart }: Header): Promise<LocalEntry | undefined> {
    let unfollowed: LocalEntry | undefined;
    for (let from = dataStart; ; ) {
      const at = await this.#findRecord(from, () => true);
      if (at === undefined) return unfollowed;
      this.#vain += recordCost;
      const isSigned = (await this.#signatureAt(at)) === signature.dataDescriptor;
      //  0  signature, which is optional, 4 CRC-32, 8 compressed size, then size, of 4 or, with ZIP64, of 8 bytes each (4.3.9)
      for (const width of [4, 8]) {
        const start = isSigned ? at + 4 : at - 4 - 2 * width;
        const bytes = start < dataStart ? undefined : await this.#bytes(start, 4 + 2 * width);
        if (bytes === undefined) continue;
        const view = viewOf(bytes);
        const [compressedSize, size] = [4, 4 + width].map((field) =>
          width === 4 ? view.getUint32(field, true) : getUint64(view, field),
        ) as [number, number];
        const end = dataStart + compressedSize;
        const isFollowed =
          !isSigned ||
          start + bytes.length === this.#source.size ||
          records.has(await this.#signatureAt(start + bytes.length));
        if (end !== start - (isSigned ? 4 : 0)) continue;
        const described = { ...entry, crc32: view.getUint32(0, true), compressedSize, size, end };
        if (isFollowed) return described;
        // Sizes of eight bytes also read as four bytes of the first, and none of the second.
        if (unfollowed === undefined || unfollowed.end === end) unfollowed = described;
      }
      from = at + 4;
    }
  }

  async #isWhole(entry: LocalEntry, dataStart: number): Promise<boolean> {
    try {
      checkReadable(entry);
      if (entry.method === method.stored) {
        if (entry.size !== entry.compressedSize) return false;
        let crc = 0;
        for (let at = dataStart; at < entry.end; at += windowBytes) {
          crc = crc32(await this.#read(at, Math.min(windowBytes, entry.end - at)), crc);
        }
        return crc === entry.crc32;
      }
      checkLimit(entry, Math.max(entry.size, entry.compressedSize), defaultLimits.readBytes);
      await expandPayload(entry, await this.#read(dataStart, entry.compressedSize));
      return true;
    } catch (error) {
      if (isZarrError(error) && error.code !== "ERR_STORE_READ") return false;
      throw error;
    }
  }

  /** The byte after a central record. */
  async #endOfRecord(at: number): Promise<number> {
    const bytes = await this.#bytes(at, recordSize);
    if (bytes === undefined) return this.#source.size;
    // 28  file name length, 30 extra field length, 32 file comment length (4.4.10, 4.4.11, 4.4.12)
    const view = viewOf(bytes);
    return at + recordSize + [28, 30, 32].reduce((sum, field) => sum + view.getUint16(field, true), 0);
  }

  /** The next byte from `from` on at which a record begins that is wanted. */
  async #findRecord(from: number, isWanted: (found: number) => boolean): Promise<number | undefined> {
    for (let at = from; at + 4 <= this.#source.size; ) {
      const window = await this.#from(at);
      const index = Buffer.from(window.buffer, window.byteOffset, window.length).indexOf(mark);
      if (index < 0) {
        at += Math.max(1, window.length - 1);
        continue;
      }
      const found = await this.#signatureAt(at + index);
      if (records.has(found) && isWanted(found)) return at + index;
      at += index + 1;
    }
    return undefined;
  }

  /** The four bytes at `at` as a number, or 0 past the end. */
  async #signatureAt(at: number): Promise<number> {
    const bytes = await this.#bytes(at, 4);
    return bytes === undefined ? 0 : viewOf(bytes).getUint32(0, true);
  }

  /** Bytes of the file; `undefined` where it is too short for them. They hold until the next call. */
  async #bytes(at: number, length: number): Promise<Uint8Array | undefined> {
    if (at + length > this.#source.size) return undefined;
    return (await this.#from(at, length)).subarray(0, length);
  }

  /** Bytes of a payload: of a small one from the window, which then has the next header as well. */
  async #read(at: number, length: number): Promise<Uint8Array> {
    const isSmall = length <= windowBytes / 4;
    return isSmall ? (await this.#from(at, length)).subarray(0, length) : await this.#source.read(at, length);
  }

  /** The bytes in memory from `at` on: `length` of them, or more. */
  async #from(at: number, length = 1): Promise<Uint8Array> {
    const start = at - this.#windowStart;
    if (start < 0 || start + length > this.#window.length) {
      this.#window = await this.#source.read(at, Math.min(windowBytes, this.#source.size - at));
      this.#windowStart = at;
    }
    return this.#window.subarray(at - this.#windowStart);
  }

  #countVain(bytes: number): void {
    this.#vain += bytes;
    const { size, name } = this.#source;
    if (this.#vain <= vainShare * size + vainBytes) return;
    const message = `${name} has ${this.torn.length} local headers whose entries are not whole, more than can be examined: the file was made to exhaust the search`;
    throw new ZarrError("ERR_LIMIT", message, { file: name });
  }
}

function startsEntryOrRecord(found: number): boolean {
  return found === signature.localHeader || found === signature.centralRecord;
}

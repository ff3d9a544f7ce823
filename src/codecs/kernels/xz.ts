import { concatenate } from "../../bytes/concatenate.js";
import { crc32 } from "../../bytes/crc32.js";
import { DecompressionError } from "../../bytes/decompression.js";
import { GrowingBytes } from "../../bytes/growing-bytes.js";
import { viewOf } from "../../bytes/view-of.js";
import { ZarrError } from "../../errors.js";
import { crc64 } from "./crc64.js";
import { type LzmaChain, undoDeltas } from "./lzma-filters.js";
import { expandLzma2Into } from "./lzma2-decode.js";
import { sha256 } from "./sha256.js";

/** Numbers of the checks of a block's content. */
export const xzCheck = { none: 0, crc32: 1, crc64: 4, sha256: 10 } as const;

const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];
const footerMagic = 0x595a; // "YZ"
const headerSize = 12;

const deltaId = 3;
const lzma2Id = 0x21;

/**
 * Expands xz streams that follow each other, every checksum checked. The filters LZMA2 and delta are supported.
 * @param mayBeFollowed - whether bytes behind them that do not begin another stream are left out, as Python's `lzma` does
 * @throws DecompressionError - malformed, cut off, bytes behind the end, longer than `maxSize`, or a checksum does not match
 * @throws ZarrError `ERR_UNSUPPORTED` - a filter, or a check, that this package does not have
 * @see https://tukaani.org/xz/xz-file-format.txt
 */
export function decodeXz(bytes: Uint8Array, maxSize: number, mayBeFollowed = false): Uint8Array {
  const output = new GrowingBytes(maxSize, bytes.length);
  let position = 0;
  do {
    const reader = new XzReader(bytes, position);
    reader.expand(output);
    position = reader.position;
  } while (position < bytes.length && (!mayBeFollowed || beginsStream(bytes, position)));
  return output.finish();
}

/** True if the magic of a stream is at `position`. */
function beginsStream(bytes: Uint8Array, position: number): boolean {
  return magic.every((byte, i) => bytes[position + i] === byte);
}

/** Reads one stream. */
class XzReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.position = position;
  }

  expand(output: GrowingBytes): void {
    const start = this.position;
    this.#need(headerSize);
    if (!beginsStream(this.#bytes, start)) throw malformed("it does not begin with its magic");
    // 6  flags: 0, and the number of the check, 8  their CRC-32
    const flags = this.#view.getUint16(start + 6);
    this.#checkCrc(start + 6, start + 8);
    const checkSize = checkSizes.get(flags) ?? unsupported(`check ${flags}`);
    this.position += headerSize;
    const records: [number, number][] = [];
    for (;;) {
      this.#need(1);
      if (this.#bytes[this.position] === 0) break;
      const blockStart = this.position;
      const { chain, compressedSize, size } = this.#blockHeader();
      const dataStart = this.position;
      const before = output.length;
      const consumed = expandLzma2Into(output, this.#bytes, dataStart, chain.compressor.dictionarySize) - dataStart;
      const content = output.bytes.subarray(before, output.length);
      if ((compressedSize ?? consumed) !== consumed || (size ?? content.length) !== content.length) {
        throw malformed("a block has another size than its header says");
      }
      undoDeltas(content, chain.deltas);
      this.position += consumed;
      const unpadded = this.position - blockStart + checkSize;
      this.#padding(blockStart);
      this.#need(checkSize);
      const found = this.#bytes.subarray(this.position, this.position + checkSize);
      if (!checkOf(content, flags).every((byte, i) => byte === found[i])) {
        throw new DecompressionError("checksum", "the checksum of an xz block does not match");
      }
      this.position += checkSize;
      records.push([unpadded, content.length]);
    }
    const indexSize = this.#index(records);
    this.#footer(flags, indexSize);
  }

  /** 0  size in words of four bytes, less one, 1  flags, 2  optional sizes and the filters, then padding and a CRC-32. */
  #blockHeader(): { chain: LzmaChain; compressedSize: number | undefined; size: number | undefined } {
    const start = this.position;
    const end = start + 4 * (this.#bytes[start] + 1);
    this.#need(end - start);
    this.#checkCrc(start, end - 4);
    const flags = this.#bytes[start + 1];
    this.position += 2;
    const compressedSize = (flags & 0x40) === 0 ? undefined : this.#number(end);
    const size = (flags & 0x80) === 0 ? undefined : this.#number(end);
    const deltas: number[] = [];
    for (let last = flags & 3; ; last--) {
      const id = this.#number(end);
      const propertySize = this.#number(end);
      const property = this.#bytes[this.position];
      this.position += propertySize;
      if (this.position > end - 4 || propertySize !== 1) throw unsupportedFilter(id);
      if (last > 0 && id === deltaId) deltas.push(property + 1);
      else if (last > 0 || id !== lzma2Id || property > 40) throw unsupportedFilter(id);
      else {
        for (; this.position < end - 4; this.position++) {
          if (this.#bytes[this.position] !== 0) throw malformed("the padding of a block header is not zero");
        }
        this.position = end;
        const dictionarySize = property === 40 ? 2 ** 32 - 1 : (2 | (property & 1)) * 2 ** ((property >> 1) + 11);
        return { chain: { deltas, compressor: { kind: "lzma2", dictionarySize } }, compressedSize, size };
      }
    }
  }

  /** Checks that the index lists these blocks. Returns its size. */
  #index(records: readonly (readonly [number, number])[]): number {
    const start = this.position;
    this.position++;
    const end = this.#bytes.length;
    const matches =
      this.#number(end) === records.length &&
      records.every(([unpadded, size]) => this.#number(end) === unpadded && this.#number(end) === size);
    if (!matches) throw malformed("its index lists other blocks");
    this.#padding(start);
    this.#need(4);
    this.#checkCrc(start, this.position);
    this.position += 4;
    return this.position - start;
  }

  /** 0  CRC-32 of the rest but the magic, 4  size of the index in words of four bytes, less one, 8  flags, 10  magic */
  #footer(flags: number, indexSize: number): void {
    const start = this.position;
    this.#need(headerSize);
    const crc = crc32(this.#bytes.subarray(start + 4, start + 10));
    if (crc !== this.#view.getUint32(start, true)) throw malformed("the checksum of its footer does not match");
    const words = this.#view.getUint32(start + 4, true);
    if (4 * (words + 1) !== indexSize || this.#view.getUint16(start + 8) !== flags) {
      throw malformed("its footer contradicts what stands before");
    }
    if (this.#view.getUint16(start + 10) !== footerMagic) throw malformed("it does not end with its magic");
    this.position += headerSize;
  }

  /** A number in groups of seven bits, the lowest first. */
  #number(end: number): number {
    let value = 0;
    for (let i = 0; i < 9; i++) {
      if (this.position >= end) throw new DecompressionError("truncated", "the stream ends within a number");
      const byte = this.#bytes[this.position++];
      value += (byte & 127) * 128 ** i;
      if (byte < 128) return value;
    }
    throw malformed("a number is too long");
  }

  /** Zero bytes up to a multiple of four from `start` on. */
  #padding(start: number): void {
    for (; (this.position - start) % 4 !== 0; this.position++) {
      this.#need(1);
      if (this.#bytes[this.position] !== 0) throw malformed("the padding is not zero");
    }
  }

  #checkCrc(start: number, end: number): void {
    if (crc32(this.#bytes.subarray(start, end)) !== this.#view.getUint32(end, true)) {
      throw new DecompressionError("checksum", "the checksum of an xz header does not match");
    }
  }

  #need(count: number): void {
    if (this.position + count > this.#bytes.length) {
      throw new DecompressionError("truncated", "the stream ends too early");
    }
  }
}

/** Bytes of a check by its number. */
const checkSizes: ReadonlyMap<number, number> = new Map([
  [xzCheck.none, 0],
  [xzCheck.crc32, 4],
  [xzCheck.crc64, 8],
  [xzCheck.sha256, 32],
]);

function checkOf(content: Uint8Array, check: number): Uint8Array {
  if (check === xzCheck.none) return new Uint8Array();
  if (check === xzCheck.sha256) return sha256(content);
  return check === xzCheck.crc64 ? crc64(content) : withCrc32(content).subarray(content.length);
}

/** The bytes, and their CRC-32 behind them. */
function withCrc32(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 4);
  result.set(bytes);
  viewOf(result).setUint32(bytes.length, crc32(bytes), true);
  return result;
}

/**
 * One xz stream of one block.
 * @param compressed - the content as an LZMA2 stream behind the filters of `deltas`
 */
export function wrapXz(
  compressed: Uint8Array,
  content: Uint8Array,
  deltas: readonly number[],
  check: number,
): Uint8Array {
  const flags = Uint8Array.of(0, check);
  const filters = [...deltas.flatMap((distance) => [deltaId, 1, distance - 1]), lzma2Id, 1, dictionaryProperty];
  const header = padded(Uint8Array.of(0, deltas.length, ...filters));
  header[0] = header.length / 4;
  const blockHeader = withCrc32(header);
  const checksum = checkOf(content, check);
  const unpadded = blockHeader.length + compressed.length + checksum.length;
  const index = withCrc32(padded(Uint8Array.of(0, 1, ...numberBytes(unpadded), ...numberBytes(content.length))));
  const footer = new Uint8Array(headerSize);
  viewOf(footer).setUint32(4, index.length / 4 - 1, true);
  footer.set(flags, 8);
  viewOf(footer).setUint32(0, crc32(footer.subarray(4, 10)), true);
  viewOf(footer).setUint16(10, footerMagic);
  const streamHeader = [Uint8Array.from(magic), withCrc32(flags)];
  return concatenate([...streamHeader, blockHeader, padded(compressed), checksum, index, footer]);
}

/** 8 MiB, the dictionary of the encoder. */
const dictionaryProperty = 22;

function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  result.set(bytes);
  return result;
}

function numberBytes(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...numberBytes(Math.floor(value / 128))];
}

function malformed(what: string): DecompressionError {
  return new DecompressionError("malformed", `not an xz stream: ${what}`);
}

function unsupported(what: string): never {
  throw new ZarrError("ERR_UNSUPPORTED", `the xz stream has ${what}, which is not supported: compress it with CRC-64`);
}

function unsupportedFilter(id: number): ZarrError {
  return new ZarrError("ERR_UNSUPPORTED", `the xz stream has filter ${id}: only delta and LZMA2 are supported`);
}

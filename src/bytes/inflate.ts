import { type Decompressed, DecompressionError } from "./decompression.js";
import { GrowingBytes } from "./growing-bytes.js";

/** Order in which the lengths of the code length code are stored (RFC 1951 section 3.2.7). */
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** First length of each length code from 257 on, and its extra bits (section 3.2.5). */
const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

/** First distance of each distance code, and its extra bits (section 3.2.5). */
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const distanceExtra = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

/** A prefix code as a table over its next `bits` bits: symbol * 16 + length of its code, or 0 where there is no such code. */
interface CodeTable {
  readonly bits: number;
  readonly table: Uint16Array;
}

interface Codes {
  readonly literals: CodeTable;
  readonly distances: CodeTable;
}

/**
 * Expands the raw DEFLATE stream (RFC 1951) at the start of `bytes`, as strictly as zlib. For runtimes without
 * `node:zlib`: fflate neither stops at a size, nor tells where a stream ends, nor rejects every malformed one.
 * @throws DecompressionError - damaged, cut off, or more than `maxSize` bytes
 */
export function inflate(bytes: Uint8Array, maxSize: number): Decompressed {
  const output = new GrowingBytes(maxSize, bytes.length);
  const consumed = inflateInto(output, bytes, 0);
  return { bytes: output.finish(), consumed };
}

/** As {@link inflate}, of the stream that begins at byte `start`, behind what `output` has. Returns where it ends. */
export function inflateInto(output: GrowingBytes, bytes: Uint8Array, start: number): number {
  const reader = new BitReader(bytes);
  reader.position = start;
  try {
    expandBlocks(reader, output, output.length);
  } catch (error) {
    // Not malformed if it was made of bits that are not there.
    reader.checkEnd();
    throw error;
  }
  return reader.offset();
}

/** @param base - where in `output` the content begins: no distance leads before it */
function expandBlocks(reader: BitReader, output: GrowingBytes, base: number): void {
  let last: number;
  do {
    last = reader.take(1);
    const type = reader.take(2);
    if (type === 0) copyStored(reader, output);
    else if (type === 1) expandBlock(reader, output, base, fixedCodes());
    else if (type === 2) expandBlock(reader, output, base, readCodes(reader));
    else throw malformed("a block of type 3");
    reader.checkEnd();
  } while (last === 0);
}

function copyStored(reader: BitReader, output: GrowingBytes): void {
  const start = reader.alignToByte() + 4;
  const header = reader.bytes.subarray(start - 4, start);
  if (header.length < 4) throw truncated();
  const length = header[0] | (header[1] << 8);
  if ((length ^ (header[2] | (header[3] << 8))) !== 0xffff) throw malformed("a stored block whose lengths differ");
  if (start + length > reader.bytes.length) throw truncated();
  output.reserve(length);
  output.bytes.set(reader.bytes.subarray(start, start + length), output.length);
  output.length += length;
  reader.position = start + length;
}

function expandBlock(reader: BitReader, output: GrowingBytes, base: number, { literals, distances }: Codes): void {
  for (;;) {
    const symbol = reader.symbol(literals);
    if (symbol < 256) {
      if (output.length === output.bytes.length) output.reserve(1);
      output.bytes[output.length++] = symbol;
      continue;
    }
    if (symbol === 256) return;
    if (symbol > 285) throw malformed("a length code above 285");
    const length = lengthBase[symbol - 257] + reader.take(lengthExtra[symbol - 257]);
    const code = reader.symbol(distances);
    if (code > 29) throw malformed("a distance code above 29");
    const distance = distanceBase[code] + reader.take(distanceExtra[code]);
    if (distance > output.length - base) throw malformed("a distance beyond the start of the output");
    repeat(output, distance, length);
  }
}

function repeat(output: GrowingBytes, distance: number, length: number): void {
  output.reserve(length);
  const { bytes } = output;
  const end = output.length + length;
  for (let i = output.length; i < end; i++) bytes[i] = bytes[i - distance];
  output.length = end;
}

/** The two codes of a dynamic block (section 3.2.7). */
function readCodes(reader: BitReader): Codes {
  const literalCount = reader.take(5) + 257;
  const distanceCount = reader.take(5) + 1;
  const codeLengthCount = reader.take(4) + 4;
  if (literalCount > 286 || distanceCount > 30) throw malformed("a block with too many codes");
  const codeLengthLengths = new Uint8Array(19);
  for (let i = 0; i < codeLengthCount; i++) codeLengthLengths[codeLengthOrder[i]] = reader.take(3);
  const codeLengths = makeCode(codeLengthLengths, false);
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let i = 0; i < lengths.length; ) {
    const symbol = reader.symbol(codeLengths);
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    if (symbol === 16 && i === 0) throw malformed("a repeated code length without a first");
    const value = symbol === 16 ? lengths[i - 1] : 0;
    const count = symbol === 16 ? 3 + reader.take(2) : symbol === 17 ? 3 + reader.take(3) : 11 + reader.take(7);
    if (i + count > lengths.length) throw malformed("more code lengths than codes");
    lengths.fill(value, i, i + count);
    i += count;
  }
  if (lengths[256] === 0) throw malformed("a block without an end");
  return {
    literals: makeCode(lengths.subarray(0, literalCount), true),
    distances: makeCode(lengths.subarray(literalCount), true),
  };
}

let madeFixedCodes: Codes | undefined;

/** The two codes of a block with fixed codes (section 3.2.6). */
function fixedCodes(): Codes {
  madeFixedCodes ??= makeFixedCodes();
  return madeFixedCodes;
}

function makeFixedCodes(): Codes {
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  return { literals: makeCode(lengths, false), distances: makeCode(new Uint8Array(32).fill(5), false) };
}

/** The canonical code with these lengths (section 3.2.2); `mayBeSingle` allows what zlib does: one code of one bit, or none. */
function makeCode(lengths: Uint8Array, mayBeSingle: boolean): CodeTable {
  const count = new Uint16Array(16);
  for (const length of lengths) count[length]++;
  count[0] = 0;
  let bits = 15;
  while (bits > 1 && count[bits] === 0) bits--;
  const next = new Uint16Array(16);
  let free = 1;
  for (let length = 1; length <= 15; length++) {
    next[length] = (next[length - 1] + count[length - 1]) << 1;
    free = free * 2 - count[length];
    if (free < 0) throw malformed("a code with too many symbols");
  }
  if (free > 0 && !(mayBeSingle && bits === 1)) throw malformed("an incomplete code");
  const table = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    const step = 1 << length;
    for (let i = reverse(next[length]++, length); i < table.length; i += step) table[i] = symbol * 16 + length;
  }
  return { bits, table };
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
  return reversed;
}

/** Bits from the lowest of each byte on. Zeros stand in for the few bits behind the last byte, until `checkEnd` is asked. */
class BitReader {
  readonly bytes: Uint8Array;
  /** Next byte to be buffered. */
  position = 0;
  #buffer = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  take(bits: number): number {
    if (this.#count < bits) this.#refill();
    const value = this.#buffer & ((1 << bits) - 1);
    this.#buffer >>>= bits;
    this.#count -= bits;
    return value;
  }

  symbol({ bits, table }: CodeTable): number {
    if (this.#count < bits) this.#refill();
    const entry = table[this.#buffer & ((1 << bits) - 1)];
    if (entry === 0) throw malformed("bits that form no code");
    this.#buffer >>>= entry & 15;
    this.#count -= entry & 15;
    return entry >> 4;
  }

  alignToByte(): number {
    this.position = this.offset();
    this.#buffer = 0;
    this.#count = 0;
    return this.position;
  }

  /** First byte of which no bit was taken. */
  offset(): number {
    return this.position - (this.#count >> 3);
  }

  /** @throws DecompressionError - bits behind the last byte were taken */
  checkEnd(): void {
    if (this.offset() > this.bytes.length) throw truncated();
  }

  #refill(): void {
    this.checkEnd();
    while (this.#count <= 16) {
      this.#buffer |= this.bytes[this.position++] << this.#count;
      this.#count += 8;
    }
  }
}

function truncated(): DecompressionError {
  return new DecompressionError("truncated", "the stream ends too early");
}

function malformed(what: string): DecompressionError {
  return new DecompressionError("malformed", `not a DEFLATE stream: ${what}`);
}

import { bzip2Crc, combineBzip2Crc } from "./bzip2-crc.js";
import { type Decompressed, DecompressionError } from "./decompression.js";
import { GrowingBytes } from "./growing-bytes.js";

/** Huffman codes are at most this long, in bits. */
const maxCodeLength = 20;

/** Symbols that each selector's table decodes before the next takes over. */
const symbolsPerSelector = 50;

/**
 * Expands one bzip2 stream.
 *
 * @param size - bytes that the stream may hold
 * @throws DecompressionError - malformed, cut off, longer than `size`, or a checksum that does not match
 */
export function expandBzip2(payload: Uint8Array, size: number): Decompressed {
  const output = new GrowingBytes(size, payload.length);
  const consumed = new Bzip2Expander(output).expand(payload, 0);
  return { bytes: output.finish(), consumed };
}

/** Expands streams, one behind the other, into one output: none costs more than what it holds. */
export class Bzip2Expander {
  readonly #output: GrowingBytes;
  /** Not before there is a block, since each of many empty streams could ask for it. */
  #block = new Uint32Array(0);

  constructor(output: GrowingBytes) {
    this.#output = output;
  }

  /** The stream that begins at byte `start`; returns where it ends. Throws as {@link expandBzip2}. */
  expand(payload: Uint8Array, start: number): number {
    const bits = new BitReader(payload, start);
    if (bits.take(24) !== 0x425a68) throw malformed('it does not begin with "BZh"');
    const level = bits.take(8) - 0x30;
    if (level < 1 || level > 9) throw malformed("its block size is not 1 to 9");
    const output = this.#output;
    let streamCrc = 0;
    for (;;) {
      const magic = [bits.take(24), bits.take(24)];
      const crc = ((bits.take(16) << 16) | bits.take(16)) >>> 0;
      if (magic[0] === 0x177245 && magic[1] === 0x385090) {
        if (crc !== streamCrc)
          throw new DecompressionError("checksum", "the checksum of the bzip2 stream does not match");
        return bits.position;
      }
      if (magic[0] !== 0x314159 || magic[1] !== 0x265359) throw malformed("a block or its end has no magic number");
      if (bits.take(1) === 1) throw malformed("a block is randomised, as only bzip2 before 0.9.5 did");
      const origin = bits.take(24);
      const block = this.#blockOf(level * 100_000);
      const length = readBlock(bits, block);
      if (origin >= length) throw malformed("a block begins past its end");
      sortBack(block, length);
      const begin = output.length;
      writeRuns(block, length, origin, output);
      if (bzip2Crc(output.bytes.subarray(begin, output.length)) !== crc) {
        throw new DecompressionError("checksum", "the checksum of a bzip2 block does not match");
      }
      streamCrc = combineBzip2Crc(streamCrc, crc);
    }
  }

  #blockOf(size: number): Uint32Array {
    if (this.#block.length < size) this.#block = new Uint32Array(size);
    return this.#block.subarray(0, size);
  }
}

/** Reads bits from the most significant one of each byte on. */
class BitReader {
  readonly #bytes: Uint8Array;
  #next = 0;
  #bits = 0;
  #available = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#next = start;
  }

  /** First byte of which no bit was taken. */
  get position(): number {
    return this.#next - (this.#available >> 3);
  }

  /** @param count - 24 at most */
  take(count: number): number {
    while (this.#available < count) {
      if (this.#next >= this.#bytes.length) throw new DecompressionError("truncated", "the stream ends too early");
      this.#bits = (this.#bits << 8) | this.#bytes[this.#next++]!;
      this.#available += 8;
    }
    this.#available -= count;
    return (this.#bits >>> this.#available) & (2 ** count - 1);
  }
}

/** Undoes Huffman codes, runs of zeros and move-to-front; bytes end up in the low bits of `block`. Returns how many. */
function readBlock(bits: BitReader, block: Uint32Array): number {
  const recent = readAlphabet(bits);
  const endSymbol = recent.length + 1;
  const { tables, selectors } = readTables(bits, endSymbol + 1);
  let length = 0;
  let run = 0;
  let runUnit = 1;
  for (let i = 0; ; i++) {
    const selector = selectors[Math.floor(i / symbolsPerSelector)];
    if (selector === undefined) throw malformed("a block has more symbols than its selectors cover");
    const symbol = tables[selector]!.decode(bits);
    if (symbol < 2) {
      // Symbols 0 and 1 are digits, of value 1 and 2, of the length of a run, the lowest digit first.
      run += runUnit << symbol;
      runUnit <<= 1;
      if (run > block.length) throw malformed("a run is longer than a block");
      continue;
    }
    if (length + run >= block.length + (symbol === endSymbol ? 1 : 0))
      throw malformed("a block is longer than it may be");
    block.fill(recent[0]!, length, length + run);
    length += run;
    run = 0;
    runUnit = 1;
    if (symbol === endSymbol) return length;
    const byte = recent[symbol - 1]!;
    recent.copyWithin(1, 0, symbol - 1);
    recent[0] = byte;
    block[length++] = byte;
  }
}

/** The bytes that occur in a block: a bit for each 16 values, then 16 bits for each that is set. */
function readAlphabet(bits: BitReader): Uint8Array {
  const ranges = bits.take(16);
  const alphabet: number[] = [];
  for (let range = 0; range < 16; range++) {
    if (((ranges >> (15 - range)) & 1) === 0) continue;
    const used = bits.take(16);
    for (let i = 0; i < 16; i++) if ((used >> (15 - i)) & 1) alphabet.push(16 * range + i);
  }
  if (alphabet.length === 0) throw malformed("a block uses no bytes");
  return Uint8Array.from(alphabet);
}

/** Two to six Huffman tables, and which of them decodes each group of symbols. */
function readTables(bits: BitReader, symbols: number): { tables: HuffmanTable[]; selectors: Uint8Array } {
  const tableCount = bits.take(3);
  const selectors = new Uint8Array(bits.take(15));
  if (tableCount < 2 || tableCount > 6 || selectors.length === 0) throw malformed("a block has no valid tables");
  const recent = Uint8Array.from({ length: tableCount }, (_, i) => i);
  for (let i = 0; i < selectors.length; i++) {
    let position = 0;
    while (bits.take(1) === 1) if (++position >= tableCount) throw malformed("a selector names no table");
    const selector = recent[position]!;
    recent.copyWithin(1, 0, position);
    recent[0] = selector;
    selectors[i] = selector;
  }
  const tables = Array.from({ length: tableCount }, () => {
    const lengths = new Uint8Array(symbols);
    let length = bits.take(5);
    for (let symbol = 0; symbol < symbols; symbol++) {
      for (;;) {
        if (length < 1 || length > maxCodeLength) throw malformed("a Huffman code has no valid length");
        if (bits.take(1) === 0) break;
        length += bits.take(1) === 0 ? 1 : -1;
      }
      lengths[symbol] = length;
    }
    return new HuffmanTable(lengths);
  });
  return { tables, selectors };
}

/** Canonical Huffman codes: within a length in the order of the symbols, and longer ones after shorter ones. */
class HuffmanTable {
  readonly #countOfLength = new Uint16Array(maxCodeLength + 1);
  readonly #symbols: number[] = [];

  constructor(lengths: Uint8Array) {
    for (let length = 1; length <= maxCodeLength; length++) {
      lengths.forEach((its, symbol) => {
        if (its === length) this.#symbols.push(symbol);
      });
      this.#countOfLength[length] = this.#symbols.length - this.#countUpTo(length - 1);
    }
  }

  #countUpTo(length: number): number {
    return this.#countOfLength.subarray(0, length + 1).reduce((sum, count) => sum + count, 0);
  }

  decode(bits: BitReader): number {
    let code = 0;
    let firstCode = 0;
    let firstIndex = 0;
    for (let length = 1; length <= maxCodeLength; length++) {
      code = (code << 1) | bits.take(1);
      const count = this.#countOfLength[length]!;
      if (code - firstCode < count) return this.#symbols[firstIndex + code - firstCode]!;
      firstIndex += count;
      firstCode = (firstCode + count) << 1;
    }
    throw malformed("a Huffman code stands for no symbol");
  }
}

/** Undoes the Burrows-Wheeler transform: above its byte, each element gets the position of the byte that follows. */
function sortBack(block: Uint32Array, length: number): void {
  const next = new Uint32Array(256);
  for (let i = 0; i < length; i++) next[block[i]!]!++;
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    sum += next[byte]!;
    next[byte] = sum - next[byte]!;
  }
  for (let i = 0; i < length; i++) block[next[block[i]! & 255]!++]! |= i << 8;
}

/** Undoes the outermost run lengths: after four equal bytes, the next one counts how many more there are. */
function writeRuns(block: Uint32Array, length: number, origin: number, output: GrowingBytes): void {
  let at = block[origin]! >>> 8;
  let previous = -1;
  let equal = 0;
  for (let i = 0; i < length; i++) {
    const element = block[at]!;
    const byte = element & 255;
    at = element >>> 8;
    if (equal === 4) {
      output.reserve(byte);
      output.bytes.fill(previous, output.length, output.length + byte);
      output.length += byte;
      equal = 0;
      previous = -1;
      continue;
    }
    equal = byte === previous ? equal + 1 : 1;
    previous = byte;
    output.reserve(1);
    output.bytes[output.length++] = byte;
  }
}

function malformed(what: string): DecompressionError {
  return new DecompressionError("malformed", `not a bzip2 stream: ${what}`);
}

import { bzip2Crc, combineBzip2Crc } from "../../bytes/bzip2-crc.js";
import { huffmanLengths } from "./huffman-lengths.js";

/** Symbols that each selector's table encodes before the next takes over. */
const symbolsPerSelector = 50;
const maxCodeLength = 17;

/** One bzip2 stream, in blocks of `level` times 100,000 bytes; each block has one Huffman table. */
export function encodeBzip2(input: Uint8Array, level: number): Uint8Array {
  const bits = new BitWriter();
  bits.put(24, 0x425a68);
  bits.put(8, 0x30 + level);
  let streamCrc = 0;
  for (let start = 0; start < input.length; ) {
    const { block, end } = collapseRuns(input, start, level * 100_000 - 19);
    const crc = bzip2Crc(input.subarray(start, end));
    streamCrc = combineBzip2Crc(streamCrc, crc);
    putBlock(bits, block, crc);
    start = end;
  }
  bits.put(24, 0x177245);
  bits.put(24, 0x385090);
  bits.put(16, streamCrc >>> 16);
  bits.put(16, streamCrc & 0xffff);
  return bits.finish();
}

/** The outermost run lengths: four to 259 equal bytes become four, and one that counts the others. */
function collapseRuns(input: Uint8Array, start: number, maxSize: number): { block: Uint8Array; end: number } {
  const block = new Uint8Array(Math.min(maxSize, Math.ceil((input.length - start) * 1.25)));
  let length = 0;
  let position = start;
  while (position < input.length && length + 5 <= block.length) {
    const byte = input[position];
    let run = 1;
    while (run < 259 && input[position + run] === byte) run++;
    block.fill(byte, length, length + Math.min(run, 4));
    length += Math.min(run, 4);
    if (run >= 4) block[length++] = run - 4;
    position += run;
  }
  // What is left is shorter than a run with its count, unless the block is full.
  while (position < input.length && length < block.length && block.length < maxSize)
    block[length++] = input[position++];
  return { block: block.subarray(0, length), end: position };
}

function putBlock(bits: BitWriter, block: Uint8Array, crc: number): void {
  const order = sortRotations(block);
  const last = Uint8Array.from(order, (start) => block[(start === 0 ? block.length : start) - 1]);
  const { symbols, alphabet } = moveToFront(last);
  bits.put(24, 0x314159);
  bits.put(24, 0x265359);
  bits.put(16, crc >>> 16);
  bits.put(16, crc & 0xffff);
  bits.put(1, 0); // not randomised
  bits.put(24, order.indexOf(0));
  putAlphabet(bits, alphabet);

  const endSymbol = alphabet.length + 1;
  const counts = new Uint32Array(endSymbol + 1);
  for (const symbol of symbols) counts[symbol]++;
  const lengths = huffmanLengths(counts, maxCodeLength);
  // The format has two tables at least; every group of symbols takes the first.
  const selectors = Math.ceil(symbols.length / symbolsPerSelector);
  bits.put(3, 2);
  bits.put(15, selectors);
  for (let i = 0; i < selectors; i++) bits.put(1, 0);
  for (let table = 0; table < 2; table++) putLengths(bits, lengths);
  const codes = canonicalCodes(lengths);
  for (const symbol of symbols) bits.put(lengths[symbol], codes[symbol]);
}

/**
 * The start of each rotation of the block, in the order of the rotations: sorted by their first byte, then by twice as many,
 * and so on, each time by counting.
 */
function sortRotations(block: Uint8Array): Int32Array {
  const n = block.length;
  const order = new Int32Array(n);
  const next = new Int32Array(n);
  let ranks = Int32Array.from(block);
  let nextRanks = new Int32Array(n);
  const counts = new Int32Array(Math.max(256, n) + 1);
  for (let i = 0; i < n; i++) next[i] = i;
  for (let known = 0; ; known = known === 0 ? 1 : 2 * known) {
    // `next` has the rotations in the order of their second halves; counting sorts them by their first ones, and is stable.
    for (let i = 0; known > 0 && i < n; i++) next[i] = order[i] < known ? order[i] - known + n : order[i] - known;
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[ranks[i] + 1]++;
    for (let rank = 1; rank < counts.length; rank++) counts[rank] += counts[rank - 1];
    for (let i = 0; i < n; i++) order[counts[ranks[next[i]]]++] = next[i];
    let rank = 0;
    for (let i = 0; i < n; i++) {
      const a = order[i];
      const b = order[i === 0 ? 0 : i - 1];
      const isNew = ranks[a] !== ranks[b] || ranks[(a + known) % n] !== ranks[(b + known) % n];
      if (i > 0 && isNew) rank++;
      nextRanks[a] = rank;
    }
    [ranks, nextRanks] = [nextRanks, ranks];
    // Rotations that are equal as a whole may stand in any order.
    if (rank === n - 1 || 2 * known >= n) return order;
  }
}

/** Positions in the list of recent bytes, with runs of the first one as numbers, and the end symbol. */
function moveToFront(last: Uint8Array): { symbols: Uint16Array; alphabet: number[] } {
  const used = new Uint8Array(256);
  for (const byte of last) used[byte] = 1;
  const alphabet = Array.from(used.keys()).filter((byte) => used[byte] === 1);
  const recent = Uint8Array.from(alphabet);
  const symbols = new Uint16Array(last.length + 1);
  let count = 0;
  let run = 0;
  const putRun = () => {
    // Digits 1 and 2, as symbols 0 and 1, the lowest first.
    for (; run > 0; run = (run - 1) >> 1) symbols[count++] = (run - 1) & 1;
  };
  for (const byte of last) {
    if (recent[0] === byte) {
      run++;
      continue;
    }
    putRun();
    const position = recent.indexOf(byte);
    recent.copyWithin(1, 0, position);
    recent[0] = byte;
    symbols[count++] = position + 1;
  }
  putRun();
  symbols[count++] = alphabet.length + 1;
  return { symbols: symbols.subarray(0, count), alphabet };
}

function putAlphabet(bits: BitWriter, alphabet: readonly number[]): void {
  const ranges = new Uint16Array(16);
  for (const byte of alphabet) ranges[byte >> 4] |= 0x8000 >> (byte & 15);
  bits.put(
    16,
    ranges.reduce((word, range, i) => (range === 0 ? word : word | (0x8000 >> i)), 0),
  );
  for (const range of ranges) if (range !== 0) bits.put(16, range);
}

/** The first length in five bits, and each as steps from the one before: 10 up, 11 down, 0 there. */
function putLengths(bits: BitWriter, lengths: Uint8Array): void {
  let current = lengths[0];
  bits.put(5, current);
  for (const length of lengths) {
    for (; current < length; current++) bits.put(2, 2);
    for (; current > length; current--) bits.put(2, 3);
    bits.put(1, 0);
  }
}

function canonicalCodes(lengths: Uint8Array): Uint32Array {
  const codes = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= maxCodeLength; length++, code <<= 1) {
    lengths.forEach((its, symbol) => {
      if (its === length) codes[symbol] = code++;
    });
  }
  return codes;
}

/** Writes bits from the most significant one of each byte on. */
class BitWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #bits = 0;
  #count = 0;

  /** @param count - 24 at most */
  put(count: number, value: number): void {
    this.#bits = (this.#bits << count) | value;
    this.#count += count;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#byte(this.#bits >>> this.#count);
    }
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#byte(this.#bits << (8 - this.#count));
    return this.#bytes.subarray(0, this.#length);
  }

  #byte(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }
}

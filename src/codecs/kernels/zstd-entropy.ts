import { malformed } from "./zstd-frame.js";

/** A finite state entropy code: for each state its symbol, and how the next state follows from bits of the stream. */
export interface FseTable {
  /** The table has 2^accuracy states. */
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** A prefix code as a table over its next `bits` bits: symbol * 16 + length of its code. */
export interface HuffmanTable {
  readonly bits: number;
  readonly table: Uint16Array;
}

/** Longest code of a literal (RFC 8878 section 4.2.1). */
const maxHuffmanBits = 11;

/** The one-symbol code of the RLE mode: a single state that takes no bits. */
export function rleTable(symbol: number): FseTable {
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), base: new Uint16Array(1) };
}

/** The code with these probabilities, in units of 2^-accuracy; -1 is "less than one" (section 4.1.1). */
export function makeFseTable(probabilities: ArrayLike<number>, accuracy: number): FseTable {
  const size = 1 << accuracy;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(probabilities.length);
  let high = size;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    if (probabilities[symbol] === -1) symbols[--high] = symbol;
    next[symbol] = Math.abs(probabilities[symbol]);
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let state = 0;
  for (let symbol = 0; symbol < probabilities.length; symbol++) {
    for (let i = 0; i < probabilities[symbol]; i++) {
      symbols[state] = symbol;
      do state = (state + step) & (size - 1);
      while (state >= high);
    }
  }
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let i = 0; i < size; i++) {
    const x = next[symbols[i]]++;
    bits[i] = accuracy - (31 - Math.clz32(x));
    base[i] = (x << bits[i]) - size;
  }
  return { accuracy, symbols, bits, base };
}

/**
 * Reads a code's probabilities (section 4.1.1) from the start of `bytes`.
 * @returns the code, and how many bytes described it
 */
export function readFseTable(
  bytes: Uint8Array,
  maxAccuracy: number,
  maxSymbol: number,
): { table: FseTable; consumed: number } {
  let position = 0;
  const take = (count: number): number => {
    const i = position >> 3;
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16);
    position += count;
    return (word >> ((position - count) & 7)) & ((1 << count) - 1);
  };
  const accuracy = take(4) + 5;
  if (accuracy > maxAccuracy) throw malformed(`a code of accuracy ${accuracy}, the most is ${maxAccuracy}`);
  const probabilities: number[] = [];
  let remaining = 1 << accuracy;
  while (remaining > 0) {
    if (probabilities.length > maxSymbol) throw malformed("a code with too many symbols");
    // Values up to `remaining + 1`; the small ones of the range save a bit.
    const bits = 32 - Math.clz32(remaining + 1);
    const short = 2 ** bits - 1 - (remaining + 1);
    let value = take(bits - 1);
    if (value >= short) {
      value += take(1) << (bits - 1);
      if (value >= 1 << (bits - 1)) value -= short;
    }
    const probability = value - 1;
    remaining -= Math.abs(probability);
    probabilities.push(probability);
    // Behind a 0, two bits at a time say how many more follow.
    for (let more = probability === 0 ? 3 : 0; more === 3; ) {
      more = take(2);
      for (let i = 0; i < more; i++) probabilities.push(0);
      if (position > bytes.length * 8) throw malformed("a code that is cut off");
    }
  }
  const consumed = (position + 7) >> 3;
  if (remaining < 0 || consumed > bytes.length || probabilities.length > maxSymbol + 1)
    throw malformed("a code that does not add up");
  return { table: makeFseTable(probabilities, accuracy), consumed };
}

/**
 * Reads the description of the literals' code (section 4.2.1) from the start of `bytes`.
 * @returns the code, and how many bytes described it
 */
export function readHuffmanTable(bytes: Uint8Array): { table: HuffmanTable; consumed: number } {
  if (bytes.length === 0) throw malformed("a code that is cut off");
  const header = bytes[0];
  const weights = new Uint8Array(256);
  const consumed = header < 128 ? 1 + header : 1 + ((header - 127 + 1) >> 1);
  if (consumed > bytes.length) throw malformed("a code that is cut off");
  let count = header - 127;
  if (header < 128) count = readFseWeights(bytes.subarray(1, consumed), weights);
  else for (let i = 0; i < count; i++) weights[i] = i & 1 ? bytes[1 + (i >> 1)] & 15 : bytes[1 + (i >> 1)] >> 4;
  return { table: makeHuffmanTable(weights, count), consumed };
}

/** Two states take turns until the bits run out (section 4.2.1.2). */
function readFseWeights(bytes: Uint8Array, weights: Uint8Array): number {
  const { table, consumed } = readFseTable(bytes, 6, 12);
  const reader = new BackwardBits(bytes.subarray(consumed));
  const states = [reader.take(table.accuracy), reader.take(table.accuracy)];
  reader.checkBounds();
  for (let count = 0; count < 254; count++) {
    const state = states[count & 1];
    weights[count] = table.symbols[state];
    states[count & 1] = table.base[state] + reader.take(table.bits[state]);
    if (reader.position < 0) {
      weights[count + 1] = table.symbols[states[(count + 1) & 1]];
      return count + 2;
    }
  }
  throw malformed("too many weights");
}

/** The last symbol's weight is not stored: it completes the code. */
function makeHuffmanTable(weights: Uint8Array, count: number): HuffmanTable {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (weights[i] > maxHuffmanBits) throw malformed("a literal's code is too long");
    if (weights[i] > 0) sum += 2 ** (weights[i] - 1);
  }
  const bits = 32 - Math.clz32(sum);
  const rest = 2 ** bits - sum;
  const lastWeight = 32 - Math.clz32(rest);
  if (sum === 0 || bits > maxHuffmanBits || rest !== 2 ** (lastWeight - 1))
    throw malformed("an incomplete literals' code");
  weights[count] = lastWeight;
  const table = new Uint16Array(2 ** bits);
  let position = 0;
  for (let weight = 1; weight <= bits; weight++) {
    for (let symbol = 0; symbol <= count; symbol++) {
      if (weights[symbol] !== weight) continue;
      const end = position + 2 ** (weight - 1);
      table.fill(symbol * 16 + bits + 1 - weight, position, end);
      position = end;
    }
  }
  return { bits, table };
}

/**
 * Bits from the end of the bytes towards their start, as zstd's entropy coders write them: the highest set bit of the last
 * byte marks where they begin. Zeros stand in for bits before the start; `position` is negative then.
 */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  /** Bits that are left. */
  position: number;

  constructor(bytes: Uint8Array) {
    const last = bytes[bytes.length - 1];
    if (!last) throw malformed("a bit stream without its end mark");
    this.#bytes = bytes;
    this.position = bytes.length * 8 - 8 + (31 - Math.clz32(last));
  }

  /** The next 0 to 25 bits. */
  take(count: number): number {
    this.position -= count;
    const position = this.position;
    const bytes = this.#bytes;
    if (position < 0) return this.#takeAtStart(count);
    const i = position >> 3;
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    return (word >>> (position & 7)) & ((1 << count) - 1);
  }

  /** @throws InflateError - more bits were taken than there are */
  checkBounds(): void {
    if (this.position < 0) throw malformed("a bit stream that is cut off");
  }

  /** @throws InflateError - not every bit was taken, or more than there are */
  checkEnd(): void {
    if (this.position !== 0) throw malformed("a bit stream of the wrong length");
  }

  #takeAtStart(count: number): number {
    const available = count + this.position;
    if (available <= 0) return 0;
    const word = this.#bytes[0] | (this.#bytes[1] << 8) | (this.#bytes[2] << 16) | (this.#bytes[3] << 24);
    return (word & ((1 << available) - 1)) << -this.position;
  }
}

/** Decodes one stream of literals into [start, end) of `output`. */
export function decodeHuffman(
  stream: Uint8Array,
  { bits, table }: HuffmanTable,
  output: Uint8Array,
  start: number,
  end: number,
): void {
  const reader = new BackwardBits(stream);
  let position = reader.position;
  let at = start;
  // Two symbols from each 25 bits: their codes have 22 at most.
  const first = 25 - bits;
  const mask = table.length - 1;
  for (const last = end - 2; at <= last && position >= 25; ) {
    const low = position - 25;
    const i = low >> 3;
    const word = (stream[i] | (stream[i + 1] << 8) | (stream[i + 2] << 16) | (stream[i + 3] << 24)) >>> (low & 7);
    const a = table[(word >>> first) & mask];
    const b = table[(word >>> (first - (a & 15))) & mask];
    output[at] = a >> 4;
    output[at + 1] = b >> 4;
    at += 2;
    position -= (a & 15) + (b & 15);
  }
  reader.position = position;
  for (; at < end; at++) {
    const entry = table[reader.take(bits)];
    output[at] = entry >> 4;
    reader.position += bits - (entry & 15);
    reader.checkBounds();
  }
  reader.checkEnd();
}

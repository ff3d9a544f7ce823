import type { FseTable } from "./zstd-entropy.js";
import { makeFseTable } from "./zstd-entropy.js";

/** Bytes that grow, filled with bits from the lowest of each byte on. */
export class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #buffer = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** The low `count` bits of `value`, 0 to 16. */
  put(value: number, count: number): void {
    this.#buffer |= (value & ((1 << count) - 1)) << this.#count;
    this.#count += count;
    while (this.#count >= 8) {
      this.#push(this.#buffer & 255);
      this.#buffer >>>= 8;
      this.#count -= 8;
    }
  }

  /** As {@link put}, for up to 31 bits. */
  putLong(value: number, count: number): void {
    this.put(value & 0xffff, Math.min(count, 16));
    if (count > 16) this.put(value >>> 16, count - 16);
  }

  /** Fills the last byte up with zeros. */
  finish(): Uint8Array {
    if (this.#count > 0) this.#push(this.#buffer);
    this.#count = this.#buffer = 0;
    return this.#bytes.subarray(0, this.#length);
  }

  /** Ends the stream with the mark from which `BackwardBits` starts. */
  finishBackward(): Uint8Array {
    this.put(1, 1);
    return this.finish();
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** A finite state entropy code in the direction of encoding. */
export class FseEncoder {
  readonly accuracy: number;
  readonly #table: FseTable;
  readonly #probabilities: ArrayLike<number>;
  /** The states of each symbol, in order, one symbol behind the other. */
  readonly #states: Uint16Array;
  readonly #starts: Uint16Array;

  constructor(probabilities: ArrayLike<number>, accuracy: number) {
    this.accuracy = accuracy;
    this.#probabilities = Array.from(probabilities, Math.abs);
    this.#table = makeFseTable(probabilities, accuracy);
    this.#starts = new Uint16Array(probabilities.length + 1);
    for (let i = 0; i < probabilities.length; i++) this.#starts[i + 1] = this.#starts[i] + this.#probabilities[i];
    this.#states = new Uint16Array(1 << accuracy);
    const next = this.#starts.slice();
    for (let state = 0; state < 1 << accuracy; state++) this.#states[next[this.#table.symbols[state]]++] = state;
  }

  /** The state with which the last symbol of a stream is encoded; it needs no bits. */
  first(symbol: number): number {
    return this.#states[this.#starts[symbol]];
  }

  /** The state before `state` that stands for `symbol`; writes the bits that lead from it to `state`. */
  encode(symbol: number, state: number, writer: BitWriter): number {
    const value = state + (1 << this.accuracy);
    const probability = this.#probabilities[symbol];
    // The decoder's step, backwards: value >> bits lies in [probability, 2 * probability).
    let bits = this.accuracy - (31 - Math.clz32(probability));
    if (value >> bits < probability) bits--;
    writer.put(state, bits);
    return this.#states[this.#starts[symbol] + (value >> bits) - probability];
  }
}

/**
 * Probabilities, in units of 2^-accuracy, that follow the counts; each symbol that occurs has at least one unit.
 * `counts` has two symbols or more that occur, and no more than 2^accuracy.
 */
export function normalize(counts: ArrayLike<number>, total: number, accuracy: number): number[] {
  const size = 1 << accuracy;
  const probabilities = Array.from(counts, (count) =>
    count === 0 ? 0 : Math.max(1, Math.round((count * size) / total)),
  );
  let excess = probabilities.reduce((sum, probability) => sum + probability, 0) - size;
  while (excess !== 0) {
    // Where one unit more or less changes the least: at the largest.
    const largest = probabilities.indexOf(Math.max(...probabilities));
    const change = excess > 0 ? Math.min(excess, Math.max(1, probabilities[largest] >> 2)) : excess;
    probabilities[largest] -= change;
    excess -= change;
  }
  return probabilities;
}

/** Describes a code as `readFseTable` reads it (RFC 8878 section 4.1.1). */
export function writeFseTable(probabilities: readonly number[], accuracy: number): Uint8Array {
  const writer = new BitWriter(64);
  writer.put(accuracy - 5, 4);
  let remaining = 1 << accuracy;
  for (let symbol = 0; remaining > 0; ) {
    const probability = probabilities[symbol++];
    const bits = 32 - Math.clz32(remaining + 1);
    const short = 2 ** bits - 1 - (remaining + 1);
    const value = probability + 1;
    if (value < short) writer.put(value, bits - 1);
    else writer.put(value < 2 ** (bits - 1) ? value : value + short, bits);
    remaining -= Math.abs(probability);
    if (probability !== 0) continue;
    let zeros = 0;
    while (probabilities[symbol] === 0) {
      zeros++;
      symbol++;
    }
    for (; zeros >= 3; zeros -= 3) writer.put(3, 2);
    writer.put(zeros, 2);
  }
  return writer.finish();
}

import type { MatchFinder } from "./match-finder.js";

/** Probabilities of a zero bit have eleven bits, and move by a 32nd of their distance. */
const probabilityBits = 11;
const adaptation = 5;

const minMatch = 2;
const maxMatch = 273;

/** The encoder's properties are those of every preset of xz. */
const lc = 3;
const pb = 2;
const positionMask = (1 << pb) - 1;

/** lc, lp (0) and pb in one byte. */
export const packedProperties = pb * 45 + lc;

/** The adaptive state of an LZMA stream, on the side of the encoder; literals, matches, and repetitions of the last distance. */
export class LzmaEncoder {
  readonly #input: Uint8Array;
  readonly #literals = probabilities(0x300 << lc);
  readonly #isMatch = probabilities(12 << 4);
  readonly #isRep = probabilities(12);
  readonly #isRep0 = probabilities(12);
  readonly #isRep0Long = probabilities(12 << 4);
  readonly #matchLength = new LengthEncoder();
  readonly #repLength = new LengthEncoder();
  readonly #slots = probabilities(4 << 6);
  readonly #middle = probabilities(128);
  readonly #align = probabilities(1 << 4);
  #state = 0;
  #rep0 = 0;

  constructor(input: Uint8Array) {
    this.#input = input;
  }

  /** Encodes the bytes [start, end) with the matches that `finder` finds. */
  encode(range: RangeEncoder, finder: MatchFinder, start: number, end: number): void {
    const rest = finder.find(start, end, end, (literals, at, length, distance) => {
      this.#putLiterals(range, literals, at);
      let position = at;
      for (let left = length; left > 0; ) {
        // No piece that is left over is shorter than a match may be.
        const piece = left > maxMatch && left < maxMatch + minMatch ? left - minMatch : Math.min(left, maxMatch);
        this.#putMatch(range, position, piece, distance - 1);
        position += piece;
        left -= piece;
      }
    });
    this.#putLiterals(range, rest, end);
  }

  /** A match whose distance no match has. */
  putEndMarker(range: RangeEncoder, position: number): void {
    range.bit(this.#isMatch, (this.#state << 4) + (position & positionMask), 1);
    range.bit(this.#isRep, this.#state, 0);
    this.#matchLength.encode(range, position & positionMask, 0);
    this.#putDistance(range, 0, 0xffffffff);
  }

  #putLiterals(range: RangeEncoder, start: number, end: number): void {
    const input = this.#input;
    for (let position = start; position < end; position++) {
      range.bit(this.#isMatch, (this.#state << 4) + (position & positionMask), 0);
      const previous = position === 0 ? 0 : input[position - 1];
      const table = 0x300 * (previous >> (8 - lc));
      const matched = this.#state < 7 ? -1 : input[position - this.#rep0 - 1];
      putLiteral(range, this.#literals, table, input[position], matched);
      this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
    }
  }

  /** @param distance - less one */
  #putMatch(range: RangeEncoder, position: number, length: number, distance: number): void {
    const positionState = position & positionMask;
    range.bit(this.#isMatch, (this.#state << 4) + positionState, 1);
    const repeats = distance === this.#rep0;
    range.bit(this.#isRep, this.#state, repeats ? 1 : 0);
    if (repeats) {
      range.bit(this.#isRep0, this.#state, 0);
      range.bit(this.#isRep0Long, (this.#state << 4) + positionState, 1);
      this.#repLength.encode(range, positionState, length - minMatch);
      this.#state = this.#state < 7 ? 8 : 11;
    } else {
      this.#matchLength.encode(range, positionState, length - minMatch);
      this.#putDistance(range, length - minMatch, distance);
      this.#rep0 = distance;
      this.#state = this.#state < 7 ? 7 : 10;
    }
  }

  #putDistance(range: RangeEncoder, length: number, distance: number): void {
    const bits = 31 - Math.clz32(distance);
    const slot = distance < 4 ? distance : 2 * bits + ((distance >>> (bits - 1)) & 1);
    range.tree(this.#slots, Math.min(length, 3) << 6, 6, slot);
    if (slot < 4) return;
    const count = (slot >> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** count;
    const low = distance - high;
    if (slot < 14) {
      range.reverseTree(this.#middle, high - slot, count, low);
    } else {
      range.direct(Math.floor(low / 16), count - 4);
      range.reverseTree(this.#align, 0, 4, low & 15);
    }
  }
}

/** After a match, the bits are predicted from those of `matched`, the byte that would have continued it. */
function putLiteral(range: RangeEncoder, literals: Uint16Array, table: number, byte: number, matched: number): void {
  let symbol = 1;
  let shift = 7;
  if (matched >= 0) {
    for (let same = true; same && shift >= 0; shift--) {
      const matchBit = (matched >> shift) & 1;
      const bit = (byte >> shift) & 1;
      range.bit(literals, table + ((1 + matchBit) << 8) + symbol, bit);
      symbol = (symbol << 1) | bit;
      same = bit === matchBit;
    }
  }
  for (; shift >= 0; shift--) {
    const bit = (byte >> shift) & 1;
    range.bit(literals, table + symbol, bit);
    symbol = (symbol << 1) | bit;
  }
}

/** Lengths of matches, less two: eight short, eight medium and 256 long ones. */
class LengthEncoder {
  readonly #choice = probabilities(2);
  readonly #low = probabilities(16 << 3);
  readonly #medium = probabilities(16 << 3);
  readonly #high = probabilities(1 << 8);

  encode(range: RangeEncoder, positionState: number, length: number): void {
    range.bit(this.#choice, 0, length < 8 ? 0 : 1);
    if (length >= 8) range.bit(this.#choice, 1, length < 16 ? 0 : 1);
    if (length < 8) range.tree(this.#low, positionState << 3, 3, length);
    else if (length < 16) range.tree(this.#medium, positionState << 3, 3, length - 8);
    else range.tree(this.#high, 0, 8, length - 16);
  }
}

/** Binary arithmetic encoder with adaptive probabilities. */
export class RangeEncoder {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #low = 0;
  #range = 0xffffffff;
  /** A byte that a carry may still change, and how many bytes of 255 follow it, counted together. */
  #cache = 0;
  #pending = 1;

  bit(table: Uint16Array, index: number, bit: number): void {
    const probability = table[index];
    const bound = (this.#range >>> probabilityBits) * probability;
    if (bit === 0) {
      this.#range = bound;
      table[index] = probability + (((1 << probabilityBits) - probability) >> adaptation);
    } else {
      this.#low += bound;
      this.#range -= bound;
      table[index] = probability - (probability >> adaptation);
    }
    this.#normalize();
  }

  /** `count` bits, the highest first, each predicted from those before it. */
  tree(table: Uint16Array, start: number, count: number, value: number): void {
    let node = 1;
    for (let shift = count - 1; shift >= 0; shift--) {
      const bit = (value >> shift) & 1;
      this.bit(table, start + node, bit);
      node = (node << 1) | bit;
    }
  }

  /** As {@link tree}, the lowest bit first. */
  reverseTree(table: Uint16Array, start: number, count: number, value: number): void {
    let node = 1;
    for (let i = 0; i < count; i++) {
      const bit = (value >> i) & 1;
      this.bit(table, start + node, bit);
      node = (node << 1) | bit;
    }
  }

  /** The low `count` bits of `value`, which are as likely 0 as 1, the highest first. */
  direct(value: number, count: number): void {
    for (let shift = count - 1; shift >= 0; shift--) {
      this.#range >>>= 1;
      if ((value >>> shift) & 1) this.#low += this.#range;
      this.#normalize();
    }
  }

  /** The encoded bytes. Nothing can follow. */
  finish(): Uint8Array {
    for (let i = 0; i < 5; i++) this.#shift();
    return this.#bytes.subarray(0, this.#length);
  }

  #normalize(): void {
    while (this.#range < 2 ** 24) {
      this.#range = (this.#range << 8) >>> 0;
      this.#shift();
    }
  }

  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= 2 ** 32) {
      const carry = this.#low >= 2 ** 32 ? 1 : 0;
      this.#put(this.#cache + carry);
      for (; this.#pending > 1; this.#pending--) this.#put(0xff + carry);
      this.#pending = 0;
      this.#cache = (this.#low >>> 24) & 0xff;
    }
    this.#pending++;
    this.#low = (this.#low & 0x00ffffff) * 256;
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Probabilities of a half. */
function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(1 << (probabilityBits - 1));
}

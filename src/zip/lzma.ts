import { type Inflated, InflateError } from "../bytes/inflate-error.js";
import { GrowingBytes } from "./growing-bytes.js";
import { viewOf } from "./records.js";

/** General purpose bit 1 of an LZMA entry: an end marker follows the data (APPNOTE 4.4.4). */
const hasEndMarker = 1 << 1;

/** Probabilities of a zero bit have eleven bits, and move by a 32nd of their distance. */
const probabilityBits = 11;
const adaptation = 5;

/** Shortest match, in bytes. */
const minMatch = 2;

/**
 * Expands the payload of an LZMA entry: 0 version of the LZMA SDK, 2 size of the properties, 4 the properties (one byte that
 * packs lc, lp and pb, and the size of the dictionary), 9 the stream (APPNOTE 5.8.8).
 *
 * @param size - bytes that the stream holds
 * @param flags - general purpose bits of the entry
 * @throws InflateError - malformed, cut off, or longer than `size`
 */
export function expandLzma(payload: Uint8Array, size: number, flags: number): Inflated {
  if (payload.length < 14) throw new InflateError("truncated", "the stream ends within its header");
  const view = viewOf(payload);
  const packed = payload[4]!;
  if (view.getUint16(2, true) !== 5 || packed >= 9 * 5 * 5) throw malformed("its properties are not those of LZMA");
  const properties = {
    lc: packed % 9,
    lp: Math.floor(packed / 9) % 5,
    pb: Math.floor(packed / 45),
    dictionarySize: Math.max(4096, view.getUint32(5, true)),
  };
  const output = new GrowingBytes(size, payload.length);
  const range = new RangeDecoder(payload, 9);
  decode(range, properties, output, size, (flags & hasEndMarker) !== 0);
  return { bytes: output.finish(), consumed: range.position };
}

interface Properties {
  /** Bits of the previous byte that choose the table of a literal. */
  readonly lc: number;
  /** Bits of the position that choose the table of a literal. */
  readonly lp: number;
  /** Bits of the position that choose the tables of a match. */
  readonly pb: number;
  readonly dictionarySize: number;
}

function decode(
  range: RangeDecoder,
  properties: Properties,
  output: GrowingBytes,
  size: number,
  marker: boolean,
): void {
  const { lc, lp, pb, dictionarySize } = properties;
  const literals = probabilities(0x300 << (lc + lp));
  const isMatch = probabilities(12 << 4);
  const isRep = probabilities(12);
  const isRep0 = probabilities(12);
  const isRep1 = probabilities(12);
  const isRep2 = probabilities(12);
  const isRep0Long = probabilities(12 << 4);
  const matchLength = new LengthDecoder();
  const repLength = new LengthDecoder();
  const distances = new DistanceDecoder();
  /** Of the last few symbols, which were literals and which matches: 0 to 6 after a literal, 7 to 11 after a match. */
  let state = 0;
  /** Distances of the last four matches, less one. */
  let [rep0, rep1, rep2, rep3] = [0, 0, 0, 0];

  while (marker || output.length < size) {
    const position = output.length;
    const positionState = position & ((1 << pb) - 1);
    if (range.bit(isMatch, (state << 4) + positionState) === 0) {
      const previous = position === 0 ? 0 : output.bytes[position - 1]!;
      const table = 0x300 * (((position & ((1 << lp) - 1)) << lc) + (previous >> (8 - lc)));
      const matched = state < 7 ? undefined : output.bytes[position - rep0 - 1]!;
      output.reserve(1);
      output.bytes[output.length++] = readLiteral(range, literals, table, matched);
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let length: number;
    if (range.bit(isRep, state) === 0) {
      length = matchLength.decode(range, positionState);
      [rep1, rep2, rep3] = [rep0, rep1, rep2];
      rep0 = distances.decode(range, length);
      if (rep0 === 0xffffffff) {
        if (!marker) throw malformed("it has an end marker that its entry does not announce");
        range.finish();
        return;
      }
      state = state < 7 ? 7 : 10;
    } else {
      if (position === 0) throw malformed("it begins with a repetition");
      if (range.bit(isRep0, state) === 0) {
        if (range.bit(isRep0Long, (state << 4) + positionState) === 0) {
          copyMatch(output, rep0, 1, dictionarySize);
          state = state < 7 ? 9 : 11;
          continue;
        }
      } else if (range.bit(isRep1, state) === 0) {
        [rep0, rep1] = [rep1, rep0];
      } else if (range.bit(isRep2, state) === 0) {
        [rep0, rep1, rep2] = [rep2, rep0, rep1];
      } else {
        [rep0, rep1, rep2, rep3] = [rep3, rep0, rep1, rep2];
      }
      length = repLength.decode(range, positionState);
      state = state < 7 ? 8 : 11;
    }
    copyMatch(output, rep0, length + minMatch, dictionarySize);
  }
  range.finish();
}

/** After a match, the bits of a literal are predicted from those of the byte that would have continued it. */
function readLiteral(range: RangeDecoder, literals: Uint16Array, table: number, matched: number | undefined): number {
  let symbol = 1;
  if (matched !== undefined) {
    for (let shift = 7; symbol < 0x100 && shift >= 0; shift--) {
      const matchBit = (matched >> shift) & 1;
      const bit = range.bit(literals, table + ((1 + matchBit) << 8) + symbol);
      symbol = (symbol << 1) | bit;
      if (bit !== matchBit) break;
    }
  }
  while (symbol < 0x100) symbol = (symbol << 1) | range.bit(literals, table + symbol);
  return symbol & 0xff;
}

function copyMatch(output: GrowingBytes, distance: number, length: number, dictionarySize: number): void {
  if (distance >= output.length || distance >= dictionarySize) throw malformed("a match begins before the data");
  output.reserve(length);
  const { bytes } = output;
  for (let i = 0; i < length; i++, output.length++) bytes[output.length] = bytes[output.length - distance - 1]!;
}

/** Lengths of matches: eight short, eight medium and 256 long ones. */
class LengthDecoder {
  readonly #choice = probabilities(2);
  readonly #low = probabilities(16 << 3);
  readonly #medium = probabilities(16 << 3);
  readonly #high = probabilities(1 << 8);

  decode(range: RangeDecoder, positionState: number): number {
    if (range.bit(this.#choice, 0) === 0) return range.tree(this.#low, positionState << 3, 3);
    if (range.bit(this.#choice, 1) === 0) return 8 + range.tree(this.#medium, positionState << 3, 3);
    return 16 + range.tree(this.#high, 0, 8);
  }
}

/** Distances of matches: a slot of six bits gives the highest two bits and how many follow. */
class DistanceDecoder {
  readonly #slots = probabilities(4 << 6);
  readonly #middle = probabilities(128);
  readonly #align = probabilities(1 << 4);

  decode(range: RangeDecoder, length: number): number {
    const slot = range.tree(this.#slots, Math.min(length, 3) << 6, 6);
    if (slot < 4) return slot;
    const count = (slot >> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** count;
    if (slot < 14) return high + range.reverseTree(this.#middle, high - slot, count);
    return high + range.direct(count - 4) * 16 + range.reverseTree(this.#align, 0, 4);
  }
}

/** Binary arithmetic decoder with adaptive probabilities. */
class RangeDecoder {
  readonly #bytes: Uint8Array;
  #range = 0xffffffff;
  #code = 0;
  /** Position of the next byte. */
  position: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.position = start;
    if (this.#byte() !== 0) throw malformed("its range coder does not begin with 0");
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
  }

  bit(table: Uint16Array, index: number): number {
    this.finish();
    const probability = table[index]!;
    const bound = (this.#range >>> probabilityBits) * probability;
    if (this.#code < bound) {
      this.#range = bound;
      table[index] = probability + (((1 << probabilityBits) - probability) >> adaptation);
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    table[index] = probability - (probability >> adaptation);
    return 1;
  }

  /** `count` bits, the highest first, each predicted from those before it. */
  tree(table: Uint16Array, start: number, count: number): number {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(table, start + node);
    return node - (1 << count);
  }

  /** As {@link tree}, the lowest bit first. */
  reverseTree(table: Uint16Array, start: number, count: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const bit = this.bit(table, start + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  /** `count` bits that are as likely 0 as 1, the highest first. */
  direct(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.finish();
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = value * 2 + bit;
    }
    return value;
  }

  /** Takes the next byte once the range has become small: before each bit, and after the last one. */
  finish(): void {
    if (this.#range >= 2 ** 24) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#byte()) >>> 0;
  }

  #byte(): number {
    if (this.position >= this.#bytes.length) throw new InflateError("truncated", "the stream ends too early");
    return this.#bytes[this.position++]!;
  }
}

/** Probabilities of a half. */
function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(1 << (probabilityBits - 1));
}

function malformed(what: string): InflateError {
  return new InflateError("malformed", `this is no LZMA stream: ${what}`);
}

import { type Decompressed, DecompressionError } from "./decompression.js";
import { GrowingBytes } from "./growing-bytes.js";

/** Probabilities of a zero bit have eleven bits, and move by a 32nd of their distance. */
const probabilityBits = 11;
const adaptation = 5;

/** Shortest match, in bytes. */
const minMatch = 2;

/** The choices of a stream's encoder. */
export interface LzmaProperties {
  /** Bits of the previous byte that choose the table of a literal. */
  readonly lc: number;
  /** Bits of the position that choose the table of a literal. */
  readonly lp: number;
  /** Bits of the position that choose the tables of a match. */
  readonly pb: number;
  /** Greatest distance of a match, in bytes. */
  readonly dictionarySize: number;
}

/**
 * The properties that one byte packs.
 * @throws DecompressionError - no three numbers of LZMA
 */
export function unpackProperties(packed: number, dictionarySize: number): LzmaProperties {
  if (packed >= 9 * 5 * 5) throw malformed("its properties are not those of LZMA");
  return { lc: packed % 9, lp: Math.floor(packed / 9) % 5, pb: Math.floor(packed / 45), dictionarySize };
}

/**
 * Expands an LZMA stream without any header, from byte `start` of `input` on.
 *
 * @param size - bytes that the stream holds; with an end marker, that it may hold
 * @throws DecompressionError - malformed, cut off, or longer than `size`
 */
export function expandLzma(
  input: Uint8Array,
  start: number,
  properties: LzmaProperties,
  size: number,
  endMarker: boolean,
): Decompressed {
  const output = new GrowingBytes(size, input.length);
  const range = new RangeDecoder(input, start);
  new LzmaDecoder(properties).decode(range, output, 0, endMarker ? undefined : size);
  return { bytes: output.finish(), consumed: range.position };
}

/** The state to which a stream has adapted; LZMA2 goes on with it from chunk to chunk. */
export class LzmaDecoder {
  readonly #properties: LzmaProperties;
  readonly #literals: Uint16Array;
  readonly #isMatch = probabilities(12 << 4);
  readonly #isRep = probabilities(12);
  readonly #isRep0 = probabilities(12);
  readonly #isRep1 = probabilities(12);
  readonly #isRep2 = probabilities(12);
  readonly #isRep0Long = probabilities(12 << 4);
  readonly #matchLength = new LengthDecoder();
  readonly #repLength = new LengthDecoder();
  readonly #distances = new DistanceDecoder();
  /** The kinds of the last few symbols, literals or matches: 0 to 6 after a literal, 7 to 11 after a match. */
  #state = 0;
  /** Distances of the last four matches, less one. */
  #reps: readonly [number, number, number, number] = [0, 0, 0, 0];

  constructor(properties: LzmaProperties) {
    this.#properties = properties;
    this.#literals = probabilities(0x300 << (properties.lc + properties.lp));
  }

  /**
   * Appends to `output` until it has `end` bytes, or, if that is `undefined`, until the end marker.
   *
   * @param base - where in `output` the dictionary begins
   * @throws DecompressionError - malformed, cut off, or longer than `output` may be
   */
  decode(range: RangeDecoder, output: GrowingBytes, base: number, end: number | undefined): void {
    const { lc, lp, pb, dictionarySize } = this.#properties;
    const [literals, isMatch, isRep] = [this.#literals, this.#isMatch, this.#isRep];
    let state = this.#state;
    let [rep0, rep1, rep2, rep3] = this.#reps;
    while (end === undefined || output.length < end) {
      const position = output.length - base;
      const positionState = position & ((1 << pb) - 1);
      if (range.bit(isMatch, (state << 4) + positionState) === 0) {
        const previous = position === 0 ? 0 : output.bytes[output.length - 1]!;
        const table = 0x300 * (((position & ((1 << lp) - 1)) << lc) + (previous >> (8 - lc)));
        const matched = state < 7 ? undefined : output.bytes[output.length - rep0 - 1]!;
        output.reserve(1);
        output.bytes[output.length++] = readLiteral(range, literals, table, matched);
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      let length: number;
      if (range.bit(isRep, state) === 0) {
        length = this.#matchLength.decode(range, positionState);
        [rep1, rep2, rep3] = [rep0, rep1, rep2];
        rep0 = this.#distances.decode(range, length);
        if (rep0 === 0xffffffff) {
          if (end !== undefined) throw malformed("it has an end marker where none was announced");
          range.finish();
          return;
        }
        state = state < 7 ? 7 : 10;
      } else {
        if (position === 0) throw malformed("it begins with a repeated match");
        if (range.bit(this.#isRep0, state) === 0) {
          if (range.bit(this.#isRep0Long, (state << 4) + positionState) === 0) {
            copyMatch(output, rep0, 1, Math.min(dictionarySize, position));
            state = state < 7 ? 9 : 11;
            continue;
          }
        } else if (range.bit(this.#isRep1, state) === 0) {
          [rep0, rep1] = [rep1, rep0];
        } else if (range.bit(this.#isRep2, state) === 0) {
          [rep0, rep1, rep2] = [rep2, rep0, rep1];
        } else {
          [rep0, rep1, rep2, rep3] = [rep3, rep0, rep1, rep2];
        }
        length = this.#repLength.decode(range, positionState);
        state = state < 7 ? 8 : 11;
      }
      copyMatch(output, rep0, length + minMatch, Math.min(dictionarySize, position));
    }
    range.finish();
    this.#state = state;
    this.#reps = [rep0, rep1, rep2, rep3];
  }
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

function copyMatch(output: GrowingBytes, distance: number, length: number, window: number): void {
  if (distance >= window) throw malformed("a match begins before the data");
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
export class RangeDecoder {
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
    if (this.position >= this.#bytes.length) throw new DecompressionError("truncated", "the stream ends too early");
    return this.#bytes[this.position++]!;
  }
}

/** Probabilities of a half. */
function probabilities(count: number): Uint16Array {
  return new Uint16Array(count).fill(1 << (probabilityBits - 1));
}

function malformed(what: string): DecompressionError {
  return new DecompressionError("malformed", `not an LZMA stream: ${what}`);
}

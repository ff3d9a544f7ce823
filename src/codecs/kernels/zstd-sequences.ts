import { BackwardBits, type FseTable, makeFseTable, readFseTable, rleTable } from "./zstd-entropy.js";
import { malformed } from "./zstd-frame.js";

/** The three codes of a sequence, and the last three offsets; a block may go on with those of the block before. */
export interface SequenceState {
  literalLengths: FseTable | undefined;
  offsets: FseTable | undefined;
  matchLengths: FseTable | undefined;
  readonly recentOffsets: [number, number, number];
}

/** The codes of the three parts of a sequence: literal length, offset, match length. */
export const sequenceCodes = {
  literalLengths: {
    /** First value of each code and its extra bits (RFC 8878 section 3.1.1.3.2.1.1). */
    base: [
      ...Array.from({ length: 16 }, (_, code) => code),
      ...[16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536],
    ],
    bits: [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    /** Probabilities of the predefined code (section 3.1.1.3.2.2). */
    predefined: [4, 3, ...many(11, 2), 1, 1, 1, ...many(9, 2), 3, 2, ...many(5, 1), ...many(4, -1)],
    maxAccuracy: 9,
  },
  offsets: {
    predefined: [...many(6, 1), 2, 2, 2, ...many(15, 1), ...many(5, -1)],
    maxAccuracy: 8,
  },
  matchLengths: {
    base: [
      ...Array.from({ length: 32 }, (_, code) => code + 3),
      ...[35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539],
    ],
    bits: [...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    predefined: [1, 4, 3, ...many(6, 2), ...many(37, 1), ...many(7, -1)],
    maxAccuracy: 9,
  },
} as const;

/** Highest symbol of each code; of offsets, the most that 31 bits can say. */
const maxSymbol = { literalLengths: 35, offsets: 31, matchLengths: 52 };

/** Accuracy of the predefined codes. */
const predefinedAccuracy = { literalLengths: 6, offsets: 5, matchLengths: 6 };

/** Where literals and matches go: [start of the frame, end of what is allowed) of one buffer. */
export interface SequenceTarget {
  readonly output: Uint8Array;
  readonly frameStart: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Decodes a sequences section and carries it out: each sequence copies some literals, then some bytes of what is there.
 * @returns where the output ends
 */
export function runSequences(
  section: Uint8Array,
  literals: Uint8Array,
  state: SequenceState,
  { output, frameStart, start, end }: SequenceTarget,
): number {
  const { count, codes } = readSequenceCount(section);
  if (count === 0) {
    if (codes !== section.length) throw malformed("bytes behind a block without sequences");
    return copyLiterals(literals, 0, literals.length, output, start, end);
  }
  const reader = new BackwardBits(section.subarray(readTables(section, codes, state)));
  const { base: literalLengthBase, bits: literalLengthBits } = sequenceCodes.literalLengths;
  const { base: matchLengthBase, bits: matchLengthBits } = sequenceCodes.matchLengths;
  const literalLengths = state.literalLengths!;
  const offsets = state.offsets!;
  const matchLengths = state.matchLengths!;
  let literalState = reader.take(literalLengths.accuracy);
  let offsetState = reader.take(offsets.accuracy);
  let matchState = reader.take(matchLengths.accuracy);
  let at = start;
  let literal = 0;
  for (let i = 0; i < count; i++) {
    const offsetCode = offsets.symbols[offsetState];
    const offsetValue = readOffset(reader, offsetCode);
    const matchCode = matchLengths.symbols[matchState];
    const matchLength = matchLengthBase[matchCode] + reader.take(matchLengthBits[matchCode]);
    const literalCode = literalLengths.symbols[literalState];
    const literalLength = literalLengthBase[literalCode] + reader.take(literalLengthBits[literalCode]);
    if (i < count - 1) {
      literalState = literalLengths.base[literalState] + reader.take(literalLengths.bits[literalState]);
      matchState = matchLengths.base[matchState] + reader.take(matchLengths.bits[matchState]);
      offsetState = offsets.base[offsetState] + reader.take(offsets.bits[offsetState]);
    }
    reader.checkBounds();
    const offset = resolveOffset(offsetValue, literalLength, state.recentOffsets);
    at = copyLiterals(literals, literal, literal + literalLength, output, at, end);
    literal += literalLength;
    if (offset > at - frameStart) throw malformed("a match before the start of the content");
    if (matchLength > end - at) throw malformed("a block that gives more than it may");
    copyMatch(output, at, offset, matchLength);
    at += matchLength;
  }
  reader.checkEnd();
  return copyLiterals(literals, literal, literals.length, output, at, end);
}

function copyLiterals(
  literals: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
  end: number,
): number {
  const length = to - from;
  if (to > literals.length) throw malformed("a block with too few literals");
  if (length > end - at) throw malformed("a block that gives more than it may");
  if (length > 32) output.set(literals.subarray(from, to), at);
  else for (let i = 0; i < length; i++) output[at + i] = literals[from + i];
  return at + length;
}

/** Source and target may overlap: then the bytes between them repeat. */
function copyMatch(output: Uint8Array, at: number, offset: number, length: number): void {
  if (length > 32 && offset >= length) output.copyWithin(at, at - offset, at - offset + length);
  else if (offset === 1) output.fill(output[at - 1], at, at + length);
  else for (let i = at, end = at + length; i < end; i++) output[i] = output[i - offset];
}

function readOffset(reader: BackwardBits, code: number): number {
  if (code <= 25) return 2 ** code + reader.take(code);
  return 2 ** code + reader.take(code - 16) * 65536 + reader.take(16);
}

/** Values up to 3 name one of the recent offsets (section 3.1.1.5). */
function resolveOffset(value: number, literalLength: number, recent: [number, number, number]): number {
  const [first, second, third] = recent;
  if (value > 3) {
    recent[0] = value - 3;
    recent[1] = first;
    recent[2] = second;
    return recent[0];
  }
  const index = literalLength === 0 ? value : value - 1;
  if (index === 0) return first;
  const offset = index === 1 ? second : index === 2 ? third : first - 1;
  if (offset === 0) throw malformed("an offset of 0");
  recent[0] = offset;
  recent[1] = first;
  if (index > 1) recent[2] = second;
  return offset;
}

function readSequenceCount(section: Uint8Array): { count: number; codes: number } {
  if (section.length === 0) throw malformed("a block without a sequences section");
  const first = section[0];
  const codes = first < 128 ? 1 : first < 255 ? 2 : 3;
  if (codes > section.length) throw malformed("a sequences section that is cut off");
  if (codes === 1) return { count: first, codes };
  if (codes === 2) return { count: ((first - 128) << 8) + section[1], codes };
  return { count: section[1] + (section[2] << 8) + 0x7f00, codes };
}

/**
 * Reads or takes over the three codes (section 3.1.1.3.2.1).
 * @returns where the bit stream begins
 */
function readTables(section: Uint8Array, start: number, state: SequenceState): number {
  if (start >= section.length) throw malformed("a sequences section that is cut off");
  const modes = section[start];
  if (modes & 3) throw malformed("a reserved bit is set");
  let position = start + 1;
  for (const [kind, shift] of [
    ["literalLengths", 6],
    ["offsets", 4],
    ["matchLengths", 2],
  ] as const) {
    const mode = (modes >> shift) & 3;
    const { predefined, maxAccuracy } = sequenceCodes[kind];
    if (mode === 0) state[kind] = makeFseTable(predefined, predefinedAccuracy[kind]);
    else if (mode === 1) {
      if (!(section[position] <= maxSymbol[kind])) throw malformed("a code out of range");
      state[kind] = rleTable(section[position++]);
    } else if (mode === 2) {
      const { table, consumed } = readFseTable(section.subarray(position), maxAccuracy, maxSymbol[kind]);
      state[kind] = table;
      position += consumed;
    } else if (state[kind] === undefined) throw malformed("a repeated code without a first");
  }
  return position;
}

function many(count: number, value: number): number[] {
  return new Array<number>(count).fill(value);
}

function zeros(count: number): number[] {
  return many(count, 0);
}

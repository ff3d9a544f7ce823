import { BitWriter, FseEncoder, normalize, writeFseTable } from "./zstd-entropy-encode.js";
import { concatenate, littleEndian } from "./zstd-literals-encode.js";
import { sequenceCodes } from "./zstd-sequences.js";

/** The sequences of a block, one entry each in every list. */
export interface Sequences {
  readonly literalLengths: number[];
  readonly matchLengths: number[];
  /** Distances of the matches. */
  readonly offsets: number[];
}

/** One of the three codes: how it is described, and an encoder unless it has a single symbol. */
interface ChosenCode {
  readonly mode: 0 | 1 | 2;
  readonly description: Uint8Array;
  readonly encoder: FseEncoder | undefined;
}

/**
 * A sequences section (RFC 8878 section 3.1.1.3.2).
 * @param recentOffsets - those before the block; those after it when this returns
 */
export function encodeSequences(sequences: Sequences, recentOffsets: [number, number, number]): Uint8Array {
  const { literalLengths, matchLengths } = sequences;
  const count = literalLengths.length;
  if (count === 0) return Uint8Array.of(0);
  const offsetValues = sequences.offsets.map((offset, i) => offsetValue(offset, literalLengths[i], recentOffsets));
  const literalSymbols = literalLengths.map((length) => symbolOf(length, sequenceCodes.literalLengths.base));
  const matchSymbols = matchLengths.map((length) => symbolOf(length, sequenceCodes.matchLengths.base));
  const offsetSymbols = offsetValues.map((value) => 31 - Math.clz32(value));
  const literalCode = chooseCode(literalSymbols, sequenceCodes.literalLengths);
  const offsetCode = chooseCode(offsetSymbols, sequenceCodes.offsets);
  const matchCode = chooseCode(matchSymbols, sequenceCodes.matchLengths);

  const writer = new BitWriter(count * 8);
  const literalState = new StateWriter(literalCode.encoder, writer);
  const offsetState = new StateWriter(offsetCode.encoder, writer);
  const matchState = new StateWriter(matchCode.encoder, writer);
  // Everything in the reverse order of reading.
  for (let i = count - 1; i >= 0; i--) {
    offsetState.encode(offsetSymbols[i]);
    matchState.encode(matchSymbols[i]);
    literalState.encode(literalSymbols[i]);
    putExtra(writer, literalLengths[i], literalSymbols[i], sequenceCodes.literalLengths);
    putExtra(writer, matchLengths[i], matchSymbols[i], sequenceCodes.matchLengths);
    writer.putLong(offsetValues[i] - 2 ** offsetSymbols[i], offsetSymbols[i]);
  }
  matchState.finish();
  offsetState.finish();
  literalState.finish();
  return concatenate([
    countHeader(count),
    Uint8Array.of((literalCode.mode << 6) | (offsetCode.mode << 4) | (matchCode.mode << 2)),
    literalCode.description,
    offsetCode.description,
    matchCode.description,
    writer.finishBackward(),
  ]);
}

/** One of the three states, which a code of one symbol does not have. */
class StateWriter {
  readonly #encoder: FseEncoder | undefined;
  readonly #writer: BitWriter;
  #state: number | undefined;

  constructor(encoder: FseEncoder | undefined, writer: BitWriter) {
    this.#encoder = encoder;
    this.#writer = writer;
  }

  encode(symbol: number): void {
    if (this.#encoder === undefined) return;
    this.#state =
      this.#state === undefined ? this.#encoder.first(symbol) : this.#encoder.encode(symbol, this.#state, this.#writer);
  }

  finish(): void {
    if (this.#encoder !== undefined) this.#writer.put(this.#state!, this.#encoder.accuracy);
  }
}

/** A literal length or match length without its code's first value. */
function putExtra(
  writer: BitWriter,
  length: number,
  symbol: number,
  { base, bits }: { readonly base: readonly number[]; readonly bits: readonly number[] },
): void {
  writer.put(length - base[symbol], bits[symbol]);
}

function countHeader(count: number): Uint8Array {
  if (count < 128) return Uint8Array.of(count);
  if (count < 0x7f00) return Uint8Array.of(128 + (count >> 8), count & 255);
  return concatenate([Uint8Array.of(255), littleEndian(count - 0x7f00, 2)]);
}

/** The code whose first value is the last not above `length`. */
function symbolOf(length: number, base: readonly number[]): number {
  let low = 0;
  let high = base.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (base[middle] <= length) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The value that says `offset` (section 3.1.1.5): 1 to 3 for a recent one, else the offset + 3. */
function offsetValue(offset: number, literalLength: number, recent: [number, number, number]): number {
  const [first, second, third] = recent;
  const candidates = literalLength === 0 ? [second, third, first - 1] : [first, second, third];
  const index = candidates.indexOf(offset);
  const place = index === -1 ? 3 : index + (literalLength === 0 ? 1 : 0);
  if (place > 0) {
    recent[0] = offset;
    recent[1] = first;
    if (place > 1) recent[2] = second;
  }
  return index === -1 ? offset + 3 : index + 1;
}

/** The cheapest of the three ways to describe a code for these symbols. */
function chooseCode(
  symbols: readonly number[],
  { predefined, maxAccuracy }: { readonly predefined: readonly number[]; readonly maxAccuracy: number },
): ChosenCode {
  const counts = new Array<number>(53).fill(0);
  for (const symbol of symbols) counts[symbol]++;
  const used = counts.findLastIndex((count) => count > 0) + 1;
  if (counts[symbols[0]] === symbols.length) {
    return { mode: 1, description: Uint8Array.of(symbols[0]), encoder: undefined };
  }
  const predefinedAccuracy = Math.log2(predefined.reduce((sum, probability) => sum + Math.abs(probability), 0));
  const accuracy = Math.max(6, Math.min(maxAccuracy, Math.floor(Math.log2(symbols.length)) - 1));
  const probabilities = normalize(counts.slice(0, used), symbols.length, accuracy);
  const description = writeFseTable(probabilities, accuracy);
  const own = description.length * 8 + cost(counts, probabilities, accuracy);
  if (cost(counts, predefined, predefinedAccuracy) <= own) {
    return { mode: 0, description: new Uint8Array(), encoder: new FseEncoder(predefined, predefinedAccuracy) };
  }
  return { mode: 2, description, encoder: new FseEncoder(probabilities, accuracy) };
}

/** Bits that the symbols take under a code; infinite where it lacks one. */
function cost(counts: readonly number[], probabilities: readonly number[], accuracy: number): number {
  let bits = 0;
  for (const [symbol, count] of counts.entries()) {
    if (count > 0) bits += count * (accuracy - Math.log2(Math.abs(probabilities[symbol] ?? 0)));
  }
  return bits;
}

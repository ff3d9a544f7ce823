import { BitWriter, FseEncoder, normalize, writeFseTable } from "./zstd-entropy-encode.js";

/** Longest code of a literal (RFC 8878 section 4.2.1). */
const maxBits = 11;

/** Below this a code's description costs more than it saves. */
const minCompressed = 64;

interface HuffmanCode {
  /** Length of each symbol's code; 0 where the symbol does not occur. */
  readonly lengths: Uint8Array;
  readonly codes: Uint16Array;
  readonly description: Uint8Array;
}

/** A literals section (section 3.1.1.3.1): compressed where that is shorter, else one value repeated, or raw. */
export function encodeLiterals(literals: Uint8Array): Uint8Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < literals.length; i++) counts[literals[i]]++;
  if (literals.length > 0 && counts[literals[0]] === literals.length) {
    return concatenate([plainHeader(1, literals.length), literals.subarray(0, 1)]);
  }
  return (
    (literals.length >= minCompressed ? compressLiterals(literals, counts) : undefined) ??
    concatenate([plainHeader(0, literals.length), literals])
  );
}

/** One, two or three bytes: type (bits 0-1), format (2-3, of which the shortest uses one bit), size. */
function plainHeader(type: 0 | 1, size: number): Uint8Array {
  if (size < 32) return Uint8Array.of(type | (size << 3));
  if (size < 4096) return littleEndian(type | (1 << 2) | (size << 4), 2);
  return littleEndian(type | (3 << 2) | (size << 4), 3);
}

function compressLiterals(literals: Uint8Array, counts: Uint32Array): Uint8Array | undefined {
  const code = makeCode(counts);
  if (code === undefined) return undefined;
  const { lengths, description } = code;
  const bits = counts.reduce((sum, count, symbol) => sum + count * lengths[symbol], 0);
  // Streams, their three sizes and this section's header besides.
  if (description.length + bits / 8 + 16 >= literals.length) return undefined;
  const quarter = (literals.length + 3) >> 2;
  const streams = literals.length < 256 ? [encodeStream(literals, code)] : [];
  for (let i = 0; literals.length >= 256 && i < 4; i++) {
    streams.push(encodeStream(literals.subarray(i * quarter, (i + 1) * quarter), code));
  }
  const sizes = streams.slice(0, -1).map((stream) => littleEndian(stream.length, 2));
  const body = concatenate([description, ...sizes, ...streams]);
  const header = compressedHeader(literals.length, body.length, streams.length === 4);
  return header.length + body.length < literals.length ? concatenate([header, body]) : undefined;
}

/** Three, four or five bytes: type 2 (bits 0-1), format (2-3), both sizes of 10, 14 or 18 bits each. */
function compressedHeader(size: number, compressedSize: number, fourStreams: boolean): Uint8Array {
  const format = fourStreams ? (size < 1024 ? 1 : size < 16384 ? 2 : 3) : 0;
  const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18;
  return littleEndian(2 + format * 4 + size * 16 + compressedSize * 2 ** (4 + sizeBits), format < 2 ? 3 : format + 2);
}

/** From the last literal to the first, as streams are read from their end. */
function encodeStream(literals: Uint8Array, { lengths, codes }: HuffmanCode): Uint8Array {
  const writer = new BitWriter(literals.length + 8);
  for (let i = literals.length - 1; i >= 0; i--) writer.put(codes[literals[i]], lengths[literals[i]]);
  return writer.finishBackward();
}

/** The code for these counts, of two symbols at least, or `undefined` where its description has no form. */
function makeCode(counts: Uint32Array): HuffmanCode | undefined {
  const lengths = limitedLengths(counts);
  const bits = Math.max(...lengths);
  const weights = lengths.map((length) => (length === 0 ? 0 : bits + 1 - length));
  const last = weights.findLastIndex((weight) => weight > 0);
  const description = describe(weights.subarray(0, last));
  if (description === undefined) return undefined;
  const codes = new Uint16Array(256);
  let position = 0;
  for (let weight = 1; weight <= bits; weight++) {
    for (let symbol = 0; symbol <= last; symbol++) {
      if (weights[symbol] !== weight) continue;
      codes[symbol] = position >> (weight - 1);
      position += 1 << (weight - 1);
    }
  }
  return { lengths, codes, description };
}

/** Huffman's code lengths, with those above the limit cut and the others stretched until the code is complete again. */
function limitedLengths(counts: Uint32Array): Uint8Array {
  const symbols = [...counts.keys()].filter((symbol) => counts[symbol] > 0).sort((a, b) => counts[a] - counts[b]);
  // Leaves, then inner nodes, both in order of their weight: the two lightest are always at the head of one of them.
  const weights = symbols.map((symbol) => counts[symbol]);
  const parents = new Uint16Array(2 * symbols.length - 1);
  let leaf = 0;
  let inner = symbols.length;
  const lightest = () => (leaf < symbols.length && !(weights[leaf] > weights[inner]) ? leaf++ : inner++);
  while (weights.length < parents.length) {
    const a = lightest();
    const b = lightest();
    parents[a] = parents[b] = weights.length;
    weights.push(weights[a] + weights[b]);
  }
  const depths = new Uint8Array(parents.length);
  for (let node = parents.length - 2; node >= 0; node--) depths[node] = depths[parents[node]] + 1;
  const lengths = depths.subarray(0, symbols.length).map((depth) => Math.min(depth, maxBits));
  // Kraft's sum in units of 2^-maxBits: too large after the cut. Lengthen the rarest, then shorten what has become free.
  let sum = lengths.reduce((total, length) => total + (1 << (maxBits - length)), 0);
  for (let i = 0; sum > 1 << maxBits; i = (i + 1) % symbols.length) {
    if (lengths[i] === maxBits) continue;
    lengths[i]++;
    sum -= 1 << (maxBits - lengths[i]);
  }
  for (let i = symbols.length - 1; i >= 0; i--) {
    while (lengths[i] > 1 && sum + (1 << (maxBits - lengths[i])) <= 1 << maxBits) {
      sum += 1 << (maxBits - lengths[i]);
      lengths[i]--;
    }
  }
  const bySymbol = new Uint8Array(256);
  for (const [i, symbol] of symbols.entries()) bySymbol[symbol] = lengths[i];
  return bySymbol;
}

/** The weights without the last (section 4.2.1): entropy coded where that works and is shorter, else four bits each. */
function describe(weights: Uint8Array): Uint8Array | undefined {
  const coded = encodeWeights(weights);
  const plainSize = 1 + ((weights.length + 1) >> 1);
  if (coded !== undefined && coded.length < 128 && (coded.length + 1 < plainSize || weights.length > 128)) {
    return concatenate([Uint8Array.of(coded.length), coded]);
  }
  if (weights.length > 128) return undefined;
  const plain = new Uint8Array(plainSize);
  plain[0] = 127 + weights.length;
  for (const [i, weight] of weights.entries()) plain[1 + (i >> 1)] |= i & 1 ? weight : weight << 4;
  return plain;
}

/** Two states take turns (section 4.2.1.2). */
function encodeWeights(weights: Uint8Array): Uint8Array | undefined {
  const counts = new Uint32Array(maxBits + 1);
  for (const weight of weights) counts[weight]++;
  if (weights.length < 3 || counts.includes(weights.length)) return undefined;
  const accuracy = 6;
  const probabilities = normalize(counts, weights.length, accuracy);
  const encoder = new FseEncoder(probabilities, accuracy);
  const writer = new BitWriter(128);
  const last = weights.length - 1;
  const states = [0, 0];
  states[last & 1] = encoder.first(weights[last]);
  states[(last - 1) & 1] = encoder.first(weights[last - 1]);
  for (let i = last - 2; i >= 0; i--) states[i & 1] = encoder.encode(weights[i], states[i & 1], writer);
  writer.put(states[1], accuracy);
  writer.put(states[0], accuracy);
  return concatenate([writeFseTable(probabilities, accuracy), writer.finishBackward()]);
}

/** The parts one behind the other. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** `value` in `size` bytes, the lowest first. */
export function littleEndian(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
}

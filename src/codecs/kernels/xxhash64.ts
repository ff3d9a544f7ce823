import { viewOf } from "../../bytes/view-of.js";

/**
 * 64-bit words as pairs of 32-bit halves, [high, low] at an even index of an array: engines handle these many times faster than
 * `bigint`, and faster than objects.
 */
type Words = Int32Array;

/** The primes of XXH64 as [high, low]. */
const prime1 = Int32Array.of(0x9e3779b1, 0x85ebca87);
const prime2 = Int32Array.of(0xc2b2ae3d, 0x27d4eb4f);
const prime3 = Int32Array.of(0x165667b1, 0x9e3779f9);
const prime4 = Int32Array.of(0x85ebca77, 0xc2b2ae63);
const prime5 = Int32Array.of(0x27d4eb2f, 0x165667c5);
const zero = Int32Array.of(0, 0);

const stripeSize = 32;

/**
 * The low 32 bits of XXH64 with seed 0, the checksum of a Zstandard frame.
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function xxHash64Low(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const stripesEnd = bytes.length - (bytes.length % stripeSize);
  const hash = stripesEnd === 0 ? prime5.slice() : hashStripes(view, stripesEnd);
  add(hash, 0, Math.floor(bytes.length / 2 ** 32), bytes.length | 0);
  const lane = new Int32Array(2);
  let position = stripesEnd;
  for (; position + 8 <= bytes.length; position += 8) {
    lane.fill(0);
    round(lane, 0, view, position);
    mix(hash, lane, 27, prime1, prime4);
  }
  if (position + 4 <= bytes.length) {
    lane.set([0, view.getInt32(position, true)]);
    multiply(lane, 0, prime1);
    mix(hash, lane, 23, prime2, prime3);
    position += 4;
  }
  for (; position < bytes.length; position++) {
    lane.set([0, bytes[position]]);
    multiply(lane, 0, prime5);
    mix(hash, lane, 11, prime1, zero);
  }
  xorShifted(hash, 33);
  multiply(hash, 0, prime2);
  xorShifted(hash, 29);
  multiply(hash, 0, prime3);
  // The last step folds the high half into the low one.
  return (hash[1] ^ hash[0]) >>> 0;
}

/** The four lanes over all whole stripes, merged. */
function hashStripes(view: DataView, end: number): Words {
  const lanes = new Int32Array(8);
  lanes.set(prime1, 0);
  add(lanes, 0, prime2[0], prime2[1]);
  lanes.set(prime2, 2);
  // 0 - prime1
  lanes.set([~prime1[0], -prime1[1]], 6);
  for (let position = 0; position < end; position += stripeSize) {
    round(lanes, 0, view, position);
    round(lanes, 2, view, position + 8);
    round(lanes, 4, view, position + 16);
    round(lanes, 6, view, position + 24);
  }
  const hash = new Int32Array(2);
  const rotations = [1, 7, 12, 18];
  for (let i = 0; i < 4; i++) {
    const lane = lanes.slice(2 * i, 2 * i + 2);
    rotate(lane, 0, rotations[i]);
    add(hash, 0, lane[0], lane[1]);
  }
  for (let i = 0; i < 4; i++) {
    const lane = lanes.slice(2 * i, 2 * i + 2);
    multiply(lane, 0, prime2);
    rotate(lane, 0, 31);
    multiply(lane, 0, prime1);
    mix(hash, lane, 0, prime1, prime4);
  }
  return hash;
}

/** word = rotl(word + input * prime2, 31) * prime1 */
function round(words: Words, i: number, view: DataView, position: number): void {
  const low = view.getInt32(position, true);
  const high = view.getInt32(position + 4, true);
  const l0 = low & 0xffff;
  const l1 = low >>> 16;
  const lowest = l0 * 0xeb4f;
  const middle = l1 * 0xeb4f + (lowest >>> 16);
  const carry = l0 * 0x27d4 + (middle & 0xffff);
  const productHigh =
    l1 * 0x27d4 + (middle >>> 16) + (carry >>> 16) + Math.imul(high, prime2[1]) + Math.imul(low, prime2[0]);
  add(words, i, productHigh | 0, (carry << 16) | (lowest & 0xffff));
  rotate(words, i, 31);
  multiply(words, i, prime1);
}

/** hash = rotl(hash ^ lane, bits) * factor + addend */
function mix(hash: Words, lane: Words, bits: number, factor: Words, addend: Words): void {
  hash[0] ^= lane[0];
  hash[1] ^= lane[1];
  if (bits > 0) rotate(hash, 0, bits);
  multiply(hash, 0, factor);
  add(hash, 0, addend[0], addend[1]);
}

function add(words: Words, i: number, high: number, low: number): void {
  const sum = (words[i + 1] >>> 0) + (low >>> 0);
  words[i] = words[i] + high + (sum > 0xffffffff ? 1 : 0);
  words[i + 1] = sum;
}

/** word ^= word >>> bits, for 29 or 33 bits */
function xorShifted(word: Words, bits: 29 | 33): void {
  const high = word[0];
  const low = word[1];
  if (bits === 33) word[1] = low ^ (high >>> 1);
  else {
    word[1] = low ^ ((low >>> 29) | (high << 3));
    word[0] = high ^ (high >>> 29);
  }
}

/** Rotates left by 1 to 31 bits. */
function rotate(words: Words, i: number, bits: number): void {
  const high = words[i];
  const low = words[i + 1];
  words[i] = (high << bits) | (low >>> (32 - bits));
  words[i + 1] = (low << bits) | (high >>> (32 - bits));
}

/** The low 64 bits of the product, from products of 16-bit parts. */
function multiply(words: Words, i: number, factor: Words): void {
  const factorHigh = factor[0];
  const factorLow = factor[1];
  const high = words[i];
  const low = words[i + 1];
  const l0 = low & 0xffff;
  const l1 = low >>> 16;
  const f0 = factorLow & 0xffff;
  const f1 = factorLow >>> 16;
  // Each sum stays below 2^32, so that `>>>` loses nothing.
  const lowest = l0 * f0;
  const middle = l1 * f0 + (lowest >>> 16);
  const carry = l0 * f1 + (middle & 0xffff);
  words[i] = l1 * f1 + (middle >>> 16) + (carry >>> 16) + Math.imul(high, factorLow) + Math.imul(low, factorHigh);
  words[i + 1] = (carry << 16) | (lowest & 0xffff);
}

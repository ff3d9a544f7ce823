import { copyLiterals } from "./copy";

const minMatch: usize = 4;
/** The last match starts this many bytes before the end, and the last five bytes are literals ("End of block conditions"). */
const matchStartMargin: usize = 12;
const literalMargin: usize = 5;

const hashBits = 13;
/** For each hash of five bytes the low 16 bits of the last place in the input that had it. */
const places = memory.data(2 << hashBits, 16);

/**
 * Encodes `length` bytes as one LZ4 block of at most `room` bytes, and is as greedy as LZ4's fast mode: the first match counts,
 * and the longer none is found, the greater the steps are, by `acceleration`.
 * @returns the length of the block, or 0 where it might not fit
 */
export function encodeLz4(input: usize, length: usize, output: usize, room: usize, acceleration: u32): usize {
  const inputEnd = input + length;
  const outputEnd = output + room;
  // Where nothing was yet, the place is the first one: it may be a match as well as any other.
  memory.fill(places, 0, 2 << hashBits);
  const lastStart = inputEnd - matchStartMargin;
  const matchEnd = inputEnd - literalMargin;
  let to = output;
  let literals = input;
  let next = input;
  while (next <= lastStart) {
    let at: usize;
    let distance: usize;
    let step: usize = 1;
    let steps = acceleration << 6;
    do {
      if (next > lastStart) return putLast(literals, inputEnd, to, output, outputEnd);
      at = next;
      next += step;
      // In 64ths of a byte, so that the step grows by a byte with every 64 places without a match.
      step = steps++ >> 6;
      distance = distanceToLast(at, input);
    } while (!isMatch(at, distance));
    let end = matchEndOf(at, distance, matchEnd);
    // What is equal before the match too, as far as no earlier match has taken it.
    const earliest = max(literals, input + distance);
    while (at > earliest && load<u8>(at - 1) === load<u8>(at - 1 - distance)) at--;
    for (;;) {
      const literalCount = at - literals;
      const more = end - at - minMatch;
      // At most: the token, two bytes of distance, and what both lengths need beyond it.
      if (to + literalCount + literalCount / 255 + more / 255 + 5 > outputEnd) return 0;
      to = putLiterals(literals, literalCount, to, min<usize>(more, 15));
      store<u16>(to, <u16>distance);
      to = putLength(to + 2, more);
      literals = next = at = end;
      if (at > lastStart) break;
      // One place within the match is worth remembering: near its end. Right behind a match there often is another one.
      distanceToLast(at - 2, input);
      distance = distanceToLast(at, input);
      if (!isMatch(at, distance)) {
        next = at + 1;
        break;
      }
      end = matchEndOf(at, distance, matchEnd);
    }
  }
  return putLast(literals, inputEnd, to, output, outputEnd);
}

/**
 * The distance from `at` to the last place with its hash, or 0; remembers `at`. It is no more than an offer: there may have been no
 * such place, or one 64 KiB or more farther away. But it never leads to before the input.
 */
function distanceToLast(at: usize, input: usize): usize {
  // The highest bits of the product with a prime.
  const hash = ((load<u64>(at) << 24) * 889_523_592_379) >> (64 - hashBits);
  const place = places + <usize>(hash << 1);
  const number = <u32>(at - input);
  const distance: usize = (number - load<u16>(place)) & 0xffff;
  store<u16>(place, <u16>number);
  return distance;
}

function isMatch(at: usize, distance: usize): bool {
  return distance !== 0 && load<u32>(at - distance) === load<u32>(at);
}

/** Where the bytes from `at` on, of which four do, stop to equal those `distance` before them. */
function matchEndOf(at: usize, distance: usize, limit: usize): usize {
  let end = at + minMatch;
  while (end + 8 <= limit) {
    const difference = load<u64>(end) ^ load<u64>(end - distance);
    if (difference !== 0) return end + <usize>(ctz(difference) >> 3);
    end += 8;
  }
  while (end < limit && load<u8>(end) === load<u8>(end - distance)) end++;
  return end;
}

/** The last sequence: only literals. */
function putLast(literals: usize, inputEnd: usize, to: usize, output: usize, outputEnd: usize): usize {
  const count = inputEnd - literals;
  if (to + count + count / 255 + 2 > outputEnd) return 0;
  return putLiterals(literals, count, to, 0) - output;
}

/** A token, which has the four bits of a match length, too, and literals. */
function putLiterals(literals: usize, count: usize, to: usize, matchBits: usize): usize {
  store<u8>(to, <u8>((min<usize>(count, 15) << 4) | matchBits));
  const start = putLength(to + 1, count);
  copyLiterals(literals, start, count);
  return start + count;
}

/** Writes what does not fit into four bits. */
function putLength(to: usize, length: usize): usize {
  if (length < 15) return to;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) store<u8>(to++, 255);
  store<u8>(to++, <u8>rest);
  return to;
}

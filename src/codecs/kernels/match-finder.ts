/** The effort of a {@link MatchFinder}. */
export interface MatchEffort {
  /** Earlier positions with the same hash that are tried at each place. */
  readonly depth: number;
  /** Bytes skipped at a place without a match grow faster the higher this is; 1 is the least. */
  readonly acceleration: number;
}

/** Receives each match: the bytes [literals, start) come before it, then `length` bytes equal those `distance` before. */
export type MatchSink = (literals: number, start: number, length: number, distance: number) => void;

/** Shortest match: the finder hashes four bytes. */
const minLength = 4;
const hashBits = 15;

/** Finds repetitions in `bytes` for an LZ77 encoder. Successive calls of `find` see what earlier calls went over. */
export class MatchFinder {
  readonly #bytes: Uint8Array;
  readonly #window: number;
  readonly #effort: MatchEffort;
  /** Position + 1 of the last place with each hash; 0 where there is none. */
  readonly #heads = new Int32Array(1 << hashBits);
  /** For each position modulo the chain's length, the previous place with the same hash, as position + 1. */
  readonly #chain: Int32Array | undefined;
  #longestFrom = 0;

  /** @param window - greatest distance of a match */
  constructor(bytes: Uint8Array, window: number, effort: MatchEffort) {
    this.#bytes = bytes;
    this.#window = window;
    this.#effort = effort;
    // A power of two, so that a mask gives the place.
    const places = 2 ** Math.ceil(Math.log2(Math.max(2, Math.min(window, bytes.length))));
    this.#chain = effort.depth > 1 ? new Int32Array(places) : undefined;
  }

  /**
   * Reports the matches that begin in [start, matchStartEnd) and end by `matchEnd`.
   * @returns where the bytes begin that no match covers
   */
  find(start: number, matchStartEnd: number, matchEnd: number, sink: MatchSink): number {
    const bytes = this.#bytes;
    const heads = this.#heads;
    const lastStart = Math.min(matchStartEnd, matchEnd - minLength + 1);
    // In 64ths of a byte, so that the step grows by a byte with every 64 places without a match.
    const firstStep = this.#effort.acceleration << 6;
    let literals = start;
    let position = start;
    let steps = firstStep;
    while (position < lastStart) {
      const word = load32(bytes, position);
      const hash = hashOf(word);
      let candidate = heads[hash] - 1;
      this.#insert(hash, position);
      let length = 0;
      let from = 0;
      if (this.#chain !== undefined) {
        length = this.#longest(candidate, position, matchEnd);
        from = this.#longestFrom;
      } else if (candidate >= 0 && position - candidate <= this.#window && load32(bytes, candidate) === word) {
        length = matchLength(bytes, candidate, position, matchEnd);
        from = candidate;
      }
      if (length < minLength) {
        position += steps++ >> 6;
        continue;
      }
      // What is equal before the match too, as far as no earlier match has taken it.
      candidate = from;
      while (position > literals && candidate > 0 && bytes[position - 1] === bytes[candidate - 1]) {
        position--;
        candidate--;
        length++;
      }
      sink(literals, position, length, position - candidate);
      const end = position + length;
      this.#insertRange(position + 1, Math.min(end, lastStart));
      position = literals = end;
      steps = firstStep;
    }
    return literals;
  }

  #insert(hash: number, position: number): void {
    if (this.#chain !== undefined) this.#chain[position & (this.#chain.length - 1)] = this.#heads[hash];
    this.#heads[hash] = position + 1;
  }

  /** All positions of a match with a chain; without one, only one near its end. */
  #insertRange(start: number, end: number): void {
    for (let i = this.#chain === undefined ? Math.max(start, end - 2) : start; i < end; i++) {
      this.#insert(hashOf(load32(this.#bytes, i)), i);
    }
  }

  /** Length of the longest match among the candidates of the chain; `#longestFrom` is its start. */
  #longest(candidate: number, position: number, end: number): number {
    const bytes = this.#bytes;
    const chain = this.#chain!;
    const oldest = Math.max(0, position - Math.min(this.#window, chain.length - 1));
    let length = 0;
    for (let tries = this.#effort.depth; tries > 0 && candidate >= oldest; tries--) {
      // Longer only if the byte behind the best so far agrees.
      if (bytes[candidate + length] === bytes[position + length]) {
        const found = matchLength(bytes, candidate, position, end);
        if (found > length) {
          length = found;
          this.#longestFrom = candidate;
          if (position + length === end) break;
        }
      }
      const next = chain[candidate & (chain.length - 1)] - 1;
      if (next >= candidate) break;
      candidate = next;
    }
    return length;
  }
}

/** The highest bits of the product with the golden ratio's fraction (Knuth's multiplicative hashing). */
function hashOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
}

function load32(bytes: Uint8Array, i: number): number {
  return bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
}

function matchLength(bytes: Uint8Array, candidate: number, position: number, end: number): number {
  let i = position;
  while (i < end && bytes[candidate] === bytes[i]) {
    candidate++;
    i++;
  }
  return i - position;
}

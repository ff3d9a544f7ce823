/** Bytes of a file from `start` on. */
export interface CachedRange {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Ranges of one file that were read: those used last, up to a number of bytes; and some that are kept for good. */
export class RangeCache {
  readonly #maxBytes: number;
  /** In ascending order; none overlaps another. */
  readonly #ranges: CachedRange[] = [];
  /** Those that may have to go, the one used last at the end. */
  readonly #byUse = new Set<CachedRange>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The range that has byte `at`; `undefined` if none has. */
  find(at: number): CachedRange | undefined {
    const range = this.#ranges[this.#indexAfter(at) - 1];
    if (range === undefined || at >= range.start + range.bytes.length) return undefined;
    if (this.#byUse.delete(range)) this.#byUse.add(range);
    return range;
  }

  /** The range that has the byte before `end`. */
  findBefore(end: number): CachedRange | undefined {
    return this.find(end - 1);
  }

  /** Adds bytes that nobody changes; the old copy of bytes that are there already stays. */
  add(start: number, bytes: Uint8Array, isKept = false): void {
    if (bytes.length === 0 || (!isKept && bytes.length > this.#maxBytes)) return;
    const end = start + bytes.length;
    const first = this.#indexAfter(start);
    const before = this.#ranges[first - 1];
    // What two requests have both fetched is rare, and needs no place twice.
    const from = before === undefined ? start : Math.max(start, before.start + before.bytes.length);
    if (from >= end) return;
    let last = first;
    let to = end;
    for (; last < this.#ranges.length && this.#ranges[last].start < end; last++) {
      const other = this.#ranges[last];
      if (other.start + other.bytes.length > end || !this.#byUse.has(other)) {
        to = other.start;
        break;
      }
      this.#forget(other);
    }
    if (from >= to) return;
    const range = { start: from, bytes: bytes.subarray(from - start, to - start) };
    this.#ranges.splice(first, last - first, range);
    if (isKept) return;
    this.#byUse.add(range);
    this.#bytes += range.bytes.length;
    for (const oldest of this.#byUse) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(oldest);
      this.#ranges.splice(this.#indexAfter(oldest.start) - 1, 1);
    }
  }

  #forget(range: CachedRange): void {
    this.#byUse.delete(range);
    this.#bytes -= range.bytes.length;
  }

  /** Index of the first range that begins after byte `at`. */
  #indexAfter(at: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle].start <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Neighbouring ranges that are read together: those from `first` on, before `last`, and bytes [start, end), which hold them. */
export interface RangeGroup {
  readonly first: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
}

/** The bounds within which ranges are neighbours. */
export interface CoalesceOptions {
  /** Unwanted bytes between two ranges that cost less to read than a read of their own. */
  readonly maxGap: number;
  /** Bytes of a group, unless one range has more. */
  readonly maxBytes: number;
}

/**
 * Puts ranges together that lie near each other.
 *
 * @param count - number of ranges, in the order of their starts
 * @param startOf - first byte of a range
 * @param endOf - the byte after it
 */
export function coalesce(
  count: number,
  startOf: (i: number) => number,
  endOf: (i: number) => number,
  { maxGap, maxBytes }: CoalesceOptions,
): RangeGroup[] {
  const groups: RangeGroup[] = [];
  for (let first = 0, last = 0; first < count; first = last) {
    const start = startOf(first);
    let end = start;
    for (; last < count; last++) {
      const nextEnd = Math.max(end, endOf(last));
      if (last > first && (startOf(last) > end + maxGap || nextEnd > start + maxBytes)) break;
      end = nextEnd;
    }
    groups.push({ first, last, start, end });
  }
  return groups;
}

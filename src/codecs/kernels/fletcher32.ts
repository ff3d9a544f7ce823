/** Words that are added before the sums are folded: so many never exceed 32 bits. */
const run = 360;

/**
 * Fletcher-32 of HDF5: big-endian words of 16 bits, sums modulo 65535 of which both 0 and 65535 stand for zero, and a last odd
 * byte counts as the high half of a word.
 */
export function fletcher32(bytes: Uint8Array): number {
  const wordsEnd = bytes.length & ~1;
  let low = 0;
  let high = 0;
  for (let i = 0; i < wordsEnd; ) {
    for (const end = Math.min(i + 2 * run, wordsEnd); i < end; i += 2) {
      low += (bytes[i] << 8) | bytes[i + 1];
      high += low;
    }
    low = fold(low);
    high = fold(high);
  }
  if (wordsEnd < bytes.length) {
    low += bytes[wordsEnd] << 8;
    high += low;
    low = fold(low);
    high = fold(high);
  }
  return ((fold(high) << 16) | fold(low)) >>> 0;
}

function fold(sum: number): number {
  return (sum & 0xffff) + ((sum >>> 16) & 0xffff);
}

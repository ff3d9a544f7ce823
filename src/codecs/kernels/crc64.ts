/** Reflected polynomial of ECMA-182, as two halves of 32 bits. */
const polynomialHigh = 0xc96c5795 | 0;
const polynomialLow = 0xd7870f42 | 0;

let tables: { high: Int32Array; low: Int32Array } | undefined;

function makeTables(): { high: Int32Array; low: Int32Array } {
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let h = 0;
    let l = byte;
    for (let bit = 0; bit < 8; bit++) {
      const odd = (l & 1) === 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (odd) {
        h ^= polynomialHigh;
        l ^= polynomialLow;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  return { high, low };
}

/** CRC-64 of xz, as its eight bytes in little-endian order. */
export function crc64(bytes: Uint8Array): Uint8Array {
  tables ??= makeTables();
  const { high, low } = tables;
  let h = -1;
  let l = -1;
  for (let i = 0; i < bytes.length; i++) {
    const index = (l ^ bytes[i]) & 255;
    l = ((l >>> 8) | (h << 24)) ^ low[index];
    h = (h >>> 8) ^ high[index];
  }
  return Uint8Array.from({ length: 8 }, (_, i) => ~(i < 4 ? l : h) >>> (8 * (i & 3)));
}

/**
 * A CRC over bytes [start, end), all where these are left out, bit-reflected and inverted at both ends as CRC-32 and CRC-32C are.
 * `seed` is the CRC of what came before, 0 at the start.
 */
export type Crc = (bytes: Uint8Array, seed?: number, start?: number, end?: number) => number;

/** Tables for sixteen bytes at a time ("slicing"): table k advances a byte past k further zero bytes. */
const slices = 16;

/** The number of bytes up to which tables cost more than they save. */
const shortInput = 64;

/** The length from which a view that reads four bytes at once costs less than it saves. */
const longInput = 4096;

/**
 * The CRC with this polynomial, in its reflected form. Its 16 KiB of tables are made on first use.
 */
export function makeCrc(reflectedPolynomial: number): Crc {
  let tables: Int32Array | undefined;
  return (bytes, seed = 0, start = 0, end = bytes.length) => {
    tables ??= makeTables(reflectedPolynomial);
    const rest = end - start < shortInput ? start : end - ((end - start) % slices);
    const most = rest - start < longInput ? slicewise : wordwise;
    return ~bytewise(tables, bytes, rest, end, most(tables, bytes, start, rest, ~seed)) >>> 0;
  };
}

function makeTables(polynomial: number): Int32Array {
  const tables = new Int32Array(256 * slices);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256];
    tables[i] = (previous >>> 8) ^ tables[previous & 255];
  }
  return tables;
}

function bytewise(tables: Int32Array, bytes: Uint8Array, start: number, end: number, seed: number): number {
  let crc = seed;
  for (let i = start; i < end; i++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[i]) & 255];
  return crc;
}

/** The range's length is a multiple of 16. */
function slicewise(tables: Int32Array, bytes: Uint8Array, start: number, end: number, seed: number): number {
  let crc = seed;
  for (let i = start; i < end; i += slices) {
    crc =
      tables[3840 + ((bytes[i] ^ crc) & 255)] ^
      tables[3584 + ((bytes[i + 1] ^ (crc >>> 8)) & 255)] ^
      tables[3328 + ((bytes[i + 2] ^ (crc >>> 16)) & 255)] ^
      tables[3072 + (bytes[i + 3] ^ (crc >>> 24))] ^
      tables[2816 + bytes[i + 4]] ^
      tables[2560 + bytes[i + 5]] ^
      tables[2304 + bytes[i + 6]] ^
      tables[2048 + bytes[i + 7]] ^
      tables[1792 + bytes[i + 8]] ^
      tables[1536 + bytes[i + 9]] ^
      tables[1280 + bytes[i + 10]] ^
      tables[1024 + bytes[i + 11]] ^
      tables[768 + bytes[i + 12]] ^
      tables[512 + bytes[i + 13]] ^
      tables[256 + bytes[i + 14]] ^
      tables[bytes[i + 15]];
  }
  return crc;
}

/** As {@link slicewise}. */
function wordwise(tables: Int32Array, { buffer, byteOffset }: Uint8Array, start: number, end: number, seed: number) {
  const view = new DataView(buffer, byteOffset);
  let crc = seed;
  for (let i = start; i < end; i += slices) {
    const a = view.getInt32(i, true) ^ crc;
    const b = view.getInt32(i + 4, true);
    const c = view.getInt32(i + 8, true);
    const d = view.getInt32(i + 12, true);
    crc =
      tables[3840 + (a & 255)] ^
      tables[3584 + ((a >>> 8) & 255)] ^
      tables[3328 + ((a >>> 16) & 255)] ^
      tables[3072 + (a >>> 24)] ^
      tables[2816 + (b & 255)] ^
      tables[2560 + ((b >>> 8) & 255)] ^
      tables[2304 + ((b >>> 16) & 255)] ^
      tables[2048 + (b >>> 24)] ^
      tables[1792 + (c & 255)] ^
      tables[1536 + ((c >>> 8) & 255)] ^
      tables[1280 + ((c >>> 16) & 255)] ^
      tables[1024 + (c >>> 24)] ^
      tables[768 + (d & 255)] ^
      tables[512 + ((d >>> 8) & 255)] ^
      tables[256 + ((d >>> 16) & 255)] ^
      tables[d >>> 24];
  }
  return crc;
}

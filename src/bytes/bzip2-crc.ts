const polynomial = 0x04c11db7;
let table: Int32Array | undefined;

function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ polynomial : crc << 1;
    return crc;
  });
}

/** CRC-32 of bzip2: the polynomial of ZIP's, but the most significant bit of each byte comes first. */
export function bzip2Crc(bytes: Uint8Array): number {
  table ??= makeTable();
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ table[(crc >>> 24) ^ bytes[i]!]!;
  return ~crc >>> 0;
}

/** The checksum of a stream after one more block; 0 before the first. */
export function combineBzip2Crc(stream: number, block: number): number {
  return (((stream << 1) | (stream >>> 31)) ^ block) >>> 0;
}

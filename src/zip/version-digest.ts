/** The name of a version that no commit has named: both checksums of all bytes from the central directory to the end, in hexadecimal. */
export function digestOf(crc32: number, crc32c: number): string {
  return [crc32, crc32c].map((checksum) => checksum.toString(16).padStart(8, "0")).join("");
}

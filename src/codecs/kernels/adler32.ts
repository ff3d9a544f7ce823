/** Largest run of bytes whose sums stay below 2^32 (RFC 1950 section 9). */
const run = 5552;
const modulus = 65521;

/** Adler-32 (RFC 1950 section 8). */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let start = 0; start < bytes.length; start += run) {
    const end = Math.min(start + run, bytes.length);
    for (let i = start; i < end; i++) {
      a += bytes[i];
      b += a;
    }
    a %= modulus;
    b %= modulus;
  }
  return b * 65536 + a;
}

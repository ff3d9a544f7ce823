/** Compares length and contents. Node compares longer bytes in one call. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  if (typeof Buffer === "function" && a.length > 32) return Buffer.compare(a, b) === 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Compares the bytes from `start` on with those of `prefix`. */
export function beginsWith(bytes: Uint8Array, start: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

/**
 * The last byte, at most `from`, at which `pattern`, which is not empty, begins in `bytes`; -1 if there is none. Node
 * searches in one call: of numbers every 256th byte is the first one of the pattern.
 */
export function lastIndexOfBytes(bytes: Uint8Array, pattern: Uint8Array, from = bytes.length): number {
  const last = Math.min(from, bytes.length - pattern.length);
  if (last < 0) return -1;
  if (typeof Buffer === "function") {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(pattern, last);
  }
  for (let at = last; at >= 0; at--) {
    at = bytes.lastIndexOf(pattern[0]!, at);
    if (at < 0 || pattern.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/**
 * Upper bound on a raw DEFLATE stream of `size` bytes, for any encoder that is not perverse: zlib's worst case is stored
 * blocks of as little as 127 bytes with 5 bytes each, at its smallest memory level.
 */
export function maxDeflatedSize(size: number): number {
  return size + Math.ceil(size / 16) + 1024;
}

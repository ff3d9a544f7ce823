/** Bytes that are mixed at once. */
const blockSize = 12;

/**
 * `hashlittle` of Bob Jenkins' lookup3.
 * @see https://www.burtleburtle.net/bob/c/lookup3.c
 */
export function lookup3(bytes: Uint8Array, initial: number): number {
  const start = (0xdeadbeef + bytes.length + initial) | 0;
  if (bytes.length === 0) return start >>> 0;
  const state = Int32Array.of(start, start, start);
  let position = 0;
  // The last block, of up to twelve bytes, is mixed in another way.
  for (; bytes.length - position > blockSize; position += blockSize) {
    addBlock(state, bytes, position, blockSize);
    mix(state);
  }
  addBlock(state, bytes, position, bytes.length - position);
  return finish(state);
}

function addBlock(state: Int32Array, bytes: Uint8Array, start: number, length: number): void {
  for (let i = 0; i < length; i++) state[i >> 2] += bytes[start + i] << (8 * (i & 3));
}

function mix(state: Int32Array): void {
  let [a, b, c] = state;
  a = (a - c) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
  state[0] = a;
  state[1] = b;
  state[2] = c;
}

function finish(state: Int32Array): number {
  let [a, b, c] = state;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) >>> 0;
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

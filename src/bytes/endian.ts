/** Byte order of stored elements. */
export type Endian = "little" | "big";

/** True on a machine that stores the least significant byte first. */
export const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * A copy of `bytes` in which the bytes of each unit are in reverse order. `bytes` holds whole units; it may begin
 * at any offset of its buffer.
 *
 * @param unit - bytes per unit: 2, 4, 8 or 16, like other numbers
 */
export function swapBytes(bytes: Uint8Array, unit: number): Uint8Array {
  const swapped = new Uint8Array(bytes); // a Buffer's slice() would be a view
  if (unit === 2) swap16(new Uint16Array(swapped.buffer, 0, swapped.length >> 1));
  else if (unit === 4) swap32(new Uint32Array(swapped.buffer, 0, swapped.length >> 2));
  else if (unit === 8) swap64(new Uint32Array(swapped.buffer, 0, (swapped.length >> 3) * 2));
  else for (let i = 0; i + unit <= swapped.length; i += unit) swapped.subarray(i, i + unit).reverse();
  return swapped;
}

function swap16(units: Uint16Array): void {
  for (let i = 0; i < units.length; i++) {
    const x = units[i];
    units[i] = (x << 8) | (x >>> 8);
  }
}

function swap32(units: Uint32Array): void {
  for (let i = 0; i < units.length; i++) units[i] = swapped32(units[i]);
}

function swap64(halves: Uint32Array): void {
  for (let i = 0; i + 1 < halves.length; i += 2) {
    const first = halves[i];
    halves[i] = swapped32(halves[i + 1]);
    halves[i + 1] = swapped32(first);
  }
}

function swapped32(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

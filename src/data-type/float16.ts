/**
 * Conversion between the bits of IEEE 754 half-precision numbers and those of single-precision ones, in which every
 * one of them is exact. All of it works on bits, since a NaN may lose its payload on the way through a number.
 */

let singles: Uint32Array | undefined;

/** The bits of each half-precision number, by its own 16 bits, in single precision. */
function singlesByHalf(): Uint32Array {
  if (singles === undefined) {
    singles = new Uint32Array(2 ** 16);
    for (let half = 0; half < singles.length; half++) singles[half] = halfToSingle(half);
  }
  return singles;
}

function halfToSingle(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13); // 112 is the difference of the biases
  if (fraction === 0) return sign;
  // Subnormal: shift until the leading bit is the implicit one (bit 10).
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | ((fraction << (shift + 13)) & 0x7fffff);
}

/** Half-precision bits of single-precision ones, rounded to nearest, ties to even; the quiet part of a NaN's payload stays. */
function singleToHalf(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // from 65520 on: rounds to infinity
  // From 2^-14 on: move the exponent to its new bias, and add half a unit, less one where the result would stay odd.
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  if (magnitude < 0x33000000) return sign; // below 2^-25: rounds to zero
  const shift = 126 - (magnitude >>> 23); // bits that fall off a subnormal result
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const half = 2 ** (shift - 1) - 1 + ((fraction >>> shift) & 1);
  return sign | ((fraction + half) >>> shift);
}

/** Values of half-precision numbers given by their bits. */
export function decodeFloat16(halves: Uint16Array): Float32Array {
  const table = singlesByHalf();
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]]!;
  return new Float32Array(bits.buffer);
}

/** Bits of the half-precision numbers nearest to `values`, ties to even. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = singleToHalf(bits[i]);
  return halves;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The half-precision number nearest to `value`, ties to even, in one rounding from double precision. */
export function roundToFloat16(value: number): number {
  const magnitude = Math.abs(value);
  if (Number.isNaN(value) || magnitude >= 65520) return value * Number.POSITIVE_INFINITY;
  scratch.setFloat64(0, magnitude);
  const exponent = Math.max((scratch.getUint32(0) >>> 20) - 1023, -14);
  const unit = 2 ** (exponent - 10); // distance of the neighbours; dividing by a power of two is exact
  const rounded = (magnitude / unit + 2 ** 52 - 2 ** 52) * unit; // beyond 2^52 a double has no fraction: this rounds
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}

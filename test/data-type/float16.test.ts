import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFloat16, encodeFloat16, roundToFloat16 } from "../../src/data-type/float16.js";

/** The value of half-precision bits by the definition of IEEE 754-2019, 3.4. */
function halfValue(half: number): number {
  const sign = half >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(half / 1024) % 32;
  const fraction = half % 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const halves = Uint16Array.from({ length: 2 ** 16 }, (_, half) => half);
const finite = Float64Array.from(halves.subarray(0, 0x7c00), halfValue);

/** Nearest half, ties to the even one, by search among all of them. */
function nearestHalf(value: number): number {
  const magnitude = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  let low = 0;
  let high = 0x7c00;
  const at = (half: number) => (half === 0x7c00 ? 65536 : finite[half]); // infinity stands where 65536 would
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at(middle) <= magnitude) low = middle;
    else high = middle;
  }
  if (magnitude >= 65536) return sign + 0x7c00;
  const below = magnitude - at(low);
  const above = at(high) - magnitude;
  return sign + (below < above || (below === above && low % 2 === 0) ? low : high);
}

describe("float16", () => {
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 0.00006103515625],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0x3c01, 1.0009765625],
    [0x7bff, 65504],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])("bits %i are %s", (half, value) => {
    expect(decodeFloat16(Uint16Array.of(half))[0]).toBe(value);
  });

  test("all 65,536 patterns decode to their value", () => {
    expect(decodeFloat16(halves)).toEqual(Float32Array.from(halves, halfValue));
  });

  test("all 65,536 patterns, NaNs with their payload included, come back from encoding", () => {
    expect(encodeFloat16(decodeFloat16(halves))).toEqual(halves);
  });

  test.each([
    [65519.99609375, 0x7bff],
    [65520, 0x7c00],
    [2 ** -25, 0x0000],
    [2 ** -25 + 2 ** -48, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [-1e30, 0xfc00],
  ])("%s encodes to the bits %i", (value, half) => {
    expect(encodeFloat16(Float32Array.of(value))[0]).toBe(half);
  });

  test("the middle between every two neighbours, and the numbers beside it, round to nearest, ties to even", () => {
    const middles = Float32Array.from(finite.subarray(0, -1), (value, half) => (value + finite[half + 1]) / 2);
    const bits = new Uint32Array(middles.buffer);
    const below = new Float32Array(bits.map((x) => x - 1).buffer);
    const above = new Float32Array(bits.map((x) => x + 1).buffer);
    for (const values of [middles, below, above]) {
      expect(encodeFloat16(values)).toEqual(Uint16Array.from(values, nearestHalf));
      expect(Float64Array.from(values, roundToFloat16)).toEqual(
        Float64Array.from(values, (x) => halfValue(nearestHalf(x))),
      );
    }
  });

  test("roundToFloat16 rounds a double once", () => {
    // Rounded to single precision first, this would become the tie 1 + 2^-11, and then 1.
    expect(roundToFloat16(1 + 2 ** -11 + 2 ** -40)).toBe(1.0009765625);
    expect(roundToFloat16(-0)).toBe(-0);
    expect(roundToFloat16(Number.NaN)).toBe(Number.NaN);
    expect(roundToFloat16(-65520)).toBe(Number.NEGATIVE_INFINITY);
    expect(roundToFloat16(5e-324)).toBe(0);
    fc.assert(
      fc.property(fc.double({ min: -70000, max: 70000, noNaN: true }), (value) => {
        expect(roundToFloat16(value)).toBe(halfValue(nearestHalf(value)));
      }),
      { numRuns: 2000 },
    );
  });
});

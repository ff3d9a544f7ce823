import { describe, expect, it } from "vitest";
import { hostIsLittleEndian, swapBytes } from "../../src/bytes/endian.js";

describe("endian", () => {
  it.each([
    [2, [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]],
    [4, [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 16, 15, 14, 13]],
    [8, [8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13, 12, 11, 10, 9]],
    [16, [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
  ])("swaps units of %i bytes in a copy, from any offset", (unit, expected) => {
    const buffer = Uint8Array.from({ length: 17 }, (_, i) => i);
    expect([...swapBytes(buffer.subarray(1), unit)]).toEqual(expected);
    expect([...buffer]).toEqual(Array.from({ length: 17 }, (_, i) => i));
  });

  it("does not write into a Buffer either, whose slice is a view", () => {
    const buffer = Buffer.from([1, 2, 3, 4]);
    expect([...swapBytes(buffer, 4)]).toEqual([4, 3, 2, 1]);
    expect([...buffer]).toEqual([1, 2, 3, 4]);
  });

  it("keeps the sign and the high bit", () => {
    expect([...swapBytes(Uint8Array.of(0x80, 0xff, 0x01, 0xfe), 4)]).toEqual([0xfe, 0x01, 0xff, 0x80]);
    expect([...swapBytes(Uint8Array.of(0x80, 0xff), 2)]).toEqual([0xff, 0x80]);
  });

  it("knows this machine", () => {
    expect(hostIsLittleEndian).toBe(new Uint8Array(Float32Array.of(1).buffer)[3] === 0x3f);
  });
});

import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/bytes/crc32c.js";

const bytes = (length: number, byte: (i: number) => number) => Uint8Array.from({ length }, (_, i) => byte(i));

describe("crc32c", () => {
  it("gives the examples of RFC 3720 B.4", () => {
    expect(crc32c(bytes(32, () => 0))).toBe(0x8a9136aa);
    expect(crc32c(bytes(32, () => 0xff))).toBe(0x62a8ab43);
    expect(crc32c(bytes(32, (i) => i))).toBe(0x46dd794e);
    expect(crc32c(bytes(32, (i) => 31 - i))).toBe(0x113fdb5c);
  });

  it("gives the check value of the catalogue, and 0 for nothing", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array())).toBe(0);
  });

  // From google-crc32c, around the lengths at which the algorithm changes.
  it.each([
    [15, 0x788ba8bc],
    [16, 0xb4272d4e],
    [63, 0xb9423f55],
    [64, 0xfcb776a4],
    [65, 0xf4dde05a],
    [79, 0x25580848],
    [80, 0xc1f51b38],
    [81, 0xd865fe85],
    [1000, 0x22c9a2b3],
    [65541, 0x43f7158a],
  ])("of %i bytes, at any offset and in two pieces", (length, expected) => {
    const buffer = bytes(length + 3, (i) => (i < 3 ? 0xee : ((i - 3) * 7 + ((i - 3) >> 8)) & 255));
    const view = buffer.subarray(3);
    expect(crc32c(view)).toBe(expected);
    const half = length >> 1;
    expect(crc32c(view.subarray(half), crc32c(view.subarray(0, half)))).toBe(expected);
  });
});

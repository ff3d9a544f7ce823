import { describe, expect, test } from "vitest";
import { makeCrc } from "../../src/bytes/crc-tables.js";
import { combinedCrc32, crc32 } from "../../src/bytes/crc32.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("crc32", () => {
  test("has the check value of CRC-32/ISO-HDLC", () => {
    expect(crc32(bytes("123456789"))).toBe(0xcbf43926);
  });

  test("is 0 for no bytes, and 0xd202ef8d for one zero byte", () => {
    expect([crc32(new Uint8Array()), crc32(new Uint8Array(1))]).toEqual([0, 0xd202ef8d]);
  });

  test("continues from a seed", () => {
    expect(crc32(bytes("6789"), crc32(bytes("12345")))).toBe(0xcbf43926);
  });

  test("of bytes that are as many as a chunk, by tables as by zlib", () => {
    const many = Uint8Array.from({ length: 10_001 }, (_, i) => (i * 7) % 251).subarray(1);
    const expected = 0xb490f290; // zlib.crc32 of Python
    expect([crc32(many), makeCrc(0xedb88320)(many)]).toEqual([expected, expected]);
  });

  test("takes views at any offset, and shared memory", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(20));
    shared.set(bytes("123456789"), 3);
    expect(crc32(shared.subarray(3, 12))).toBe(0xcbf43926);
  });

  test("for two pieces in a row follows from those of each", () => {
    expect(combinedCrc32(crc32(bytes("12345")), crc32(bytes("6789")), 4)).toBe(0xcbf43926);
    expect(combinedCrc32(0, 0xcbf43926, 9)).toBe(0xcbf43926);
    expect(combinedCrc32(0xcbf43926, 0, 0)).toBe(0xcbf43926);
    // 5 and 2^30 zero bytes, as below
    expect(combinedCrc32(crc32(new Uint8Array(5)), crc32(new Uint8Array(2 ** 30)), 2 ** 30)).toBe(0x1c303ee7);
    for (const at of [0, 1, 7, 1000, 4095, 4096]) {
      const whole = Uint8Array.from({ length: 4096 }, (_, i) => i * i + (i >> 3));
      const [first, second] = [whole.subarray(0, at), whole.subarray(at)];
      expect(combinedCrc32(crc32(first), crc32(second), second.length), `at ${at}`).toBe(crc32(whole));
    }
  });

  test("for more bytes than zlib takes at once is the same as in pieces", () => {
    // 2^30 + 5 zero bytes: Python's zlib.crc32(bytes(2**30 + 5))
    expect(crc32(new Uint8Array(2 ** 30 + 5))).toBe(0x1c303ee7);
  });
});

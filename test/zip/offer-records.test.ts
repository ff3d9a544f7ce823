// Records of offers, as they are in the lock file: their bytes, and what is made of damaged ones.
import { expect, test } from "vitest";
import {
  formatAnswer,
  formatClaims,
  formatOffer,
  newOfferId,
  parseAnswer,
  parseClaims,
  parseOffer,
} from "../../src/zip/offer-records.js";

const offer = { id: 0x0123_4567_89ab, kindBytes: 17, payloadBytes: 0x0201 };
const commit = "01234567-89ab-4cde-8f01-23456789abcd";
const answer = { id: 0x0123_4567_89ab, commit, result: 0x0908 };
const claims = [
  { id: 5, slot: 3, result: 9 },
  { id: 0x0123_4567_89ab, slot: 63, result: 0x1_0000_0001 },
];

/** The claims in `bytes`, if they are whole. */
const wholeClaims = (bytes: Uint8Array) => parseClaims(bytes) ?? [];
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("an offer is 64 bytes: name, CRC-32, bytes of its kind, identifier, bytes of the work", () => {
  const whole = hex(formatOffer(offer));
  expect(whole.slice(0, 16)).toBe("5a4152525a49504f"); // ZARRZIPO
  expect(whole.slice(24)).toBe(`11000000${"ab89674523010000"}${"0102000000000000"}${"00".repeat(32)}`);
  expect(parseOffer(formatOffer(offer))).toEqual(offer);
});

test("an answer is 64 bytes: name, CRC-32, identifier, result, commit", () => {
  const whole = hex(formatAnswer(answer));
  expect(whole.slice(0, 16)).toBe("5a4152525a495041"); // ZARRZIPA
  const numbers = `00000000${"ab89674523010000"}${"0809000000000000"}`;
  expect(whole.slice(24)).toBe(`${numbers}0123456789ab4cde8f0123456789abcd${"00".repeat(16)}`);
  expect(parseAnswer(formatAnswer(answer))).toEqual(answer);
});

test("claims are their number, a CRC-32, and 24 bytes each", () => {
  const whole = hex(formatClaims(claims));
  expect(whole.slice(0, 8)).toBe("02000000");
  expect(whole.slice(16, 64)).toBe("050000000000000003000000000000000900000000000000");
  expect(whole.slice(64)).toBe("ab896745230100003f000000000000000100000001000000");
  expect(parseClaims(formatClaims(claims))).toEqual(claims);
  expect(hex(formatClaims([]))).toBe("00".repeat(8));
});

test.each([
  ["an offer", formatOffer(offer), formatOffer({ ...offer, id: 77, payloadBytes: 5 }), parseOffer],
  ["an answer", formatAnswer(answer), formatAnswer({ ...answer, id: 77, result: 1 }), parseAnswer],
])("%s that is half written is none, over nothing and over an older one", (_, whole, older, parse) => {
  for (const before of [new Uint8Array(64), older]) {
    for (let count = 0; count <= 64; count++) {
      const torn = before.slice();
      torn.set(whole.subarray(0, count));
      const isOlder = Buffer.compare(torn, older) === 0;
      const isWhole = Buffer.compare(torn, whole) === 0;
      expect(parse(torn), `${count} bytes`).toEqual(isWhole ? parse(whole) : isOlder ? parse(older) : undefined);
      if (count < 64) expect(parse(whole.subarray(0, count)), `${count} bytes alone`).toBeUndefined();
    }
  }
});

test.each([
  ["an offer", formatOffer(offer), parseOffer],
  ["an answer", formatAnswer(answer), parseAnswer],
])("%s with one flipped bit is none", (_, whole, parse) => {
  for (let bit = 0; bit < 512; bit++) {
    const flipped = whole.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(parse(flipped), `bit ${bit}`).toBeUndefined();
  }
});

test("claims that are half written, or have one flipped bit, are none", () => {
  const whole = formatClaims(claims);
  const older = formatClaims([{ id: 1, slot: 1, result: 1 }, ...claims.slice(1), { id: 2, slot: 2, result: 2 }]);
  for (let count = 1; count < whole.length; count++) {
    expect(wholeClaims(whole.subarray(0, count)), `${count} bytes alone`).toEqual([]);
    const torn = older.slice();
    torn.set(whole.subarray(0, count));
    const isBegun = Buffer.compare(torn.subarray(0, older.length), older) !== 0;
    const isWhole = whole.subarray(count).every((byte, i) => byte === older[count + i]);
    if (isBegun && !isWhole) expect(wholeClaims(torn), `${count} bytes`).toEqual([]);
  }
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const flipped = whole.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(wholeClaims(flipped), `bit ${bit}`).toEqual([]);
  }
});

test("a number of claims that cannot be right is none", () => {
  for (const count of [3, 64, 168, 0xffff, 0x7fff_ffff, 0xffff_ffff]) {
    const bytes = new Uint8Array(4032).fill(0xa5);
    const few = formatClaims(claims);
    few.set(Uint8Array.of(count, count >> 8, count >> 16, count >>> 24));
    bytes.set(Uint8Array.of(count, count >> 8, count >> 16, count >>> 24));
    expect([wholeClaims(few), wholeClaims(bytes)], String(count)).toEqual([[], []]);
  }
  for (let length = 0; length < 8; length++) expect(wholeClaims(new Uint8Array(length).fill(1))).toEqual([]);
});

test("identifiers of offers are whole numbers from 1 on that do not come again", () => {
  const ids = Array.from({ length: 1000 }, newOfferId);
  expect(ids.every((id) => Number.isSafeInteger(id) && id >= 1)).toBe(true);
  expect(new Set(ids).size).toBe(1000);
});

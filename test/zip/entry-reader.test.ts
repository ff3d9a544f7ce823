import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import type { ByteSource } from "../../src/bytes/byte-source.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntry, readEntryRange } from "../../src/zip/entry-reader.js";
import { type BuiltEntry, buildArchive, bytesOf, concat, extra } from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

/** A source that counts its reads. */
class CountingSource implements ByteSource {
  readonly name = "counted.zip";
  readonly reads: [offset: number, length: number][] = [];
  readonly #source: BufferSource;

  constructor(bytes: Uint8Array) {
    this.#source = new BufferSource(bytes);
  }

  get size(): number {
    return this.#source.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }

  readSync(offset: number, length: number): Uint8Array {
    this.reads.push([offset, length]);
    return this.#source.readSync(offset, length);
  }

  async close(): Promise<void> {}
}

async function open(...entries: BuiltEntry[]) {
  const source = new CountingSource(buildArchive(entries));
  const directory = await Directory.read(source);
  source.reads.length = 0;
  return { source, directory };
}

/** 400 squares modulo 97, zeros and a short period: what Python made the payloads below of. */
const value = concat(
  bytesOf(Array.from({ length: 400 }, (_, i) => `${(i * i) % 97},`).join("")),
  new Uint8Array(700),
  bytesOf("abababababab".repeat(20)),
);

/** Payload of the value in an archive of Python's zipfile, ZIP_BZIP2. */
const bzip2Payload =
  "QlpoOTFBWSZTWQVkqqgAANBZCMAAAAR/4DAAABAACEABvAA4pgAJoUwAE0EVAAAFUE0FEjP1VQcwkyHjxR4/IWaPg4aOG/pJuD8O" +
  "nIbOjQ0eMHi4SVDZJwk4WWUUVCThRZRJ0o2cHBULPHCjZw0ScLNklEePQsaOnjR0o6XDRJs6WdLMJGH0//h0WYfYePhqH0YYaMMg" +
  "NHCyyizR8JNFGFIHSYdNnBZZ8GjDUEOSUUYScKJhZqGxMENmzDZULKOHiTCjYiSTD0NmFwows0ZCIdOkklCGFmiyyiiyURCyiiio" +
  "dFgmVRfeAV6/F3JFOFCQBWSqqA==";

/** As above, ZIP_LZMA, which sets flag bit 1: the stream has an end marker. */
const lzmaPayload =
  "CQQFAF0AAIAAABgLAoc3xAedHKlo5rn2cnkva56UQp7Hx7uA3ZUN+iJsvFRboyPuWJvEXddai9y8pMfSoWyIP7FEzHlgw77AFSOS" +
  "uvbG+RfojaKflHIMJzzo0mEC9p7IU6W/40lcicEZ1vNKMHYZVUzD47PHndW5X/Rv9b1ZEKLlEGnKF3/w8wlDblJjG9LmfdHZoxK3" +
  "lCvYHhl1zLp7WTg/bYBrF1RwvsiUZD/7zhgoxwrxhYsnK/V36wy/A+3h+grCe0gTOXymDBP+9GnJ/g==";

describe("compression methods", () => {
  test.each<[string, Partial<BuiltEntry>]>([
    ["stored", { payload: value }],
    ["deflate", { method: 8, payload: deflateRawSync(value) }],
    ["bzip2", { method: 12, payload: Buffer.from(bzip2Payload, "base64") }],
    ["LZMA", { method: 14, flags: 2, payload: Buffer.from(lzmaPayload, "base64") }],
  ])("%s entries give their value", async (_, fields) => {
    const { source, directory } = await open({ name: "v", value, ...fields });
    expect(await readEntry(source, directory, 0)).toEqual(value);
    expect(await readEntryRange(source, directory, 0, { offset: 1600, length: 5 })).toEqual(value.subarray(1600, 1605));
  });

  test.each<[string, number, number, string]>([
    ["bzip2", 12, 0, bzip2Payload],
    ["LZMA", 14, 2, lzmaPayload],
  ])("%s: every cut, every flipped bit and bytes at the end are errors", async (_, method, flags, base64) => {
    const payload = new Uint8Array(Buffer.from(base64, "base64"));
    const damaged = [concat(payload, bytesOf("x"))];
    for (let at = 0; at < payload.length; at++) {
      damaged.push(
        payload.slice(0, at),
        payload.map((byte, i) => (i === at ? byte ^ (1 << (at % 8)) : byte)),
      );
    }
    for (const bytes of damaged) {
      const { source, directory } = await open({ name: "v", value, method, flags, payload: bytes });
      const result = await readEntry(source, directory, 0).catch((error) => error.code);
      // Two bytes of an LZMA payload, and the checksums within bzip2, say nothing about the value.
      if (result instanceof Uint8Array) expect(result).toEqual(value);
      else expect(["ERR_ZIP", "ERR_CHECKSUM"]).toContain(result);
    }
  });

  test("deflated values above and below the size for the thread pool are the same", async () => {
    const large = new Uint8Array(300_000).map((_, i) => (i * i) >> 7);
    const { source, directory } = await open({ name: "v", method: 8, payload: deflateRawSync(large), value: large });
    expect(Buffer.from(await readEntry(source, directory, 0)).equals(large)).toBe(true);
  });
});

describe("reads", () => {
  test("a small entry takes one read, with or without extra fields", async () => {
    for (const localExtra of [new Uint8Array(), extra(0x5455, new Uint8Array(24))]) {
      const { source, directory } = await open(
        { name: "v", payload: value, localExtra },
        { name: "w", payload: value },
      );
      await readEntry(source, directory, 0);
      expect(source.reads.length).toBe(1);
    }
  });

  test("extra fields longer than expected take a second read", async () => {
    const localExtra = extra(0xcafe, new Uint8Array(50_000));
    const { source, directory } = await open({ name: "v", payload: value, localExtra });
    expect(await readEntry(source, directory, 0)).toEqual(value);
    expect(source.reads.length).toBeLessThanOrEqual(3);
  });

  test("a large payload has memory of its own, aligned for every element type", async () => {
    const large = new Uint8Array(300_000).fill(7);
    const { source, directory } = await open({ name: "odd", payload: large });
    const result = await readEntry(source, directory, 0);
    expect([result.byteOffset, result.buffer.byteLength]).toEqual([0, 300_000]);
  });

  test("once its header has been checked, an entry is read exactly", async () => {
    const { source, directory } = await open({ name: "v", payload: value });
    await readEntry(source, directory, 0);
    await readEntry(source, directory, 0);
    await readEntryRange(source, directory, 0, { offset: 3, length: 4 });
    expect(source.reads.slice(1)).toEqual([
      [31, value.length],
      [34, 4],
    ]);
  });
});

describe("ranges", () => {
  const text = { name: "t", payload: bytesOf("0123456789") };

  test.each([
    [0, 0, ""],
    [0, 10, "0123456789"],
    [3, 4, "3456"],
    [10, 0, ""],
    [9, 1, "9"],
  ])("%i, %i", async (offset, length, expected) => {
    for (const entry of [text, { ...text, method: 8, payload: deflateRawSync(text.payload), value: text.payload }]) {
      const { source, directory } = await open(entry);
      expect(Buffer.from(await readEntryRange(source, directory, 0, { offset, length })).toString()).toBe(expected);
    }
  });

  test.each([
    [0, 11],
    [10, 1],
    [11, 0],
    [-1, 2],
    [0.5, 1],
    [0, -1],
    [Number.NaN, 1],
    [2 ** 60, 1],
  ])("%d, %d is ERR_RANGE", async (offset, length) => {
    const { source, directory } = await open(text);
    await expectZarrError(readEntryRange(source, directory, 0, { offset, length }), "ERR_RANGE", '"t"');
  });

  test("the whole range is checked against the CRC-32", async () => {
    const { source, directory } = await open({ ...text, local: { 14: 1 }, central: { 16: 1 } });
    await expectZarrError(readEntryRange(source, directory, 0, { offset: 0, length: 10 }), "ERR_CHECKSUM");
  });

  test("the local header of a stored entry is checked before a range of it is read", async () => {
    const { source, directory } = await open({ ...text, local: { 0: 0 } });
    await expectZarrError(readEntryRange(source, directory, 0, { offset: 3, length: 4 }), "ERR_ZIP");
  });

  test("maxBytes bounds the range of a stored entry, and the whole value of a compressed one", async () => {
    const stored = await open(text);
    await readEntryRange(stored.source, stored.directory, 0, { offset: 0, length: 5 }, { maxBytes: 5 });
    const deflated = await open({ ...text, method: 8, payload: deflateRawSync(text.payload), value: text.payload });
    const range = readEntryRange(deflated.source, deflated.directory, 0, { offset: 0, length: 5 }, { maxBytes: 5 });
    await expectZarrError(range, "ERR_LIMIT");
  });

  test("a payload far longer than any value within the limit is not read", async () => {
    const emptyBlocks = new Uint8Array(Buffer.alloc(1_500_000, "000000ffff", "hex")); // stored blocks of DEFLATE (RFC 1951 3.2.4)
    const payload = concat(emptyBlocks, Uint8Array.of(1, 0, 0, 0xff, 0xff));
    const { source, directory } = await open({ name: "v", value: new Uint8Array(), method: 8, payload });
    await expectZarrError(readEntry(source, directory, 0, { maxBytes: 10 }), "ERR_LIMIT", "1500005");
    expect(source.reads).toEqual([]);
    expect(await readEntry(source, directory, 0)).toEqual(new Uint8Array());
  });
});

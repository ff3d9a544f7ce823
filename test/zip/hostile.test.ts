// Archives whose records lie. Each must fail at once, with the right code, and without the memory that the lie asks for.
import { readFileSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import type { ByteSource } from "../../src/bytes/byte-source.js";
import { isZarrError, type ZarrErrorCode } from "../../src/errors.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntry } from "../../src/zip/entry-reader.js";
import { processorTime } from "../processor-time.js";
import { type BuiltArchive, type BuiltEntry, buildArchive, bytesOf, concat, extra, uint64s } from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

async function readAll(archive: Uint8Array): Promise<void> {
  const source = new BufferSource(archive, "hostile.zip");
  const directory = await Directory.read(source);
  for (let row = 0; row < directory.recordCount; row++) await readEntry(source, directory, row);
}

const plain: BuiltEntry = { name: "zarr.json", payload: bytesOf("{}") };
const zip64Saturated = { 8: 0xffff, 10: 0xffff, 12: 0xffffffff, 16: 0xffffffff };
const huge = 0xfffffffffffffff0n;

describe("end records that lie", () => {
  test.each<[string, BuiltArchive, ZarrErrorCode]>([
    ["more entries than there are", { end: { 8: 2, 10: 2 } }, "ERR_ZIP"],
    ["fewer entries than there are", { end: { 8: 0, 10: 0 } }, "ERR_ZIP"],
    ["more entries than fit", { end: { 8: 65534, 10: 65534 } }, "ERR_ZIP"],
    ["different counts", { end: { 8: 0 } }, "ERR_ZIP"],
    ["another disk", { end: { 4: 1 } }, "ERR_ZIP"],
    ["a directory on another disk", { end: { 6: 3 } }, "ERR_ZIP"],
    ["a directory past the end", { end: { 16: 0x7fffffff } }, "ERR_ZIP"],
    ["a directory longer than the file", { end: { 12: 0x7fffffff } }, "ERR_ZIP"],
    ["a directory one byte longer", { end: { 12: 56 } }, "ERR_ZIP"],
    ["a directory one byte shorter", { end: { 12: 54 } }, "ERR_ZIP"],
    ["a comment longer than the file", { end: { 20: 1 } }, "ERR_ZIP_TAIL"],
    ["a comment shorter than what follows", { comment: bytesOf("abc"), end: { 20: 2 } }, "ERR_ZIP_TAIL"],
    ["bytes after the directory", { gap: bytesOf("gap") }, "ERR_ZIP"],
    ["ZIP64: a count of 2^64", { zip64: { 24: huge, 32: huge }, end: zip64Saturated }, "ERR_ZIP"],
    ["ZIP64: a size of 2^64", { zip64: { 40: huge }, end: zip64Saturated }, "ERR_ZIP"],
    ["ZIP64: an offset of 2^64", { zip64: { 48: huge }, end: zip64Saturated }, "ERR_ZIP"],
    ["ZIP64: size and offset that wrap", { zip64: { 40: 2n ** 64n - 33n, 48: 88n }, end: zip64Saturated }, "ERR_ZIP"],
    ["ZIP64: a record elsewhere", { zip64: { 4: 43n }, end: zip64Saturated }, "ERR_ZIP"],
    ["ZIP64: against the end record", { zip64: { 24: 0n, 32: 0n } }, "ERR_ZIP"],
  ])("%s", async (_, options, code) => {
    await expectZarrError(readAll(buildArchive([plain], options)), code, "hostile.zip");
  });

  test("no archive at all is ERR_ZIP_TAIL", async () => {
    await expectZarrError(readAll(new Uint8Array()), "ERR_ZIP_TAIL");
    await expectZarrError(readAll(bytesOf("not a zip file, but long enough to be one")), "ERR_ZIP_TAIL");
    await expectZarrError(readAll(new Uint8Array(200_000)), "ERR_ZIP_TAIL");
  });

  test("an archive cut off anywhere is an error", async () => {
    const archive = buildArchive([plain, { name: "c/0", payload: bytesOf("chunk") }]);
    for (let length = 0; length < archive.length; length++) {
      await expectZarrError(readAll(archive.subarray(0, length)), "ERR_ZIP_TAIL");
    }
  });

  test("a claim is checked against the length of the file before anything is read or allocated", async () => {
    const reads: number[] = [];
    const tail = buildArchive([plain], {
      zip64: { 24: 2n ** 40n, 32: 2n ** 40n, 40: 2n ** 46n, 48: 0n },
      end: zip64Saturated,
    });
    const file = new BufferSource(tail);
    const source: ByteSource = {
      name: "huge.zip",
      size: file.size,
      read: (offset, length) => {
        reads.push(length);
        return file.read(offset, length);
      },
      close: () => file.close(),
    };
    await expectZarrError(Directory.read(source), "ERR_ZIP");
    expect(Math.max(...reads)).toBeLessThanOrEqual(tail.length);
  });
});

describe("central records that lie", () => {
  const last = { name: "z", payload: bytesOf("last") };
  test.each<[string, Partial<BuiltEntry>, string]>([
    ["a signature that is none", { central: { 0: 0x02014b51 } }, "signature"],
    ["a name past the directory", { central: { 28: 65535 } }, "past the central directory"],
    ["extra fields past the directory", { central: { 30: 65535 } }, "past the central directory"],
    ["a comment past the directory", { central: { 32: 65535 } }, "past the central directory"],
    ["an offset past the file", { central: { 42: 0x7fffffff } }, "must end before"],
    ["a payload that runs into the directory", { central: { 20: 60, 24: 60 } }, "must end before"],
    ["a compressed size past the file", { method: 8, central: { 20: 0x7fffffff } }, "must end before"],
    ["two sizes of a stored value", { central: { 24: 3 } }, "stored"],
    ["another disk", { central: { 34: 1 } }, "disk"],
    ["ZIP64 without its field", { central: { 42: 0xffffffff } }, "ZIP64"],
    [
      "ZIP64 with a field too short",
      { central: { 20: 0xffffffff, 24: 0xffffffff }, centralExtra: extra(1, uint64s(2n)) },
      "ZIP64",
    ],
    [
      "a ZIP64 offset of 2^64",
      { central: { 42: 0xffffffff }, centralExtra: extra(1, uint64s(huge)) },
      "must end before",
    ],
    [
      "a ZIP64 size of 2^64",
      { method: 8, central: { 20: 0xffffffff }, centralExtra: extra(1, uint64s(huge)) },
      "must end before",
    ],
    [
      "offset and size that wrap",
      { method: 8, central: { 20: 0xffffffff, 42: 0xffffffff }, centralExtra: extra(1, uint64s(2n ** 64n - 1n, 1n)) },
      "must end before",
    ],
  ])("%s", async (_, lie, part) => {
    await expectZarrError(readAll(buildArchive([{ ...plain, ...lie }, last])), "ERR_ZIP", "record 0", part);
  });

  test("the place and the number of a bad record are named", async () => {
    const archive = buildArchive([plain, { ...last, central: { 0: 0 } }]);
    // 41 + 35 bytes of local entries, 55 of the first record
    await expectZarrError(readAll(archive), "ERR_ZIP", "central record 1 at byte 131 of hostile.zip");
  });

  test("no byte of an archive can be changed without an error or the same values", async () => {
    const value = bytesOf('{"zarr_format":3}');
    const archive = buildArchive([{ name: "zarr.json", payload: deflateRawSync(value), value, method: 8 }, last]);
    for (let at = 0; at < archive.length; at++) {
      for (const bit of [1, 0x80]) {
        const changed = archive.slice();
        changed[at]! ^= bit;
        const source = new BufferSource(changed);
        try {
          const directory = await Directory.read(source);
          for (const [name, expected] of [
            ["zarr.json", value],
            ["z", last.payload],
          ] as const) {
            const row = directory.find(name);
            if (row >= 0) expect(await readEntry(source, directory, row)).toEqual(expected);
          }
        } catch (error) {
          expect(isZarrError(error), String(error)).toBe(true);
        }
      }
    }
  });
});

describe("local headers that contradict the directory", () => {
  test.each<[string, Partial<BuiltEntry>]>([
    ["no signature", { local: { 0: 0 } }],
    ["another method", { local: { 8: 8 } }],
    ["another CRC-32", { local: { 14: 1 } }],
    ["another compressed size", { local: { 18: 1 } }],
    ["another size", { local: { 22: 1 } }],
    ["a shorter name", { local: { 26: 8 } }],
    ["a name into the directory", { local: { 26: 65535 } }],
    ["extra fields into the directory", { local: { 28: 65535 } }],
    ["an encryption bit", { local: { 6: 1 } }],
    ["ZIP64 sizes without their field", { local: { 18: 0xffffffff, 22: 0xffffffff } }],
    ["other ZIP64 sizes", { local: { 18: 0xffffffff, 22: 0xffffffff }, localExtra: extra(1, uint64s(2n, 3n)) }],
    ["another name", { name: "zarr.json", central: {}, local: {}, localExtra: new Uint8Array() }],
  ])("%s", async (what, lie) => {
    const archive = buildArchive([{ ...plain, ...lie }]);
    if (what === "another name") archive[30] = 0x5a;
    await expectZarrError(readAll(archive), "ERR_ZIP", '"zarr.json"');
  });

  test("sizes that only the data descriptor has are not a contradiction", async () => {
    const archive = buildArchive([{ ...plain, flags: 1 << 3, local: { 14: 0, 18: 0, 22: 0 } }]);
    await readAll(archive);
  });

  test("a payload that runs into the directory behind long extra fields is refused", async () => {
    const archive = buildArchive([{ ...plain, localExtra: extra(0xcafe, new Uint8Array(20)) }]);
    const payloadSize = new DataView(archive.buffer);
    const central = 30 + 9 + 24 + 2;
    for (const at of [18, 22, central + 20, central + 24]) payloadSize.setUint32(at, 10, true);
    await expectZarrError(readAll(archive), "ERR_ZIP", "into the central directory");
  });
});

describe("entries that cannot be read", () => {
  test.each([1, 1 << 6, 1 << 13])("encrypted entries are ERR_ZIP_METHOD (flag %i)", async (flags) => {
    await expectZarrError(readAll(buildArchive([{ ...plain, flags }])), "ERR_ZIP_METHOD", "encrypted", '"zarr.json"');
  });

  test.each([1, 6, 9, 93, 95, 98, 99])("method %i is ERR_ZIP_METHOD, by number", async (method) => {
    await expectZarrError(readAll(buildArchive([{ ...plain, method }])), "ERR_ZIP_METHOD", `method ${method};`);
  });

  test("one bad entry leaves the others readable", async () => {
    const source = new BufferSource(
      buildArchive([
        { ...plain, flags: 1 },
        { name: "b", payload: bytesOf("b") },
      ]),
    );
    const directory = await Directory.read(source);
    expect(await readEntry(source, directory, directory.find("b"))).toEqual(bytesOf("b"));
  });
});

describe("payloads that lie", () => {
  const value = bytesOf("0123456789".repeat(10));
  const deflated = new Uint8Array(deflateRawSync(value));
  const entry: BuiltEntry = { name: "a", payload: deflated, value, method: 8 };

  test.each<[string, BuiltEntry, ZarrErrorCode]>([
    ["shorter than declared", { ...entry, local: { 22: 101 }, central: { 24: 101 } }, "ERR_ZIP"],
    ["longer than declared", { ...entry, local: { 22: 99 }, central: { 24: 99 } }, "ERR_ZIP"],
    ["cut off", { ...entry, payload: deflated.subarray(0, -1) }, "ERR_ZIP"],
    ["with bytes after the stream", { ...entry, payload: concat(deflated, bytesOf("x")) }, "ERR_ZIP"],
    ["no stream", { ...entry, payload: bytesOf("\xff\xff\xff\xff") }, "ERR_ZIP"],
    ["empty", { ...entry, payload: new Uint8Array() }, "ERR_ZIP"],
    ["of another CRC-32", { ...entry, local: { 14: 1 }, central: { 16: 1 } }, "ERR_CHECKSUM"],
    ["stored, of another CRC-32", { ...plain, local: { 14: 1 }, central: { 16: 1 } }, "ERR_CHECKSUM"],
  ])("%s", async (_, lie, code) => {
    await expectZarrError(readAll(buildArchive([lie])), code, JSON.stringify(lie.name));
  });

  test("a bomb stops one byte past its declared size, with as little work and memory", async () => {
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(256 * 2 ** 20), { level: 9 }));
    const archive = buildArchive([{ name: "bomb", payload: bomb, method: 8, local: { 22: 16 }, central: { 24: 16 } }]);
    const before = process.memoryUsage().rss;
    const spent = await processorTime(() => expectZarrError(readAll(archive), "ERR_ZIP", "bomb", "16"));
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    expect(spent).toBeLessThan(await processorTime(() => inflateRawSync(bomb)));
  });

  test("a size that no stream of its length can have is refused before memory is taken for it", async () => {
    const sizes = { local: { 22: 0xfffffffe }, central: { 24: 0xfffffffe } };
    await expectZarrError(readAll(buildArchive([{ ...entry, ...sizes }])), "ERR_ZIP", "which cannot be");
  });

  test.each([12, 14])("method %i takes no memory for a size that its stream does not have", async (method) => {
    const sizes = { local: { 22: 0xfffffffe }, central: { 24: 0xfffffffe } };
    const before = process.memoryUsage().rss;
    await expectZarrError(readAll(buildArchive([{ ...entry, method, ...sizes }])), "ERR_ZIP");
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });

  test("more than maxBytes is ERR_LIMIT", async () => {
    const source = new BufferSource(buildArchive([entry]));
    const directory = await Directory.read(source);
    await expectZarrError(readEntry(source, directory, 0, { maxBytes: 99 }), "ERR_LIMIT", "100", "99");
    expect(await readEntry(source, directory, 0, { maxBytes: 100 })).toEqual(value);
  });
});

describe("golden archives that are broken", () => {
  const open = (name: string) => readFileSync(new URL(`../fixtures/golden/bad-zip-${name}.zip`, import.meta.url));
  test.each<[string, ZarrErrorCode]>([
    ["empty-file", "ERR_ZIP_TAIL"],
    ["crc-mismatch-metadata", "ERR_CHECKSUM"],
    ["local-header-mismatch", "ERR_ZIP"],
    ["encrypted-flag", "ERR_ZIP_METHOD"],
    ["cd-offset-beyond-eof", "ERR_ZIP"],
  ])("%s is %s", async (name, code) => {
    await expectZarrError(readAll(new Uint8Array(open(name))), code);
  });
});

describe("entries that share bytes", () => {
  const inner: BuiltEntry = { name: "inner", payload: bytesOf("hidden") };

  test("two records of one local header are refused", async () => {
    const archive = buildArchive([plain, { ...plain, centralOnly: true, central: { 42: 0 } }]);
    await expectZarrError(readAll(archive), "ERR_ZIP", "records 0 and 1", "share bytes");
  });

  test("an entry within the payload of another one is refused", async () => {
    const outer = { name: "outer", payload: buildArchive([inner]) };
    await readAll(buildArchive([outer, inner]));
    const archive = buildArchive([outer, { ...inner, centralOnly: true, central: { 42: 35 } }]);
    await expectZarrError(readAll(archive), "ERR_ZIP", "begins at 35");
  });

  test("the order of the records need not be that of the entries", async () => {
    // 30 + 4 + 7 bytes each; each record names the place of the other entry, which is the same.
    const entry = { name: "same", payload: bytesOf("1234567") };
    await readAll(
      buildArchive([
        { ...entry, central: { 42: 41 } },
        { ...entry, central: { 42: 0 } },
      ]),
    );
  });

  test("60,001 records of one local header are refused with no more work than the first thousands take", async () => {
    const again = { ...plain, centralOnly: true, central: { 42: 0 } };
    const archive = (count: number) => buildArchive([plain, ...Array.from({ length: count }, () => again)]);
    const [few, many] = [archive(3000), archive(60_000)];
    const refused = (bytes: Uint8Array) => expectZarrError(readAll(bytes), "ERR_ZIP", "share bytes");
    const control = await processorTime(() => refused(few));
    expect(await processorTime(() => refused(many))).toBeLessThan(100 * control);
  });
});

test("60,000 entries of one name are read as fast as those of many, and the last one wins", async () => {
  const archive = (name: (i: number) => string) =>
    buildArchive(Array.from({ length: 60_000 }, (_, i) => ({ ...plain, name: name(i) })));
  const [different, same] = [archive((i) => `c/${i}`), archive(() => "zarr.json")];
  const found = async (bytes: Uint8Array, name: string) => (await Directory.read(new BufferSource(bytes))).find(name);
  const control = await processorTime(async () => expect(await found(different, "c/59999")).toBe(59_999));
  const spent = await processorTime(async () => expect(await found(same, "zarr.json")).toBe(59_999));
  expect(spent).toBeLessThan(20 * control);
});

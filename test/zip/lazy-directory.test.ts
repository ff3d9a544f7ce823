// What a directory says before it has an index must be what it says with one, and what the archive was made of; and whatever is wrong
// with a record is found when the directory is read, however many there are before it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import type { ByteSource } from "../../src/bytes/byte-source.js";
import { FileSource } from "../../src/bytes/file.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { currentRecords } from "../../src/zip/current-records.js";
import { Directory } from "../../src/zip/directory.js";
import { directoryViews } from "../../src/zip/directory-columns.js";
import { hashName, scanForRow } from "../../src/zip/name-table.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type BuiltArchive, type BuiltEntry, buildArchive, bytesOf, concat, extra, uint64s } from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

const folder = `${temporaryFolder()}/lazy`;
mkdirSync(folder);

const utf8Flag = 1 << 11;

/** Fewer than are found before there is an index. */
const fewNames = 20;

const file = (name: BuiltEntry["name"], more: Partial<BuiltEntry> = {}): BuiltEntry => ({
  name,
  payload: bytesOf(typeof name === "string" ? name : "bytes"),
  ...more,
});

const read = (entries: readonly BuiltEntry[], options?: BuiltArchive) =>
  Directory.read(new BufferSource(buildArchive(entries, options), "large.zip"));

/** Bytes of a plain entry, header and name and the name again. */
const entrySize = ({ name, payload }: BuiltEntry) => 30 + name.length + (payload?.length ?? 0);

/** Entries of every kind that needs no other name than its bytes; 4,000 records, more than one piece of a read. */
function manyEntries(): BuiltEntry[] {
  const entries: BuiltEntry[] = [];
  let offset = 0;
  const add = (entry: BuiltEntry) => {
    entries.push(entry);
    offset += entrySize(entry);
  };
  for (let i = 0; i < 500; i++) {
    const name = `c/${i}/${(7 * i) % 500}`;
    add(file(name));
    // Longer, shorter, and the same but for the first, a middle and the last byte.
    add(file(`${name}0`));
    add(file(name.slice(1) === "" ? "c" : `d${name.slice(1)}`));
    add(file(`c0${name.slice(2)}.`));
    add(file(`c/${i}/`, { payload: new Uint8Array() }));
    // Records that hold what looks like others.
    add(file(`in/${i}`, { centralExtra: extra(0x4141, bytesOf(`PK\u0001\u0002c/none/${i}`)) }));
    add(file(`by/${i}`, { entryComment: bytesOf(`c/none/${i}`.padEnd(800)) }));
    const zip64 = { 20: 0xffffffff, 24: 0xffffffff, 42: 0xffffffff };
    const size = BigInt(`z/${i}`.length);
    const field = extra(1, uint64s(size, size, BigInt(offset)));
    add(file(`z/${i}`, { central: zip64, centralExtra: concat(extra(0x4141, bytesOf("other")), field) }));
  }
  return entries;
}

const textOf = (name: BuiltEntry["name"]) => (typeof name === "string" ? name : Buffer.from(name).toString("latin1"));

/** Of each name the last row. */
function rowsOf(entries: readonly BuiltEntry[]): Map<string, number> {
  return new Map(entries.map(({ name }, row) => [textOf(name), row]));
}

/** What a directory says of a name. */
function saidOf(directory: Directory, name: string) {
  const row = directory.find(name);
  if (row < 0) return { row };
  const { name: raw, ...numbers } = directory.entry(row);
  const known = [directory.headerSize(row), directory.isVerified(row)];
  return {
    row,
    ...numbers,
    raw: Buffer.from(raw).toString(),
    name: directory.name(row),
    time: directory.time(row),
    known,
  };
}

describe("a directory without an index", () => {
  const bases = manyEntries();
  // Every fifth name once more, and some of them twice; the local header of each is where the first half ends.
  const entries = [...bases, ...bases.filter((_, i) => i % 8 === 0), ...bases.filter((_, i) => i % 80 === 0)];
  const archive = buildArchive(entries);
  const expected = rowsOf(entries);
  const open = () => Directory.read(new BufferSource(archive, "large.zip"));
  const probes = [
    ...[...expected.keys()].filter((_, i) => i % 3 === 0 || i < 100),
    ...[
      "",
      "c",
      "c/",
      "c/0",
      "c/none/7",
      "z/",
      "in/",
      "C/0/0",
      "zarr.json",
      "c/499/5000",
      "\ud800",
      "größe",
      "c/0/0\0",
    ],
  ];

  test("finds the last record of each name, and no other name, as one with an index does", async () => {
    const indexed = await open();
    indexed.columns();
    for (let i = 0; i < probes.length; i += fewNames) {
      const directory = await open();
      for (const name of probes.slice(i, i + fewNames)) {
        const said = saidOf(directory, name);
        expect(said).toEqual(saidOf(indexed, name));
        expect([name, said.row]).toEqual([name, name.endsWith("/") ? -1 : (expected.get(name) ?? -1)]);
      }
    }
  });

  test("still finds the same when it gets its index, after some names or at once", async () => {
    const directory = await open();
    const names = probes.slice(0, 3 * fewNames);
    for (const name of [...names, ...names]) {
      expect(directory.find(name)).toBe(name.endsWith("/") ? -1 : (expected.get(name) ?? -1));
    }
    const files = [...expected.keys()].filter((name) => !name.endsWith("/"));
    expect((await open()).currentCount).toBe(files.length);
    expect([...(await open()).names()].sort()).toEqual(files.sort());
    const current = currentRecords(await open(), new Set());
    // Folders stay, each time that they are named.
    expect(current.count).toBe(files.length + entries.filter(({ name }) => textOf(name).endsWith("/")).length);
    const { buffer, extents, ...rest } = (await open()).share();
    const attached = Directory.attach({ buffer, extents, ...rest });
    for (const name of names) expect(saidOf(attached, name)).toEqual(saidOf(directory, name));
  });

  test("keeps what was remembered of its rows", async () => {
    const directory = await open();
    const row = directory.find("c/3/21");
    directory.rememberHeaderSize(row, 36);
    directory.rememberVerified(row);
    const { buffer, extents } = directory.share();
    const { headerSize, isVerified } = directoryViews(buffer, extents);
    expect([headerSize[row], isVerified[row], headerSize[row + 1], isVerified[row + 1]]).toEqual([36, 1, 0, 0]);
    expect([directory.headerSize(row), directory.isVerified(row)]).toEqual([36, true]);
  });

  test("gives rows places, sizes and names by their records", async () => {
    const directory = await open();
    const offsets: number[] = [];
    entries.reduce((offset, entry) => offsets.push(offset) && offset + entrySize(entry), 0);
    for (const [row, { name, payload }] of entries.entries()) {
      if (row % 7 !== 0) continue;
      const size = payload?.length;
      expect(directory.entry(row)).toMatchObject({ offset: offsets[row], size, compressedSize: size, method: 0 });
      expect(directory.name(row)).toBe(name);
    }
  });

  test("is followed by the version of a commit as one with an index is", async () => {
    const path = `${folder}/grown.zip`;
    const commit = async (mode: "w" | "a", keys: readonly string[]) => {
      const store = await ZipStore.open(path, { mode });
      for (const key of keys) await store.set(key, bytesOf(`${mode} ${key}`));
      await store.close();
      return new BufferSource(readFileSync(path));
    };
    const first = await commit("w", ["a", "b", "c"]);
    const second = await commit("a", ["b", "d"]);
    for (const prepare of [() => undefined, (before: Directory) => before.columns()]) {
      const before = await Directory.read(first);
      prepare(before);
      const after = await Directory.read(second, second.size, before);
      expect([...after.names()].sort()).toEqual(["a", "b", "c", "d"]);
      const size = after.entry(after.find("b")).size;
      expect([size, after.entry(after.find("b")).offset > before.start]).toEqual([3, true]);
    }
  });

  test("is read alike from a file, from memory, and from what can only be read through the event loop", async () => {
    const path = `${folder}/large.zip`;
    writeFileSync(path, archive);
    const memory = new BufferSource(archive);
    const remote: ByteSource = {
      name: "remote.zip",
      size: archive.length,
      read: (offset, length) => memory.read(offset, length),
      close: async () => undefined,
    };
    const slow: ByteSource = {
      ...remote,
      readSync: (offset, length) => {
        for (const end = performance.now() + 3; performance.now() < end; ); // three times, and it is not asked again
        return memory.readSync(offset, length);
      },
    };
    for (const source of [await FileSource.open(path), remote, slow, memory]) {
      const directory = await Directory.read(source);
      expect(directory.end - directory.start).toBeGreaterThan(2 * 256 * 1024);
      expect(directory.checksum()).toBe(crc32(archive.subarray(directory.start)));
      expect(directory.find("by/499")).toBe(expected.get("by/499"));
      await source.close?.();
    }
  });
});

test("names that are stored otherwise than in UTF-8 are found among many", async () => {
  const entries = [
    ...manyEntries(),
    file(Uint8Array.of(0x63, 0x2f, 0x81), {}), // c/ü in code page 437
    file("größe/数", { flags: utf8Flag }),
    file(Uint8Array.of(0x81, 0x2f), { payload: new Uint8Array() }),
    file("c/0/0"),
  ];
  const directory = await read(entries);
  const at = entries.length - 4;
  expect(["c/ü", "größe/数", "ü/", "c/0/0", "c/1/7"].map((name) => directory.find(name))).toEqual([
    at,
    at + 1,
    -1,
    at + 3,
    8,
  ]);
  expect([at, at + 1, at + 2, 8].map((row) => directory.name(row))).toEqual(["c/ü", "größe/数", "ü/", "c/1/7"]);
  expect(directory.entry(at)).toMatchObject({ name: Uint8Array.of(0x63, 0x2f, 0x81), size: 5 });
});

describe("every byte of a name is looked at", () => {
  const lengths = Array.from({ length: 14 }, (_, i) => i + 1);

  /** A plain name with other bytes from a position on. */
  const nameWith = (length: number, position: number, ...bytes: number[]) => {
    const name = Uint8Array.from({ length }, (_, i) => 0x61 + i);
    name.set(bytes.slice(0, length - position), position);
    return name;
  };
  const places = lengths.flatMap((length) => Array.from({ length }, (_, position) => [length, position] as const));

  test("a backslash or NUL refuses the archive, wherever it is", async () => {
    for (const [length, position] of places) {
      const name = nameWith(length, position, 0x5c);
      await expectZarrError(read([file("a"), file(name)]), "ERR_ZIP", "record 1", "backslash");
      await expectZarrError(read([file("a"), file(nameWith(length, position, 0))]), "ERR_ZIP", "record 1", "NUL");
    }
  });

  test('a ".." segment refuses the archive, wherever it is; other dots do not', async () => {
    for (const [length, position] of places) {
      if (position + 4 > length) continue;
      const climbing = nameWith(length, position, 0x2f, 0x2e, 0x2e, 0x2f);
      const dotted = nameWith(length, position, 0x2e, 0x2e, 0x62, 0x2e);
      const reason = position === 0 ? "absolute" : '".."';
      await expectZarrError(read([file("a"), file(climbing)]), "ERR_ZIP", "record 1", reason);
      expect((await read([file("a"), file(dotted)])).find(textOf(dotted))).toBe(1);
    }
  });

  test("bytes beyond ASCII are code page 437, anywhere; their neighbours in the tables stay themselves", async () => {
    for (const [length, position] of places) {
      const name = nameWith(length, position, 0x80); // Ç in code page 437
      const text = textOf(name).replace("\x80", "Ç");
      expect((await read([file("b"), file(name)])).find(text)).toBe(1);
      for (const byte of [0x01, 0x2d, 0x5b, 0x5d, 0x7f]) {
        const plain = nameWith(length, position, byte);
        const directory = await read([file("b"), file(plain)]);
        expect([directory.find(textOf(plain)), directory.find(`${textOf(plain)}b`)]).toEqual([1, -1]);
      }
    }
  });
});

describe("what is wrong with a record is found when the directory is read, behind thousands of others", () => {
  const many = manyEntries();
  const last = many.length;

  test.each<[string, BuiltEntry, string]>([
    ["no signature", file("x", { central: { 0: 0x02014b51 } }), "signature"],
    ["a name past the end", file("x", { central: { 28: 200 } }), "past the central directory"],
    ["a comment past the end", file("x", { central: { 32: 1 } }), "past the central directory"],
    ["a ZIP64 field that is missing", file("x", { central: { 42: 0xffffffff } }), "ZIP64"],
    [
      "a ZIP64 field that is too short",
      file("x", { central: { 20: 0xffffffff, 42: 0xffffffff }, centralExtra: extra(1, uint64s(1n)) }),
      "ZIP64",
    ],
    [
      "a ZIP64 field that ends past the extra fields",
      file("x", { central: { 42: 0xffffffff }, centralExtra: extra(1, uint64s(1n)).subarray(0, 11) }),
      "ZIP64",
    ],
    [
      "an extra field that leads past the file",
      file("x", { central: { 42: 0xffffffff }, centralExtra: extra(0x4141, bytesOf("")).fill(0xff, 2) }),
      "ZIP64",
    ],
    ["another disk", file("x", { central: { 34: 1 } }), "disk 1"],
    ["a place past the directory", file("x", { central: { 42: 0xfffffffe } }), "must end before"],
    ["more bytes than there are", file("x", { method: 8, central: { 20: 0x7fffffff } }), "must end before"],
    ["two sizes of what is stored", file("x", { central: { 24: 2 } }), "stored bytes"],
    ["a name that climbs", file("c/../x"), '".."'],
    ["a name that is empty", file(""), "is empty"],
    ["UTF-8 that is none", file(Uint8Array.of(0xff), { flags: utf8Flag }), "UTF-8"],
    [
      "a Unicode path that climbs",
      file("x", {
        centralExtra: extra(
          0x7075,
          concat(Uint8Array.of(1), new Uint8Array(Uint32Array.of(crc32("x")).buffer), bytesOf("../x")),
        ),
      }),
      '".."',
    ],
  ])("%s", async (_, entry, reason) => {
    await expectZarrError(read([...many, entry]), "ERR_ZIP", `record ${last}`, reason, "large.zip");
  });

  test("entries that share bytes, in any order", async () => {
    await expectZarrError(read([...many, file("x", { central: { 42: 10 } })]), "ERR_ZIP", `and ${last}`, "share bytes");
    const inside = [
      file("x"),
      ...many,
      file("y", { centralOnly: true, payload: new Uint8Array(), central: { 42: 1 } }),
    ];
    await expectZarrError(read(inside), "ERR_ZIP", `records 0 and ${inside.length - 1}`, "share bytes");
  });

  test("entries that share bytes, whichever rows they have", async () => {
    const entries = many.slice(0, 2100).map(({ name, payload }) => file(name, { payload }));
    let offset = 0;
    for (const [row, entry] of entries.entries()) {
      if ([1, 1023, 1024, 1025, 2048].includes(row)) {
        const lies = entries.with(row, { ...entry, central: { 42: offset - 1 } });
        await expectZarrError(read(lies), "ERR_ZIP", `records ${row - 1} and ${row} `, "share bytes");
      }
      offset += entrySize(entry);
    }
  });

  test("behind a prefix as well", async () => {
    const prefix = new Uint8Array(100).fill(0x20);
    const overlapping = [file("x", { central: { 42: 32 } }), file("y", { central: { 42: 2 } })];
    await expectZarrError(read(overlapping, { prefix }), "ERR_ZIP", "records 1 and 0", "share bytes");
    await expectZarrError(read([file("x", { central: { 42: 1 } })], { prefix }), "ERR_ZIP", "must end before");
  });

  test("entries in another order than their records are read as well", async () => {
    const size = 30 + 1 + 1;
    const swapped = [file("x", { central: { 42: size } }), file("y", { central: { 42: 0 } })];
    const directory = await read(swapped);
    expect([directory.entry(directory.find("x")).offset, directory.entry(directory.find("y")).offset]).toEqual([
      size,
      0,
    ]);
  });

  test.each([
    ["fewer", -1, "should be the end of the central directory"],
    ["more", 1, "begins past the end"],
  ])("%s records than the end record says", async (_, by, reason) => {
    await expectZarrError(read(many, { end: { 8: last + by, 10: last + by } }), "ERR_ZIP", reason);
  });
});

test("names of one hash are told apart, until there are too many of them", async () => {
  const names = Array.from({ length: 100 }, (_, i) => `c/${i}`);
  const views = (await read(names.map((name) => file(name)))).columns();
  const scan = (name: string, wanted = bytesOf(name)) => {
    const hash = hashName(new DataView(wanted.buffer), 0, wanted.length, 7);
    return scanForRow(views, { seed: 7, hashes: new Uint32Array(names.length).fill(hash) }, wanted);
  };
  expect([scan("c/99"), scan("c/50"), scan("c/0"), scan("none")]).toEqual([99, 50, undefined, undefined]);
});

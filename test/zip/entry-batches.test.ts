// Many small entries read together: only those that both of their headers describe alike, with the right CRC-32; the others are left.
import { expect, test } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntryBatches } from "../../src/zip/entry-batches.js";
import { readEntry } from "../../src/zip/entry-reader.js";
import { type BuiltEntry, buildArchive, bytesOf, extra, uint64s } from "./build-archive.js";

/** Values by name, and the names of what was left; what is wanted has a digit at the end of its name. */
async function readBatches(entries: readonly BuiltEntry[], prefix = "a/", maxBytes = 1000) {
  const source = new BufferSource(buildArchive(entries), "test.zip");
  const directory = await Directory.read(source);
  const names: string[] = [];
  const values: Record<string, string> = {};
  const numberOf = (bytes: Uint8Array, start: number, end: number) => {
    const name = Buffer.from(bytes.subarray(start, end)).toString();
    return /\d$/.test(name) ? names.push(name) - 1 : -1;
  };
  const left = await readEntryBatches(source, directory, bytesOf(prefix), numberOf, maxBytes, (batch) => {
    batch.numbers.forEach((number, i) => {
      const name = names[number]!;
      values[name] = Buffer.from(batch.bytes.subarray(batch.starts[i]!, batch.starts[i]! + batch.sizes[i]!)).toString();
    });
  });
  return { values, left: left.map((number) => names[number]), source, directory };
}

const entry = (name: string, text: string, more: Partial<BuiltEntry> = {}): BuiltEntry => ({
  name,
  payload: bytesOf(text),
  ...more,
});

test("takes the wanted ones below the prefix, the last of several with one name", async () => {
  const entries = [
    entry("a/1", "old"),
    entry("a/2", "two"),
    entry("a/x", "not wanted"),
    entry("b/3", "elsewhere"),
    entry("a/", ""),
    entry("a/1", "new"),
    entry("a/ü4", "vier", { flags: 1 << 11 }),
    entry("aa/5", "elsewhere"),
    entry("a/6", ""),
  ];
  const { values, left } = await readBatches(entries);
  expect(values).toEqual({ 1: "new", 2: "two", ü4: "vier", 6: "" });
  expect(left).toEqual([]);
  expect((await readBatches(entries, "")).values).toMatchObject({
    "a/1": "new",
    "b/3": "elsewhere",
    "aa/5": "elsewhere",
  });
});

test("reads them in the order in which they lie, wherever the directory lists them", async () => {
  // Entries of the directory in an order that is not that of the file.
  const archive = buildArchive([entry("a/1", "1"), entry("a/2", "22"), entry("a/3", "333")]);
  const text = Buffer.from(archive);
  const first = text.indexOf("PK\x01\x02");
  const end = text.indexOf("PK\x05\x06");
  const size = (end - first) / 3;
  const records = [0, 1, 2].map((i) => text.subarray(first + i * size, first + (i + 1) * size));
  const shuffled = Buffer.concat([text.subarray(0, first), records[2]!, records[0]!, records[1]!, text.subarray(end)]);
  const source = new BufferSource(shuffled, "test.zip");
  const order: number[] = [];
  const numberOf = (bytes: Uint8Array, _: number, end: number) => bytes[end - 1]! - 0x30;
  await readEntryBatches(source, await Directory.read(source), bytesOf("a/"), numberOf, 10, ({ numbers }) => {
    order.push(...numbers);
  });
  expect(order).toEqual([1, 2, 3]);
});

test("entries far apart, and more than one read takes, come in several batches", async () => {
  const filler = "-".repeat(40_000);
  const entries = Array.from({ length: 30 }, (_, i) => [entry(`a/${i}`, `value ${i}`), entry(`b${i}`, filler)]).flat();
  const { values, left } = await readBatches(entries);
  expect(left).toEqual([]);
  expect(values).toEqual(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [i, `value ${i}`])));
  const dense = Array.from({ length: 1000 }, (_, i) => entry(`a/${i}`, `${i}`.repeat(100)));
  const all = await readBatches(dense);
  expect(all.left).toEqual([]);
  expect(Object.keys(all.values)).toHaveLength(1000);
  expect(all.values[999]).toBe("999".repeat(100));
});

test("a long one is left", async () => {
  const { values, left } = await readBatches([entry("a/1", "x".repeat(11)), entry("a/2", "y".repeat(10))], "a/", 10);
  expect(left).toEqual(["1"]);
  expect(values).toEqual({ 2: "yyyyyyyyyy" });
});

const zip64Sizes = extra(1, uint64s(3n, 3n));

// Fields by their place in the local header (APPNOTE 4.3.7), and 2 bytes further on in the central record (4.3.12).
const odd: [string, Partial<BuiltEntry>][] = [
  ["another CRC-32 in both headers", { local: { 14: 1 }, central: { 16: 1 } }],
  ["another CRC-32 in its local header", { local: { 14: 1 } }],
  ["another compressed size", { local: { 18: 2 } }],
  ["another size", { local: { 22: 2 } }],
  ["another name length", { local: { 26: 2 } }],
  ["another signature", { local: { 0: 0x04034b51 } }],
  ["another method", { local: { 8: 8 } }],
  ["encryption", { flags: 1 }],
  ["a data descriptor", { flags: 8 }],
  ["a local flag that the directory lacks", { local: { 6: 8 } }],
  ["sizes in a ZIP64 field", { localExtra: zip64Sizes, local: { 18: 0xffffffff, 22: 0xffffffff } }],
  [
    "sizes in ZIP64 fields of both",
    {
      localExtra: zip64Sizes,
      local: { 18: 0xffffffff, 22: 0xffffffff },
      centralExtra: zip64Sizes,
      central: { 20: 0xffffffff, 24: 0xffffffff },
    },
  ],
  ["deflated content", { method: 8, payload: Uint8Array.of(3, 0), value: new Uint8Array() }],
];

test.each(odd)("one with %s is left, and its neighbours are not", async (_, more) => {
  const entries = [entry("a/1", "one"), entry("a/2", "two", more), entry("a/3", "drei")];
  const { values, left, source, directory } = await readBatches(entries);
  expect(left).toEqual(["2"]);
  expect(values).toEqual({ 1: "one", 3: "drei" });
  // What was found to be right is remembered, what was not is not.
  expect([0, 1, 2].map((row) => directory.isVerified(row))).toEqual([true, false, true]);
  expect(Buffer.from(await readEntry(source, directory, 2)).toString()).toBe("drei");
});

test("a name that differs in the local header is left", async () => {
  const archive = Buffer.from(buildArchive([entry("a/1", "one"), entry("a/2", "two")]));
  archive[archive.indexOf("a/2")] = 0x62;
  const source = new BufferSource(archive, "test.zip");
  const numberOf = (bytes: Uint8Array, _: number, end: number) => bytes[end - 1]! - 0x30;
  const taken: number[] = [];
  const directory = await Directory.read(source);
  const left = await readEntryBatches(source, directory, bytesOf("a/"), numberOf, 10, ({ numbers }) => {
    taken.push(...numbers);
  });
  expect([taken, left]).toEqual([[1], [2]]);
});

test("extra fields of the local header, and longer ones than are read with it, do not matter", async () => {
  const long = extra(0xcafe, new Uint8Array(300));
  const entries = [
    entry("a/1", "one", { localExtra: long }),
    entry("a/2", "two", { localExtra: extra(0xcafe, new Uint8Array(4)) }),
  ];
  const { values, left } = await readBatches(entries);
  // The first was read together with the second, and so in full.
  expect(values).toEqual({ 1: "one", 2: "two" });
  expect(left).toEqual([]);
  const alone = await readBatches([entry("a/1", "one", { localExtra: long }), entry("b", "x".repeat(500))]);
  expect([alone.values, alone.left]).toEqual([{}, ["1"]]);
});

// A directory that is read with an earlier one of the same file at hand must say what it says when it is read without, however the
// file came to be what it is; and must be refused alike.
import { mkdirSync, readFileSync, statSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import { isZarrError } from "../../src/errors.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { currentRecords } from "../../src/zip/current-records.js";
import { Directory } from "../../src/zip/directory.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type BuiltArchive, type BuiltEntry, buildArchive, bytesOf, concat, extra, uint64s } from "./build-archive.js";

const folder = `${temporaryFolder()}/stores`;
mkdirSync(folder);
let files = 0;

/** Tells which way a directory was read: what is parsed as a whole passes through here. */
const parse = vi.spyOn(Directory, "parse");
afterAll(() => parse.mockRestore());

/** Everything that a directory says, of the names in `probes` and of its own, as text. */
function factsOf(directory: Directory, probes: readonly string[]): string {
  const { start, end, prefix, recordCount, currentCount, link } = directory;
  // The digest below is of all bytes, wherever the end records are.
  const { slots, headerSize, bytes, ...columns } = directory.columns();
  const current = currentRecords(directory, new Set());
  const entries = Array.from({ length: recordCount }, (_, row) => {
    const { name, ...numbers } = directory.entry(row);
    return { raw: textOf(name), ...numbers, name: directory.name(row), time: directory.time(row) };
  });
  return JSON.stringify({
    entries,
    names: [...directory.names()],
    rows: [...directory.rows()],
    found: [...probes, ...directory.names()].map((name) => [name, directory.find(name)]),
    records: { count: current.count, bytes: textOf(concat(...current.pieces)) },
    checksums: [directory.checksum(), directory.digest()],
    liveBytes: directory.liveBytes(),
    comment: textOf(directory.comment),
    columns: [bytes.length, ...Object.entries(columns).map(([name, column]) => [name, column.length, textOf(column)])],
    ...{ start, end, prefix, recordCount, currentCount, link },
  });
}

function textOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}

interface Reading {
  readonly way: "derived" | "whole" | "refused";
  readonly directory?: Directory;
  /** What it says, or with which error it is refused. */
  readonly facts: string;
}

async function read(bytes: Uint8Array, probes: readonly string[], before?: Directory): Promise<Reading> {
  parse.mockClear();
  try {
    const directory = await Directory.read(new BufferSource(bytes, "grown.zip"), bytes.length, before);
    const way = parse.mock.calls.length === 0 ? "derived" : "whole";
    return { way, directory, facts: factsOf(directory, probes) };
  } catch (error) {
    if (!isZarrError(error)) throw error;
    return { way: "refused", facts: `${error.code}: ${error.message}` };
  }
}

/** Reads each version with each other one at hand, and says which way that went. */
async function readAll(versions: readonly Uint8Array[], probes: readonly string[]) {
  const wholes: Reading[] = [];
  /** Each read with the last before it at hand, so that what has been derived is derived from. */
  const chain: Reading[] = [];
  for (const bytes of versions) {
    wholes.push(await read(bytes, probes));
    chain.push(await read(bytes, probes, chain.findLast(({ directory }) => directory !== undefined)?.directory));
    expect(chain.at(-1)?.facts).toBe(wholes.at(-1)?.facts);
  }
  const pairs: { earlier: number; later: number; way: Reading["way"] }[] = [];
  for (const [later, bytes] of versions.entries()) {
    for (const [earlier, { directory }] of chain.entries()) {
      if (directory === undefined) continue;
      const { way, facts } = await read(bytes, probes, directory);
      expect(facts).toBe(wholes[later]!.facts);
      pairs.push({ earlier, later, way });
    }
  }
  // A later version may be in the memory of an earlier one, which says the same as before, here and to another thread.
  for (const { directory, facts } of chain) {
    if (directory === undefined) continue;
    expect(factsOf(directory, probes)).toBe(facts);
    expect(factsOf(Directory.attach(directory.share()), probes)).toBe(facts);
  }
  return pairs;
}

/** An archive in a file that may have had others before. */
interface Version {
  readonly bytes: Uint8Array;
  /** Those of the directory; offsets are without a prefix. */
  readonly entries: readonly PlacedEntry[];
  /** Byte at which the directory begins. */
  readonly start: number;
}

type PlacedEntry = BuiltEntry & { readonly offset: number };

/** Where to write, and how many bytes the offsets do not count. */
type Place = Omit<BuiltArchive, "prefix"> & { readonly at?: number; readonly prefix?: number };

/** Writes `added` behind the first `at` bytes of a file, and then a directory of `kept` and them. */
function write(
  file: Uint8Array,
  kept: readonly PlacedEntry[],
  added: readonly BuiltEntry[],
  place: Place = {},
): Version {
  const { at = file.length, prefix = 0, ...options } = place;
  let start = at;
  const placed = added.map((entry) => {
    const offset = start - prefix;
    const { name, payload = new Uint8Array(), localExtra = new Uint8Array() } = entry;
    const nameSize = typeof name === "string" ? bytesOf(name).length : name.length;
    if (!entry.centralOnly) start += 30 + nameSize + localExtra.length + payload.length;
    return { ...entry, offset };
  });
  const entries = [...kept, ...placed];
  const records = entries.map((entry, i) => {
    const centralOnly = entry.centralOnly || i < kept.length;
    return { ...entry, centralOnly, central: { 42: entry.offset, ...entry.central } };
  });
  const end = { 16: start - prefix, ...options.end };
  return { bytes: concat(file.subarray(0, at), buildArchive(records, { ...options, end })), entries, start };
}

function entry(name: BuiltEntry["name"], text = "value", more: Partial<BuiltEntry> = {}): BuiltEntry {
  return { name, payload: bytesOf(text), ...more };
}

function many(count: number, prefix = "n/"): BuiltEntry[] {
  return Array.from({ length: count }, (_, i) => entry(`${prefix}${i}`, ""));
}

/** An entry of the name field "a", whose CRC-32 is e8b7be43, with an Info-ZIP Unicode path. */
function withPath(name: string): BuiltEntry {
  const path = concat(Uint8Array.of(1, 0x43, 0xbe, 0xb7, 0xe8), bytesOf(name));
  return entry("a", "", { centralExtra: extra(0x7075, path) });
}

const utf8 = 1 << 11;
const inCodePage = entry(Uint8Array.of(0x81));
const inUtf8 = entry("é", "", { flags: utf8 });
const comment = bytesOf("later");

describe("a file that was changed once", () => {
  type Change = (before: Version) => Version;
  /** What is done to a file of these entries, of 36 bytes each where nothing else is said, and how it is read then. */
  type Cases = Record<string, Change | readonly [before: BuiltEntry[], change: Change, prefix?: number]>;

  const abc = [entry("a"), entry("b"), entry("c")];
  const [a, b, c] = abc as [BuiltEntry, BuiltEntry, BuiltEntry];
  const d = entry("d");
  const keeping =
    (select: (entries: readonly PlacedEntry[]) => PlacedEntry[], added: BuiltEntry[] = [], place?: Place): Change =>
    ({ bytes, entries }) =>
      write(bytes, select(entries), added, place);
  const keep = (...rows: number[]) => {
    return (added: BuiltEntry[], place?: Place) => keeping((all) => rows.map((row) => all[row]!), added, place);
  };
  const all = keep(0, 1, 2);
  /** One more record, which says this. */
  const lying = (central: BuiltEntry["central"]) => all([entry("d", "value", { central: central! })]);
  /** One more record, of an entry that begins at this byte. */
  const pointing = (offset: (before: Version) => number, kept = all): Change => {
    return (before) => kept([{ ...d, centralOnly: true, central: { 42: offset(before) } }])(before);
  };
  const changing = (row: number, change: Partial<BuiltEntry>) => {
    return keeping((all) => all.map((one, i) => (i === row ? { ...one, ...change } : one)));
  };
  const saturated = { 20: 0xffffffff, 24: 0xffffffff, 42: 0xffffffff };

  const derived: Cases = {
    "UTF-8, before": [[b, inUtf8], keep(0, 1)([d])],
    "UTF-8, new": all([inUtf8]),
    "dots that need a look": all([entry("a..b")]),
    "one replaced, one gone, one new": keep(1)([entry("a", "new"), d]),
    "all replaced, in another order": keep()([c, b, a]),
    "nothing but the comment": all([], { comment }),
    "all gone": keep()([]),
    "from none to some": [[], keep()(abc)],
    "from none to none": [[], keep()([], { comment })],
    "256 new ones": all(many(256)),
    "256 gone": [many(300), keeping((all) => all.slice(256))],
    "every second one of 512 gone": [many(512), keeping((all) => all.filter((_, row) => row % 2 > 0))],
    "behind a gap": (before) => all([d])({ ...before, bytes: concat(before.bytes, new Uint8Array(99)) }),
    "a prefix": [abc, keep(1, 2)([a], { prefix: 100 }), 100],
    "ZIP64 sizes and place": (before) => {
      const sizesAndPlace = extra(1, uint64s(5n, 5n, BigInt(before.bytes.length)));
      return all([{ ...d, central: saturated, centralExtra: sizesAndPlace }])(before);
    },
    "ZIP64 end records": (before) => {
      const start = before.bytes.length + 36;
      return all([d], { zip64: { 48: BigInt(start), 64: BigInt(start + 4 * 47) } })(before);
    },
    "comments and extra fields of entries": all([
      { ...d, entryComment: comment, centralExtra: extra(9, comment), localExtra: extra(9, comment) },
    ]),
    "the longest name, and a flag that ASCII does not need": all([entry("n".repeat(65535), "", { flags: utf8 })]),
  };

  const whole: Cases = {
    "a segment that leads nowhere, before": [[b, entry("./c", "")], keep(0, 1)([d])],
    "a segment that leads nowhere, new": all([entry("n//a", "")]),
    "257 new ones": all(many(257)),
    "257 gone": [many(300), keeping((all) => all.slice(257))],
    "another prefix: the same records place their entries elsewhere": all([d], { prefix: 4 }),
    "a name twice, before": [[...abc, a], keep(0, 1, 2, 3)([d])],
    "the last of two gone: the first is back": [[...abc, a], all([d])],
    "a second value of a name, the first stays": all([entry("b", "new")]),
    "two new values of a name, the old one gone": keep(1, 2)([a, a]),
    "a folder, before": [[...abc, entry("f/", "")], keep(0, 1, 2, 3)([entry("f/a")])],
    "a folder, new": all([entry("f/", "")]),
    "code page 437, before": [[b, inCodePage], keep(0, 1)([d])],
    "code page 437, new": all([inCodePage]),
    "a Unicode path, before": [[b, withPath("z")], keep(0, 1)([d])],
    "a Unicode path, new": keep(1, 2)([withPath("z")]),
    "a Unicode path that is the name of one that stays": keep(1, 2)([withPath("b")]),
    "records in another order": keep(1, 0, 2)([d]),
    "a kept record that says another CRC-32": changing(1, { central: { 16: 1 } }),
    "a kept record with a longer comment": changing(2, { entryComment: comment }),
    "the new directory over the old one, as Python's zipfile": (before) => all([d], { at: before.start })(before),
    "the same, and it begins behind where the old one ended": (before) =>
      all([entry("d", "long".repeat(99))], { at: before.start })(before),
    "cut off at an earlier version": [many(9), () => write(new Uint8Array(), [], abc)],
    "the very same version": (before) => before,
    "new, in place of one that has gone": pointing(() => 0, keep(1, 2)),
    "new, within the old directory": pointing(({ start }) => start),
    "new, one byte before the old end": (before) =>
      pointing(() => before.bytes.length - 1)({ ...before, bytes: concat(before.bytes, new Uint8Array(99)) }),
  };

  const refused: Cases = {
    "a record twice": keep(0, 1, 2, 0)([]),
    "new, over one that stays": pointing(() => 36),
    "new, over another new one": (before) =>
      all([d, { ...entry("e", ""), centralOnly: true, central: { 42: before.bytes.length + 1 } }])(before),
    "new, ending a byte within the directory": lying({ 20: 6, 24: 6 }),
    "new, ending where the kept records do": lying({ 20: 5 + 3 * 47, 24: 5 + 3 * 47 }),
    "new, with sizes that contradict each other": lying({ 24: 6 }),
    "new, on another disk": lying({ 34: 1 }),
    "new, without its ZIP64 field": lying(saturated),
    "new, with another signature": lying({ 0: 1 }),
    "new, with a name past the directory": lying({ 28: 999 }),
    "new, with a name that climbs": all([entry("../d")]),
    "new, with a name that is no UTF-8": all([entry(Uint8Array.of(0xff), "", { flags: utf8 })]),
    "one more than there are": all(many(9, "longer/"), { end: { 8: 13, 10: 13 } }),
    "one less than there are": all(many(9), { end: { 8: 11, 10: 11 } }),
    "fewer than stayed": all([], { end: { 8: 2, 10: 2 } }),
    "the last record in part": changing(2, { central: { 32: 1 } }),
  };

  const cases = Object.entries({ derived, whole, refused }).flatMap(([way, some]) =>
    Object.entries(some).map(([what, made]) => ({ way, what, made })),
  );
  test.each(cases)("$way: $what", async ({ way, made }) => {
    const [entries, change, prefix = 0] = typeof made === "function" ? [abc, made] : made;
    const before = write(new Uint8Array(prefix), [], entries, { prefix });
    const probes = ["", "a", "b", "c", "d", "e", "f", "f/", "n/299", "é"];
    const pairs = await readAll([before.bytes, change(before).bytes], probes);
    expect(pairs).toContainEqual({ earlier: 0, later: 1, way });
  });
});

test("any series of commits: all that can be derived is", async () => {
  const letter = fc.constantFrom(..."abcdefghij");
  const name = fc.oneof({ weight: 30, arbitrary: letter }, fc.constant("é"));
  const batch = fc.constantFrom(255, 256, 257).map((count) => Array.from({ length: count }, (_, i) => `n/${i}`));
  const names = fc.oneof({ weight: 8, arbitrary: name.map((one) => [one]) }, batch);
  const commit = fc.array(fc.record({ names, isSet: fc.boolean() }), { minLength: 1, maxLength: 5 });
  const series = fc.array(commit, { minLength: 2, maxLength: 6 });
  const property = fc.asyncProperty(series, fc.constantFrom("auto", "always"), async (commits, zip64) => {
    const path = `${folder}/${files++}.zip`;
    const store = await ZipStore.open(path, { mode: "a", durability: "process", zip64 });
    const ends = [statSync(path).size];
    /** Of each version: by name the commit that its value is of. */
    const models = [new Map<string, number>()];
    for (const [i, changes] of commits.entries()) {
      const model = new Map(models.at(-1));
      for (const { names, isSet } of changes) {
        for (const one of names) await (isSet ? store.set(one, bytesOf(`${one}${i}`)) : store.delete(one));
        for (const one of names) isSet ? model.set(one, i) : model.delete(one);
      }
      await store.flush();
      ends.push(statSync(path).size);
      models.push(model);
    }
    await store.close();
    const file = new Uint8Array(readFileSync(path));
    const versions = ends.map((end) => file.subarray(0, end));
    const probes = ["", "a", "é", "n", "n/", "n/0", "n/255", "n/256", "n/257", "zarr.json"];
    for (const { earlier, later, way } of await readAll(versions, probes)) {
      const [from, to] = [models[earlier]!, models[later]!];
      const stayed = [...from].filter(([key, commit]) => to.get(key) === commit).length;
      const isSmall = from.size - stayed <= 256 && to.size - stayed <= 256;
      if (ends[later] === 0) continue; // nothing, as before, whichever way that was found
      expect(way).toBe(ends[earlier]! < ends[later]! && isSmall ? "derived" : "whole");
    }
  });
  await fc.assert(property, { numRuns: 15 });
});

test("any series of changes by any program: derived, parsed and refused in good shares", async () => {
  const plain = fc.constantFrom(..."abcdefgh").map((name) => entry(name));
  const odd = fc.constantFrom(entry("f/", ""), entry("a..b"), inCodePage, inUtf8, withPath("z"));
  const lies: ((file: Version) => Partial<BuiltEntry>)[] = [
    () => ({ centralOnly: true, central: { 42: 0 } }),
    ({ start }) => ({ centralOnly: true, central: { 42: start } }),
    () => ({ central: { 20: 50, 24: 50 } }),
    () => ({ central: { 32: 1 } }),
  ];
  const step = fc.record({
    gone: fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
    added: fc.array(fc.oneof({ weight: 30, arbitrary: plain }, odd), { maxLength: 4 }),
    /** Whether no name is there twice. */
    replaces: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
    size: fc.constantFrom(0, 3, 500),
    how: fc.oneof(
      { weight: 20, arbitrary: fc.constant("behind") },
      fc.constantFrom("over", "reversed", "shifted", "miscounted"),
    ),
    lie: fc.option(fc.constantFrom(...lies), { freq: 12 }),
  });
  const ways = { derived: 0, whole: 0, refused: 0 };
  const series = fc.array(step, { minLength: 2, maxLength: 6 });
  const property = fc.asyncProperty(fc.nat({ max: 2 }), series, async (prefix, steps) => {
    let file = write(new Uint8Array(prefix), [], [], { prefix });
    const versions = [file.bytes];
    for (const { gone, added, replaces, size, how, lie } of steps) {
      const isNew = ({ name }: BuiltEntry) => added.some((other) => other.name === name);
      const kept = file.entries.filter((one, i) => !gone.includes(i) && !(replaces && isNew(one)));
      const news = added
        .filter(({ name }, i) => !(replaces && added.some((other, j) => j > i && other.name === name)))
        .map((one, i) => ({ ...one, payload: new Uint8Array(size), ...(i === 0 ? lie?.(file) : {}) }));
      const count = kept.length + news.length + 1;
      const next = write(file.bytes, how === "reversed" ? kept.toReversed() : kept, news, {
        prefix: how === "shifted" ? prefix + 1 : prefix,
        ...(how === "over" ? { at: file.start } : {}),
        ...(how === "miscounted" ? { end: { 8: count, 10: count } } : {}),
      });
      versions.push(next.bytes);
      // What has lied, or is misplaced, goes: otherwise all that follow would be refused.
      const entries = how === "shifted" ? kept : next.entries.filter(({ central }) => central === undefined);
      file = { ...next, entries };
    }
    const pairs = await readAll(versions, ["", "a", "b", "c", "d", "e", "f", "f/", "g", "h", "z", "é", "ü"]);
    for (const { earlier, later, way } of pairs) if (earlier < later) ways[way]++;
  });
  await fc.assert(property, { numRuns: 150 });
  const all = ways.derived + ways.whole + ways.refused;
  expect(ways.derived / all).toBeGreaterThan(0.15);
  expect(ways.whole / all).toBeGreaterThan(0.1);
  expect(ways.refused / all).toBeGreaterThan(0.1);
});

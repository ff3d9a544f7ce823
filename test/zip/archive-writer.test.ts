import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileSource } from "../../src/bytes/file.js";
import { openArchiveFile } from "../../src/commit/archive-file.js";
import { ArchiveWriter, type ArchiveWriterOptions } from "../../src/commit/archive-writer.js";
import { verifyArchive } from "../../src/commit/verify.js";
import { ArchiveReader } from "../../src/zip/archive-reader.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntry } from "../../src/zip/entry-reader.js";
import { bytesOf } from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zarrzip-writer-"));
  path = join(folder, "a.zip");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const create = (options: Partial<ArchiveWriterOptions> = {}, target = path) =>
  ArchiveWriter.create(target, { exclusive: false, method: "stored", zip64: "auto", ...options });

async function contents(file = path): Promise<Record<string, string>> {
  const source = await FileSource.open(file);
  const directory = await Directory.read(source);
  const values: Record<string, string> = {};
  for (const row of directory.rows()) {
    values[directory.name(row)] = Buffer.from(await readEntry(source, directory, row)).toString();
  }
  await source.close();
  return values;
}

describe("what is written", () => {
  test("one stored entry, byte by byte", async () => {
    const writer = await create();
    await writer.add("a", bytesOf("hi"));
    await writer.publish();
    // Composed by hand from APPNOTE 4.3.7, 4.3.12 and 4.3.16; the CRC-32 of "hi" is d8932aac.
    const local = "504b0304 1400 0008 0000 0000 2100 ac2a93d8 02000000 02000000 0100 0000 61 6869";
    const central =
      "504b0102 1403 1400 0008 0000 0000 2100 ac2a93d8 02000000 02000000 0100 0000 0000 0000 0000 0000a481 00000000 61";
    const end = "504b0506 0000 0000 0100 0100 2f000000 21000000 0000";
    expect(readFileSync(path).toString("hex")).toBe((local + central + end).replaceAll(" ", ""));
  });

  test("an archive without entries is an end record alone", async () => {
    await (await create()).publish();
    expect(readFileSync(path).toString("hex")).toBe(`504b0506${"00".repeat(18)}`);
  });

  test("ZIP64 records that nothing needs are read back", async () => {
    const writer = await create({ zip64: "always" });
    for (let i = 0; i < 10; i++) await writer.add(`c/${i}`, bytesOf(`value ${i}`));
    await writer.publish();
    const bytes = readFileSync(path);
    expect(bytes.includes(Buffer.from("504b0606", "hex")) && bytes.includes(Buffer.from("504b0607", "hex"))).toBe(true);
    expect(Object.keys(await contents()).length).toBe(10);
    expect((await verifyArchive(path)).problems).toEqual([]);
  });

  test("65,535 entries need ZIP64, one less does not", async () => {
    for (const [count, zip64] of [
      [65534, false],
      [65535, true],
    ] as const) {
      const writer = await create();
      for (let i = 0; i < count; i++) await writer.add(`${i}`, new Uint8Array());
      await writer.publish();
      expect(readFileSync(path).includes(Buffer.from("504b0607", "hex"))).toBe(zip64);
      const source = await FileSource.open(path);
      expect((await Directory.read(source)).recordCount).toBe(count);
      await source.close();
    }
  });

  test("deflate stores what it does not make smaller", async () => {
    const writer = await create({ method: "deflate" });
    const noise = crypto.getRandomValues(new Uint8Array(1000));
    await writer.add("zeros", new Uint8Array(100_000));
    await writer.add("noise", noise);
    await writer.publish();
    const source = await FileSource.open(path);
    const directory = await Directory.read(source);
    expect([directory.entry(0).method, directory.entry(1).method]).toEqual([8, 0]);
    expect(await readEntry(source, directory, 1)).toEqual(noise);
    expect(await readEntry(source, directory, 0)).toEqual(new Uint8Array(100_000));
    await source.close();
  });

  test("the same input gives the same bytes, whatever the clock and the order in which deflate ends", async () => {
    const write = async (file: string) => {
      const writer = await create({ method: "deflate" }, join(folder, file));
      const sizes = [500_000, 10, 100_000, 0, 3];
      await Promise.all(sizes.map((size, i) => writer.add(`c/${i}`, new Uint8Array(size).fill(i))));
      await writer.publish();
      return readFileSync(join(folder, file));
    };
    expect((await write("one.zip")).equals(await write("two.zip"))).toBe(true);
  });

  test("a given time is written in UTC, and one out of range becomes the closest", async () => {
    const stamp = async (iso: string) => {
      const writer = await create({ modified: new Date(iso) });
      await writer.add("a", new Uint8Array());
      await writer.publish();
      return readFileSync(path).readUInt32LE(10).toString(16);
    };
    // (2024-1980)<<25 | 2<<21 | 29<<16 | 23<<11 | 59<<5 | 29
    expect(await stamp("2024-02-29T23:59:58Z")).toBe("585dbf7d");
    expect(await stamp("1970-01-01T00:00:00Z")).toBe("210000");
    expect(await stamp("2200-01-01T00:00:00Z")).toBe("ff9fbf7d");
  });

  test("values around the sizes of the buffers come back", async () => {
    const writer = await create();
    const sizes = [0, 1, 2 ** 20 - 1, 2 ** 20, 8 * 2 ** 20 - 40, 8 * 2 ** 20, 9 * 2 ** 20, 5];
    for (const [i, size] of sizes.entries()) await writer.add(`${i}`, new Uint8Array(size).fill(i + 1));
    for (const [i, size] of sizes.entries()) expect((await writer.read(`${i}`))?.length).toBe(size);
    await writer.publish();
    const report = await verifyArchive(path);
    expect([report.bytes, report.problems]).toEqual([sizes.reduce((a, b) => a + b), []]);
  });

  test("100,000 entries are read back, every one", async () => {
    const writer = await create();
    for (let i = 0; i < 100_000; i++) await writer.add(`c/${i}`, bytesOf(String(i)));
    await writer.publish();
    const source = await FileSource.open(path);
    const directory = await Directory.read(source);
    expect(directory.recordCount).toBe(100_000);
    for (let i = 0; i < 100_000; i += 997) {
      const value = await readEntry(source, directory, directory.find(`c/${i}`));
      expect(Buffer.from(value).toString()).toBe(String(i));
    }
    await source.close();
  });
});

describe("before it is published", () => {
  test("entries can be read, replaced and removed", async () => {
    const writer = await create();
    expect(writer.dirty).toBe(false);
    await writer.add("a", bytesOf("one"));
    await writer.add("b", bytesOf("two"));
    await writer.add("a", bytesOf("three"));
    await writer.remove("b");
    await writer.remove("never there");
    expect([writer.dirty, [...writer.names()]]).toEqual([true, ["a"]]);
    expect(await writer.read("a")).toEqual(bytesOf("three"));
    expect(await writer.read("b")).toBeUndefined();
    await writer.publish();
    expect(await contents()).toEqual({ a: "three" });
  });

  test("replaced and removed entries leave no bytes behind", async () => {
    const tidy = await create({}, join(folder, "tidy.zip"));
    const untidy = await create({}, join(folder, "untidy.zip"));
    const big = (i: number) => new Uint8Array(700_000).fill(i);
    for (let i = 0; i < 40; i++) await untidy.add(`k${i}`, i % 3 === 0 ? big(i) : bytesOf(`old ${i}`));
    for (let i = 0; i < 40; i += 2) await untidy.remove(`k${i}`);
    for (let i = 1; i < 40; i += 4) await untidy.add(`k${i}`, bytesOf(`new ${i}`));
    for (let i = 3; i < 40; i += 4) await tidy.add(`k${i}`, i % 3 === 0 ? big(i) : bytesOf(`old ${i}`));
    for (let i = 1; i < 40; i += 4) await tidy.add(`k${i}`, bytesOf(`new ${i}`));
    await tidy.publish();
    await untidy.publish();
    expect(readFileSync(join(folder, "untidy.zip")).equals(readFileSync(join(folder, "tidy.zip")))).toBe(true);
    expect((await verifyArchive(join(folder, "untidy.zip"))).problems).toEqual([]);
  });

  test("overlapping calls take effect in the order in which they were made", async () => {
    const writer = await create();
    const calls = Array.from({ length: 1000 }, (_, i) => writer.add(`k${i % 10}`, bytesOf(String(i))));
    const seen = writer.read("k9");
    const later = writer.add("k9", bytesOf("last"));
    await Promise.all([...calls, later]);
    expect(await seen).toEqual(bytesOf("999"));
    await writer.publish();
    expect(Object.keys(await contents()).length).toBe(10);
    expect((await contents()).k9).toBe("last");
  });

  test("names that no archive may have are refused, and the other entries are kept", async () => {
    const writer = await create();
    for (const name of ["", "/a", "a/", "a/../b", "a\\b", "a\0b", "x".repeat(65536)]) {
      await expectZarrError(writer.add(name, new Uint8Array()), "ERR_ARGUMENT");
    }
    await writer.add("x".repeat(65535), bytesOf("long"));
    await writer.publish();
    expect(Object.values(await contents())).toEqual(["long"]);
  });
});

describe("publishing", () => {
  const leftovers = () => readdirSync(folder).filter((name) => name.endsWith(".part"));

  test("the old file stays until the new one is complete", async () => {
    writeFileSync(path, "old");
    const writer = await create();
    await writer.add("a", bytesOf("new"));
    expect(readFileSync(path, "utf8")).toBe("old");
    const written = await writer.publish();
    expect(await contents()).toEqual({ a: "new" });
    const { identity } = await ArchiveReader.open(await openArchiveFile(path), { follow: false });
    expect(written).toEqual({ end: identity.end, digest: identity.digest });
    expect(written.end).toBe(statSync(path).size);
    expect(leftovers()).toEqual([]);
    expect(writer.dirty).toBe(false);
  });

  test("abort leaves the old file and nothing else", async () => {
    writeFileSync(path, "old");
    const writer = await create();
    await writer.add("a", bytesOf("new"));
    const waiting = expectZarrError(writer.add("b", bytesOf("too late")), "ERR_CLOSED");
    await writer.abort();
    await writer.abort();
    await waiting;
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(leftovers()).toEqual([]);
    await expectZarrError(writer.add("b", bytesOf("b")), "ERR_CLOSED");
    await expectZarrError(writer.publish(), "ERR_CLOSED");
  });

  test("exclusive fails at once where the name is taken", async () => {
    writeFileSync(path, "old");
    await expectZarrError(create({ exclusive: true }), "ERR_EXISTS", path);
    expect(leftovers()).toEqual([]);
  });

  test("exclusive fails at the end where the name was taken in the meantime", async () => {
    const writer = await create({ exclusive: true });
    await writer.add("a", bytesOf("a"));
    writeFileSync(path, "somebody else's");
    await expectZarrError(writer.publish(), "ERR_EXISTS", path);
    await expectZarrError(writer.add("b", bytesOf("b")), "ERR_EXISTS", "abort");
    await writer.abort();
    expect(readFileSync(path, "utf8")).toBe("somebody else's");
    expect(leftovers()).toEqual([]);
  });

  test("exclusive publishes a file with one name", async () => {
    const writer = await create({ exclusive: true });
    await writer.add("a", bytesOf("a"));
    await writer.publish();
    expect(statSync(path).nlink).toBe(1);
    expect(leftovers()).toEqual([]);
  });

  test("through a symbolic link the file that it names is replaced, not the link", async () => {
    const link = join(folder, "link.zip");
    writeFileSync(path, "old");
    symlinkSync(path, link);
    const writer = await create({}, link);
    await writer.add("a", bytesOf("a"));
    await writer.publish();
    expect(await contents(path)).toEqual({ a: "a" });
    expect(await contents(link)).toEqual({ a: "a" });
  });

  test("a file that only its owner reads is replaced by one that only its owner reads", async () => {
    writeFileSync(path, "old", { mode: 0o600 });
    await (await create()).publish();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a folder is not replaced, and a missing one is not made", async () => {
    await expectZarrError(create({}, folder), "ERR_STORE_WRITE");
    await expectZarrError(create({}, join(folder, "no", "a.zip")), "ERR_NOT_FOUND");
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntry } from "../../src/zip/entry-reader.js";
import {
  type BuiltArchive,
  type BuiltEntry,
  buildArchive,
  bytesOf,
  concat,
  endRecord,
  extra,
  uint64s,
} from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

const utf8Flag = 1 << 11;

async function read(entries: BuiltEntry[], options?: BuiltArchive) {
  const source = new BufferSource(buildArchive(entries, options), "made.zip");
  const directory = await Directory.read(source);
  const value = async (name: string) => {
    const row = directory.find(name);
    return row < 0 ? undefined : Buffer.from(await readEntry(source, directory, row)).toString();
  };
  return { source, directory, value, names: [...directory.names()] };
}

const file = (name: BuiltEntry["name"], text = "", more: Partial<BuiltEntry> = {}): BuiltEntry => ({
  name,
  payload: bytesOf(text),
  ...more,
});

describe("finding entries", () => {
  test("every name is found, and no other one", async () => {
    const { directory, names, value } = await read([
      file("zarr.json", "{}"),
      file("c/0/0", "one"),
      file("c/0/1", "two"),
    ]);
    expect(names).toEqual(["zarr.json", "c/0/0", "c/0/1"]);
    expect(await value("c/0/1")).toBe("two");
    for (const other of ["", "c", "c/0", "c/0/", "c/0/2", "C/0/0", "zarr.jsonx", "/zarr.json"]) {
      expect(directory.find(other)).toBe(-1);
    }
  });

  test("the last record of duplicate names wins, and is listed once", async () => {
    const { directory, names, value } = await read([file("a", "old"), file("b", "b"), file("a", "new")]);
    expect(names).toEqual(["b", "a"]);
    expect(await value("a")).toBe("new");
    expect(directory.recordCount).toBe(3);
  });

  test("folders are counted, and cannot be found as entries", async () => {
    const { directory, names } = await read([file("a/"), file("a/b", "x"), file("__MACOSX/._zarr.json", "y")]);
    expect(names).toEqual(["a/b", "__MACOSX/._zarr.json"]);
    expect(directory.find("a/")).toBe(-1);
    expect(directory.recordCount).toBe(3);
  });

  test("an archive without entries is empty", async () => {
    const { directory, names } = await read([]);
    expect(names).toEqual([]);
    expect(directory.find("a")).toBe(-1);
  });
});

describe("names", () => {
  test("with the UTF-8 flag, names are UTF-8", async () => {
    const { value, names } = await read([file("größe/数", "x", { flags: utf8Flag })]);
    expect(names).toEqual(["größe/数"]);
    expect(await value("größe/数")).toBe("x");
  });

  test("without the flag, names are code page 437", async () => {
    // 0x81 is ü, 0xe1 is ß and 0x9b is ¢ in code page 437.
    const { value, names } = await read([file(Uint8Array.of(0x81, 0xe1, 0x2f, 0x9b), "x")]);
    expect(names).toEqual(["üß/¢"]);
    expect(await value("üß/¢")).toBe("x");
  });

  test("an Info-ZIP Unicode path replaces the name that its CRC-32 was made of", async () => {
    const unicodePath = (raw: string, name: string) =>
      extra(0x7075, concat(Uint8Array.of(1), new Uint8Array(Uint32Array.of(crc32(raw)).buffer), bytesOf(name)));
    const { value, names } = await read([
      file("gr__e", "yes", { centralExtra: unicodePath("gr__e", "größe") }),
      file("stale", "no", { centralExtra: unicodePath("other", "wrong") }),
    ]);
    expect(names).toEqual(["größe", "stale"]);
    expect(await value("größe")).toBe("yes");
  });

  test("a lone surrogate does not find the replacement character that UTF-8 makes of it", async () => {
    const { directory } = await read([file("\ufffd", "x", { flags: utf8Flag })]);
    expect(directory.find("\ufffd")).toBe(0);
    expect(directory.find("\ud800")).toBe(-1);
  });

  test.each([
    ["empty", "", "is empty"],
    ["with a NUL", "zarr.json\0.txt", "NUL"],
    ["with a backslash", "c\\0", "backslash"],
    ["absolute", "/etc/passwd", "absolute"],
    ["that climb", "c/../zarr.json", '".."'],
    ["that climb at the start", "../zarr.json", '".."'],
    ["that climb behind a dot", "./../zarr.json", '".."'],
    ["those of folders, and of files", "c/.", 'ends in a "." segment'],
    ["a dot", ".", 'ends in a "." segment'],
  ])("names that are %s refuse the archive, by name", async (_, name, reason) => {
    await expectZarrError(read([file("zarr.json", "{}"), file(name, "x")]), "ERR_ZIP", "record 1", reason, "made.zip");
  });

  test("an archive with a name that is not UTF-8 under the UTF-8 flag is refused", async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0x61, 0xc3]]) {
      await expectZarrError(read([file(Uint8Array.from(bytes), "x", { flags: utf8Flag })]), "ERR_ZIP", "UTF-8");
    }
  });

  test("dots and colons that mean nothing to a ZIP file are allowed", async () => {
    const { names } = await read([file(".zarray"), file("0.0"), file("a..b"), file("..."), file("c:0")]);
    expect(names).toEqual([".zarray", "0.0", "a..b", "...", "c:0"]);
  });
});

// One word of the check is four bytes: every place of the two slashes, or of the dot, within it and across two of them.
test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("segments that lead nowhere are found behind %i bytes", async (length) => {
  const start = "abcdefghi".slice(0, length);
  for (const rest of ["//b", "/./b", "//", "//bc", "//bcd", "//bcde", "/./"]) {
    const { names } = await read([file("z", "1"), file(start + rest, "2")]);
    expect(names).toEqual(rest.endsWith("/") ? ["z"] : ["z", `${start}/${rest.replace(/^[/.]+/, "")}`]);
  }
});

describe("where the archive is", () => {
  test("bytes before the archive shift every offset", async () => {
    const { directory, value } = await read([file("a", "value")], { prefix: bytesOf("#!/bin/sh\nexit\n") });
    expect(directory.prefix).toBe(15);
    expect(await value("a")).toBe("value");
  });

  test("the comment is given as bytes", async () => {
    const { directory } = await read([file("a")], { comment: bytesOf('{"ome":{}}') });
    expect(Buffer.from(directory.comment).toString()).toBe('{"ome":{}}');
  });

  test("the longest comment is found", async () => {
    const { directory, names } = await read([file("a")], { comment: new Uint8Array(65535).fill(0x20) });
    expect([names, directory.comment.length]).toEqual([["a"], 65535]);
  });

  test("an end record within the comment is text if its directory would end after it", async () => {
    const text = concat(bytesOf("see "), endRecord({ count: 1, size: 47, offset: 0xfffffff }), bytesOf(" there"));
    const { names } = await read([file("a")], { comment: text });
    expect(names).toEqual(["a"]);
    expect((await read([file("a")], { comment: endRecord({ count: 1, size: 47, offset: 0xfffffff }) })).names).toEqual([
      "a",
    ]);
  });

  test("an end record within the comment that has a place for its directory makes the archive ambiguous", async () => {
    for (const facts of [
      { count: 0, size: 0, offset: 0 },
      { count: 1, size: 47, offset: 31 },
    ]) {
      for (const after of ["", " there"]) {
        const comment = concat(endRecord(facts), bytesOf(after));
        await expectZarrError(read([file("a")], { comment }), "ERR_ZIP", "could equally be meant");
      }
    }
  });

  test("an earlier end record before the directory is an old version, and no ambiguity", async () => {
    const old = buildArchive([file("a", "old")]);
    // The new records count their offsets from the start of the file, as an appending writer's do.
    const appended = buildArchive([file("a", "new", { central: { 42: old.length } })], {
      end: { 16: old.length + 34 },
    });
    const directory = await Directory.read(new BufferSource(concat(old, appended)));
    expect(directory.prefix).toBe(0);
    expect(directory.entry(directory.find("a")).offset).toBe(old.length);
  });

  test("two copies of an archive, one after the other, are ambiguous", async () => {
    const one = buildArchive([file("a", "x")]);
    await expectZarrError(Directory.read(new BufferSource(concat(one, one))), "ERR_ZIP", "either could be meant");
  });

  test("an earlier end of the file gives the earlier version", async () => {
    const old = buildArchive([file("a", "old")]);
    const source = new BufferSource(concat(old, bytesOf("bytes of a writer that is still at work")));
    const directory = await Directory.read(source, old.length);
    expect(directory.end).toBe(old.length);
    expect([...directory.names()]).toEqual(["a"]);
    await expectZarrError(
      Directory.read(source),
      "ERR_ZIP_TAIL",
      "no end record that reaches to byte",
      old.length - 22,
    );
  });

  test("ZIP64 values are read from the extra field, in its order", async () => {
    const all = { 20: 0xffffffff, 24: 0xffffffff, 42: 0xffffffff };
    const { value } = await read([
      file("a", "first", { central: all, centralExtra: extra(1, uint64s(5n, 5n, 0n)) }),
      file("b", "second", { central: { 42: 0xffffffff }, centralExtra: extra(1, uint64s(36n)) }),
    ]);
    expect([await value("a"), await value("b")]).toEqual(["first", "second"]);
  });

  test("ZIP64 end records are read, also behind a prefix", async () => {
    const saturated = { 8: 0xffff, 10: 0xffff, 12: 0xffffffff, 16: 0xffffffff };
    for (const prefix of [new Uint8Array(), bytesOf("before")]) {
      const { value } = await read([file("a", "x")], { zip64: {}, end: saturated, prefix });
      expect(await value("a")).toBe("x");
    }
  });
});

describe("sharing", () => {
  const entries = Array.from({ length: 1000 }, (_, i) => file(`c/${i}`, String(i)));

  test("an attached directory answers as the one that was shared", async () => {
    const { directory } = await read([...entries, file(Uint8Array.of(0x81), "ü")], { comment: bytesOf("hello") });
    const attached = Directory.attach(directory.share());
    expect([...attached.names()]).toEqual([...directory.names()]);
    expect(attached.find("ü")).toBe(1000);
    expect(attached.entry(7)).toEqual(directory.entry(7));
    expect([attached.start, attached.end, attached.prefix]).toEqual([directory.start, directory.end, directory.prefix]);
    expect(attached.digest()).toBe(directory.digest());
    expect(Buffer.from(attached.comment).toString()).toBe("hello");
  });

  test("threads get the same memory", async () => {
    const { directory } = await read(entries);
    const shared = directory.share();
    expect(shared.buffer).toBeInstanceOf(SharedArrayBuffer);
    const program = `import("node:worker_threads").then(({ parentPort, workerData: { buffer } }) => {
      new Uint8Array(buffer).fill(7);
      parentPort.postMessage(buffer instanceof SharedArrayBuffer);
    })`;
    const worker = new Worker(program, { eval: true, workerData: shared });
    expect(await once(worker, "message")).toEqual([true]);
    expect(new Uint8Array(shared.buffer).every((byte) => byte === 7)).toBe(true);
    await worker.terminate();
  });

  test("anything else is refused with ERR_STATE", async () => {
    const { directory } = await read(entries);
    const shared = directory.share();
    await expectZarrError(() => Directory.attach({ ...shared, version: 2 as 1 }), "ERR_STATE");
    await expectZarrError(() => Directory.attach({ ...shared, buffer: new SharedArrayBuffer(8) }), "ERR_STATE");
  });

  test("the digest is CRC-32 and CRC-32C of everything from the central directory on", async () => {
    // Computed with Python: zlib.crc32 and a bitwise CRC-32C over the 22 bytes of an empty archive.
    const { directory } = await read([]);
    expect(directory.digest()).toBe("d7cbc50ee24f2393");
    const changed = await read([file("a", "x")]);
    expect(changed.directory.digest()).not.toBe((await read([file("a", "y")])).directory.digest());
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/bytes/crc32.js";
import { FileSource } from "../../src/bytes/file.js";
import { Directory } from "../../src/zip/directory.js";
import { readEntry } from "../../src/zip/entry-reader.js";

const folder = new URL("../fixtures/golden/", import.meta.url);
const golden = (file: string) => new URL(file, folder).pathname;

/** name, size in bytes, CRC-32 in hexadecimal, compression method */
type StoredEntry = [string, number, string, number];
const manifest: { stores: { file: string; entries: StoredEntry[] }[] } = JSON.parse(
  readFileSync(golden("manifest.json"), "utf8"),
);

describe("archives of other writers", () => {
  test.each(manifest.stores)(
    "$file: every entry has the size and CRC-32 of the manifest",
    async ({ file, entries }) => {
      const source = await FileSource.open(golden(file));
      const directory = await Directory.read(source);
      // A later entry of the same name replaces an earlier one.
      const expected = new Map(entries.map(([name, ...facts]) => [name, facts]));
      expect(new Set(directory.names())).toEqual(new Set(expected.keys()));
      expect(directory.recordCount).toBe(entries.length);
      for (const [name, [size, crc, method]] of expected) {
        const row = directory.find(name);
        expect(directory.entry(row).method).toBe(method);
        const value = await readEntry(source, directory, row);
        expect([value.length, crc32(value).toString(16).padStart(8, "0")]).toEqual([size, crc]);
      }
      await source.close();
    },
  );
});

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isPartFileName, partFileName, removeDeadParts, removeDeadPartsIn } from "../../src/bytes/part-file.js";
import { ArchiveWriter } from "../../src/commit/archive-writer.js";
import { RecordedFiles } from "../zip/recorded-files.js";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "zarrzip-part-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([true, false])(
  "an archive that is being published is not taken for what a killed writer has left (exclusive: %s)",
  async (exclusive) => {
    const published: boolean[] = [];
    for (let i = 0; i < 60; i++) {
      const path = join(folder, `${i}.zip`);
      const writer = await ArchiveWriter.create(path, { exclusive, method: "stored", zip64: "auto" });
      await writer.add("k", new Uint8Array(10));
      let isDone = false;
      const publishing = writer.publish().finally(() => {
        isDone = true;
      });
      publishing.catch(() => undefined);
      while (!isDone) await removeDeadParts(path);
      await publishing;
      published.push(existsSync(path));
    }
    expect(published).toEqual(Array(60).fill(true));
    expect(readdirSync(folder).filter(isPartFileName)).toEqual([]);
  },
);

test("an archive in its place is published, even if its first name cannot be removed; that is removed later", async () => {
  const files = new RecordedFiles(folder);
  const path = join(folder, "a.zip");
  try {
    const writer = await ArchiveWriter.create(path, { exclusive: true, method: "stored", zip64: "auto" });
    await writer.add("k", new Uint8Array(10));
    files.onCall = ({ name }) => (name === "unlink" ? { error: "EIO" } : undefined);
    await writer.publish();
  } finally {
    files.restore();
  }
  expect(readdirSync(folder).filter((name) => !isPartFileName(name))).toEqual(["a.zip"]);
  expect(readdirSync(folder)).toHaveLength(2);
  await removeDeadParts(path);
  expect(readdirSync(folder)).toEqual(["a.zip"]);
});

test("only the part files of a killed writer are removed", async () => {
  const path = join(folder, "a.zip");
  const others = [basename(partFileName(join(folder, "b.zip"))), ".a.zip.part", ".a.zip.1-x.zip"];
  for (const name of [...others, basename(partFileName(path))]) writeFileSync(join(folder, name), "");
  symlinkSync(others[0]!, partFileName(path));
  await removeDeadParts(path);
  const left = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isSymbolicLink());
  expect(left.map(({ name }) => name).sort()).toEqual([...others].sort());
});

test("of a folder all of it is removed, folders that were being removed among it", async () => {
  const tree = partFileName(join(folder, "tree"));
  mkdirSync(join(tree, "a"), { recursive: true });
  writeFileSync(join(tree, "a", "k"), "");
  writeFileSync(partFileName(join(folder, "k")), "");
  writeFileSync(join(folder, "k"), "");
  await removeDeadPartsIn(folder);
  expect(readdirSync(folder)).toEqual(["k"]);
});

test("part files of names with characters of two code units are found again", async () => {
  const path = join(folder, `${"x".repeat(63)}\u{1f4a7}.zip`);
  writeFileSync(partFileName(path), "");
  await removeDeadParts(path);
  expect(readdirSync(folder)).toEqual([]);
});

// The mark beside an archive is all that tells, after a loss of power, up to where the archive is whole: before a commit relies on it, it
// has to be on the disk.
import { openSync, readSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { formatMark, markBytes, parseMark } from "../../src/commit/lock-records.js";
import { ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const markOffset = 4096;

test("a mark that its writer did not live to sync is synced by whoever commits next", async () => {
  const path = `${folder}/a.zip`;
  const first = await ZipStore.open(path, { mode: "w" });
  await first.set("k", Uint8Array.of(1));
  await first.close();
  const store = await ZipStore.open(path, { mode: "r+" });
  await store.set("k", Uint8Array.of(2));
  await store.flush(); // from now on the lock file is there
  const lock = openSync(`${path}.lock`, "r+");
  const read = () => {
    const bytes = new Uint8Array(markBytes);
    readSync(lock, bytes, 0, markBytes, markOffset);
    return parseMark(bytes);
  };
  const mark = read();
  expect(mark?.isOnDisk).toBe(true);
  writeSync(lock, formatMark(mark!, false), 0, markBytes, markOffset);
  expect(read()?.isOnDisk).toBe(false);
  await store.set("k", Uint8Array.of(3));
  await store.flush();
  expect(read()?.isOnDisk).toBe(true);
  await store.close();
});

test("a writer that does not sync says so in its mark", async () => {
  const path = `${folder}/b.zip`;
  const first = await ZipStore.open(path, { mode: "w" });
  await first.close();
  const store = await ZipStore.open(path, { mode: "r+", durability: "process" });
  await store.set("k", Uint8Array.of(1));
  await store.flush();
  const bytes = new Uint8Array(markBytes);
  readSync(openSync(`${path}.lock`, "r"), bytes, 0, markBytes, markOffset);
  expect(parseMark(bytes)?.isOnDisk).toBe(false);
  await store.close();
});

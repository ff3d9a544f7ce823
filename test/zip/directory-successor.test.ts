// What a commit makes of the directory in memory must be what a reader makes of the file.
import { mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { FileSource } from "../../src/bytes/file.js";
import { ArchiveView } from "../../src/store/zip/archive-view.js";
import { Monitor } from "../../src/store/zip/monitor.js";
import { settingsFromOptions } from "../../src/store/zip/zip-store-options.js";
import { ZipStoreWriter } from "../../src/store/zip/zip-store-writer.js";
import { Directory } from "../../src/zip/directory.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = temporaryFolder();

/** Everything that a directory says of its entries. */
function contentsOf(directory: Directory) {
  const names = [...directory.names()];
  const entries = names.map((name) => {
    const row = directory.find(name);
    return { key: name, row, ...directory.entry(row), time: directory.time(row) };
  });
  const { start, end, prefix, recordCount, comment, link } = directory;
  return { entries, start, end, prefix, recordCount, comment, link, digest: directory.digest() };
}

test.each([
  ["auto", 1],
  ["auto", 2],
  ["always", 3],
] as const)("ZIP64 %s, seed %i: after every commit both say the same, and find the same", async (zip64, seed) => {
  const folder = `${root}/${zip64}-${seed}`;
  mkdirSync(folder);
  let state = seed;
  const random = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const settings = settingsFromOptions(`${folder}/x.zip`, { mode: "a", zip64, durability: "process" });
  const view = new ArchiveView(settings);
  const writer = await ZipStoreWriter.open(settings, view, new Monitor(settings.path));
  for (let commit = 0; commit < 60; commit++) {
    const isRemoving = commit % 7 === 6;
    for (let i = random(12); i >= 0; i--) {
      const name = `c/${random(commit < 30 ? 40 : 400)}`;
      await writer.set(name, isRemoving && random(2) === 0 ? undefined : new Uint8Array(random(50)).fill(commit));
    }
    await writer.flush();
    const source = await FileSource.open(settings.path);
    const parsed = await Directory.read(source);
    const derived = await view.use(({ directory }) => contentsOf(directory));
    expect(derived).toEqual(contentsOf(parsed));
    expect(await view.use(({ directory }) => directory.find("c/none"))).toBe(-1);
    await source.close();
  }
  await writer.close();
  await view.close();
});

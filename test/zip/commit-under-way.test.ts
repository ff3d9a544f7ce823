// Somebody opens an archive by a name beside which there is no lock file, as in another container, while a commit is written.
import { mkdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { FileSource } from "../../src/bytes/file.js";
import { readNewestVersion } from "../../src/commit/newest-in-file.js";
import { ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { RecordedFiles } from "./recorded-files.js";

const folder = `${temporaryFolder()}/written`;

/** What an archive holds after each write of a commit, the version before it first. */
async function statesOfCommit(durability: "full" | "process"): Promise<Uint8Array[]> {
  const path = `${folder}/${durability}.zip`;
  const first = await ZipStore.open(path, { mode: "w" });
  await first.set("k", Uint8Array.of(1));
  await first.close();
  const states = [new Uint8Array(readFileSync(path))];
  const files = new RecordedFiles(folder);
  try {
    const store = await ZipStore.open(path, { mode: "r+", durability });
    await store.set("k", Uint8Array.of(2));
    await store.flush();
    for (const operation of files.operations) {
      if (operation.kind !== "write" || operation.file !== `${durability}.zip`) continue;
      const { offset, bytes } = operation;
      const before = states.at(-1)!;
      const after = new Uint8Array(Math.max(before.length, offset + bytes.length));
      after.set(before);
      after.set(bytes, offset);
      states.push(after);
    }
    await store.close();
  } finally {
    files.restore();
  }
  return states;
}

/** Bytes that are others after some reads. */
function changingSource(reads: number, before: Uint8Array, after: Uint8Array): FileSource {
  let left = reads;
  let { length: size } = before;
  const bytesNow = () => (left > 0 ? before : after);
  const source = {
    name: `${folder}/elsewhere.zip`,
    get size() {
      return size;
    },
    refresh: () => {
      size = bytesNow().length;
      return size;
    },
    readSync: (offset: number, length: number) => {
      const bytes = bytesNow().slice(offset, offset + length);
      left--;
      return bytes;
    },
    read: async (offset: number, length: number) => source.readSync(offset, length),
  };
  return source as unknown as FileSource;
}

test.each(["full", "process"] as const)(
  "durability %s: whenever the commit ends, a version is read",
  async (durability) => {
    mkdirSync(folder, { recursive: true });
    const states = await statesOfCommit(durability);
    const last = states.at(-1)!;
    expect(states.length).toBeGreaterThan(2);
    const ends = new Set<number>();
    for (const state of states) {
      for (let reads = 0; reads < 20; reads++) {
        const { end } = await readNewestVersion(changingSource(reads, state, last));
        ends.add(end);
      }
    }
    expect([...ends].sort((a, b) => a - b)).toEqual([states[0]!.length, last.length]);
  },
);

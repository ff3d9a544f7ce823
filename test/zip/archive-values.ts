// What an archive holds, as the tests of its commits compare it.

import { openArchiveFile } from "../../src/commit/archive-file.js";
import { recoverCommit } from "../../src/commit/commit.js";
import { LockFile } from "../../src/commit/lock-file.js";
import { ArchiveReader } from "../../src/zip/archive-reader.js";

/** Values by name. */
export type Values = ReadonlyMap<string, Uint8Array>;

/** Every value of one version, its CRC-32 checked. */
export async function valuesOf(archive: ArchiveReader): Promise<Values> {
  const values = new Map<string, Uint8Array>();
  for (const name of archive.directory.names()) values.set(name, (await archive.get(name, 2 ** 30))!);
  return values;
}

/** Every value of the newest version, as who only reads finds it. */
export async function readValues(path: string): Promise<Values> {
  const archive = await ArchiveReader.open(await openArchiveFile(path), { follow: false });
  try {
    return await valuesOf(archive);
  } finally {
    await archive.close();
  }
}

export function isSame(a: Values, b: Values): boolean {
  return (
    a.size === b.size && [...a].every(([name, value]) => Buffer.compare(value, b.get(name) ?? value.subarray(1)) === 0)
  );
}

/** Undoes an interrupted commit, as the next writer does before its own. */
export async function recover(path: string): Promise<"none" | "undone"> {
  const lock = new LockFile(path, { force: false });
  await lock.acquire({ timeoutMs: 1000 });
  try {
    return (await recoverCommit(lock.archive!, lock)) ? "undone" : "none";
  } finally {
    await lock.release();
    await lock.close();
  }
}

/** Bytes of which none can be taken for others. */
export function noise(length: number, seed: number): Uint8Array {
  const next = randomNumbers(seed);
  return Uint8Array.from({ length }, () => next() * 256);
}

/** Numbers from 0 to below 1, always the same for a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

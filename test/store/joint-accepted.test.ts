// What a writer makes of it that another one has committed its rows: whatever else goes wrong, they are in the file, once.
import { readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { createArray, openArray, type ZarrArray, ZipStore } from "../../src/index.js";
import type { LockFile } from "../../src/zip/lock-file.js";
import { repackArchive } from "../../src/zip/repack.js";
import { contentsAt, untilOffered } from "../zip/offered.js";
import { jointScene } from "./joint-scene.js";

let path: string;
let lock: LockFile;
const { stores } = jointScene((place) => {
  ({ path, lock } = place);
});

async function create(options: object): Promise<void> {
  const store = await ZipStore.open(path, { mode: "a" });
  const all = { path: "a", shape: [0], chunks: [4], dtype: "int32", compressors: null, overwrite: true, ...options };
  await createArray(store, all as never);
  await store.close();
}

async function opening(durability: "full" | "process" = "full"): Promise<ZarrArray> {
  const store = await ZipStore.open(path, { mode: "r+", durability });
  stores.push(store);
  return await openArray(store, { path: "a" });
}

async function valuesStored(): Promise<number[]> {
  const store = await ZipStore.open(path);
  try {
    return [...((await (await openArray(store, { path: "a" })).get()).data as Int32Array)];
  } finally {
    await store.close();
  }
}

/** Has `first` append 1 and wait, and then `second` append 2, which is faster at the lock; says what the first was told. */
async function appendBoth(first: ZarrArray, second: ZarrArray) {
  await lock.acquire({ timeoutMs: 300_000 });
  const waiting = first.append([1], { flush: true });
  await untilOffered(path, 1);
  await lock.release();
  await second.append([2], { flush: true });
  const range = await waiting;
  const { commits } = await (first.store as ZipStore).stats();
  return { range, isHandedOver: commits.handedOver > 0 };
}

/** The same, again until the first has been handed over, which is all but sure. */
async function untilHandedOver(prepare: () => Promise<readonly [ZarrArray, ZarrArray]>) {
  for (let attempt = 0; attempt < 20; attempt++) {
    const arrays = await prepare();
    const { range, isHandedOver } = await appendBoth(...arrays);
    if (isHandedOver) return { range, first: arrays[0] };
  }
  throw new Error("of 20 appends that waited none was handed over");
}

test("an append that was committed by another writer is not refused for what its instance cannot show", async () => {
  const { range, first } = await untilHandedOver(async () => {
    await create({ chunks: [[1]] });
    const before = await opening();
    await create({ chunks: [[1, 1, 1]] });
    return [before, await opening()];
  });
  expect([range, await valuesStored()]).toEqual([{ start: 1, end: 2 }, [2, 1]]);
  expect([await first.refresh(), first.shape]).toEqual([true, [2]]);
});

test("who was answered leaves the mark to who has written the file", async () => {
  let end = 0;
  await untilHandedOver(async () => {
    await create({});
    end = statSync(path).size;
    return [await opening("full"), await opening("process")];
  });
  // 4096  mark; 16  byte at which a version ends that is on the disk
  expect(Number(readFileSync(`${path}.lock`).readBigUInt64LE(4096 + 16))).toBe(end);
});

test("claims of a holder that was killed end with a repack, and the append is made by its owner", async () => {
  await create({});
  const array = await opening();
  await lock.acquire({ timeoutMs: 300_000 });
  const waiting = array.append([7, 8], { flush: true });
  const [offer] = await untilOffered(path, 1);
  const at = contentsAt * (1 + offer!.slot);
  const kind = readFileSync(`${path}.lock`).subarray(at, at + offer!.kindBytes);
  const taken = await lock.offers.take({ kind: () => kind, payload: () => new Uint8Array(4) });
  expect(taken?.others.map(({ id }) => id)).toEqual([offer!.id]);
  const claims = () => readFileSync(`${path}.lock`).readUInt32LE(64);
  expect(claims()).toBe(1);
  await repackArchive(path, lock, () => false, {});
  expect(claims()).toBe(0);
  await lock.release();
  expect(await waiting).toEqual({ start: 0, end: 2 });
  expect(await valuesStored()).toEqual([7, 8]);
});

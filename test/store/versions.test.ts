import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { verifyArchive } from "../../src/commit/verify.js";
import { recover, repack } from "../../src/store/zip/repack.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import type { ZipStoreOptions } from "../../src/store/zip/zip-store-options.js";
import { temporaryFolder } from "../temporary-folder.js";

const code = (expected: string) => expect.objectContaining({ name: "ZarrError", code: expected });
const bytes = (...values: number[]) => Uint8Array.from(values);

let path: string;
let folder: string;
const root = temporaryFolder();
let count = 0;
beforeEach(() => {
  folder = `${root}/${count++}`;
  mkdirSync(folder);
  path = `${folder}/x.zip`;
});

async function contents(file = path, options: ZipStoreOptions = {}): Promise<Record<string, number[]>> {
  const store = await ZipStore.open(file, options);
  const found: Record<string, number[]> = {};
  for await (const key of store.list()) found[key] = [...(await store.get(key))!];
  await store.close();
  return found;
}

/** Three versions: { a: 1 }, { a: 2, b: 3 }, { b: 3 }. */
async function threeVersions(): Promise<void> {
  const store = await ZipStore.open(path, { mode: "w" });
  await store.set("a", bytes(1));
  await store.flush();
  await store.set("a", bytes(2));
  await store.set("b", bytes(3));
  await store.flush();
  await store.delete("a");
  await store.close();
}

describe("versions", () => {
  test("each commit adds one, and every one can be read", async () => {
    await threeVersions();
    const store = await ZipStore.open(path);
    const versions = await store.versions();
    await store.close();
    expect(versions.map(({ entries }) => entries)).toEqual([1, 2, 1]);
    expect(versions[0]!.end).toBe(statSync(path).size);
    const read = versions.map(({ id }) => contents(path, { version: id }));
    expect(await Promise.all(read)).toEqual([{ b: [3] }, { a: [2], b: [3] }, { a: [1] }]);
    expect((await verifyArchive(path)).problems).toEqual([]);
  });

  test("an older version is read-only, can be handed over, and knows only what was before it", async () => {
    await threeVersions();
    const newest = await ZipStore.open(path);
    const [, middle] = await newest.versions();
    await newest.close();
    const store = await ZipStore.open(path, { version: middle!.id });
    const twin = await ZipStore.fromState(JSON.parse(JSON.stringify(store)));
    expect([await twin.get("a"), twin.readOnly]).toEqual([bytes(2), true]);
    expect((await twin.versions()).map(({ id }) => id)).toEqual((await store.versions()).map(({ id }) => id));
    expect(await twin.versions()).toHaveLength(2);
    await Promise.all([store.close(), twin.close()]);
  });

  test("one that there is not: ERR_NOT_FOUND; with a mode that writes: ERR_ARGUMENT", async () => {
    await threeVersions();
    await expect(ZipStore.open(path, { version: "none" })).rejects.toEqual(code("ERR_NOT_FOUND"));
    await expect(ZipStore.open(path, { version: "none", mode: "r+" })).rejects.toEqual(code("ERR_ARGUMENT"));
    await expect(ZipStore.open(path, { version: "none", view: "follow" })).rejects.toEqual(code("ERR_ARGUMENT"));
  });
});

describe("repack", () => {
  test("leaves one version, each entry once, documents first, the shallower the earlier", async () => {
    const store = await ZipStore.open(path, { mode: "w" });
    for (const key of ["g/a/c/0", "g/a/zarr.json", "g/zarr.json", "c/1", "zarr.json"]) await store.set(key, bytes(7));
    await store.flush();
    for (let i = 0; i < 5; i++) {
      await store.set("g/a/c/0", new Uint8Array(10_000).fill(i));
      await store.flush();
    }
    await store.close();
    const before = await contents();
    const progress: number[] = [];
    const result = await repack(path, { onProgress: ({ done, total }) => progress.push(done / total) });
    expect(progress).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(result.entries).toBe(5);
    expect(result.bytesAfter).toBe(statSync(path).size);
    expect(result.bytesAfter).toBeLessThan(11_000);
    expect(result.bytesBefore).toBeGreaterThan(50_000);
    const after = await contents();
    expect(after).toEqual(before);
    expect(Object.keys(after)).toEqual(["zarr.json", "g/zarr.json", "g/a/zarr.json", "c/1", "g/a/c/0"]);
    expect((await verifyArchive(path)).problems).toEqual([]);
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  test("deflated entries and their times stay as they were packed", async () => {
    const modified = new Date("2021-02-03T04:05:06Z");
    const store = await ZipStore.open(path, { mode: "w", compression: "deflate", modified });
    for (const value of [1, 0]) {
      await store.set("a", new Uint8Array(100_000).fill(value));
      await store.flush();
    }
    await store.close();
    const { bytesBefore, bytesAfter } = await repack(path);
    expect(bytesAfter).toBeLessThan(bytesBefore);
    expect(statSync(path).size).toBeLessThan(1000);
    // 10  last modification time, 12 date (APPNOTE 4.4.6): 04:05:06 and 2021-02-03
    const header = readFileSync(path);
    expect([header.readUInt16LE(10), header.readUInt16LE(12)]).toEqual([
      (4 << 11) | (5 << 5) | 3,
      (41 << 9) | (2 << 5) | 3,
    ]);
    expect((await contents()).a).toHaveLength(100_000);
  });

  test("a file that has nothing dead stays as it is, and so does one that was repacked", async () => {
    const store = await ZipStore.open(path, { mode: "w" });
    for (const key of ["c/0", "zarr.json"]) await store.set(key, bytes(7));
    await store.close();
    const whole = readFileSync(path);
    const [bytesBefore, bytesAfter] = [whole.length, whole.length];
    expect(await repack(path)).toEqual({ rewritten: false, bytesBefore, bytesAfter, entries: 2 });
    expect(readFileSync(path).equals(whole)).toBe(true);
    await threeVersions();
    const again = await repack(path);
    expect(again.rewritten).toBe(true);
    expect(again.bytesAfter).toBeLessThan(again.bytesBefore);
    const packed = readFileSync(path);
    await repack(path);
    expect(readFileSync(path).equals(packed)).toBe(true);
  });

  test("a follow view and a writer continue, a pinned reader stays in the old file, its state is stale", async () => {
    await threeVersions();
    const follow = await ZipStore.open(path, { view: "follow" });
    const pinned = await ZipStore.open(path);
    const writer = await ZipStore.open(path, { mode: "r+" });
    await writer.set("c", bytes(9));
    const [followState, pinnedState] = [follow.getState(), pinned.getState()];
    await repack(path);
    expect([await follow.get("b"), await pinned.get("b")]).toEqual([bytes(3), bytes(3)]);
    await writer.flush();
    expect(await follow.get("c")).toEqual(bytes(9));
    expect(await pinned.has("c")).toBe(false);
    const restored = await ZipStore.fromState(followState);
    expect(await restored.get("c")).toEqual(bytes(9));
    const stale = await ZipStore.fromState(pinnedState);
    await expect(stale.get("b")).rejects.toEqual(code("ERR_STALE_STATE"));
    await Promise.all([follow, pinned, writer, restored, stale].map((store) => store.close()));
    expect(await contents()).toEqual({ b: [3], c: [9] });
  });

  test("a damaged entry: ERR_CHECKSUM names it, and the file stays as it is", async () => {
    await threeVersions();
    const store = await ZipStore.open(path, { mode: "r+" });
    await store.set("text", Buffer.from("a value to damage"));
    await store.close();
    const damaged = readFileSync(path);
    damaged[damaged.lastIndexOf("a value to damage")]! ^= 1;
    writeFileSync(path, damaged);
    await expect(repack(path)).rejects.toMatchObject({ code: "ERR_CHECKSUM", details: { key: "text" } });
    expect(readFileSync(path).equals(damaged)).toBe(true);
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  test("repackAbove: closing writes the file anew when more of it is dead", async () => {
    for (const [above, isRepacked] of [
      [0.9, false],
      [0.2, true],
    ] as const) {
      const store = await ZipStore.open(path, { mode: "w" });
      await store.set("a", new Uint8Array(30_000));
      await store.flush();
      await store.close();
      const again = await ZipStore.open(path, { mode: "r+", repackAbove: above });
      await again.set("a", new Uint8Array(30_000).fill(1));
      await again.flush();
      const { file } = await again.stats();
      expect(file.deadShare).toBeGreaterThan(0.4);
      expect(file.deadShare).toBeLessThan(0.6);
      await again.close();
      expect(statSync(path).size < 40_000).toBe(isRepacked);
    }
  });
});

describe("recover", () => {
  test("finds the last version of which every value is whole, and leaves the file alone", async () => {
    await threeVersions();
    const store = await ZipStore.open(path);
    const [, middle] = await store.versions();
    await store.close();
    truncateSync(path, statSync(path).size - 5);
    const before = readFileSync(path);
    await expect(ZipStore.open(path)).rejects.toEqual(code("ERR_ZIP_TAIL"));
    const { bytes: kept, lostBytes, entries } = await recover(path, `${path}.recovered`);
    expect([kept, lostBytes, entries]).toEqual([middle!.end, before.length - middle!.end, 2]);
    expect(await contents(`${path}.recovered`)).toEqual({ a: [2], b: [3] });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("garbage at the end is cut off; a whole archive that is a value is not taken for the file", async () => {
    await threeVersions();
    const inner = readFileSync(path);
    const outer = `${folder}/outer.zip`;
    const store = await ZipStore.open(outer, { mode: "w" });
    await store.set("inner", inner);
    await store.close();
    const whole = readFileSync(outer);
    appendFileSync(outer, new Uint8Array(100_000));
    expect((await recover(outer, `${outer}.1`)).lostBytes).toBe(100_000);
    expect(readFileSync(`${outer}.1`).equals(whole)).toBe(true);
    truncateSync(outer, whole.length - 10); // the end record of the outer one
    expect(await recover(outer, `${outer}.2`)).toMatchObject({ entries: 1, torn: [] });
    const copy = await ZipStore.open(`${outer}.2`);
    expect(await copy.get("inner")).toEqual(new Uint8Array(inner));
    await copy.close();
    truncateSync(outer, 200); // within the inner one
    await expect(recover(outer, `${outer}.3`)).rejects.toEqual(code("ERR_ZIP_TAIL"));
    expect(existsSync(`${outer}.3`)).toBe(false);
  });

  test("never writes over a file", async () => {
    await threeVersions();
    copyFileSync(path, `${path}.2`);
    await expect(recover(path, `${path}.2`)).rejects.toEqual(code("ERR_EXISTS"));
    await expect(recover(`${folder}/none.zip`, `${path}.3`)).rejects.toEqual(code("ERR_NOT_FOUND"));
  });
});

describe("stage and merge", () => {
  test("many write, one commits once", async () => {
    await threeVersions();
    const owner = await ZipStore.open(path, { mode: "r+" });
    const stages: unknown[] = [];
    for (let w = 0; w < 3; w++) {
      const worker = await ZipStore.fromState(owner.getState());
      await worker.set(`w/${w}`, bytes(w));
      if (w === 1) await worker.delete("b");
      stages.push(JSON.parse(JSON.stringify(await worker.stage())));
      expect(await worker.has(`w/${w}`)).toBe(false);
      await worker.close();
    }
    const before = (await owner.versions()).length;
    await owner.merge(stages);
    expect(await owner.get("w/2")).toEqual(bytes(2));
    await owner.flush();
    expect(await owner.versions()).toHaveLength(before + 1);
    await expect(owner.merge(stages.slice(0, 1))).rejects.toEqual(code("ERR_NOT_FOUND"));
    await owner.close();
    expect(await contents()).toEqual({ "w/0": [0], "w/1": [1], "w/2": [2] });
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  test("a stage computed from a value that has changed since: ERR_CONFLICT, and nothing is taken over", async () => {
    await threeVersions();
    const owner = await ZipStore.open(path, { mode: "r+" });
    const worker = await ZipStore.fromState(owner.getState());
    await worker.transaction(async (values) => {
      const [n] = (await values.get("b"))!;
      await values.set("b", bytes(n! + 1));
    });
    const stage = await worker.stage();
    await worker.close();
    await owner.set("b", bytes(100));
    await owner.flush();
    await expect(owner.merge([stage])).rejects.toEqual(code("ERR_CONFLICT"));
    await owner.close();
    expect(await contents()).toEqual({ b: [100] });
  });

  test("a stage of another file, or no stage: ERR_STATE", async () => {
    await threeVersions();
    const owner = await ZipStore.open(path, { mode: "r+" });
    await owner.set("c", bytes(1));
    const stage = await owner.stage();
    const bad: unknown[] = [
      null,
      {},
      { ...stage, path: "/else" },
      { ...stage, file: "/etc/passwd" },
      { ...stage, reads: [1] },
    ];
    for (const state of bad) await expect(owner.merge([state])).rejects.toEqual(code("ERR_STATE"));
    await owner.merge([stage]);
    await owner.close();
    expect(await contents()).toEqual({ b: [3], c: [1] });
  });
});

describe("stats", () => {
  test("count commits, reads, ranges without a checksum, and dead bytes", async () => {
    const store = await ZipStore.open(path, { mode: "a" });
    await store.set("a", new Uint8Array(1000));
    expect((await store.stats()).pending.bytes).toBeGreaterThan(1000);
    await store.flush();
    await store.set("a", new Uint8Array(1000).fill(1));
    await store.flush();
    await store.getRange("a", { offset: 0, length: 10 });
    await store.get("a");
    await store.getRange("a", { offset: 0, length: 20 }); // of a value that was checked
    const { commits, reads, lock, pending, file, descriptors } = await store.stats();
    expect([commits.count, commits.reruns, commits.failures, commits.recovered]).toEqual([2, 0, 0, 0]);
    expect(reads).toEqual({ count: 3, bytes: 1030, unverified: 1, unverifiedBytes: 10 });
    expect([lock.acquired, lock.timeouts]).toEqual([2, 0]);
    expect(pending).toEqual({ bytes: 0, spilled: 0 });
    expect(file.bytes).toBe(statSync(path).size);
    expect(file.deadBytes).toBeGreaterThan(1000);
    expect(file.deadBytes).toBeLessThan(file.bytes - 1000);
    expect([file.entries, descriptors]).toEqual([1, 3]);
    await store.close();
  });
});

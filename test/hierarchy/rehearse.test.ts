// A rehearsal leaves no trace, and tells what an append would.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createArray, openArray, type ZarrArray } from "../../src/index.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { ZipStore } from "../../src/store/zip-store.js";
import { LockFile } from "../../src/zip/lock-file.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let files = 0;

const opened: ZipStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

async function opening(file: string, mode: "r" | "r+"): Promise<ZipStore> {
  const store = await ZipStore.open(file, { mode });
  opened.push(store);
  return store;
}

/** A file with an array of five rows. */
async function arrayFile(options: Partial<Parameters<typeof createArray>[1]> = {}): Promise<string> {
  const file = join(folder, `${files++}.zip`);
  const store = await ZipStore.open(file, { mode: "w" });
  const array = await createArray(store, { shape: [0, 3], chunks: [4, 3], dtype: "int16", ...options } as never);
  await (array as ZarrArray).append(Array.from({ length: 15 }, (_, i) => i + 1));
  await store.close();
  return file;
}

describe("a rehearsal", () => {
  test.each([
    ["of plain chunks", { compressors: null }],
    ["of compressed chunks", {}],
    ["of shards", { chunks: [4, 3], shards: [8, 3] }],
    ["of Zarr 2", { zarrFormat: 2 as const, compressors: null }],
  ])("%s changes nothing, and the append after it is right", async (_, options) => {
    const file = await arrayFile(options);
    const before = readFileSync(file);
    const store = await opening(file, "r+");
    const array = await openArray(store);
    await array.rehearse();
    await array.rehearse();
    expect([array.shape, await array.refresh()]).toEqual([[5, 3], false]);
    expect((await store.stats()).commits.count).toBe(0);
    expect(store.getState().path).toBe(store.path); // which a store with changes refuses
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(await array.append([16, 17, 18], { flush: true })).toEqual({ start: 5, end: 6 });
    const { data } = await array.get();
    expect(Array.from(data)).toEqual(Array.from({ length: 18 }, (_value, i) => i + 1));
  });

  test("does not wait for the lock, and leaves changes that wait as they are", async () => {
    const file = await arrayFile({ compressors: null });
    const store = await opening(file, "r+");
    const array = await openArray(store);
    await array.set([0, 0], 100);
    const lock = new LockFile(file, { force: false });
    await lock.acquire({ timeoutMs: 1000 });
    await array.rehearse();
    await lock.release();
    await lock.close();
    await store.flush();
    const other = await opening(file, "r");
    expect(await (await openArray(other)).get([0, 0])).toBe(100);
    expect(await (await openArray(other)).get([4, 2])).toBe(15);
  });

  test.each([false, true])("appends that are not waited for stay in order, rehearsed: %s", async (isRehearsed) => {
    const file = await arrayFile({ compressors: null });
    const array = await openArray(await opening(file, "r+"));
    const rehearsal = isRehearsed ? array.rehearse() : undefined;
    const ranges = await Promise.all([6, 7, 8].map((row) => array.append([row, row, row], { flush: true })));
    await rehearsal;
    expect(ranges.map(({ start }) => start)).toEqual([5, 6, 7]);
    expect(Array.from((await array.get([null, 0])).data as Int16Array).slice(5)).toEqual([6, 7, 8]);
  });

  test("goes on beside commits of the same store, and ends before it is closed", async () => {
    const file = await arrayFile({ compressors: null });
    const store = await ZipStore.open(file, { mode: "r+" });
    const array = await openArray(store);
    const both = Array.from({ length: 12 }, (_, i) => [array.append([i, i, i], { flush: true }), array.rehearse()]);
    await Promise.all(both.flat());
    const late = array.rehearse().catch((error) => error.code);
    await store.close();
    expect([undefined, "ERR_CLOSED"]).toContain(await late);
    expect((await store.stats().catch((error) => error.code)) === "ERR_CLOSED" && !existsSync(`${file}.lock`)).toBe(
      true,
    );
    const [length] = (await openArray(await opening(file, "r"))).shape;
    expect(length).toBe(17);
  });

  test("of rows or chunks that are large takes no memory for them", async () => {
    const large = [
      { shape: [0, 2 ** 28], chunks: [1, 2 ** 10], dtype: "float64" },
      { shape: [0, 4], chunks: [2 ** 26, 4], dtype: "float64" },
      { shape: [0, 1000, 1000], chunks: [1000, 10, 10], dtype: "int8" },
      { shape: [0, 2 ** 20], chunks: [1, 16], dtype: "int8" },
    ] as const;
    for (const options of large) {
      const file = join(folder, `${files++}.zip`);
      const store = await ZipStore.open(file, { mode: "w" });
      const array = await createArray(store, { ...options, compressors: null } as never);
      await store.flush();
      const before = process.memoryUsage().arrayBuffers;
      await (array as ZarrArray).rehearse();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
      await store.close();
    }
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("leaves no lock file behind", async () => {
    const file = await arrayFile({ compressors: null });
    const store = await opening(file, "r+");
    await (await openArray(store)).rehearse();
    await store.close();
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test("of an array that others have deleted, of a read-only one, and of a new file fails", async () => {
    const file = await arrayFile();
    const array = await openArray(await opening(file, "r+"));
    const other = await opening(file, "r+");
    await other.delete("zarr.json");
    await other.flush();
    await expect(array.rehearse()).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });

    const readOnly = await openArray(await opening(await arrayFile(), "r"));
    await expect(readOnly.rehearse()).rejects.toMatchObject({ code: "ERR_READ_ONLY" });

    const fresh = await ZipStore.open(join(folder, "new.zip"), { mode: "w" });
    opened.push(fresh);
    const created = await createArray(fresh, { shape: [0], chunks: [4], dtype: "int8" });
    await expect(created.rehearse()).rejects.toMatchObject({ code: "ERR_DIRTY" });
  });

  test("is nothing in a store without transactions", async () => {
    const store = new MemoryStore();
    const array = await createArray(store, { shape: [0], chunks: [4], dtype: "int8" });
    await array.rehearse();
    expect([array.shape, await store.has("c/0")]).toEqual([[0], false]);
  });
});

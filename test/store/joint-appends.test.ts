// Appends of several stores that wait for the lock of one file: who gets it commits them all, and each has rows of its own.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import { slice } from "../../src/grid/selection.js";
import type { AppendedRange } from "../../src/hierarchy/append.js";
import type { ZarrArray } from "../../src/hierarchy/array.js";
import { type CreateArrayOptions, createArray } from "../../src/hierarchy/create-array.js";
import { openArray } from "../../src/hierarchy/open-node.js";
import type { CommitEvent } from "../../src/store/monitor.js";
import { ZipStore } from "../../src/store/zip-store.js";
import type { ZipStoreOptions } from "../../src/store/zip-store-options.js";
import type { LockFile } from "../../src/zip/lock-file.js";
import { randomNumbers } from "../zip/archive-values.js";
import { untilOffered } from "../zip/offered.js";
import { jointScene, valuesOf } from "./joint-scene.js";

let path: string;
let lock: LockFile;
const { stores, together } = jointScene((place) => {
  ({ path, lock } = place);
});

/** Creates the file with an array, which has no rows. */
async function create(options: Partial<CreateArrayOptions> = {}, path_ = "a"): Promise<void> {
  const store = await ZipStore.open(path, { mode: "a" });
  await createArray(store, { path: path_, shape: [0], chunks: [4], dtype: "int32", compressors: null, ...options });
  await store.close();
}

/** The array, each in a store of its own. */
async function openAll(number: number, options: ZipStoreOptions = {}, path_ = "a"): Promise<ZarrArray[]> {
  const open = async () => {
    const store = await ZipStore.open(path, { mode: "r+", ...options });
    stores.push(store);
    return await openArray(store, { path: path_ });
  };
  const arrays: ZarrArray[] = [];
  for (let i = 0; i < number; i++) arrays.push(await open());
  return arrays;
}

/** The array, as who opens it now reads it. */
async function stored(path_ = "a", options: Partial<Parameters<typeof openArray>[1]> = {}): Promise<ZarrArray> {
  const store = await ZipStore.open(path);
  stores.push(store);
  return await openArray(store, { path: path_, ...options });
}

/** How many of the stores' changes were committed by another of them. */
async function countOf(arrays: readonly ZarrArray[], name: "count" | "carried" | "handedOver"): Promise<number> {
  const stats = await Promise.all(arrays.map(({ store }) => (store as ZipStore).stats()));
  return stats.reduce((sum, { commits }) => sum + commits[name], 0);
}

/** Expects that the ranges are all rows from `start` on, in some order, and of these lengths. @returns the end */
function expectNoGap(ranges: readonly AppendedRange[], lengths: readonly number[], start = 0): number {
  expect(ranges.map((range) => range.end - range.start)).toEqual(lengths);
  let at = start;
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    expect(range.start).toBe(at);
    at = range.end;
  }
  return at;
}

const filled = (length: number, value: number) => new Int32Array(length).fill(value);

describe("appends that wait", () => {
  test("are one commit, in which each has rows of its own, and each store goes on", async () => {
    await create();
    const arrays = await openAll(6);
    const lengths = [1, 2, 3, 4, 5, 6];
    for (const round of [0, 1, 2]) {
      const versions = (await (arrays[0]!.store as ZipStore).versions()).length;
      const works = arrays.map((array, i) => () => array.append(filled(i + 1, 10 * round + i + 1), { flush: true }));
      const ranges = valuesOf(await together(works));
      expect(expectNoGap(ranges, lengths, 21 * round)).toBe(21 * (round + 1));
      const { data } = await (await stored()).get();
      for (const [i, { start, end }] of ranges.entries()) {
        expect(data.slice(start, end)).toEqual(filled(i + 1, 10 * round + i + 1));
        expect(await arrays[i]!.get([slice(start, end)])).toMatchObject({ data: filled(i + 1, 10 * round + i + 1) });
        expect(arrays[i]!.shape[0]).toBeGreaterThanOrEqual(end);
      }
      const counts = [await countOf(arrays, "count"), await countOf(arrays, "carried")];
      expect([...counts, await countOf(arrays, "handedOver")]).toEqual([round + 1, 5 * (round + 1), 5 * (round + 1)]);
      expect((await (arrays[1]!.store as ZipStore).versions()).length).toBe(versions + 1);
    }
    for (const array of arrays) {
      await array.refresh();
      expect(array.shape).toEqual([63]);
      expect(() => array.store.getState()).not.toThrow();
    }
  });

  test.each(["full", "process"] as const)(
    "tell of it on the channel zarrzip:commit (durability %s)",
    async (durability) => {
      await create();
      const arrays = await openAll(3, { durability });
      const events: CommitEvent[] = [];
      const hear = (event: unknown) => events.push(event as CommitEvent);
      subscribe("zarrzip:commit", hear);
      valuesOf(await together(arrays.map((array, i) => () => array.append([i], { flush: true }))));
      unsubscribe("zarrzip:commit", hear);
      const made = events.filter(({ handedOver }) => !handedOver);
      const told = events.filter(({ handedOver }) => handedOver);
      expect(made).toMatchObject([{ file: path, carried: 2, reruns: 0, recovered: "none" }]);
      const same = { file: path, commit: made[0]!.commit, carried: 0, bytes: 0, heldMs: 0, recovered: "none" };
      expect(told).toMatchObject([same, same]);
      const versions = await (arrays[0]!.store as ZipStore).versions();
      expect(versions.some(({ id }) => id === made[0]!.commit)).toBe(true);
    },
  );

  test("of many at once, again and again, leave neither gap nor overlap", async () => {
    await create({ chunks: [7] });
    const arrays = await openAll(8, { durability: "process" });
    const appended = arrays.map(async (array, i) => {
      const ranges: (AppendedRange & { value: number })[] = [];
      for (let round = 0; round < 30; round++) {
        const value = 1000 * (i + 1) + round;
        ranges.push({ value, ...(await array.append(filled(1 + ((i + round) % 4), value), { flush: true })) });
      }
      return ranges;
    });
    const ranges = (await Promise.all(appended)).flat();
    const lengths = ranges.map(({ value }) => 1 + ((Math.floor(value / 1000) - 1 + (value % 1000)) % 4));
    const end = expectNoGap(ranges, lengths);
    const array = await stored();
    const { data } = await array.get();
    expect(array.shape).toEqual([end]);
    for (const range of ranges) {
      expect(data.slice(range.start, range.end)).toEqual(filled(range.end - range.start, range.value));
    }
    expect(await countOf(arrays, "count")).toBe(240 - (await countOf(arrays, "handedOver")));
    expect(await countOf(arrays, "carried")).toBe(await countOf(arrays, "handedOver"));
  });

  test("of one instance and of several in one store come in their order", async () => {
    await create();
    const [array, other] = (await openAll(2)) as [ZarrArray, ZarrArray];
    const again = await openArray(array.store, { path: "a" });
    const works = [array, again, array, other].map((one, i) => () => one.append(filled(2, i), { flush: true }));
    const ranges = valuesOf(await together(works, 2));
    expectNoGap(ranges, [2, 2, 2, 2]);
    expect(ranges[0]!.start < ranges[1]!.start && ranges[1]!.start < ranges[2]!.start).toBe(true);
    const { data } = await (await stored()).get();
    for (const [i, { start }] of ranges.entries()) expect(data.slice(start, start + 2)).toEqual(filled(2, i));
  });

  test("with a process that has other durability, and with unlike row counts per chunk, are right", async () => {
    await create({ shape: [0, 2], chunks: [1000, 2], dtype: "int16" });
    const arrays = [...(await openAll(2)), ...(await openAll(2, { durability: "process" }))];
    for (const round of [0, 1, 2]) {
      const values = (i: number) => new Int16Array(600).fill(10 * round + i + 1);
      const works = arrays.map((array, i) => () => array.append(values(i), { flush: true }));
      const ranges = valuesOf(await together(works));
      expectNoGap(ranges, [300, 300, 300, 300], 1200 * round);
      const { data } = await (await stored()).get();
      for (const [i, { start, end }] of ranges.entries()) expect(data.slice(2 * start, 2 * end)).toEqual(values(i));
    }
    expect(await countOf(arrays, "count")).toBe(3);
  });
});

describe("the shape that an instance shows", () => {
  test("has the rows that another writer has appended for it", async () => {
    await create({ shape: [5] });
    const arrays = await openAll(3);
    const ranges = valuesOf(await together(arrays.map((array) => () => array.append([1, 2], { flush: true }))));
    expectNoGap(ranges, [2, 2, 2], 5);
    for (const [i, array] of arrays.entries()) {
      expect(array.shape[0]).toBeGreaterThanOrEqual(ranges[i]!.end);
      expect(array.shape[0]).toBeLessThanOrEqual(11);
    }
  });

  test("is not that of before, where another writer has made the array shorter", async () => {
    await create({ shape: [50] });
    const arrays = await openAll(3);
    const [other] = (await openAll(1)) as [ZarrArray];
    await other.resize([2]);
    await (other.store as ZipStore).flush();
    const ranges = valuesOf(await together(arrays.map((array) => () => array.append([1], { flush: true }))));
    expectNoGap(ranges, [1, 1, 1], 2);
    for (const array of arrays) expect(array.shape[0]).toBeLessThanOrEqual(5);
    expect((await stored()).shape).toEqual([5]);
  });
});

describe("who does not wait to the end", () => {
  test("because the lock is taken for too long: nothing is appended, and it can be tried again", async () => {
    await create();
    const [impatient] = (await openAll(1, { lockTimeoutMs: 30 })) as [ZarrArray];
    const others = await openAll(2);
    const attempt = () => impatient.append([7, 7], { flush: true });
    await lock.acquire({ timeoutMs: 1000 });
    const appending = others.map((array) => array.append([1], { flush: true }));
    await expect(attempt()).rejects.toMatchObject({ code: "ERR_LOCK_TIMEOUT" });
    await untilOffered(path, 2);
    await lock.release();
    expectNoGap(await Promise.all(appending), [1, 1]);
    expect([impatient.shape, await attempt()]).toEqual([[0], { start: 2, end: 4 }]);
    expect([...(await (await stored()).get()).data]).toEqual([1, 1, 7, 7]);
  });

  test("because its signal is aborted: nothing is appended, and it can be tried again", async () => {
    await create();
    const [array, ...others] = (await openAll(3)) as [ZarrArray, ...ZarrArray[]];
    const own = new AbortController();
    const works = [
      () => array.append([7, 7], { flush: true, signal: own.signal }),
      ...others.map((other) => () => other.append([1], { flush: true })),
    ];
    const [aborted, ...rest] = await together(works, 3, async () => {
      own.abort("enough");
      await untilOffered(path, 2);
    });
    expect(aborted).toEqual({ status: "rejected", reason: "enough" });
    expectNoGap(valuesOf(rest), [1, 1]);
    expect([array.shape, await array.append([8], { flush: true })]).toEqual([[0], { start: 2, end: 3 }]);
    expect([...(await (await stored()).get()).data]).toEqual([1, 1, 8]);
  });

  test("at whatever moment: what was refused is not there, and what was acknowledged is there once", async () => {
    await create();
    const random = randomNumbers(5);
    const arrays = await openAll(6, { durability: "process" });
    const done = new Map<number, AppendedRange>();
    const appending = arrays.map(async (array, i) => {
      for (let round = 0; round < 60; round++) {
        const own = new AbortController();
        const timer = setTimeout(() => own.abort("enough"), 6 * random()); // the moment is what varies
        const value = 1000 * (i + 1) + round;
        const range = await array.append([value, value], { flush: true, signal: own.signal }).catch((error) => {
          expect(error).toBe("enough");
        });
        clearTimeout(timer);
        if (range !== undefined) done.set(value, range);
      }
    });
    await Promise.all(appending);
    const found = [...(await (await stored()).get()).data];
    expectNoGap(
      [...done.values()],
      [...done].map(() => 2),
    );
    expect(found.length).toBe(2 * done.size);
    for (const [value, { start, end }] of done) expect(found.slice(start, end)).toEqual([value, value]);
    expect(done.size).toBeGreaterThan(0);
    expect(done.size).toBeLessThan(360);
  });

  test.each(["abort", "close"] as const)(
    "because its store ends with %s(): it is closed, and the others go on",
    async (end) => {
      await create();
      const [array, ...others] = (await openAll(3)) as [ZarrArray, ...ZarrArray[]];
      const works = [array, ...others].map((one, i) => () => one.append([i], { flush: true }));
      let ended: Promise<unknown> = Promise.resolve();
      const [first, ...rest] = await together(works, 3, async () => {
        ended = (array.store as ZipStore)[end]().catch((error) => error);
        if (end === "abort") await untilOffered(path, 2);
      });
      await ended;
      const found = [...(await (await stored()).get()).data];
      const isThere = found.includes(0);
      expect(found.sort()).toEqual(isThere ? [0, 1, 2] : [1, 2]);
      expect(first!.status).toBe(isThere ? "fulfilled" : "rejected");
      if (!isThere) expect(first).toMatchObject({ reason: { code: "ERR_CLOSED" } });
      if (end === "abort") expect(isThere).toBe(false);
      expect(valuesOf(rest).length).toBe(2);
    },
  );
});

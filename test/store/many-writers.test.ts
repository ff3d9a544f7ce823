// Two stores of one file, as two processes have them: each sees what the other commits, and neither overwrites it unseen.
import { mkdirSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { slice } from "../../src/grid/slice.js";
import { createArray } from "../../src/hierarchy/create-array.js";
import { createGroup } from "../../src/hierarchy/group.js";
import { openArray, openGroup } from "../../src/hierarchy/open-node.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { temporaryFolder } from "../temporary-folder.js";

const code = (expected: string) => expect.objectContaining({ name: "ZarrError", code: expected });
const bytes = (...values: number[]) => Uint8Array.from(values);

const root = temporaryFolder();
let count = 0;
let folder: string;
let one: ZipStore;
let two: ZipStore;
beforeEach(async () => {
  folder = `${root}/${count++}`;
  mkdirSync(folder);
  one = await ZipStore.open(`${folder}/x.zip`, { mode: "a" });
  two = await ZipStore.fromState(one.getState());
});
afterEach(async () => {
  await Promise.all([one.abort(), two.abort()]);
  expect(readdirSync(folder)).toEqual(["x.zip"]);
});

describe("keys", () => {
  test("changes of different keys are all there; for one key that of the later commit", async () => {
    await one.set("a", bytes(1));
    await two.set("b", bytes(2));
    await one.set("c", bytes(1));
    await two.set("c", bytes(2));
    await two.flush();
    await one.flush();
    for (const store of [one, two]) {
      expect([await store.get("a"), await store.get("b"), await store.get("c")]).toEqual([
        bytes(1),
        bytes(2),
        bytes(1),
      ]);
    }
  });

  test("unflushed changes are seen by their own store alone", async () => {
    await one.set("a", bytes(1));
    expect([await one.has("a"), await two.has("a")]).toEqual([true, false]);
    await one.delete("a");
    await one.flush();
    expect(await two.has("a")).toBe(false);
  });

  test("expect: the second of two who expect the same is refused, and may try again", async () => {
    await one.set("a", bytes(1), { expect: null });
    await two.set("a", bytes(2), { expect: null });
    await two.set("kept", bytes(9));
    await one.flush();
    await expect(two.flush()).rejects.toMatchObject({ code: "ERR_CONFLICT", details: { key: "a", withdrawn: 1 } });
    expect([await two.get("a"), await one.get("kept")]).toEqual([bytes(1), bytes(9)]);
    await two.set("a", bytes(2), { expect: bytes(1) });
    await two.flush();
    expect([await one.get("a"), await one.get("kept")]).toEqual([bytes(2), bytes(9)]);
    await expect(one.set("a", bytes(3), { expect: bytes(1) })).rejects.toEqual(code("ERR_CONFLICT"));
  });

  test("transactions that build on each other run again in their order", async () => {
    const add = (store: ZipStore, n: number) =>
      store.transaction(async (values) => {
        const [before = 0] = (await values.get("n")) ?? [];
        await values.set("n", bytes(before + n));
        return before;
      });
    await add(one, 1);
    const second = await add(one, 2);
    await add(two, 10);
    await two.flush();
    expect(second.value).toBe(1);
    await one.flush();
    expect([second.value, await two.get("n")]).toEqual([11, bytes(13)]);
    expect((await one.stats()).commits.reruns).toBe(2);
  });

  test("an abort signal ends the wait for the lock, and the changes are still there to be flushed", async () => {
    await one.set("a", bytes(1));
    await expect(one.flush({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    await one.flush();
    expect(await two.get("a")).toEqual(bytes(1));
  });

  test("a full batch is committed without being asked", async () => {
    const store = await ZipStore.open(one.path, { mode: "r+", batchBytes: 10_000 });
    for (let i = 0; i < 10; i++) await store.set(`${i}`, new Uint8Array(3000));
    expect((await store.stats()).commits.count).toBe(2);
    expect(await two.has("7")).toBe(true);
    expect(await two.has("8")).toBe(false);
    await store.close();
  });

  test("a batch larger than memory is kept in a part file, which is removed afterwards", async () => {
    const store = await ZipStore.open(one.path, { mode: "r+", batchBytes: 2 ** 30, durability: "process" });
    const value = new Uint8Array(2 ** 24);
    for (let i = 0; i < 6; i++) await store.set(`${i}`, value.fill(i));
    const { pending } = await store.stats();
    expect(pending.bytes).toBeGreaterThan(6 * 2 ** 24);
    expect(pending.spilled).toBeGreaterThan(0);
    expect((await store.get("1"))![7]).toBe(1);
    await store.close();
    for (let i = 0; i < 6; i++) expect((await two.get(`${i}`))![2 ** 24 - 1]).toBe(i);
  });
});

describe("nodes", () => {
  test("two halves of one chunk, written by two, are both there", async () => {
    const array = await createArray(one, { path: "a", shape: [8], chunks: [8], dtype: "int32" });
    await one.flush();
    const other = await openArray(two, { path: "a" });
    await array.set([slice(0, 4)], 1);
    await other.set([slice(4, 8)], 2);
    await two.flush();
    await one.flush();
    expect([...(await other.get()).data]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });

  test("attributes of two writers are both there; the second of two that create one path is refused", async () => {
    const group = await createGroup(one);
    await one.flush();
    const other = await openGroup(two);
    await group.setAttributes({ one: 1 });
    await other.setAttributes({ two: 2 });
    await group.createArray({ path: "same", shape: [1], dtype: "int8" });
    await other.createArray({ path: "same", shape: [2], dtype: "int8" });
    await one.flush();
    await expect(two.flush()).rejects.toEqual(code("ERR_EXISTS"));
    await two.flush();
    expect((await openGroup(one)).attributes).toEqual({ one: 1, two: 2 });
    expect((await openArray(two, { path: "same" })).shape).toEqual([1]);
  });

  test("a group is deleted with the nodes that another writer has created below it meanwhile", async () => {
    const group = await createGroup(one);
    await group.createGroup({ path: "g" });
    await one.flush();
    await group.delete("g");
    await (await openGroup(two, { path: "g" })).createArray({ path: "late", shape: [1], dtype: "int8", data: [1] });
    await two.flush();
    await one.flush();
    const keys: string[] = [];
    for await (const key of two.list()) keys.push(key);
    expect(keys).toEqual(["zarr.json"]);
  });

  test("rows appended by two follow each other without a gap", async () => {
    const array = await createArray(one, { path: "a", shape: [0, 2], chunks: [3, 2], dtype: "int32" });
    await one.flush();
    const other = await openArray(two, { path: "a" });
    const ranges = await Promise.all([
      array.append([1, 2, 3, 4], { flush: true }),
      other.append([5, 6, 7, 8, 9, 10], { flush: true }),
    ]);
    const read = await openArray(one, { path: "a" });
    expect(read.shape).toEqual([5, 2]);
    const [first, second] = ranges.map(({ start, end }) => end - start);
    expect([first, second]).toEqual([2, 3]);
    const rows = [...(await read.get()).data];
    expect(rows.slice(ranges[0]!.start * 2, ranges[0]!.end * 2)).toEqual([1, 2, 3, 4]);
    expect(rows.slice(ranges[1]!.start * 2, ranges[1]!.end * 2)).toEqual([5, 6, 7, 8, 9, 10]);
  });
});

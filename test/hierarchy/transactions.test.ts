// Changes by writers that share a file: each is made again on what the others have committed, and means the same there.
import { afterEach, describe, expect, test } from "vitest";
import {
  consolidateMetadata,
  createArray,
  createGroup,
  createHierarchy,
  open,
  openArray,
  openGroup,
  type Store,
  slice,
  ZipStore,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { SharedValues } from "./shared-values.js";

interface Shared {
  /** A store as another process would open it. */
  writer(): Promise<Store>;
}

const folder = temporaryFolder();
let names = 0;
const opened: ZipStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

const kinds: Record<string, () => Shared> = {
  "values in memory": () => {
    const shared = new SharedValues();
    return { writer: async () => shared.writer() };
  },
  "one ZIP": () => {
    const path = `${folder}/${names++}.zip`;
    return {
      writer: async () => {
        const store = await ZipStore.open(path, { mode: "a" });
        opened.push(store);
        return store;
      },
    };
  },
};

/** Two writers of an array `a` of eight zeros in chunks of four. */
async function twoWriters(shared: Shared, options: { shards?: number[]; dtype?: string } = {}) {
  const dtype = options.dtype ?? "int32";
  const first = await createArray(await shared.writer(), { path: "a", shape: [8], chunks: [4], ...options, dtype });
  await first.store.flush();
  return { first, second: await openArray(await shared.writer(), { path: "a" }) };
}

async function committed(shared: Shared): Promise<unknown[]> {
  return [...(await (await openArray(await shared.writer(), { path: "a" })).get()).data];
}

describe.each(Object.entries(kinds))("writers that share %s", (_, create) => {
  test.each([{}, { shards: [8] }])("change two parts of one chunk: both stay (%o)", async (options) => {
    const shared = create();
    const { first, second } = await twoWriters(shared, options);
    const given = Int32Array.of(1, 2, 3);
    await first.set([slice(0, 3)], given);
    given.fill(99);
    await second.set([slice(3, 6)], [4, 5, 6]);
    await second.store.flush();
    await first.store.flush();
    expect(await committed(shared)).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
  });

  test("change single elements, lists, steps, and by one value: what has been given before counts, not what becomes of it", async () => {
    const shared = create();
    const { first, second } = await twoWriters(shared);
    const [points, listed, stepped] = [
      Int32Array.of(1, 2),
      Int32Array.of(3, 4),
      { data: Int32Array.of(5), shape: [2], stride: [0] },
    ];
    await first.setCoordinates([[0, 4]], points);
    await first.setOrthogonal([[5, 1]], listed);
    await first.set([slice(2, 8, 4)], stepped);
    for (const { data } of [{ data: points }, { data: listed }, stepped]) data.fill(99);
    await second.set([3], 7);
    await second.setMask([false, false, false, false, false, false, false, true], 8);
    await second.store.flush();
    await first.store.flush();
    expect(await committed(shared)).toEqual([1, 4, 5, 7, 2, 3, 5, 8]);
  });

  test("texts and objects that a caller changes afterwards are written as they were", async () => {
    const shared = create();
    const { first } = await twoWriters(shared, { dtype: "variable_length_bytes" });
    const [one, two, three] = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
    await first.set([slice(0, 1)], [one]);
    await first.setCoordinates([[1]], [two]);
    await first.setOrthogonal([[2]], [three]);
    for (const bytes of [one, two, three]) bytes.fill(9);
    await first.store.flush();
    expect((await committed(shared)).slice(0, 3)).toEqual([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]);
  });

  test("an abort after a write has resolved stops nothing", async () => {
    const shared = create();
    const { first } = await twoWriters(shared);
    const controller = new AbortController();
    await first.set([slice(1, 3)], [1, 2], { signal: controller.signal });
    await first.append([9, 9], { signal: controller.signal });
    controller.abort();
    await first.store.flush();
    expect(await committed(shared)).toEqual([0, 1, 2, 0, 0, 0, 0, 0, 9, 9]);
  });

  test("set attributes of different names, and one a shape: all stay, and both instances know", async () => {
    const shared = create();
    const { first, second } = await twoWriters(shared);
    const units = { units: ["K"] };
    await first.setAttributes(units);
    units.units[0] = "changed";
    await second.setAttributes({ title: "t" });
    await second.resize([3]);
    await second.store.flush();
    expect(first.shape).toEqual([8]);
    await first.store.flush();
    expect(first.attributes).toEqual({ units: ["K"], title: "t" });
    expect(first.shape).toEqual([3]);
    expect(second.attributes).toEqual({ title: "t" });
    expect(await second.refresh()).toBe(true);
    expect(second.attributes).toEqual(first.attributes);
    expect((await openArray(await shared.writer(), { path: "a" })).attributes).toEqual(first.attributes);
  });

  test("resize and append: the later one sees what the other has left", async () => {
    const shared = create();
    const { first, second } = await twoWriters(shared);
    await first.set([slice(0, 8)], [1, 2, 3, 4, 5, 6, 7, 8]);
    await first.store.flush();
    await first.append([9, 10]);
    await second.resize([6]);
    await second.store.flush();
    await first.store.flush();
    expect(await committed(shared)).toEqual([1, 2, 3, 4, 5, 6, 9, 10]);
    await second.resize([5]);
    await first.append([11], { flush: true });
    await second.store.flush();
    expect(await committed(shared)).toEqual([1, 2, 3, 4, 5]);
  });

  test("create the same node: the later flush fails, and the existing node stays", async () => {
    const shared = create();
    const [first, second] = [await shared.writer(), await shared.writer()];
    await createArray(first, { path: "g/a", shape: [1], dtype: "int8", data: [1] });
    await createGroup(second, { path: "g/a", attributes: { mine: true } });
    await first.flush();
    await expect(second.flush()).rejects.toMatchObject({ code: "ERR_EXISTS", details: { path: "g/a" } });
    expect(await open(await shared.writer(), { path: "g/a" })).toMatchObject({ shape: [1] });
    await createGroup(second, { path: "g/a", attributes: { mine: true }, overwrite: true });
    await second.flush();
    expect((await openGroup(await shared.writer(), { path: "g/a" })).attributes).toEqual({ mine: true });
  });

  test("create a hierarchy whose groups are there by then: they keep their attributes", async () => {
    const shared = create();
    const [first, second] = [await shared.writer(), await shared.writer()];
    const created = await createHierarchy(first, { "g/a": { shape: [2], dtype: "int8" } });
    expect([...created.keys()]).toEqual(["", "g", "g/a"]);
    await createGroup(second, { path: "g", attributes: { title: "t" } });
    await second.flush();
    await first.flush();
    const group = await openGroup(await shared.writer(), { path: "g" });
    expect(group.attributes).toEqual({ title: "t" });
    expect((await group.members()).map(({ path }) => path)).toEqual(["g/a"]);
    await createGroup(second, { path: "h" });
    await createHierarchy(first, { h: {}, i: {} });
    await second.flush();
    await expect(first.flush()).rejects.toMatchObject({ code: "ERR_EXISTS", details: { path: "h" } });
  });

  test("refresh says that a node has gone, or become another", async () => {
    const shared = create();
    const { first } = await twoWriters(shared);
    const other = await shared.writer();
    await createGroup(other, { path: "a", overwrite: true });
    await other.flush();
    await expect(first.refresh()).rejects.toMatchObject({ code: "ERR_NOT_FOUND", message: /type group/ });
    await (await openGroup(other)).delete("a");
    await other.flush();
    await expect(first.refresh()).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
    expect(first.shape).toEqual([8]);
  });
});

test("deleting and consolidating, when they are made again, take what is there then", async () => {
  const shared = new SharedValues();
  const { first, second } = await twoWriters({ writer: async () => shared.writer() });
  const root = await openGroup(first.store);
  await root.delete("a");
  await second.set(null, [1, 2, 3, 4, 5, 6, 7, 8]);
  await second.store.flush();
  await createGroup(second.store, { path: "late" });
  await consolidateMetadata(first.store);
  await second.store.flush();
  await first.store.flush();
  expect([...shared.values.keys()].sort()).toEqual(["late/zarr.json", "zarr.json"]);
  const consolidated = await openGroup(shared.writer(), { useConsolidated: true });
  expect((await consolidated.members()).map(({ path }) => path)).toEqual(["late"]);
  await expect(second.setAttributes({ a: 1 })).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
});

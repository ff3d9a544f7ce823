// A new ZIP as a stream: read back by this package, by yauzl and, where it is there, by unzip.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  createArray,
  createGroup,
  DirectoryStore,
  exportZip,
  MemoryStore,
  openArray,
  openGroup,
  type Store,
  verifyArchive,
  ZipStore,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const values = Float64Array.from({ length: 600 }, (_, i) => i / 7);
let files = 0;

async function filled(store: Store): Promise<Store> {
  const group = await createGroup(store, { attributes: { title: "x" } });
  const array = await createArray(store, { path: "a/b", shape: [20, 30], chunks: [7, 7], dtype: "float64" });
  await array.set(null, values);
  await group.close();
  return store;
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const stores: Record<string, () => Promise<Store>> = {
  MemoryStore: async () => new MemoryStore(),
  DirectoryStore: async () => await DirectoryStore.open(`${folder}/${files++}`, { mode: "w" }),
  ZipStore: async () => await ZipStore.open(`${folder}/${files++}.zip`, { mode: "w" }),
};

test.each(Object.keys(stores))("a %s, all of it: documents first, and no entry twice", async (kind) => {
  const store = await filled(await stores[kind]!());
  const progress: number[] = [];
  const bytes = await bytesOf(exportZip(store, { onProgress: ({ done, total }) => progress.push(done / total) }));
  expect(progress.at(-1)).toBe(1);
  const path = `${folder}/${files++}.zip`;
  writeFileSync(path, bytes);
  expect((await verifyArchive(path)).problems).toEqual([]);
  const unzip = spawnSync("unzip", ["-tq", path], { encoding: "utf8" });
  if (unzip.error === undefined) expect(unzip.stdout).toMatch(/No errors detected/);
  const group = await openGroup(bytes);
  expect(group.attributes).toEqual({ title: "x" });
  const keys: string[] = [];
  for await (const key of group.store.list()) keys.push(key);
  expect(keys.findLastIndex((key) => key.endsWith("zarr.json"))).toBe(2);
  const array = await openArray<"float64">(bytes, { path: "a/b" });
  expect((await array.get()).data).toEqual(values);
  await store.close();
});

test("an array or a group is the root of its ZIP", async () => {
  const store = await filled(new MemoryStore());
  const array = await openArray<"float64">(store, { path: "a/b" });
  const own = await openArray<"float64">(await bytesOf(exportZip(array)));
  expect([own.path, (await own.get()).data]).toEqual(["", values]);
  const group = await openGroup(await bytesOf(exportZip(await openGroup(store, { path: "a" }))));
  expect((await openArray(group.store, { path: "b" })).shape).toEqual([20, 30]);
});

test("a value is read when the ones before have been taken, and cancelling reads no more", async () => {
  const store = new MemoryStore();
  for (let i = 0; i < 100; i++) await store.set(`k${i}`, new Uint8Array(300_000));
  let reads = 0;
  const counted: Store = Object.assign(Object.create(store) as Store, {
    get: async (key: string) => {
      reads++;
      return await store.get(key);
    },
    list: () => store.list(),
    listDir: () => store.listDir(),
  });
  const reader = exportZip(counted).getReader();
  for (let i = 0; i < 10; i++) await reader.read();
  expect(reads).toBeLessThan(8);
  await reader.cancel();
  const before = reads;
  expect(await reader.read()).toEqual({ done: true, value: undefined });
  expect(reads).toBe(before);
});

test("a signal and what the store throws end the stream", async () => {
  const store = await filled(new MemoryStore());
  const stop = new AbortController();
  const stream = exportZip(store, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
  await expect(bytesOf(stream)).rejects.toThrow("enough");
  await store.close();
  await expect(bytesOf(exportZip(store))).rejects.toMatchObject({ code: "ERR_CLOSED" });
});

test("anything else is refused", () => {
  expect(() => exportZip("a.zip" as unknown as Store)).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT" }));
  expect(() => exportZip(new MemoryStore(), { Signal: 1 } as object)).toThrow(/signal/);
});

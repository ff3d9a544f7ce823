import { expect, test } from "vitest";
import { createArray, createGroup, MemoryStore, openArray } from "../../src/index.js";

const code = (code: string) => expect.objectContaining({ code });
const options = { shape: [4], chunks: [2], dtype: "int32" } as const;

test("create: only groups have nodes below them, and overwriting there does not remove an array's chunks", async () => {
  const store = new MemoryStore();
  const array = await createArray(store, { ...options, path: "a", data: 7 });
  for (const path of ["a/b", "a/c"]) {
    await expect(createArray(store, { ...options, path, overwrite: true })).rejects.toEqual(code("ERR_EXISTS"));
    await expect(createGroup(store, { path: `${path}/d` })).rejects.toEqual(code("ERR_EXISTS"));
  }
  expect([...(await array.get()).data]).toEqual([7, 7, 7, 7]);
});

test("create: values that do not fit neither create the array, nor remove the one to be overwritten", async () => {
  const store = new MemoryStore();
  const create = (data: number[]) => createArray(store, { ...options, path: "g/a", data, overwrite: true });
  await expect(create([1])).rejects.toEqual(code("ERR_VALUE"));
  expect(await store.listDir()).toEqual([]);
  await create([1, 2, 3, 4]);
  await expect(create([1, 2, 3, 0.5])).rejects.toEqual(code("ERR_VALUE"));
  expect([...(await (await openArray(store, { path: "g/a" })).get()).data]).toEqual([1, 2, 3, 4]);
});

test("setAttributes: calls at the same time keep each other's attributes", async () => {
  const store = new MemoryStore();
  const array = await createArray(store, options);
  await Promise.all([array.setAttributes({ x: 1 }), array.setAttributes({ y: 2 }), array.setAttributes({ z: 3 })]);
  expect((await openArray(store)).attributes).toEqual({ x: 1, y: 2, z: 3 });
});

test("open: metadata that is not UTF-8 is ERR_METADATA with the byte, not another text", async () => {
  const store = new MemoryStore();
  await createArray(store, { ...options, attributes: { name: "X" } });
  const document = (await store.get("zarr.json"))!;
  const offset = document.indexOf("X".charCodeAt(0));
  document[offset] = 0xff;
  await store.set("zarr.json", document);
  const error = await openArray(store).catch((error) => error);
  expect(error).toMatchObject({ code: "ERR_METADATA", details: { key: "zarr.json", offset } });
});

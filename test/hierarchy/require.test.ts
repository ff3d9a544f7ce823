// Opening what is there, and creating what is not, as zarr-python's require_array(…, exact=True) and require_group do.
import { expect, test } from "vitest";
import {
  createArray,
  createGroup,
  MemoryStore,
  openArray,
  requireArray,
  requireGroup,
  ZipStore,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const options = { path: "g/a", shape: [4], chunks: [2], dtype: "int32" } as const;
const exists = { code: "ERR_EXISTS", details: { file: "(memory)", path: "g/a" } };

test("requireArray creates what is missing, groups above it as well, and opens it from then on", async () => {
  const store = new MemoryStore();
  const created = await requireArray(store, options);
  await created.set(null, [1, 2, 3, 4]);
  const opened = await requireArray(store, { path: "g/a", shape: [4], dtype: "int32" });
  expect([opened.chunks, [...(await opened.get()).data]]).toEqual([[2], [1, 2, 3, 4]]);
  const group = await requireGroup(store, { path: "g", attributes: { never: "set" } });
  expect(group.attributes).toEqual({});
  expect((await group.requireArray({ path: "a", shape: [4], dtype: "int32" })).path).toBe("g/a");
  expect((await group.requireGroup({ path: "h", attributes: { x: 1 } })).attributes).toEqual({ x: 1 });
});

test("another shape, another data type or another kind of node is ERR_EXISTS, and stays as it is", async () => {
  const store = new MemoryStore();
  await createArray(store, { ...options, data: 7 });
  await expect(requireArray(store, { ...options, shape: [5] })).rejects.toMatchObject(exists);
  await expect(requireArray(store, { ...options, dtype: "int64" })).rejects.toMatchObject(exists);
  await expect(requireGroup(store, { path: "g/a" })).rejects.toMatchObject(exists);
  await expect(requireArray(store, { ...options, path: "g" })).rejects.toMatchObject({ code: "ERR_EXISTS" });
  expect([...(await (await openArray(store, { path: "g/a" })).get()).data]).toEqual([7, 7, 7, 7]);
});

test("in format 2 the byte order of what is there does not matter", async () => {
  const group = await createGroup(new MemoryStore(), { zarrFormat: 2 });
  await group.createArray({ path: "a", shape: [2], dtype: ">i4", data: 3 });
  const array = await group.requireArray({ path: "a", shape: [2], dtype: "int32" });
  expect([...(await array.get()).data]).toEqual([3, 3]);
});

test("two writers that require the same at the same time both have it", async () => {
  const path = `${folder}/x.zip`;
  await (await ZipStore.open(path, { mode: "w" })).close();
  const stores = await Promise.all([1, 2].map(() => ZipStore.open(path, { mode: "r+" })));
  const arrays = await Promise.all(stores.map((store) => requireArray(store, options)));
  for (const [i, array] of arrays.entries()) await array.set([i], i + 1);
  await Promise.all(stores.map((store) => store.close()));
  const reader = await openArray(path, { path: "g/a" });
  expect([...(await reader.get()).data]).toEqual([1, 2, 0, 0]);
  await reader.close();
});

test("overwrite and data are not among its options", async () => {
  const call = requireArray(new MemoryStore(), { ...options, overwrite: true } as never);
  await expect(call).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
});

// An option that a call does not know is refused, since it would be ignored in silence.
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  consolidateMetadata,
  createArray,
  createGroup,
  createHierarchy,
  DirectoryStore,
  MemoryStore,
  openArray,
  openGroup,
  recover,
  register,
  repack,
  requireArray,
  requireGroup,
  restore,
  type ZarrArray,
  ZipStore,
} from "../../src/index.js";
import { WorkerPool } from "../../src/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const value = new Uint8Array(8);
const range = { offset: 0, length: 1 };
const store = new MemoryStore();
const zip = await ZipStore.open(join(folder, "x.zip"), { mode: "w" });
const directory = await DirectoryStore.open(join(folder, "d"), { mode: "w" });
for (const each of [store, zip, directory]) {
  await each.set("k", value);
  await each.flush();
}
afterAll(() => Promise.all([zip.close(), directory.close()]));
const group = await createGroup(store);
const array: ZarrArray = await createArray(store, { path: "a", shape: [4, 2], dtype: "int8" });
const pool = new WorkerPool({ workers: 0 });

const any = <T>(options: object) => options as T;

test.each<[string, string, () => unknown]>([
  ["get", "onProgress", () => array.get(null, any({ onprogress() {} }))],
  ["getMany", "onProgress", () => array.getMany([null], any({ progress() {} })).catch((e) => reworded(e))],
  ["getOrthogonal", "signal", () => array.getOrthogonal(null, any({ Signal: 1 }))],
  ["getCoordinates", "out", () => array.getCoordinates([[0], [0]], any({ oit: 1 }))],
  ["getMask", "out", () => array.getMask({ data: new Uint8Array(8), shape: [4, 2] }, any({ Out: 1 }))],
  ["getBlocks", "signal", () => array.getBlocks(null, any({ sinal: 1 }))],
  ["getChunk", "signal", () => array.getChunk([0, 0], any({ signals: 1 }))],
  ["set", "writeEmptyChunks", () => array.set(null, 1, any({ writeEmptyChunk: true }))],
  ["setCoordinates", "signal", () => array.setCoordinates([0, 0], 1, any({ sgnal: 1 }))],
  ["append", "flush", () => array.append([1, 2], any({ Flush: true }))],
  ["getState", "share", () => array.getState(any({ shared: true }))],
  ["openArray", "path", () => openArray(store, any({ Path: "a" }))],
  ["openGroup", "useConsolidated", () => openGroup(store, any({ useConsolidate: true }))],
  ["members", "maxDepth", () => group.members(any({ maxdepth: 1 }))],
  ["createArray", "chunks", () => createArray(store, any<never>({ path: "x", shape: [1], dtype: "int8", chunk: [1] }))],
  ["group.createArray", "dtype", () => group.createArray(any<never>({ path: "x", shape: [1], dtyp: "int8" }))],
  ["createGroup", "overwrite", () => createGroup(store, any({ path: "x", overwite: true }))],
  ["createHierarchy", "overwrite", () => createHierarchy(store, {}, any({ override: true })).catch((e) => reworded(e))],
  [
    "a node of a hierarchy",
    "compressors",
    () => createHierarchy(store, { x: any({ shape: [1], dtype: "int8", compressor: null }) }),
  ],
  ["consolidateMetadata", "path", () => consolidateMetadata(store, any({ pat: "a" }))],
  ["restore", "roots", () => restore({}, any({ root: [] }))],
  ["register", "module", () => register({}, any({ modul: "x" }))],
  ["register", "dataType", () => register(any({ datatype: {} }))],
  ["repack", "lockTimeoutMs", () => repack("/nowhere/x.zip", any({ lockTimeout: 1 })).catch((e) => reworded(e))],
  ["ZipStore.open", "mode", () => ZipStore.open("x.zip", any({ Mode: "w" }))],
  ["DirectoryStore.open", "mode", () => DirectoryStore.open("/nowhere", any({ mod: "w" }))],
  ["ZipStore.fromState", "roots", () => ZipStore.fromState({}, any({ Roots: [] }))],
  ["ZipStore.get", "maxBytes", () => zip.get("k", any({ maxbytes: 1 }))],
  ["ZipStore.getRange", "signal", () => zip.getRange("k", range, any({ abort: 1 })).catch((e) => reworded(e))],
  ["a value that a ZipStore holds", "signal", () => zip.withValue("k", (read) => read(undefined, any({ Signal: 1 })))],
  ["ZipStore.set", "expect", () => zip.set("k", value, any({ expected: null }))],
  ["ZipStore.flush", "signal", () => zip.flush(any({ signals: 1 }))],
  ["ZipStore.transaction", "commit", () => zip.transaction(async () => 0, any({ Commit: true }))],
  ["a read of a transaction", "maxBytes", () => zip.transaction((values) => values.get("k", any({ maxByte: 1 })))],
  ["ZipStore.getState", "share", () => zip.getState(any({ shared: true }))],
  ["DirectoryStore.fromState", "roots", () => DirectoryStore.fromState({}, any({ root: [] }))],
  ["DirectoryStore.get", "maxBytes", () => directory.get("k", any({ maxByte: 1 }))],
  ["MemoryStore.get", "signal", () => store.get("k", any({ Signal: 1 }))],
  ["MemoryStore.getRange", "maxBytes", () => store.getRange("k", range, any({ Maxbytes: 1 }))],
  ["MemoryStore", "readOnly", () => new MemoryStore(any({ readonly: true }))],
  ["WorkerPool", "workers", () => new WorkerPool(any({ worker: 2 }))],
  ["pool.read", "signal", () => pool.read(array, null, any({ signa: 1 }))],
  ["pool.write", "writeEmptyChunks", () => pool.write(array, null, 1, any({ writeEmptyChunk: 1 }))],
  [
    "pool.chunks",
    "ordered",
    () =>
      pool
        .chunks(array, any({ order: true }))
        .next()
        .catch((e) => reworded(e)),
  ],
])("%s refuses an unknown option, and names %s", async (_, nearest, call) => {
  const error = await refusal(call);
  expect(error).toMatchObject({ code: "ERR_ARGUMENT", message: expect.stringContaining("there is no option") });
  expect(error.message).toContain(nearest);
});

/** What a call throws, at once or later. */
async function refusal(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  return new Error("nothing was thrown");
}

/** A name that is like none is answered by the list of all. */
function reworded(error: Error): never {
  expect(error.message).toMatch(/did you mean|expected/);
  throw error;
}

test("the list of known names is given where none is like it", async () => {
  await expect((async () => new WorkerPool(any({ threads: 2 })))()).rejects.toMatchObject({
    code: "ERR_ARGUMENT",
    message: 'there is no option "threads": expected workers, kind, memoryLimit, modules, workerUrl, createWorker',
  });
});

test("an AbortController in place of its signal is refused, and nothing is written", async () => {
  const signal = any<AbortSignal>(new AbortController());
  for (const call of [
    () => array.get(null, { signal }),
    () => array.set(null, 1, { signal }),
    () => array.append([1, 2], { signal }),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: expect.stringContaining("controller.signal"),
    });
  }
  expect([array.shape, [...(await array.get()).data]]).toEqual([[4, 2], Array(8).fill(0)]);
});

test("a member of a codec beside its name is refused, since it would be lost", async () => {
  const create = (compressors: object) =>
    createArray(new MemoryStore(), { shape: [4], dtype: "int32", compressors: compressors as never });
  await expect(create({ name: "gzip", level: 9 })).rejects.toMatchObject({
    code: "ERR_ARGUMENT",
    message: expect.stringContaining('{"name":"gzip","configuration":{"level":9}}'),
  });
  await expect(create({ name: "zstd", foo: 1, configuration: { level: 3 } })).rejects.toMatchObject({
    code: "ERR_ARGUMENT",
  });
  for (const gzip of [
    { id: "gzip", level: 9 },
    { name: "gzip", configuration: { level: 9 } },
  ]) {
    expect((await create(gzip)).codecs.at(-1)).toEqual({ name: "gzip", configuration: { level: 9 } });
  }
});

test.each([
  ["floaat32", "float32"],
  ["int", "int8"],
  ["Float64", "float64"],
  ["unit64", "uint64"],
  ["strng", "string"],
  ["datetime[ns]", "datetime64[ns]"],
])("data type %s: the error suggests %s", async (dtype, nearest) => {
  const error = await createArray(new MemoryStore(), { shape: [1], dtype }).catch((error) => error);
  expect(error).toMatchObject({ code: "ERR_DATA_TYPE", message: expect.stringContaining(`did you mean`) });
  expect(error.message).toContain(nearest);
});

test("arguments beyond those that a call has are refused, and undefined counts as left out", async () => {
  const file = `${folder}/more.zip`;
  for (const call of [
    () => recover(file, `${file}.copy`, any({ force: true })),
    () => array.resize([4, 2], any({ flush: true })),
    () => array.setAttributes({}, any({ flush: true })),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: expect.stringMatching(/an object was given besides: expected \w+\(.*\), which has no options/),
    });
  }
  await array.resize([4, 2], ...any<never[]>([undefined]));
  await expect(array.deleteAttributes(any(["a"]))).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
});

test("the error of a node that is to be created names its file and path", async () => {
  const store = new MemoryStore();
  const create = { path: "some/array", shape: [2], dtype: "int9" as "int8" };
  const details = { file: store.path, path: "some/array" };
  for (const call of [
    () => createArray(store, create),
    () => requireArray(store, create),
    () => createArray(store, { ...create, dtype: "int8", data: [300, 1] }),
    () => createGroup(store, { path: "some/array", attributes: any([1]) }),
    () => requireGroup(store, { path: "some/array", attributes: any([1]) }),
  ]) {
    await expect(call()).rejects.toMatchObject({ details });
  }
});

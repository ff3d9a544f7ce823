import { describe, expect, test } from "vitest";
import {
  copy,
  createArray,
  createGroup,
  MemoryStore,
  openArray,
  openGroup,
  type Store,
  ZipStore,
} from "../../src/index.js";
import { WorkerPool } from "../../src/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let names = 0;
const newFile = () => ZipStore.open(`${folder}/${names++}.zip`, { mode: "w" });

async function contents(store: Store): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const key of store.list()) found[key] = Buffer.from((await store.get(key))!).toString("hex");
  return found;
}

/** A group with attributes, two arrays, one of them with shards, and a group below. */
async function scene(zarrFormat: 2 | 3 = 3): Promise<MemoryStore> {
  const store = new MemoryStore();
  const group = await createGroup(store, { path: "g", zarrFormat, attributes: { of: "g" } });
  const data = Int32Array.from({ length: 30 }, (_, i) => i);
  await group.createArray({ path: "a", shape: [5, 6], chunks: [2, 4], dtype: "int32", data, attributes: { u: "m" } });
  await group.createArray({ path: "sub/s", shape: [3], dtype: "string", data: ["x", "", "é"] });
  return store;
}

describe.each([2, 3] as const)("as it is stored, Zarr format %i", (zarrFormat) => {
  test("a store becomes an equal one, in another kind of store", async () => {
    const source = await scene(zarrFormat);
    const target = await newFile();
    const steps: number[] = [];
    expect(await copy(source, target, { onProgress: ({ done, total }) => steps.push(done, total) })).toBeUndefined();
    const want = await contents(source);
    expect(await contents(target)).toEqual(want);
    expect(steps.slice(-2)).toEqual([Object.keys(want).length, Object.keys(want).length]);
    await target.close();
  });

  test("a group goes to another path, with what is below it; groups above are created in its format", async () => {
    const source = await scene(zarrFormat);
    const target = new MemoryStore();
    const group = await copy(await openGroup(source, { path: "g" }), target, { path: "x/y" });
    expect([group.path, group.attributes]).toEqual(["x/y", { of: "g" }]);
    const array = await openArray(target, { path: "x/y/a" });
    expect([array.attributes, (await array.get()).data.length, array.chunks]).toEqual([{ u: "m" }, 30, [2, 4]]);
    expect((await openGroup(target, { path: "x" })).zarrFormat).toBe(zarrFormat);
    const text = await openArray(target, { path: "x/y/sub/s" });
    expect((await text.get()).data).toEqual(["x", "", "é"]);
  });

  test("an array within one store, beside itself", async () => {
    const store = await scene(zarrFormat);
    const array = await openArray<"int32">(store, { path: "g/a" });
    const twin = await copy(array, store, { path: "g/b" });
    await twin.set([0, 0], 99);
    expect([await array.get([0, 0]), await twin.get([0, 0]), twin.path]).toEqual([0, 99, "g/b"]);
  });

  test("with other chunks or codecs it is encoded anew; the others stay", async () => {
    const source = await openArray(await scene(zarrFormat), { path: "g/a" });
    const rechunked = await copy(source, new MemoryStore(), { chunks: [5, 1] });
    expect([rechunked.path, rechunked.chunks, rechunked.codecs]).toEqual(["g/a", [5, 1], source.codecs]);
    const recoded = await copy(source, new MemoryStore(), { compressors: "gzip" });
    expect([recoded.chunks, recoded.codecs.at(-1)?.name]).toEqual([[2, 4], "gzip"]);
    for (const array of [rechunked, recoded]) {
      expect((await array.get()).data).toEqual((await source.get()).data);
      expect(array.attributes).toEqual({ u: "m" });
    }
  });
});

describe("encoded anew", () => {
  test.each<[string, object]>([
    ["shards", { chunks: [2, 3], shards: [4, 6] }],
    ["shards of the source's chunks", { shards: [4, 8] }],
    ["no shards", { chunks: [3, 3] }],
  ])("to %s", async (_, layout) => {
    const data = Float32Array.from({ length: 77 }, (_, i) => i / 4);
    const options = { shape: [7, 11], dtype: "float32", dimensionNames: ["y", null], fillValue: -1 } as const;
    const filters = [{ name: "transpose", configuration: { order: [1, 0] } }];
    for (const given of [{ chunks: [2, 4] }, { chunks: [2, 4], shards: [4, 4] }]) {
      const source = await createArray(new MemoryStore(), { ...options, ...given, data, filters });
      const array = await copy(source, new MemoryStore(), layout);
      expect([...(await array.get()).data]).toEqual([...data]);
      expect([array.dimensionNames, array.fillValue]).toEqual([["y", null], -1]);
    }
  });

  test("an array without dimensions, one without elements, and text", async () => {
    const scalar = await createArray(new MemoryStore(), { shape: [], dtype: "int8", data: 5 });
    expect(await (await copy(scalar, new MemoryStore(), { compressors: "gzip" })).get()).toBe(5);
    const empty = await createArray(new MemoryStore(), { shape: [0, 3], dtype: "int8" });
    expect((await copy(empty, new MemoryStore(), { chunks: [7, 3] })).shape).toEqual([0, 3]);
    const text = await createArray(new MemoryStore(), { shape: [2], dtype: "string", data: ["a", "b"] });
    expect((await (await copy(text, new MemoryStore(), { chunks: [1] })).get()).data).toEqual(["a", "b"]);
  });

  test("bits are kept, and chunks that are not stored stay so", async () => {
    const bits = Uint32Array.of(0x7f800001, 0xffc12345, 0x80000000, 1);
    const data = new Float32Array(bits.buffer);
    const source = await createArray(new MemoryStore(), { shape: [8], chunks: [4], dtype: "float32" });
    await source.set([{ start: 0, stop: 4, step: 1 }], data);
    const array = await copy(source, new MemoryStore(), { chunks: [2] });
    const found = await array.get();
    expect([...new Uint32Array(found.data.buffer, 0, 4)]).toEqual([...bits]);
    expect(await array.nchunksInitialized()).toBe(2);
  });

  test("by a pool", async () => {
    const file = await newFile();
    const data = Float64Array.from({ length: 300_000 }, (_, i) => i);
    const source = await createArray(file, { shape: [300_000], chunks: [30_000], dtype: "float64", data });
    await file.flush();
    const pool = new WorkerPool({ workers: 0 });
    const target = await newFile();
    const array = await copy(source, target, { chunks: [100_000], pool });
    expect((await array.get()).data).toEqual(data);
    await Promise.all([pool.close(), target.close(), file.close()]);
  });

  test("holds some 64 MiB at once, however long the array is", async () => {
    const options = { shape: [2 ** 26], chunks: [2 ** 22], dtype: "float64", compressors: null } as const;
    const source = await createArray(new MemoryStore(), options); // 512 MiB of fill values
    const read = source.get.bind(source);
    let most = 0;
    source.get = (async (selection: never, used: never) => {
      const found = (await read(selection, used)) as { data: Float64Array };
      most = Math.max(most, found.data.byteLength);
      return found;
    }) as never;
    await copy(source, new MemoryStore(), { chunks: [2 ** 21] });
    expect(most).toBe(64 * 2 ** 20);
  });
});

describe("is refused", () => {
  test("into itself, where something is, and with a layout for a group", async () => {
    const store = await scene();
    const group = await openGroup(store, { path: "g" });
    const array = await openArray(store, { path: "g/a" });
    await expect(copy(group, store, { path: "g/copy" })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(copy(array, store)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(copy(array, store, { path: "g/sub" })).rejects.toMatchObject({ code: "ERR_EXISTS" });
    await expect(copy(group, new MemoryStore(), { chunks: [1] })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(copy(array, new MemoryStore(), { chunk: [1] } as never)).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
    });
    await expect(copy("x.zip" as never, store)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    const twin = await copy(array, store, { path: "g/sub", overwrite: true });
    expect(twin.shape).toEqual([5, 6]);
    expect((await group.members({ maxDepth: 9 })).map(({ path }) => path)).toEqual(["g/a", "g/sub"]);
  });

  test("when it is aborted: an incomplete copy is not an array", async () => {
    const controller = new AbortController();
    const target = new MemoryStore();
    const array = await openArray(await scene(), { path: "g/a" });
    const onProgress = () => controller.abort("enough");
    await expect(copy(array, target, { signal: controller.signal, onProgress })).rejects.toBe("enough");
    await expect(openArray(target, { path: "g/a" })).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
  });
});

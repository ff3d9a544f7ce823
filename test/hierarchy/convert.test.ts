import { describe, expect, test } from "vitest";
import {
  type ConvertOptions,
  consolidateMetadata,
  convert,
  createArray,
  createGroup,
  diff,
  type GetOptions,
  type JsonObject,
  MemoryStore,
  openArray,
  openGroup,
  type Store,
} from "../../src/index.js";
import { expectRejection } from "../expect-error.js";
import { interopCases } from "../interop/cases.js";
import { writeCase } from "../interop/write-case.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();

/** A group of an array of two dimensions, and one of text below another group. */
async function sample(zarrFormat: 2 | 3 = 3): Promise<Store> {
  const store = new MemoryStore();
  await createGroup(store, { zarrFormat, attributes: { title: "all" } });
  await createArray(store, {
    ...{ zarrFormat, path: "a", shape: [10, 12], chunks: [3, 5], dtype: "float32", fillValue: Number.NaN },
    ...{
      attributes: { unit: "m" },
      data: Float32Array.from({ length: 120 }, (_, i) => (i % 7 === 0 ? Number.NaN : i)),
    },
    ...(zarrFormat === 3
      ? { dimensionNames: ["y", "x"] }
      : { attributes: { unit: "m", _ARRAY_DIMENSIONS: ["y", "x"] } }),
  });
  const texts = Array.from({ length: 5 }, (_, i) => `text ${i}`);
  await createArray(store, { zarrFormat, path: "b/t", shape: [5], chunks: [2], dtype: "string", data: texts });
  return store;
}

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list()) keys.push(key);
  return keys;
}

async function converted(source: Store, options: ConvertOptions = {}): Promise<Store> {
  const target = new MemoryStore();
  await convert(await openGroup(source), target, options);
  return target;
}

/** Counts how often each chunk is read. */
class CountingStore extends MemoryStore {
  readonly reads = new Map<string, number>();

  override async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    if (key.startsWith("c/")) this.reads.set(key, 1 + (this.reads.get(key) ?? 0));
    return await super.get(key, options);
  }
}

describe("convert", () => {
  test.each<[what: string, options: ConvertOptions]>([
    ["other chunks", { chunks: [4, 12] }],
    ["shards", { chunks: [2, 3], shards: [4, 6] }],
    ["another codec", { compressors: { name: "gzip", configuration: { level: 9 } } }],
    ["no codec", { compressors: null }],
    ["nothing", {}],
    ["little memory", { memoryBytes: 1 }],
  ])("%s", async (_, options) => {
    const source = await sample();
    const target = await converted(source, options);
    expect(await diff(await openGroup(source), await openGroup(target))).toEqual([]);
    const array = await openArray(target, { path: "a" });
    expect(array.chunks).toEqual(options.chunks ?? [3, 5]);
    expect(array.shards).toEqual(options.shards);
    expect((await openArray(target, { path: "b/t" })).chunks).toEqual([2]); // of another number of dimensions
  });

  test("to the other format and back: names of dimensions are an attribute in format 2", async () => {
    const source = await sample();
    const old = await converted(source, { zarrFormat: 2 });
    const array = await openArray(old, { path: "a" });
    expect(array.metadata.document).toMatchObject({
      ...{ zarr_format: 2, dtype: "<f4", chunks: [3, 5], compressor: { id: "zstd", level: 0 }, fill_value: "NaN" },
    });
    expect(array.attributes).toEqual({ unit: "m", _ARRAY_DIMENSIONS: ["y", "x"] });
    const again = await converted(old, { zarrFormat: 3 });
    expect(await diff(await openGroup(source), await openGroup(again))).toEqual([]);
    expect((await openArray(again, { path: "a" })).metadata.document).toEqual(
      (await openArray(source, { path: "a" })).metadata.document,
    );
  });

  test("codecs as the other format has them", async () => {
    const source = new MemoryStore();
    const options = { zarrFormat: 2, shape: [4, 4], chunks: [2, 2], dtype: ">i2", order: "F" } as const;
    await createGroup(source, { zarrFormat: 2 });
    const blosc = { id: "blosc", cname: "lz4", clevel: 5, shuffle: 2, blocksize: 0 };
    await createArray(source, { ...options, path: "blosc", compressors: blosc });
    const delta = { id: "delta", dtype: ">i2", astype: ">i2" };
    await createArray(source, { ...options, path: "zlib", compressors: { id: "zlib", level: 3 }, filters: [delta] });
    const target = await converted(source, { zarrFormat: 3 });
    const transpose = { name: "transpose", configuration: { order: [1, 0] } };
    const bytes = { name: "bytes", configuration: { endian: "big" } };
    expect((await openArray(target, { path: "blosc" })).metadata.document.codecs).toEqual([
      ...[transpose, bytes],
      {
        name: "blosc",
        configuration: { cname: "lz4", clevel: 5, shuffle: "bitshuffle", typesize: 2, blocksize: 0 },
      },
    ]);
    expect((await openArray(target, { path: "zlib" })).metadata.document.codecs).toEqual([
      ...[transpose, { name: "numcodecs.delta", configuration: { dtype: ">i2", astype: ">i2" } }, bytes],
      { name: "numcodecs.zlib", configuration: { level: 3 } },
    ]);
  });

  test("a codec that format 2 lacks is named before anything is written", async () => {
    const source = new MemoryStore();
    const array = await createArray(source, { shape: [2], dtype: "int32", compressors: "crc32c" });
    const target = new MemoryStore();
    await expectRejection(convert(array, target, { zarrFormat: 2 }), "ERR_UNSUPPORTED", '"crc32c"', "compressors");
    expect(await target.has(".zarray")).toBe(false);
    await convert(array, target, { zarrFormat: 2, compressors: "gzip" });
    expect(await diff(array, await openArray(target))).toEqual([]);
  });

  test("consolidated metadata is that of the target", async () => {
    const source = await sample();
    await consolidateMetadata(source);
    const target = await converted(source, { zarrFormat: 2, chunks: [5, 5] });
    const group = await openGroup(target, { useConsolidated: true });
    expect((await group.get("a")).kind).toBe("array");
    expect(await target.has(".zmetadata")).toBe(true);
  });

  test("progress, a signal, a path in the target, and options that are wrong", async () => {
    const source = await openGroup(await sample());
    const target = new MemoryStore();
    const seen: number[] = [];
    await convert(source, target, {
      path: "x/y",
      memoryBytes: 1,
      onProgress: ({ done, total }) => seen.push(done, total),
    });
    expect(seen.slice(-2)).toEqual([15, 15]);
    expect(await diff(source, await openGroup(target, { path: "x/y" }))).toEqual([]);
    await expectRejection(convert(source, target, { path: "x/y" }), "ERR_EXISTS");
    await expectRejection(convert(source, target, { chunks: [1, 1, 1] }), "ERR_ARGUMENT", "2, 1 dimensions");
    await expectRejection(convert(source, target, { ome: "0.5", zarrFormat: 2 }), "ERR_ARGUMENT");
    await expectRejection(convert(target as never, target), "ERR_ARGUMENT", "open it first");
    const reason = new Error("enough");
    await expect(convert(source, target, { overwrite: true, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("resume continues with the parts that are not done", async () => {
    const source = await openGroup(await sample());
    const target = new MemoryStore();
    const options = { memoryBytes: 1, chunks: [4, 12], resume: true };
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => {
      if (done === 2) stop.abort(new Error("enough"));
    };
    await expect(convert(source, target, { ...options, onProgress, signal: stop.signal })).rejects.toThrow("enough");
    await expectRejection(convert(source, target, { ...options, memoryBytes: 2 }), "ERR_EXISTS");
    await expectRejection(convert(source, target, { ...options, overwrite: true }), "ERR_ARGUMENT");
    await expectRejection(convert(source, target), "ERR_EXISTS");

    const after: number[] = [];
    await convert(source, target, { ...options, onProgress: ({ done }) => after.push(done) });
    // Three parts of the array of numbers, and three of the texts; the first is always committed.
    expect(after.at(-1)).toBe(6);
    expect([2, 3]).toContain(after[0]);
    expect(await diff(source, await openGroup(target))).toEqual([]);
    const through = await converted(source.store, { ...options, resume: false });
    expect(await keysOf(target)).toEqual(await keysOf(through));
    await expectRejection(convert(source, target, options), "ERR_EXISTS");
  });

  test("OME-Zarr 0.4 becomes 0.5: below ome, its version once, and axes that name the dimensions", async () => {
    const axes = ["c", "y", "x"].map((name) => ({ name, type: name === "c" ? "channel" : "space" }));
    const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1, 1] }] }];
    const multiscales = [{ version: "0.4", name: "image", axes, datasets }];
    const store = new MemoryStore();
    const omero = { version: "0.4", channels: [{ label: "DAPI" }] };
    await createGroup(store, {
      zarrFormat: 2,
      attributes: { multiscales, omero, mine: { version: "7" } } as JsonObject,
    });
    await createGroup(store, { zarrFormat: 2, path: "labels", attributes: { labels: ["cells"] } });
    const shape = [1, 4, 4];
    await createArray(store, {
      zarrFormat: 2,
      path: "0",
      shape,
      dtype: "uint16",
      data: Uint16Array.from({ length: 16 }),
    });
    const target = await converted(store, { ome: "0.5" });
    const group = await openGroup(target);
    expect(group.zarrFormat).toBe(3);
    expect(group.attributes).toEqual({
      mine: { version: "7" },
      ome: {
        version: "0.5",
        multiscales: [{ name: "image", axes, datasets }],
        omero: { channels: [{ label: "DAPI" }] },
      },
    });
    expect((await openGroup(target, { path: "labels" })).attributes).toEqual({
      ome: { version: "0.5", labels: ["cells"] },
    });
    expect((await openArray(target, { path: "0" })).dimensionNames).toEqual(["c", "y", "x"]);
    await createGroup(store, {
      zarrFormat: 2,
      path: "old",
      attributes: { multiscales: [{ version: "0.3", axes: ["y", "x"] }] },
    });
    await expectRejection(converted(store, { ome: "0.5" }), "ERR_UNSUPPORTED", 'version "0.3"');
  });

  // Of the matrix of the interop tests, which reads what is converted there with zarr-python.
  const cases = interopCases.filter(
    ({ options: { compressors = [] } }) => !compressors.some(({ name }) => name === "crc32c"),
  );
  test.each(cases)("$name, in the other format and back", async (one) => {
    const file = `${folder}/${interopCases.indexOf(one)}.zip`;
    await writeCase(one, file);
    const source = await openArray(file, { path: "a" });
    const target = new MemoryStore();
    const there = await convert(source, target, { path: "there", zarrFormat: one.zarrFormat === 2 ? 3 : 2 });
    expect(await diff(source, there)).toEqual([]);
    expect(await diff(source, await convert(there, target, { path: "back", zarrFormat: one.zarrFormat }))).toEqual([]);
    await source.close();
  });

  test("chunks that several others share are read once where memory allows", async () => {
    const readsWith = async (memoryBytes: number) => {
      const store = new CountingStore();
      const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => i);
      const array = await createArray(store, { shape: [64, 64], chunks: [32, 64], dtype: "uint8", data });
      await convert(array, new MemoryStore(), { chunks: [8, 8], memoryBytes });
      return [...store.reads.values()];
    };
    expect(await readsWith(32 * 64)).toEqual([1, 1]);
    expect(await readsWith(8 * 64)).toEqual([4, 4]);
  });
});

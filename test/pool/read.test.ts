import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Chunk,
  createArray,
  MemoryStore,
  type Selection,
  slice,
  type ZarrArray,
  ZipStore,
} from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { arrayFile, counting, expectValues, openFile, readyPool, settled } from "./files.js";

const folder = temporaryFolder();
const kinds = ["thread", "process"] as const;

/** 1,200 × 300 elements in chunks that do not divide them. */
const shape = [1200, 300];
const options = { shape, chunks: [250, 70], compressors: [{ name: "gzip" }] };
const elements = 1200 * 300;

/** Lists take far longer than typed arrays, and need not be as long to be large. */
const ofLists = { shape: [300, 300], chunks: [70, 70] };

const dtypes = [
  "bool",
  "int8",
  "uint16",
  "int32",
  "uint64",
  "float16",
  "float32",
  "float64",
  "complex64",
  "string",
  "bytes",
] as const;

function valuesOf(dtype: (typeof dtypes)[number], elements: number): ArrayLike<unknown> {
  const each = (value: (i: number) => unknown) => Array.from({ length: elements }, (_, i) => value(i));
  switch (dtype) {
    case "bool":
      return Uint8Array.from({ length: elements }, (_, i) => i % 2);
    case "int8":
      return Int8Array.from({ length: elements }, (_, i) => (i % 200) - 100);
    case "uint64":
      return BigUint64Array.from({ length: elements }, (_, i) => 2n ** 60n + BigInt(i));
    case "float16":
      return each((i) => (i % 97) / 8);
    case "complex64":
      return Float32Array.from({ length: 2 * elements }, (_, i) => i / 2);
    case "string":
      return each((i) => `é${i % 1000}`);
    case "bytes":
      return each((i) => Uint8Array.of(i % 256, 1, 2).subarray(0, i % 4));
    default:
      return each((i) => i % 30_000);
  }
}

const selections: [string, Selection][] = [
  ["everything", null],
  ["a window across chunks", [slice(100, 1100), slice(10, 290)]],
  ["steps", [slice(1, null, 3), slice(null, null, 2)]],
  ["a dropped dimension", [slice(null), 17]],
];

/** The data as bytes, or as it is where it is a list. */
function bits({ data }: Chunk): unknown {
  return Array.isArray(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function expectSame(found: Chunk, expected: Chunk): void {
  expect({ shape: found.shape, stride: found.stride }).toEqual({ shape: expected.shape, stride: expected.stride });
  expect(found.data.constructor).toBe(expected.data.constructor);
  const [a, b] = [bits(found), bits(expected)];
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) expect(a.equals(b)).toBe(true);
  else expect(inText(a)).toBe(inText(b));
}

/** A list as one text, which is compared faster. */
function inText(list: unknown): string {
  return JSON.stringify(list, (_, value) => (value instanceof Uint8Array ? `bytes ${[...value]}` : value));
}

describe.each(kinds)("%s: read gives what array.get gives, bit for bit", (kind) => {
  let pool: WorkerPool;
  beforeAll(async () => {
    pool = await readyPool({ kind });
  });
  afterAll(() => pool.close());

  // Processes send every kind of data in one way, which one type of each kind shows.
  test.each(kind === "thread" ? dtypes : (["uint64", "float16", "string", "bytes"] as const))("%s", async (dtype) => {
    const isList = dtype === "string" || dtype === "bytes";
    const own = { ...options, ...(isList ? ofLists : {}), dtype };
    const values = valuesOf(dtype, product(own.shape));
    const array = await arrayFile(`${folder}/${kind}-${dtype}.zip`, own, values);
    const before = (await pool.stats()).tasks.done;
    try {
      for (const [, selection] of selections) {
        expectSame((await pool.read(array, selection)) as Chunk, (await array.get(selection)) as Chunk);
      }
      const large = product(own.shape) * (array.dataType.itemSize ?? 16) >= 2 ** 20;
      expect((await pool.stats()).tasks.done > before).toBe(large);
    } finally {
      await array.close();
    }
  });

  test("shards, chunks that are not stored, Fortran order, Zarr format 2", async () => {
    const some = counting(elements).fill(7, 250 * 300, 750 * 300);
    const layouts = {
      shards: { chunks: [50, 50], shards: [1200, 300] },
      absent: { fillValue: 7 },
      transposed: { filters: [{ name: "transpose", configuration: { order: [1, 0] } }] },
      v2: { zarrFormat: 2 as const, order: "F" as const },
    };
    for (const [name, layout] of Object.entries(layouts)) {
      const file = `${folder}/${kind}-${name}.zip`;
      const array = await arrayFile(file, { shape, chunks: [250, 70], dtype: "uint32", ...layout }, some);
      for (const [, selection] of selections) {
        expectSame((await pool.read(array, selection)) as Chunk, (await array.get(selection)) as Chunk);
      }
      expectValues(((await pool.read(array)) as Chunk).data, some);
      await array.close();
    }
  });
});

describe.each(kinds)("%s: read", (kind) => {
  const file = `${folder}/${kind}-counting.zip`;
  const want = counting(elements);
  beforeAll(async () => await (await arrayFile(file, { ...options, dtype: "uint32" }, want)).close());

  async function withPool(use: (pool: WorkerPool, array: ZarrArray) => Promise<void>, more = {}): Promise<void> {
    const pool = new WorkerPool({ kind, workers: 2, ...more });
    const array = await openFile(file);
    try {
      await use(pool, array);
    } finally {
      await Promise.all([pool.close(), array.close()]);
    }
  }

  test("writes into out, shared or not, and into a part of a larger memory", async () => {
    await withPool(async (pool, array) => {
      const shared = new Uint32Array(new SharedArrayBuffer(4 * elements + 40), 40, elements).fill(1);
      const own = new Uint32Array(elements).fill(1);
      for (const out of [shared, own]) {
        const { data } = (await pool.read(array, null, { out })) as Chunk;
        expect(data).toBe(out);
        expectValues(out, want);
      }
      const wrong = pool.read(array, null, { out: new Float32Array(elements) });
      await expect(wrong).rejects.toMatchObject({ code: "ERR_VALUE" });
    });
  });

  test("is on shared memory for threads", async () => {
    await withPool(async (pool, array) => {
      const { data } = (await pool.read(array)) as Chunk<Uint32Array>;
      expect(data.buffer).toBeInstanceOf(kind === "thread" ? SharedArrayBuffer : ArrayBuffer);
      expect((await pool.stats()).bytesDecoded).toBe(4 * elements);
    });
  });

  test("several selections at once, with out", async () => {
    await withPool(async (pool, array) => {
      const windows = [[slice(0, 900), null], [slice(300, 1200), slice(20, 80)], [5, 7], null] as const;
      const out = windows.map((_, i) => new Uint32Array([900 * 300, 900 * 60, 1, elements][i]!));
      const [a, b, scalar, all] = await pool.readMany(array, windows, { out });
      expect([a, b, all].map((region) => (region as Chunk).shape)).toEqual([[900, 300], [900, 60], shape]);
      expectValues((a as Chunk).data, want.subarray(0, 900 * 300));
      expectValues((b as Chunk).data.slice(0, 60), want.slice(300 * 300 + 20, 300 * 300 + 80));
      expect((b as Chunk).data.at(-1)).toBe(1199 * 300 + 79);
      expect(scalar).toBe(5 * 300 + 7);
      expectValues((all as Chunk).data, want);
      expect((all as Chunk).data).toBe(out[3]);
      const tooFew = pool.readMany(array, windows, { out: out.slice(1) });
      await expect(tooFew).rejects.toMatchObject({ code: "ERR_VALUE" });
    });
  });

  test("one element is a scalar, read by the calling thread, as a small selection is", async () => {
    await withPool(async (pool, array) => {
      expect(await pool.read(array, [3, 4])).toBe(904);
      expect(((await pool.read(array, [slice(2), slice(2)])) as Chunk).data).toEqual(Uint32Array.of(0, 1, 300, 301));
      expect((await pool.stats()).started).toBe(0);
    });
  });

  test("without workers everything is read by the calling thread", async () => {
    await withPool(
      async (pool, array) => {
        expectValues(((await pool.read(array)) as Chunk).data, want);
        expect(await pool.stats()).toMatchObject({ started: 0, workers: [] });
      },
      { workers: 0 },
    );
  });

  test("counts each chunk, and an error of the counting function is the error of the read", async () => {
    await withPool(async (pool, array) => {
      const steps: unknown[] = [];
      await pool.read(array, null, { onProgress: (progress) => steps.push(progress) });
      expect(steps).toEqual(Array.from({ length: 25 }, (_, i) => ({ done: i + 1, total: 25 })));
      const onProgress = () => {
        throw new RangeError("mine");
      };
      await expect(pool.read(array, null, { onProgress })).rejects.toThrow("mine");
    });
  });

  test("an abort rejects with its reason, and leaves the pool usable", async () => {
    await withPool(async (pool, array) => {
      const gone = AbortSignal.abort(new Error("before"));
      await expect(pool.read(array, null, { signal: gone })).rejects.toThrow("before");
      const controller = new AbortController();
      const onProgress = () => controller.abort(new Error("enough"));
      await expect(pool.read(array, null, { signal: controller.signal, onProgress })).rejects.toThrow("enough");
      expectValues(((await pool.read(array)) as Chunk).data, want);
      await settled(pool);
    });
  });

  test("gives the same from workers that are ready, and reports there, too", async () => {
    const pool = await readyPool({ kind });
    const array = await openFile(file);
    const steps: number[] = [];
    const { data } = (await pool.read(array, null, { onProgress: ({ done }) => steps.push(done) })) as Chunk;
    expectValues(data, want);
    expect(steps).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    const onProgress = () => {
      throw new RangeError("mine");
    };
    await expect(pool.read(array, null, { onProgress })).rejects.toThrow("mine");
    const controller = new AbortController();
    const abort = { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) };
    await expect(pool.read(array, null, abort)).rejects.toThrow("enough");
    expectValues(((await pool.read(array)) as Chunk).data, want);
    await settled(pool);
    await Promise.all([pool.close(), array.close()]);
  });

  test("two reads at once share the workers", async () => {
    await withPool(async (pool, array) => {
      const both = await Promise.all([pool.read(array), pool.read(array, [slice(null, null, 2), null])]);
      expectValues((both[0] as Chunk).data, want);
      expect((both[1] as Chunk).data.at(-1)).toBe(1198 * 300 + 299);
    });
  });

  test("errors are those of array.get, with code, chunk and stack", async () => {
    const path = `${folder}/${kind}-damaged.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    await createArray(store, { path: "a", ...options, dtype: "uint32", data: want });
    await store.set("a/c/1/2", new Uint8Array(20));
    await store.close();
    await withPool(async (pool) => {
      const damaged = await openFile(path);
      const codes = { code: "ERR_CODEC", details: { file: path, key: "a/c/1/2", chunk: [1, 2], codec: "gzip" } };
      await expect(damaged.get()).rejects.toMatchObject(codes);
      await expect(pool.read(damaged)).rejects.toMatchObject({ ...codes, stack: expect.stringContaining("gzip") });
      await expect(pool.read(damaged, [0, 0, 0] as never)).rejects.toMatchObject({ code: "ERR_SELECTION" });
      expectValues(((await pool.read(damaged, [slice(500, null), null])) as Chunk).data, want.subarray(500 * 300));
      await damaged.close();
    });
  });

  test("targets that cannot be handed over are refused: unflushed, in memory, closed", async () => {
    await withPool(async (pool) => {
      const store = await ZipStore.open(`${folder}/${kind}-dirty.zip`, { mode: "w" });
      const dirty = await createArray(store, { ...options, dtype: "uint32" });
      await expect(pool.read(dirty)).rejects.toMatchObject({ code: "ERR_DIRTY" });
      await store.abort();
      const inMemory = await createArray(new MemoryStore(), { ...options, dtype: "uint32" });
      await expect(pool.read(inMemory)).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
      const array = await openFile(file);
      await array.close();
      await expect(pool.read(array)).rejects.toMatchObject({ code: "ERR_CLOSED" });
    });
  });
});

function product(lengths: readonly number[]): number {
  return lengths.reduce((a, b) => a * b, 1);
}

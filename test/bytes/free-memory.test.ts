import { setImmediate as immediate } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { freeMemory } from "../../src/bytes/free-memory.js";
import { createArray, type GetOptions, MemoryStore, openArray, register } from "../../src/index.js";

const large = 64 * 1024;

beforeAll(async () => {
  // In Node 20 the first call begins what the others use, some turns later.
  for (;;) {
    const bytes = new Uint8Array(large);
    freeMemory(bytes);
    if (bytes.length === 0) break;
    await immediate();
  }
});

test("a large buffer is gone, with every view of it; freeing it again is no error", () => {
  const bytes = new Uint8Array(large);
  const part = bytes.subarray(10, 20);
  freeMemory(part);
  expect([bytes.length, part.length, bytes.buffer.byteLength]).toEqual([0, 0, 0]);
  freeMemory(bytes);
});

test("a small one, and memory that threads share, stay", () => {
  const small = new Uint8Array(large - 1).fill(1);
  const shared = new Uint8Array(new SharedArrayBuffer(large)).fill(1);
  for (const bytes of [small, shared]) {
    freeMemory(bytes);
    expect(bytes.at(-1)).toBe(1);
  }
});

test("it is free at once", () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 100; i++) freeMemory(new Uint8Array(2 ** 20).fill(1));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 2 ** 20);
});

describe("reading frees nothing that others have", () => {
  const data = Float64Array.from({ length: 2 * 20_000 }, (_, i) => i);

  test.each(["gzip", "zstd", "blosc", "zlib"])("a store that gives the same bytes each time, %s", async (name) => {
    class Remembering extends MemoryStore {
      readonly given = new Map<string, Uint8Array>();
      override async get(key: string, options?: GetOptions) {
        const value = this.given.get(key) ?? (await super.get(key, options));
        if (value !== undefined) this.given.set(key, value);
        return value;
      }
    }
    const store = new Remembering();
    const codec = name === "zlib" ? "numcodecs.zlib" : name;
    await createArray(store, { shape: [40_000], chunks: [20_000], compressors: codec, dtype: "float64", data });
    const array = await openArray(store);
    for (let i = 0; i < 3; i++) expect((await array.get()).data).toEqual(data);
    expect([...store.given.values()].every(({ length }) => length > 0)).toBe(true);
  });

  test("a codec that keeps what it gave", async () => {
    const kept = new Map<number, Uint8Array>();
    register({
      codec: {
        names: ["keeping-what-it-gave"],
        kind: "bytes-to-bytes",
        create: (_configuration, _context, name) => ({
          name,
          kind: "bytes-to-bytes",
          configuration: {},
          maxEncodedSize: (size) => size,
          encode: (bytes) => bytes,
          decode(bytes) {
            const key = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8, true);
            const value = kept.get(key) ?? bytes.slice();
            kept.set(key, value);
            return value;
          },
        }),
      },
    });
    const store = new MemoryStore();
    await createArray(store, {
      shape: [40_000],
      chunks: [20_000],
      compressors: [{ name: "keeping-what-it-gave", configuration: {} }],
      dtype: "float64",
      data,
    });
    const array = await openArray(store);
    for (let i = 0; i < 3; i++) expect((await array.get()).data).toEqual(data);
    expect(kept.size).toBe(2);
  });
});

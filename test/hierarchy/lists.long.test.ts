// Strings, byte strings and objects are on the heap, and a process whose heap is full is ended: they have a limit of their own.
import { describe, expect, test } from "vitest";
import { createArray, MemoryStore, openArray, slice } from "../../src/index.js";

describe("limits.listBytes", () => {
  test.each(["string", "bytes"] as const)("2^28 elements of type %s are ERR_LIMIT, a part is read", async (dtype) => {
    const array = await createArray(new MemoryStore(), { shape: [2 ** 28], chunks: [1000], dtype });
    const error = await array.get().catch((error) => error);
    expect(error).toMatchObject({ code: "ERR_LIMIT", message: expect.stringContaining("limits.listBytes") });
    expect((await array.get([slice(5, 2000)])).shape).toEqual([1995]);
    const many = array.getMany([[slice(0, 2 ** 27)], [slice(0, 2 ** 27)]]);
    await expect(many).rejects.toMatchObject({ code: "ERR_LIMIT" });
  });

  test("a chunk of 2^28 strings of one length is not decoded for one of them", async () => {
    const store = new MemoryStore();
    const array = await createArray(store, { shape: [2 ** 28], chunks: [2 ** 28], dtype: "U1" });
    expect(await array.get([5])).toBe("");
    await store.set("c/0", Uint8Array.of(0));
    const error = await array.get([5]).catch((error) => error);
    expect(error).toMatchObject({ code: "ERR_LIMIT", message: expect.stringContaining("limits.listBytes") });
  });

  test("can be lower, and higher; numbers have others", async () => {
    const store = new MemoryStore({ limits: { listBytes: 100 } });
    await createArray(store, { path: "s", shape: [4], dtype: "string", data: ["a", "b", "c", "d"] }).catch(
      () => undefined,
    );
    await expect((await openArray(store, { path: "s" })).get()).rejects.toMatchObject({ code: "ERR_LIMIT" });
    const numbers = await createArray(store, { path: "n", shape: [1000], dtype: "int32" });
    expect((await numbers.get()).shape).toEqual([1000]);
  });
});

test("a fill value of a million U+0000 before another character is cut off at once, as NumPy does", async () => {
  const store = new MemoryStore();
  const document = {
    zarr_format: 3,
    node_type: "array",
    shape: [1],
    data_type: { name: "fixed_length_utf32", configuration: { length_bytes: 4 } },
    chunk_grid: { name: "regular", configuration: { chunk_shape: [1] } },
    chunk_key_encoding: { name: "default" },
    fill_value: `${"\0".repeat(1_000_000)}x`,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    attributes: {},
  };
  await store.set("zarr.json", new TextEncoder().encode(JSON.stringify(document)));
  expect((await openArray(store)).fillValue).toBe("");
});

test("getMany: 200,000 selections may lie in one chunk", async () => {
  const length = 200_000;
  const data = Int32Array.from({ length }, (_, i) => i);
  for (const compressors of [undefined, null]) {
    const array = await createArray(new MemoryStore(), {
      shape: [length],
      chunks: [length],
      dtype: "int32",
      data,
      ...(compressors === null ? { compressors } : {}),
    });
    const found = await array.getMany(Array.from(data, (i) => [i]));
    expect(found.every((value, i) => (value as unknown as number) === i)).toBe(true);
  }
});

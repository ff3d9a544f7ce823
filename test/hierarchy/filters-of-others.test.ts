// Filters whose configurations mean something else to Python than to JavaScript, or that only reading can do with.
import { describe, expect, test } from "vitest";
import { createArray, MemoryStore, openArray } from "../../src/index.js";

const text = (document: unknown) =>
  new TextEncoder().encode(typeof document === "string" ? document : JSON.stringify(document));

describe("fixedscaleoffset", () => {
  const document = (filter: string, dtype: string) =>
    `{"zarr_format": 2, "shape": [4], "chunks": [4], "dtype": "${dtype}", "compressor": null, "fill_value": 0, "order": "C", "filters": [{"id": "fixedscaleoffset", ${filter}}]}`;

  test("with the integral floats of numcodecs is written as numcodecs writes it", async () => {
    const store = new MemoryStore();
    const filter = '"astype": "<i2", "dtype": "|i1", "offset": 0.0, "scale": 10.0';
    await store.set(".zarray", text(document(filter, "|i1")));
    const array = await openArray(store);
    await array.set(null, [1, 50, 100, -100]);
    const stored = (await store.get("0"))!.slice();
    expect([...new Int16Array(stored.buffer)]).toEqual([10, 500, 1000, -1000]);
    await array.resize([5]);
    expect(new TextDecoder().decode(await store.get(".zarray"))).toContain('"scale": 10.0');
    await array.set([4], 7);
    expect([...new Int16Array((await store.get("1"))!.slice().buffer)]).toEqual([70, 0, 0, 0]);
  });

  test("with an offset that its type does not hold is what NumPy 1 wrote", async () => {
    const store = new MemoryStore();
    const filter = '"astype": "<i4", "dtype": "<u2", "offset": -32768, "scale": 1';
    await store.set(".zarray", text(document(filter, "<u2")));
    await store.set("0", new Uint8Array(Int32Array.of(32768, 32769, 33768, 98303).buffer));
    const array = await openArray(store);
    expect([...(await array.get()).data]).toEqual([0, 1, 1000, 65535]);
  });
});

describe("cast_value whose map does not return the fill value", () => {
  const cast = { name: "cast_value", configuration: { data_type: "uint8", scalar_map: { encode: [["NaN", 0]] } } };
  const bytes = { name: "bytes" };

  test("is readable, and says so when it is to be written", async () => {
    const store = new MemoryStore();
    const document = {
      zarr_format: 3,
      node_type: "array",
      shape: [4],
      data_type: "float32",
      chunk_grid: { name: "regular", configuration: { chunk_shape: [3] } },
      chunk_key_encoding: { name: "default" },
      codecs: [cast, bytes],
      fill_value: "NaN",
    };
    await store.set("zarr.json", text(document));
    await store.set("c/0", Uint8Array.of(0, 1, 255));
    const array = await openArray(store);
    expect([...(await array.get()).data]).toEqual([0, 1, 255, Number.NaN]);
    await expect(array.set([0], 2)).rejects.toMatchObject({ code: "ERR_CODEC" });
  });

  test("cannot be created", async () => {
    const options = { shape: [4], dtype: "float32", fillValue: Number.NaN, codecs: [cast, bytes] } as const;
    await expect(createArray(new MemoryStore(), options)).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
  });
});

test("bitround that keeps 0 bits can be read, and not be created", async () => {
  const store = new MemoryStore();
  const codecs = [
    { name: "bitround", configuration: { keepbits: 1 } },
    { name: "bytes", configuration: { endian: "little" } },
  ];
  await createArray(store, { shape: [2], dtype: "float32", codecs, data: [1.5, 2] });
  const document = new TextDecoder().decode(await store.get("zarr.json"));
  await store.set("zarr.json", text(document.replace('"keepbits": 1', '"keepbits": 0')));
  expect([...(await (await openArray(store)).get()).data]).toEqual([1.5, 2]);
  const none = [{ name: "bitround", configuration: { keepbits: 0 } }, codecs[1]];
  const creating = createArray(new MemoryStore(), { shape: [2], dtype: "float32", codecs: none });
  await expect(creating).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
});

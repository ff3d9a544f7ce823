// Documents and chunks as other libraries wrote them, where they differ from the specifications: each is read as its writer reads it.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Json, stringifyJson } from "../../src/bytes/json.js";
import {
  type Chunk,
  consolidateMetadata,
  DirectoryStore,
  MemoryStore,
  openArray,
  openGroup,
  restore,
  type Store,
  slice,
  type ZarrGroup,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const encoder = new TextEncoder();
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

/** A store of these values: JSON of a document, or the bytes of a chunk in hexadecimal digits. */
async function storeOf(values: Readonly<Record<string, Json>>): Promise<MemoryStore> {
  const store = new MemoryStore();
  await fill(store, values);
  return store;
}

async function fill(store: Store, values: Readonly<Record<string, Json>>): Promise<void> {
  for (const [key, value] of Object.entries(values)) {
    await store.set(key, typeof value === "string" ? bytesOf(value) : encoder.encode(stringifyJson(value)));
  }
}

const v2 = {
  zarr_format: 2,
  shape: [4],
  chunks: [4],
  dtype: "<i4",
  compressor: null,
  fill_value: 0,
  order: "C",
  filters: null,
};
const int32 = "00000000010000000200000003000000";

async function read(document: Json, chunks: Readonly<Record<string, string>> = {}) {
  const array = await openArray(await storeOf({ ".zarray": document, ...chunks }));
  return { dtype: array.dtype, data: (await array.get(null)).data, array };
}

describe("netCDF-C", () => {
  const values = Array.from({ length: 30 }, (_, i) => 1 + 3 * i);
  test.each<[string, string, Json]>([
    ["<i2", "785e636461e7e21510169394915752d5d0d6333431b7b2757076f3f4f10f0a8d60c00b00d32c0538", -32767],
    [
      "<f4",
      "785e6360201f34343c50086898b1e1c4831f1c220a3a162e013119250d6d3d9366cc5bb26a83bd83832314386102000517162a",
      9.96921e36,
    ],
  ])("an elementsize of 0 is that of %s", async (dtype, chunk, fill_value) => {
    const compressor = { id: "zlib", level: 4 };
    const filters = [{ id: "shuffle", elementsize: 0 }];
    const document = { ...v2, shape: [5, 6], chunks: [5, 6], dtype, fill_value, compressor, filters };
    expect([...(await read(document, { "0.0": chunk })).data]).toEqual(values);
  });

  // The chunks are numcodecs' of the numbers from 0 to 3.
  test.each<[Record<string, Json>, string]>([
    [{ filters: [{ id: "shuffle", elementsize: "4" }] }, "00010203000000000000000000000000"],
    [{ compressor: { id: "zlib", level: "1" } }, "78016360606060046226206606620000380007"],
    [{ compressor: { id: "gzip", level: "5" } }, "1f8b08009b870d6b04ff63606060600462262066066200a9af8e2710000000"],
    [
      { compressor: { id: "bz2", level: "9" } },
      "425a68393141592653597a1035cb000001c0007800200021100cd34d12ea871772453850907a1035cb",
    ],
    [{ compressor: { id: "zstd", level: "3" } }, "28b52ffd201081000000000000010000000200000003000000"],
    [{ compressor: { id: "lz4", acceleration: "1" } }, "10000000f00100000000010000000200000003000000"],
    [
      { compressor: { id: "blosc", cname: "lz4", clevel: "5", shuffle: "1", blocksize: "0" } },
      "0201330410000000100000002000000000000000010000000200000003000000",
    ],
  ])("numbers may be text: %j", async (members, chunk) => {
    expect([...(await read({ ...v2, ...members }, { "0": chunk })).data]).toEqual([0, 1, 2, 3]);
  });

  test("text that is not a number, or is out of range, is still refused", async () => {
    for (const level of ["one", "10", "", "1 "]) {
      await expect(read({ ...v2, compressor: { id: "zlib", level } })).rejects.toMatchObject({ code: "ERR_METADATA" });
    }
  });
});

describe("zarr-python 3.0, format 2", () => {
  const text = { ...v2, dtype: "<U2", fill_value: "", filters: [{ id: "vlen-utf8" }] };
  const bytes = { ...v2, dtype: "|S2", fill_value: "", filters: [{ id: "vlen-bytes" }] };
  const two = "020000000100000061020000006263";

  test.each<[string, Record<string, Json>, Record<string, string>, string[]]>([
    ["text", { shape: [2], chunks: [2] }, { "0": two }, ["a", "bc"]],
    ["of the other byte order", { dtype: ">U2", shape: [2], chunks: [2] }, { "0": two }, ["a", "bc"]],
    [
      "in several chunks",
      { shape: [3], chunks: [2] },
      { "0": two, "1": "02000000010000006400000000" },
      ["a", "bc", "d"],
    ],
    ["without dimensions", { shape: [], chunks: [], dtype: "<U5" }, { "0": "010000000500000068656c6c6f" }, ["hello"]],
    ["that is not stored", { shape: [2], chunks: [2], fill_value: "xy" }, {}, ["xy", "xy"]],
    [
      "in order F",
      { shape: [2, 3], chunks: [2, 3], dtype: "<U1", order: "F" },
      { "0.0": "06000000010000006101000000640100000062010000006501000000630100000066" },
      ["a", "b", "c", "d", "e", "f"],
    ],
  ])("text of one size has the codec of any size: %s", async (_, members, chunks, values) => {
    const array = await openArray(await storeOf({ ".zarray": { ...text, ...members }, ...chunks }));
    const got = await array.get();
    expect([array.dtype, typeof got === "string" ? [got] : got.data]).toEqual(["string", values]);
  });

  test("so have bytes", async () => {
    const array = await openArray(
      await storeOf({
        ".zarray": { ...bytes, shape: [3], fill_value: "eHk=" },
        "0": "040000000100000061020000006263" + "0000000000000000",
      }),
    );
    const { data } = await array.get();
    expect(array.fillValue).toEqual(Uint8Array.of(0x78, 0x79));
    expect([...data]).toEqual([Uint8Array.of(0x61), Uint8Array.of(0x62, 0x63), new Uint8Array(0)]);
  });

  test("text that a reader would cut off is not written", async () => {
    const texts = await openArray(await storeOf({ ".zarray": text }));
    await texts.set([null], ["a", "é😀", "", "ab"]);
    expect((await texts.get()).data).toEqual(["a", "é😀", "", "ab"]);
    await expect(texts.set([0], "abc")).rejects.toMatchObject({ code: "ERR_VALUE" });
    const byteStrings = await openArray(await storeOf({ ".zarray": bytes }));
    await expect(byteStrings.set([0], Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: "ERR_VALUE" });
  });

  test("a moment may be a date", async () => {
    const document = { ...v2, shape: [2], chunks: [2], dtype: "<M8[ns]", fill_value: "1970-01-01T00:00:00.000000005" };
    expect([...(await read(document)).data]).toEqual([5n, 5n]);
  });
});

describe("tensorstore, format 2", () => {
  test.each<[string, string, number[]]>([
    ["bfloat16", "803f003f0000c0ff", [1, 0.5, 0, Number.NaN]],
    ["float8_e5m2", "3c3800fc", [1, 0.5, 0, Number.NEGATIVE_INFINITY]],
    ["float8_e4m3fn", "3830007f", [1, 0.5, 0, Number.NaN]],
    ["float8_e3m4", "302000b0", [1, 0.5, 0, -1]],
    ["float8_e8m0fnu", "7f7e0080", [1, 0.5, 2 ** -127, 2]],
    ["float4_e2m1fn", "0201000a", [1, 0.5, 0, -1]],
    ["int4", "010e0008", [1, -2, 0, -8]],
    ["int2", "01020003", [1, -2, 0, -1]],
  ])("small numbers have their names: %s", async (dtype, chunk, values) => {
    const found = await read({ ...v2, dtype, fill_value: null }, { "0": chunk });
    expect([found.dtype, [...found.data]]).toEqual([dtype, values]);
  });
});

describe("GDAL", () => {
  test("the delta of an encoder of LZMA is not needed", async () => {
    const chunk =
      "fd377a585a000000ff12d94103c1100c03010021011600009727b8d901000b000001ff02fe05fb06fa07f9000001200ca2ddb4bc06729e7a010000000000595a";
    const compressor = { id: "lzma", preset: 6, delta: 1 };
    const document = { ...v2, shape: [2, 3], chunks: [2, 3], dtype: "<i2", compressor, fill_value: -9999 };
    expect([...(await read(document, { "0.0": chunk })).data]).toEqual([0, 1, 2, 5, 6, 7]);
  });

  test("a complex number may be a real one", async () => {
    const document = { ...v2, dtype: "<c8", shape: [2], chunks: [2], fill_value: -9999 };
    expect([...(await read(document)).data]).toEqual([-9999, 0, -9999, 0]);
  });

  const v3 = {
    zarr_format: 3,
    node_type: "array",
    shape: [4],
    data_type: "int32",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } },
    chunk_key_encoding: "default",
    fill_value: null,
  };

  test("format 3 without codecs is read", async () => {
    const array = await openArray(await storeOf({ "zarr.json": v3, "c/0": int32 }));
    expect([array.fillValue, [...(await array.get()).data]]).toEqual([0, [0, 1, 2, 3]]);
  });

  test("format 3 that leaves the order of bytes out is refused, with what to do", async () => {
    const store = await storeOf({ "zarr.json": { ...v3, codecs: ["gzip"] } });
    await expect(openArray(store)).rejects.toThrow(
      /GDAL before 3\.11.*little-endian.*"endian": "little" } } before all others/,
    );
  });

  test("a number for text of one size, and what else is meant, is kept when the document is written", async () => {
    const document = { ...v2, dtype: "<c8", fill_value: -9999, compressor: { id: "lzma", preset: "6", delta: 1 } };
    const store = await storeOf({ ".zarray": document });
    await (await openArray(store)).resize([5]);
    const text = new TextDecoder().decode(await store.get(".zarray"));
    expect(JSON.parse(text)).toEqual({ ...document, shape: [5] });
  });
});

test.each<[string, Json, string, unknown[]]>([
  ["no moment, as NumPy also spells it", "nat", "<M8[ns]", [-(2n ** 63n)]],
  ["no moment, as NumPy also spells it", "", "<m8[s]", [-(2n ** 63n)]],
  ["no raw bytes", "", "|V2", [0, 0]],
])("a fill_value of %s: %o", async (_, fill_value, dtype, expected) => {
  expect([...(await read({ ...v2, shape: [1], chunks: [1], dtype, fill_value })).data]).toEqual(expected);
});

describe("attributes that cannot be understood", () => {
  const latin1 = encoder.encode('{"a": "e"}').map((byte) => (byte === 0x65 ? 0xe9 : byte));
  const stores = {
    "a list": "5b5d",
    "Latin-1": Buffer.from(latin1).toString("hex"),
    "cut off": "7b",
    nothing: "",
  };

  test.each(Object.entries(stores))(
    "%s: the array is read and written, and they stay as they are",
    async (name, hex) => {
      const store = await DirectoryStore.open(join(folder, name), { mode: "w" });
      await fill(store, { ".zgroup": { zarr_format: 2 }, "a/.zarray": v2, "a/.zattrs": hex, "a/0": int32 });
      await fill(store, { "bad/.zarray": { ...v2, dtype: "<q4" } });
      const array = await openArray(store, { path: "a" });
      expect([...(await array.get()).data]).toEqual([0, 1, 2, 3]);
      expect(() => array.attributes).toThrow(/attributes cannot be understood.*store\.set/);
      await expect(array.setAttributes({ a: 1 })).rejects.toMatchObject({
        code: "ERR_METADATA",
        details: { key: "a/.zattrs" },
      });
      await array.append([4]);
      await array.resize([6]);
      expect(Buffer.from((await store.get("a/.zattrs"))!).toString("hex")).toBe(hex);
      const restored = await restore<typeof array>(array.getState());
      expect([...(await restored.get([slice(3, null)])).data]).toEqual([3, 4, 0]);
      expect(() => restored.attributes).toThrow("attributes cannot be understood");
      const group = await restore<ZarrGroup>((await openGroup(store)).getState());
      expect((await group.members()).map((node) => ["error" in node, node.path])).toEqual([
        [false, "a"],
        [true, "bad"],
      ]);
    },
  );

  test("a group with such attributes lists its members, and consolidates them where they are JSON", async () => {
    const store = await DirectoryStore.open(join(folder, "consolidated"), { mode: "w" });
    await fill(store, { ".zgroup": { zarr_format: 2 }, "a/.zarray": v2, "a/.zattrs": "5b315d" });
    const group = await consolidateMetadata(store, { zarrFormat: 2 });
    expect(await group.tree()).toContain("a (4) int32");
    const { metadata } = JSON.parse(new TextDecoder().decode(await store.get(".zmetadata")));
    expect(metadata["a/.zattrs"]).toEqual([1]);
    const consolidated = await openGroup(store, { useConsolidated: true });
    const array = await consolidated.get("a");
    const state = array.getState();
    expect(state.documents[".zattrs"]).toBe("[1]");
    const restored = await restore<typeof array>(state);
    expect(() => restored.attributes).toThrow("attributes cannot be understood");
    await store.set("a/.zattrs", latin1);
    await expect(consolidateMetadata(store, { zarrFormat: 2 })).rejects.toMatchObject({
      details: { key: "a/.zattrs" },
    });
  });
});

test("attributes of a v3 node that are not an object leave its values readable, and stay as they are", async () => {
  const document = {
    zarr_format: 3,
    node_type: "array",
    shape: [4],
    chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } },
    chunk_key_encoding: { name: "default" },
    data_type: "int32",
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    attributes: ["a"],
  };
  const store = await storeOf({
    "zarr.json": { zarr_format: 3, node_type: "group", attributes: 3 },
    "a/zarr.json": document,
    "a/c/0": int32,
  });
  const array = await openArray(store, { path: "a" });
  expect([...(await array.get()).data]).toEqual([0, 1, 2, 3]);
  expect(() => array.attributes).toThrow(/attributes is a list.*store\.set/);
  await expect(array.setAttributes({ a: 1 })).rejects.toMatchObject({ code: "ERR_METADATA" });
  await array.resize([5]);
  const text = new TextDecoder().decode(await store.get("a/zarr.json"));
  expect(JSON.parse(text)).toEqual({ ...document, shape: [5] });
  const group = await openGroup(store);
  expect((await group.members()).map((node) => ["error" in node, node.path])).toEqual([[false, "a"]]);
  expect(() => group.attributes).toThrow("attributes is 3");
});

test("the dimensions of xarray's and NCZarr's arrays are selected by name", async () => {
  const store = await storeOf({
    ".zarray": { ...v2, shape: [2, 2], chunks: [2, 2] },
    ".zattrs": { _ARRAY_DIMENSIONS: ["time", "x"] },
    "0.0": int32,
  });
  const array = await openArray(store);
  expect(array.dimensionNames).toEqual(["time", "x"]);
  const row = (await array.get({ time: 1 })) as Chunk<Int32Array>;
  expect([...row.data]).toEqual([2, 3]);
  await array.setAttributes({ _ARRAY_DIMENSIONS: ["a", "b"] });
  expect(await array.get({ a: 0, b: 1 })).toBe(1);
});

test.each([
  ["vlen-array", /data type here.*json2.*register/],
  ["msgpack2", /MessagePack.*json2/],
  ["pickle", /json2/],
])("objects in %s are refused, with what to do instead", async (id, advice) => {
  const array = openArray(await storeOf({ ".zarray": { ...v2, dtype: "|O", fill_value: null, filters: [{ id }] } }));
  await expect(array).rejects.toMatchObject({ code: "ERR_CODEC_UNAVAILABLE", message: expect.stringMatching(advice) });
});

test.each(["szip", "imagecodecs_jpeg2k"])("%s is refused, with what to do, and no list of codecs", async (id) => {
  const array = openArray(await storeOf({ ".zarray": { ...v2, compressor: { id, mask: 141 } } }));
  await expect(array).rejects.toMatchObject({
    code: "ERR_CODEC_UNAVAILABLE",
    message: expect.stringMatching(/rewrite.*register\(\)|register\(\).*rewrite/),
  });
  await expect(array).rejects.not.toThrow(/adler32|fletcher32/);
});

test("a .zarray without compressor has none", async () => {
  const { compressor, ...document } = v2;
  expect([...(await read(document, { "0": int32 })).data]).toEqual([0, 1, 2, 3]);
});

// Files that have lost their directory, or never had one, and what other programs then read of the copy.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { createArray, openArray, recover, verifyArchive, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type BuiltEntry, buildArchive, bytesOf, concat } from "./build-archive.js";
import { expectZarrError } from "./expect-zarr-error.js";

const folder = temporaryFolder();
let files = 0;

/** What recover() makes of a file with these bytes: the entries as text, and its result. */
async function recovered(bytes: Uint8Array) {
  const path = `${folder}/${files++}.zip`;
  writeFileSync(path, bytes);
  const result = await recover(path, `${path}.copy`);
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(await verifyArchive(`${path}.copy`)).toMatchObject({ problems: [] });
  const store = await ZipStore.open(`${path}.copy`);
  const values: Record<string, string> = {};
  for await (const key of store.list()) values[key] = new TextDecoder().decode(await store.get(key));
  await store.close();
  const { torn, entries } = result;
  expect(Object.keys(values)).toHaveLength(entries);
  expect(result.bytes).toBe(readFileSync(`${path}.copy`).length);
  return { values, torn: torn.map(({ key }) => key), lostBytes: result.lostBytes };
}

/** The local headers and payloads, without directory. */
function locals(entries: readonly BuiltEntry[]): Uint8Array {
  const archive = buildArchive(entries);
  return archive.subarray(
    0,
    Buffer.from(archive.buffer, archive.byteOffset, archive.length).readUInt32LE(archive.length - 6),
  );
}

const file = (name: string, text: string, more: Partial<BuiltEntry> = {}): BuiltEntry => ({
  name,
  payload: bytesOf(text),
  ...more,
});

test.each([1, 22, 60, 300])("a new file that was cut by %i bytes has every value again", async (cut) => {
  const path = `${folder}/${files++}.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  const data = Int32Array.from({ length: 10 }, (_, i) => i);
  await createArray(store, { path: "x", shape: [10], chunks: [1], dtype: "int32", data });
  await store.close();
  writeFileSync(path, readFileSync(path).subarray(0, -cut));
  expect(await recover(path, `${path}.copy`)).toMatchObject({ entries: 11, torn: [] });
  const array = await openArray(`${path}.copy`, { path: "x" });
  expect((await array.get()).data).toEqual(data);
  await array.close();
});

test("whole entries are kept, those cut off are named, and the last value of a name counts", async () => {
  const bytes = locals([
    file("zarr.json", "old"),
    file("a/", ""),
    file("./a//0", "0"),
    file("zarr.json", "new"),
    file("a/1", "cut off"),
  ]);
  expect(await recovered(bytes.subarray(0, -1))).toEqual({
    values: { "a/0": "0", "zarr.json": "new" },
    torn: ["a/1"],
    lostBytes: 30 + 3 + 6,
  });
  expect((await recovered(bytes)).torn).toEqual([]);
});

test("a value that was damaged is left out and named; an older one of its name stays", async () => {
  const bytes = locals([file("a", "first"), file("b", "second"), file("a", "third"), file("c", "fourth")]);
  const damaged = bytes.slice();
  damaged[Buffer.from(bytes).indexOf("third")]! ^= 1;
  expect(await recovered(damaged)).toEqual({
    values: { a: "first", b: "second", c: "fourth" },
    torn: ["a"],
    lostBytes: 0,
  });
});

test("entries of a damaged value that is an archive are not those of the file", async () => {
  const inner = locals([file("inner", "x")]);
  const bytes = locals([
    file("a", "first"),
    { name: "outer", payload: concat(inner, bytesOf("end")) },
    file("b", "last"),
  ]);
  const damaged = bytes.slice();
  damaged[Buffer.from(bytes).indexOf("end")]! ^= 1;
  expect(await recovered(damaged)).toMatchObject({ values: { a: "first", b: "last" }, torn: ["outer"] });
  const cut = locals([file("a", "first"), { name: "outer", payload: concat(inner, bytesOf("end")) }]).subarray(0, -1);
  expect(await recovered(cut)).toMatchObject({ values: { a: "first" }, torn: ["outer"] });
});

// APPNOTE 4.3.9: the signature is optional, sizes have 8 bytes each with ZIP64.
const uint = (size: number, value: number) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, Math.min(size, 6));
  return bytes;
};

function described(name: string, text: string, method: number, width: 4 | 8, isSigned: boolean): Uint8Array {
  const value = bytesOf(text);
  const payload = method === 0 ? value : deflateRawSync(value);
  const sizes = { 14: 0, 18: 0, 22: 0 };
  const header = locals([{ name, payload: new Uint8Array(), flags: 8, method, local: sizes }]);
  const descriptor = [crc32(value), payload.length, value.length].map((field, i) => uint(i === 0 ? 4 : width, field));
  return concat(header, payload, ...(isSigned ? [uint(4, 0x08074b50)] : []), ...descriptor);
}

test.each([
  [0, 4, true],
  [0, 4, false],
  [0, 8, true],
  [0, 8, false],
  [8, 4, true],
  [8, 4, false],
  [8, 8, true],
  [8, 8, false],
] as const)(
  "method %i, descriptors with sizes of %i bytes, signed %j: found by what they say",
  async (method, width, signed) => {
    const texts = { a: "value of a".repeat(50), empty: "", b: "with PK\u0007\u0008 and PK\u0003\u0004 in it" };
    const parts = Object.entries(texts).map(([name, text]) => described(name, text, method, width, signed));
    expect(await recovered(concat(...parts, locals([file("end", "end")])))).toMatchObject({
      values: { ...texts, end: "end" },
      torn: [],
    });
    const cut = concat(...parts).subarray(0, -width);
    expect(await recovered(cut)).toMatchObject({ values: { a: texts.a, empty: "" }, torn: ["b"] });
  },
);

test.each([4, 8] as const)(
  "zeros behind the last descriptor, with sizes of %i bytes, do not hide its entry",
  async (width) => {
    const bytes = concat(
      described("a", "1", 0, width, true),
      described("b", "2", 8, width, true),
      new Uint8Array(4096),
    );
    expect(await recovered(bytes)).toMatchObject({ values: { a: "1", b: "2" }, torn: [] });
  },
);

test("a damaged size does not hide the entries behind it of which a directory tells", async () => {
  const bytes = buildArchive([file("a", "first"), file("b", "second"), file("c", "third")]);
  // 18  compressed size
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(18, 2 ** 31, true);
  expect(await recovered(bytes)).toMatchObject({ values: { b: "second", c: "third" }, torn: ["a"] });
});

test("ZIP64 sizes in a local header are followed", async () => {
  const sizes = { 18: 0xffffffff, 22: 0xffffffff };
  const localExtra = concat(uint(2, 1), uint(2, 16), uint(8, 5), uint(8, 5));
  const bytes = locals([file("a", "value", { local: sizes, localExtra }), file("b", "more")]);
  expect(await recovered(bytes)).toMatchObject({ values: { a: "value", b: "more" }, torn: [] });
});

test("refused names, and bytes that are not an entry, are not taken for entries", async () => {
  const bytes = concat(
    bytesOf("junk PK\u0003\u0004 junk"),
    locals([file("../a", "x"), file("b\\c", "y"), file("c", "z")]),
  );
  expect(await recovered(bytes)).toMatchObject({ values: { c: "z" }, torn: [] });
});

test("where nothing is whole: ERR_ZIP_TAIL, and no copy", async () => {
  for (const bytes of [
    new Uint8Array(),
    new Uint8Array(5000),
    bytesOf("PK\u0003\u0004"),
    locals([file("a", "abc")]).subarray(0, -1),
  ]) {
    const path = `${folder}/${files++}.zip`;
    writeFileSync(path, bytes);
    await expectZarrError(recover(path, `${path}.copy`), "ERR_ZIP_TAIL", path);
    expect(existsSync(`${path}.copy`)).toBe(false);
  }
});

test("a file made of headers that each claim the rest of it is given up: ERR_LIMIT", async () => {
  const count = 20_000;
  const header = locals([{ name: "a", payload: new Uint8Array(), flags: 8, local: { 14: 0, 18: 0, 22: 0 } }]);
  const path = `${folder}/${files++}.zip`;
  writeFileSync(path, concat(...Array.from({ length: count }, () => header)));
  await expectZarrError(recover(path, `${path}.copy`), "ERR_LIMIT", path);
});

const python = process.env.ZARRZIP_PYTHON;
test.skipIf(python === undefined)(
  `what a killed zarr-python leaves can be read again${python === undefined ? " (skipped: ZARRZIP_PYTHON is not set)" : ""}`,
  async () => {
    const path = `${folder}/killed.zip`;
    const program = `
import os, sys, numpy, zarr
store = zarr.storage.ZipStore(sys.argv[1], mode="w")
group = zarr.create_group(store)
array = group.create_array("x", shape=(1000, 100), chunks=(10, 100), dtype="f8")
array[:] = numpy.arange(100000, dtype="f8").reshape(1000, 100)
store._zf.fp.flush()
os._exit(9)
`;
    expect(spawnSync(python!, ["-c", program, path]).status).toBe(9);
    await expectZarrError(ZipStore.open(path), "ERR_ZIP_TAIL", "recover(");
    const { torn } = await recover(path, `${path}.copy`);
    expect(torn).toEqual([]);
    const array = await openArray(`${path}.copy`, { path: "x" });
    expect((await array.get()).data).toEqual(Float64Array.from({ length: 100_000 }, (_, i) => i));
    await array.close();
  },
);

test("a version that a commit has emptied is the last sound one, and what was deleted stays deleted", async () => {
  const path = `${folder}/${files++}.zip`;
  const store = await ZipStore.open(path, { mode: "w" });
  await store.set("a", Uint8Array.of(1));
  await store.flush();
  await store.delete("a");
  await store.close();
  expect(await recover(path, `${path}.recovered`)).toMatchObject({ entries: 0, lostBytes: 0, torn: [] });
});

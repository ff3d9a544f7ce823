// The rules of RFC-9, each broken by a file that keeps to all others. The files are put together without this package.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  createArray,
  createGroup,
  exportZip,
  MemoryStore,
  verifyArchive,
  verifyOzx,
  ZipStore,
} from "../../src/index.js";
import { expectRejection } from "../expect-error.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type BuiltArchive, type BuiltEntry, buildArchive, bytesOf, zip64Entry } from "../zip/build-archive.js";

const folder = temporaryFolder();

const group = (attributes: object = {}) => JSON.stringify({ zarr_format: 3, node_type: "group", attributes });
const array = JSON.stringify({
  ...{ zarr_format: 3, node_type: "array", shape: [4], data_type: "uint8", fill_value: 0 },
  chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  codecs: [{ name: "bytes" }],
});
const comment = bytesOf('{"ome":{"version":"0.5","zipFile":{"centralDirectory":{"jsonFirst":true}}}}');

const root = zip64Entry("zarr.json", group({ ome: { version: "0.5" } }));
const good = [
  root,
  zip64Entry("a/zarr.json", group()),
  zip64Entry("b/zarr.json", array),
  zip64Entry("a/c/zarr.json", array),
];
const chunks = [zip64Entry("b/c/0", "1234"), zip64Entry("a/c/c/0", "1234")];

/** Codes and levels of what is found in a file of these entries. */
async function found(entries: readonly BuiltEntry[], options: BuiltArchive = { comment }, name = "x.ozx") {
  const path = join(folder, name);
  writeFileSync(path, buildArchive(entries, options));
  return (await verifyOzx(path)).map(({ code, level }) => `${level} ${code}`);
}

describe("RFC-9", () => {
  test("a file that keeps to all rules", async () => {
    expect(await found([...good, ...chunks])).toEqual([]);
  });

  test("MUST: the root of the archive is the root of the hierarchy", async () => {
    const moved = [root, ...chunks].map(({ name, ...rest }) => ({ ...rest, name: `folder/${name}` }));
    expect(await found(moved)).toContain("MUST OZX_ROOT");
    expect(await found([zip64Entry("zarr.json", group()), ...chunks])).toEqual(["MUST OZX_ROOT"]);
  });

  test("SHALL NOT: no archive within the archive", async () => {
    expect(await found([...good, ...chunks, zip64Entry("inner.ozx", "PK")])).toEqual(["MUST OZX_NESTED"]);
  });

  test("SHALL NOT: not split", async () => {
    expect(await found([...good, ...chunks], { comment, end: { 4: 1 } })).toEqual(["MUST OZX_MULTIPART"]);
  });

  test("a comment that claims an order that is not there", async () => {
    const shuffled = [...chunks, ...good];
    expect(await found(shuffled)).toEqual(["MUST OZX_JSON_FIRST", "SHOULD OZX_ORDER"]);
    expect(await found(shuffled, { comment: bytesOf('{"ome":{"version":"0.5"}}') })).toEqual(["SHOULD OZX_ORDER"]);
  });

  test("SHOULD: breadth first, however siblings are sorted", async () => {
    const [first, a, b, c] = good as [BuiltEntry, BuiltEntry, BuiltEntry, BuiltEntry];
    expect(await found([first, b, a, c, ...chunks])).toEqual([]);
    expect(await found([first, a, c, b, ...chunks])).toEqual(["MUST OZX_JSON_FIRST", "SHOULD OZX_ORDER"]);
  });

  test("SHOULD: ZIP64 throughout", async () => {
    const small = { name: "b/c/0", payload: bytesOf("1234") };
    expect(await found([...good, small, chunks[1]!])).toEqual(["SHOULD OZX_ZIP64"]);
  });

  test("SHOULD: stored", async () => {
    const value = bytesOf("1234");
    const deflated = { ...chunks[0]!, payload: new Uint8Array(deflateRawSync(value)), value, method: 8 };
    expect(await found([...good, deflated, chunks[1]!])).toEqual(["SHOULD OZX_STORED"]);
  });

  test("SHOULD: shards where there are several chunks", async () => {
    const many = zip64Entry("b/zarr.json", array.replace('"shape":[4]', '"shape":[8]'));
    expect(await found([root, many, chunks[0]!])).toEqual(["SHOULD OZX_SHARDS"]);
  });

  test("SHOULD: the ending, and the comment", async () => {
    expect(await found([...good, ...chunks], { comment }, "x.zip")).toEqual(["SHOULD OZX_NAME"]);
    for (const text of ["", "hello", "[1]", '{"ome":{}}', '{"ome":{"version":5}}']) {
      expect(await found([...good, ...chunks], { comment: bytesOf(text) })).toEqual(["SHOULD OZX_COMMENT"]);
    }
  });
});

describe("exportZip with the profile rfc9", () => {
  async function filled(): Promise<MemoryStore> {
    const store = new MemoryStore();
    await createGroup(store, { attributes: { ome: { version: "0.5" } } });
    await createArray(store, {
      path: "b/deep/0",
      shape: [4],
      chunks: [2],
      shards: [4],
      dtype: "int8",
      data: [1, 2, 3, 4],
    });
    await createArray(store, { path: "a/0", shape: [2], dtype: "int8", data: [1, 2] });
    return store;
  }

  test("keeps to every rule, in this order and with this comment", async () => {
    const path = join(folder, "ours.ozx");
    writeFileSync(
      path,
      new Uint8Array(await new Response(exportZip(await filled(), { profile: "rfc9" })).arrayBuffer()),
    );
    expect(await verifyOzx(path)).toEqual([]);
    expect((await verifyArchive(path)).problems).toEqual([]);
    const store = await ZipStore.open(path);
    const entries = await store.entries();
    expect(entries.map(({ name }) => name).slice(0, 6)).toEqual([
      ...["zarr.json", "a/zarr.json", "b/zarr.json"],
      ...["a/0/zarr.json", "b/deep/zarr.json", "b/deep/0/zarr.json"],
    ]);
    expect(entries.map(({ offset }) => offset)).toEqual(entries.map(({ offset }) => offset).sort((x, y) => x - y));
    await store.close();
    const bytes = await new Response(exportZip(await filled(), { profile: "rfc9" })).arrayBuffer();
    expect(new TextDecoder().decode(bytes).endsWith(new TextDecoder().decode(comment))).toBe(true);
  });

  test("claims no order any more once something is appended", async () => {
    const path = join(folder, "appended.ozx");
    writeFileSync(
      path,
      new Uint8Array(await new Response(exportZip(await filled(), { profile: "rfc9" })).arrayBuffer()),
    );
    const store = await ZipStore.open(path, { mode: "a" });
    await createArray(store, { path: "a/1", shape: [2], dtype: "int8", data: [1, 2] });
    await store.close();
    expect((await verifyOzx(path)).map(({ code }) => code)).toEqual(["OZX_ZIP64", "OZX_ORDER"]);
    expect(readFileSync(path, "latin1")).toContain(
      '{"ome":{"version":"0.5","zipFile":{"centralDirectory":{"jsonFirst":false}}},"zarrzip":',
    );
  });

  test("puts documents of format 2 behind those of format 3", async () => {
    const store = await filled();
    await store.set(".zattrs", bytesOf("{}"));
    const exported = await ZipStore.open(await new Response(exportZip(store, { profile: "rfc9" })).arrayBuffer());
    expect((await exported.entries()).map(({ name }) => name).slice(0, 7)).toEqual([
      ...["zarr.json", "a/zarr.json", "b/zarr.json"],
      ...["a/0/zarr.json", "b/deep/zarr.json", "b/deep/0/zarr.json", ".zattrs"],
    ]);
  });

  test("refuses what is not OME-Zarr", async () => {
    const store = new MemoryStore();
    await createGroup(store);
    await expectRejection(new Response(exportZip(store, { profile: "rfc9" })).arrayBuffer(), "ERR_UNSUPPORTED");
  });
});

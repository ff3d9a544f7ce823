// Files of others and of this package become zipped OME-Zarr again. Those of others are put together without this package.
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { createArray, exportZip, repack, verifyArchive, verifyOzx, ZipStore } from "../../src/index.js";
import { expectRejection } from "../expect-error.js";
import { temporaryFolder } from "../temporary-folder.js";
import { type BuiltArchive, type BuiltEntry, buildArchive, bytesOf, zip64Entry } from "../zip/build-archive.js";

const parent = temporaryFolder();
let count = 0;
let folder: string;
let path: string;
beforeEach(() => {
  folder = join(parent, String(count++));
  mkdirSync(folder);
  path = join(folder, "x.ozx");
});

const group = (attributes: object = {}) => JSON.stringify({ zarr_format: 3, node_type: "group", attributes });
const image = group({ ome: { version: "0.5" } });
const array = JSON.stringify({
  ...{ zarr_format: 3, node_type: "array", shape: [4], data_type: "uint8", fill_value: 0 },
  chunk_grid: { name: "regular", configuration: { chunk_shape: [4] } },
  chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
  codecs: [{ name: "bytes" }],
});
const comment = '{"ome":{"version":"0.5","zipFile":{"centralDirectory":{"jsonFirst":true}}}}';
const values: readonly (readonly [name: string, text: string])[] = [
  ...[["zarr.json", image] as const, ["a/zarr.json", group()] as const, ["b/zarr.json", array] as const],
  ...[["a/c/zarr.json", array] as const, ["b/c/0", "1234"] as const, ["a/c/c/0", "5678"] as const],
];

/** As zarr-python's ZipStore writes it with `compression=ZIP_DEFLATED`. */
function deflated(name: string, text: string): BuiltEntry {
  const value = bytesOf(text);
  return { name, value, payload: new Uint8Array(deflateRawSync(value)), method: 8 };
}

function plain(name: string, text: string): BuiltEntry {
  return { name, payload: bytesOf(text) };
}

function write(entries: readonly BuiltEntry[], options: BuiltArchive = {}): void {
  writeFileSync(path, buildArchive(entries, options));
}

async function contents(): Promise<(readonly [name: string, text: string])[]> {
  const store = await ZipStore.open(path);
  const found: (readonly [string, string])[] = [];
  for await (const key of store.list()) found.push([key, new TextDecoder().decode(await store.get(key))]);
  await store.close();
  return found;
}

async function commentOf(): Promise<Record<string, unknown>> {
  const store = await ZipStore.open(path);
  const bytes = await store.inArchive(({ directory }) => directory.comment);
  await store.close();
  return JSON.parse(new TextDecoder().decode(bytes));
}

const codes = async () => (await verifyOzx(path)).map(({ code }) => code);
const link = { commit: expect.any(String), root: expect.any(String), time: expect.any(String) };

describe('repack with the profile "rfc9"', () => {
  test("a file in another order, compressed and without ZIP64, keeps to every rule afterwards", async () => {
    const shuffled = [4, 3, 0, 5, 2, 1].map((i) => values[i]!);
    write(
      shuffled.map(([name, text]) => deflated(name, text)),
      { comment: bytesOf("hello") },
    );
    expect(await codes()).toEqual(["OZX_STORED", "OZX_ZIP64", "OZX_ORDER", "OZX_COMMENT"]);
    const result = await repack(path, { profile: "rfc9" });
    expect(result).toMatchObject({ rewritten: true, entries: 6, bytesAfter: statSync(path).size });
    expect(await codes()).toEqual([]);
    expect((await verifyArchive(path)).problems).toEqual([]);
    expect(await contents()).toEqual(values);
    expect(await commentOf()).toEqual({ comment: "hello", ...JSON.parse(comment), zarrzip: link });
    expect(readdirSync(folder)).toEqual(["x.ozx"]);
  });

  test("members of the comment that are not its own stay", async () => {
    const said = {
      ome: { version: "0.4", zipFile: { centralDirectory: { jsonFirst: false, x: 1 }, y: 2 }, z: 3 },
      a: 4,
    };
    write(
      values.map(([name, text]) => zip64Entry(name, text)),
      { comment: bytesOf(JSON.stringify(said)) },
    );
    expect((await repack(path, { profile: "rfc9" })).rewritten).toBe(true);
    const ome = { version: "0.5", zipFile: { centralDirectory: { jsonFirst: true, x: 1 }, y: 2 }, z: 3 };
    expect(await commentOf()).toEqual({ ome, a: 4, zarrzip: link });
  });

  test("a file that is in that form already stays as it is", async () => {
    write(
      values.map(([name, text]) => zip64Entry(name, text)),
      { comment: bytesOf(comment) },
    );
    const before = readFileSync(path);
    const size = before.length;
    expect(await repack(path, { profile: "rfc9" })).toEqual({
      ...{ rewritten: false, bytesBefore: size, bytesAfter: size, entries: 6 },
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("it is written anew for each of the rules", async () => {
    const good = values.map(([name, text]) => zip64Entry(name, text));
    const otherOrder = [good[4]!, ...good.slice(0, 4), good[5]!];
    const cases: readonly [entries: readonly BuiltEntry[], said: string, rule: string][] = [
      [[...good.slice(0, 5), plain(...values[5]!)], comment, "OZX_ZIP64"],
      [[...good.slice(0, 5), deflated(...values[5]!)], comment, "OZX_STORED"],
      [otherOrder, comment.replace("true", "false"), "OZX_ORDER"],
      [good, "", "OZX_COMMENT"],
      [[...good, good[1]!], comment.replace("true", "false"), "OZX_ORDER"],
    ];
    for (const [entries, said, rule] of cases) {
      write(entries, { comment: bytesOf(said) });
      expect(await codes()).toContain(rule);
      expect((await repack(path, { profile: "rfc9" })).rewritten).toBe(true);
      expect(await codes()).toEqual([]);
      expect(await contents()).toEqual(values);
    }
  });

  test("what is not OME-Zarr, or has it not at its root, stays as it is: ERR_UNSUPPORTED, as of exportZip", async () => {
    for (const entries of [
      [plain("zarr.json", group())],
      values.map(([name, text]) => plain(`image/${name}`, text)),
      [plain(".zgroup", '{"zarr_format":2}'), plain(".zattrs", '{"multiscales":[{"version":"0.4"}]}')],
    ]) {
      write(entries);
      const before = readFileSync(path);
      await expectRejection(repack(path, { profile: "rfc9" }), "ERR_UNSUPPORTED", path, "zarr.json");
      const store = await ZipStore.open(path);
      await expectRejection(new Response(exportZip(store, { profile: "rfc9" })).arrayBuffer(), "ERR_UNSUPPORTED");
      await store.close();
      expect(readFileSync(path).equals(before)).toBe(true);
    }
    expect(readdirSync(folder)).toEqual(["x.ozx"]);
    await expectRejection(repack(path, { profile: "rfc8" as "rfc9" }), "ERR_ARGUMENT", '"rfc8"');
  });

  test("a damaged value, and a second name of the file, leave it as it is", async () => {
    const damaged = values.map(([name, text]) => deflated(name, text));
    write([...damaged.slice(0, 5), { ...damaged[5]!, local: { 14: 1 }, central: { 16: 1 } }]);
    const before = readFileSync(path);
    await expectRejection(repack(path, { profile: "rfc9" }), "ERR_CHECKSUM", "a/c/c/0");
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(["x.ozx"]);
    write(damaged);
    linkSync(path, join(folder, "y.ozx"));
    await expectRejection(repack(path, { profile: "rfc9" }), "ERR_LOCK_UNAVAILABLE", "hard links");
    expect((await repack(path, { profile: "rfc9", forceLock: true })).rewritten).toBe(true);
  });

  test.skipIf(process.platform === "win32")("permissions stay, and readers that follow the file continue", async () => {
    write(values.map(([name, text]) => deflated(name, text)));
    chmodSync(path, 0o640);
    const follow = await ZipStore.open(path, { view: "follow" });
    const writer = await ZipStore.open(path, { mode: "r+" });
    await writer.set("b/c/0", bytesOf("4321"));
    await writer.flush();
    expect(new TextDecoder().decode(await follow.get("b/c/0"))).toBe("4321");
    await repack(path, { profile: "rfc9" });
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(await codes()).toEqual([]);
    await writer.set("a/c/c/0", bytesOf("8765"));
    await writer.flush();
    expect(new TextDecoder().decode(await follow.get("a/c/c/0"))).toBe("8765");
    await Promise.all([follow.close(), writer.close()]);
  });
});

describe("repack of zipped OME-Zarr", () => {
  test("what was appended to is in that form again", async () => {
    write(
      values.map(([name, text]) => zip64Entry(name, text)),
      { comment: bytesOf(comment) },
    );
    const store = await ZipStore.open(path, { mode: "a" });
    await createArray(store, { path: "a/d", shape: [2], dtype: "int8", data: [1, 2] });
    await store.close();
    expect(await codes()).toEqual(["OZX_ZIP64", "OZX_ORDER"]);
    expect((await repack(path)).rewritten).toBe(true);
    expect(await codes()).toEqual([]);
    expect(await commentOf()).toEqual({ ...JSON.parse(comment), zarrzip: link });
    expect((await contents()).slice(0, 5).map(([name]) => name)).toEqual([
      ...["zarr.json", "a/zarr.json", "b/zarr.json", "a/c/zarr.json", "a/d/zarr.json"],
    ]);
  });

  test("closing with repackAbove does that, too", async () => {
    write(
      values.map(([name, text]) => zip64Entry(name, text)),
      { comment: bytesOf(comment) },
    );
    const store = await ZipStore.open(path, { mode: "a", repackAbove: 0.1 });
    await createArray(store, { path: "a/d", shape: [2], dtype: "int8", data: [1, 2] });
    await store.close();
    expect(await codes()).toEqual([]);
  });

  test("compressed values stay compressed", async () => {
    write(
      values.map(([name, text]) => deflated(name, text)),
      { comment: bytesOf(comment) },
    );
    const store = await ZipStore.open(path, { mode: "a" });
    await store.set("b/c/0", bytesOf("4321"));
    await store.close();
    expect((await repack(path)).rewritten).toBe(true);
    expect(await codes()).toEqual(["OZX_STORED"]);
  });
});

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createArray, createGroup, diff, openArray, openGroup, verifyOzx, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { writeSample, zarrzip } from "./run-program.js";

const folder = temporaryFolder();
const inFolder = (name: string) => join(folder, name);

beforeAll(() => writeSample(inFolder("a.zip")));

async function differences(one: string, other: string) {
  const [a, b] = [await openGroup(inFolder(one)), await openGroup(inFolder(other))];
  const found = await diff(a, b);
  for (const group of [a, b]) await group.close();
  return found;
}

test("chunks, shards and codecs, by workers", async () => {
  const words = ["--chunks", "20,30", "--shards", "200,300", "--codec", "gzip:1", "--workers", "1"];
  expect(await zarrzip(folder, "convert", "a.zip", "sharded.zip", ...words)).toMatchObject({
    ...{ code: 0, stdout: "", stderr: "zarrzip: a.zip converted to sharded.zip\n" },
  });
  const array = await openArray(inFolder("sharded.zip"), { path: "heights" });
  expect([array.chunks, array.shards]).toEqual([
    [20, 30],
    [200, 300],
  ]);
  expect(JSON.stringify(array.codecs)).toContain('{"name":"gzip","configuration":{"level":1}}');
  await array.close();
  expect(await differences("a.zip", "sharded.zip")).toEqual([]);
});

test("to a folder of the other format, and an array of it back to a ZIP", async () => {
  expect((await zarrzip(folder, "convert", "a.zip", "old.zarr", "--to", "v2", "--codec", "blosc:zstd:3")).code).toBe(0);
  const old = await openArray(inFolder("old.zarr"), { path: "heights" });
  expect(old.metadata.document.compressor).toMatchObject({ id: "blosc", cname: "zstd", clevel: 3 });
  expect(await zarrzip(folder, "convert", "old.zarr:heights", "one.zip", "--to", "v3")).toMatchObject({ code: 0 });
  const one = await openArray(inFolder("one.zip"));
  const heights = await openArray(inFolder("a.zip"), { path: "heights" });
  expect(await diff(heights, one)).toEqual([]);
  expect(one.zarrFormat).toBe(3);
  for (const array of [old, one, heights]) await array.close();
});

test("--rfc9 makes an .ozx of OME-Zarr 0.4", async () => {
  const store = await ZipStore.open(inFolder("image.zip"), { mode: "w" });
  const axes = ["y", "x"].map((name) => ({ name, type: "space" }));
  const multiscales = [{ version: "0.4", axes, datasets: [{ path: "0" }] }];
  await createGroup(store, { zarrFormat: 2, attributes: { multiscales } });
  await createArray(store, { zarrFormat: 2, path: "0", shape: [4, 4], chunks: [2, 2], dtype: "uint8", data: 7 });
  await store.close();
  const words = ["--shards", "4,4", "--rfc9"];
  expect(await zarrzip(folder, "convert", "image.zip", "image.ozx", ...words)).toMatchObject({ code: 0 });
  expect(await verifyOzx(inFolder("image.ozx"))).toEqual([]);
  const array = await openArray(inFolder("image.ozx"), { path: "0" });
  expect([array.dimensionNames, array.shards, await array.get([3, 3])]).toEqual([["y", "x"], [4, 4], 7]);
  await array.close();
});

test("an existing target is replaced only if it may be, and a failure leaves nothing", async () => {
  const before = readdirSync(folder).sort();
  expect(await zarrzip(folder, "convert", "a.zip", "a.zip")).toMatchObject({ code: 2 });
  expect(await zarrzip(folder, "convert", "a.zip", "new.zip", "--shards", "7,7")).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("shards is [7, 7]: expected multiples of the chunk shape") },
  });
  expect(await zarrzip(folder, "convert", "a.zip", "new.zarr", "--chunks", "1,1,1")).toMatchObject({ code: 2 });
  expect(await zarrzip(folder, "convert", "a.zip", "new.ozx", "--rfc9")).toMatchObject({ code: 5 });
  expect(await zarrzip(folder, "convert", "a.zip", "new.zip", "--codec", "zstd:x")).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('--codec is "zstd:x", expected a name, as zstd:5') },
  });
  expect(await zarrzip(folder, "convert", "a.zip", "new.zip", "--to", "v4")).toMatchObject({ code: 2 });
  expect(readdirSync(folder).sort()).toEqual(before);
  expect((await zarrzip(folder, "convert", "a.zip", "one.zip", "--overwrite", "--memory", "1")).code).toBe(0);
  expect(await differences("a.zip", "one.zip")).toEqual([]);
});

test("create takes codecs alike", async () => {
  const words = ["--shape", "10", "--codec", '[{"id": "zlib", "level": 2}, "crc32c"]'];
  expect((await zarrzip(folder, "create", "new.zip:a", ...words)).code).toBe(0);
  const array = await openArray(inFolder("new.zip"), { path: "a" });
  expect(array.codecs.map(({ name }) => name)).toEqual(["bytes", "zlib", "crc32c"]);
  await array.close();
});

test("a folder is written here, and not to a URL", async () => {
  const { code, stderr } = await zarrzip(folder, "convert", "a.zip", "https://example.org/a.zarr");
  expect([code, stderr]).toEqual([5, expect.stringContaining("is no local folder")]);
  expect(readdirSync(folder)).not.toContain("https:");
  for (const words of [[], ["--rfc9"]]) {
    expect(await zarrzip(folder, "convert", "a.zip", "-", ...words)).toMatchObject({ code: 2, stdout: "" });
  }
  expect(readdirSync(folder)).not.toContain("-");
});

test("where no folder can be made, that is what is told", async () => {
  const { code, stderr } = await zarrzip(folder, "convert", "a.zip", "a.zip/b.zarr");
  expect([code, stderr]).toEqual([expect.any(Number), expect.not.stringContaining("cannot remove")]);
  expect(code).not.toBe(0);
});

test.each(["b.zip", "b.zarr"])("a node does not take the place of %s, which it is in", async (file) => {
  expect((await zarrzip(folder, "convert", "a.zip", file)).code).toBe(0);
  for (const command of [["convert"], ["pack", "-o"]]) {
    const words = [command[0]!, `${file}:heights`, ...command.slice(1), file, "--overwrite"];
    if (command[0] === "pack" && file.endsWith(".zarr")) continue;
    const { code, stderr } = await zarrzip(folder, ...words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("all else in it would be lost") });
  }
  expect(await differences("a.zip", file)).toEqual([]);
});

test("--json tells what was done as one object", async () => {
  for (const [words, expected] of [
    [["convert", "a.zip", "json.zip"], { source: "a.zip", output: "json.zip" }],
    [["create", "json.zip:new", "--shape", "3", "--dtype", "int8"], { address: "json.zip:new" }],
    [["set", "json.zip:new", "[0]", "9"], { address: "json.zip:new" }],
    [["cp", "json.zip:new", "json.zip:copy"], { source: "json.zip:new", target: "json.zip:copy" }],
    [["rm", "json.zip:new"], { address: "json.zip:new" }],
    [["unpack", "json.zip", "-o", "json.zarr"], { output: "json.zarr" }],
    [["pack", "json.zarr", "-o", "packed.zip"], { source: "json.zarr", output: "packed.zip" }],
  ] as const) {
    const { code, stdout, stderr } = await zarrzip(folder, ...words, "--json");
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, ...expected });
  }
});

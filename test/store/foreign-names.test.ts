// Archives of others have names that a key is spelled otherwise than, or that are none.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  createArray,
  DirectoryStore,
  MemoryStore,
  openArray,
  repack,
  verifyArchive,
  ZipStore,
} from "../../src/index.js";
import { keysOf } from "../../src/testing/store-facts.js";
import { temporaryFolder } from "../temporary-folder.js";
import { buildArchive, bytesOf } from "../zip/build-archive.js";

const folder = temporaryFolder();

test("names with empty and . segments are those of the files that they unpack to, and the last of one file wins", async () => {
  const path = `${folder}/foreign.zip`;
  const names = ["./", "a/k", "a//b", "./c", "a/./d", "e", "./e", ".//a/./b"];
  writeFileSync(path, buildArchive(names.map((name) => ({ name, payload: bytesOf(name.endsWith("/") ? "" : name) }))));
  const store = await ZipStore.open(path);
  expect((await keysOf(store)).sort()).toEqual(["a/b", "a/d", "a/k", "c", "e"]);
  expect([(await store.listDir()).sort(), (await store.listDir("a")).sort()]).toEqual([
    ["a", "c", "e"],
    ["b", "d", "k"],
  ]);
  const values: Record<string, string> = { "a/b": ".//a/./b", "a/d": "a/./d", "a/k": "a/k", c: "./c", e: "./e" };
  for (const [key, value] of Object.entries(values)) expect(await store.get(key)).toEqual(bytesOf(value));
  await expect(store.get("a//b")).rejects.toMatchObject({ code: "ERR_KEY" });
  expect(await verifyArchive(path)).toMatchObject({ entries: 8, problems: [] });
  await store.close();
});

test("r+ replaces and removes what such names hold, and repack writes them plain", async () => {
  const path = `${folder}/replaced.zip`;
  const names = ["./a//b", "a/b", "./c", "./d"];
  writeFileSync(path, buildArchive(names.map((name) => ({ name, payload: bytesOf("old") }))));
  const store = await ZipStore.open(path, { mode: "r+" });
  await store.set("a/b", bytesOf("new"));
  await store.delete("c");
  await store.close();
  const expectNew = async () => {
    const reader = await ZipStore.open(path);
    expect((await keysOf(reader)).sort()).toEqual(["a/b", "d"]);
    expect([await reader.get("a/b"), await reader.get("d")]).toEqual([bytesOf("new"), bytesOf("old")]);
    await reader.close();
  };
  await expectNew();
  await repack(path);
  await expectNew();
  const bytes = readFileSync(path);
  expect([bytes.includes("./"), bytes.includes("//")]).toEqual([false, false]);
});

// `zip -r`, bsdtar and the Finder: "made by" is Unix (3) or macOS (19), flag bit 11 is not set.
test.each([3, 19])(
  "UTF-8 without its flag is UTF-8 where system %i made it; r+ makes no second node beside it",
  async (system) => {
    const path = `${folder}/system-${system}.zip`;
    const central = { 4: (system << 8) | 30 };
    const names = ["gründ/zarr.json", "日本/x", "emoji😀"];
    writeFileSync(path, buildArchive(names.map((name) => ({ name, payload: bytesOf(name), central }))));
    const store = await ZipStore.open(path, { mode: "r+" });
    expect(await keysOf(store)).toEqual(names);
    for (const name of names) expect(await store.get(name)).toEqual(bytesOf(name));
    await store.set("gründ/zarr.json", bytesOf("new"));
    await store.close();
    const reader = await ZipStore.open(path);
    expect((await keysOf(reader)).sort()).toEqual([...names].sort());
    expect(await reader.get("gründ/zarr.json")).toEqual(bytesOf("new"));
    await reader.close();
    expect(await verifyArchive(path)).toMatchObject({ entries: 3, problems: [] });
  },
);

test("names that are not UTF-8, or are of other systems, stay code page 437", async () => {
  const path = `${folder}/cp437.zip`;
  const raw = Uint8Array.of(0x81, 0xe1); // üß
  const made = [
    { name: raw, payload: bytesOf("unix"), central: { 4: 0x031e } },
    { name: bytesOf("ü"), payload: bytesOf("dos"), central: { 4: 0x0014 } },
  ];
  writeFileSync(path, buildArchive(made));
  const store = await ZipStore.open(path);
  expect(await keysOf(store)).toEqual(["üß", "├╝"]);
  await store.close();
});

test("a lone surrogate is not a key, in any store", async () => {
  const stores = [
    new MemoryStore(),
    await DirectoryStore.open(`${folder}/surrogates`, { mode: "w" }),
    await ZipStore.open(`${folder}/surrogates.zip`, { mode: "w" }),
  ];
  for (const store of stores) {
    await expect(store.set("\ud800/zarr.json", bytesOf("{}"))).rejects.toMatchObject({ code: "ERR_KEY" });
    await expect(store.get("\udfff")).rejects.toMatchObject({ code: "ERR_KEY" });
    const creating = createArray(store, { path: "\ud800", shape: [2], dtype: "int8", data: [1, 2] });
    await expect(creating).rejects.toMatchObject({ code: "ERR_KEY", message: expect.stringMatching(/lone surrogate/) });
    await expect(openArray(store, { path: "\ud800" })).rejects.toMatchObject({ code: "ERR_KEY" });
    expect(await keysOf(store)).toEqual([]);
    await store.close();
  }
});

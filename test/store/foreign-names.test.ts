// Archives of others may have names that are no keys.
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ZipStore } from "../../src/index.js";
import { keysOf } from "../../src/testing/store-facts.js";
import { temporaryFolder } from "../temporary-folder.js";
import { buildArchive, bytesOf } from "../zip/build-archive.js";

const folder = temporaryFolder();

test("list, listDir and export leave out the names that get cannot reach", async () => {
  const path = `${folder}/foreign.zip`;
  const names = ["a/k", "a//b", "./c", "a/./d", "e"];
  writeFileSync(path, buildArchive(names.map((name) => ({ name, payload: bytesOf(name) }))));
  const store = await ZipStore.open(path);
  expect(await keysOf(store)).toEqual(["a/k", "e"]);
  expect([await store.listDir(), await store.listDir("a")]).toEqual([["a", "e"], ["k"]]);
  for await (const key of store.list()) expect(await store.get(key)).toEqual(bytesOf(key));
  expect(await text(store.export())).not.toContain("a//b");
  await expect(store.get("a//b")).rejects.toMatchObject({ code: "ERR_KEY" });
  await store.close();
});

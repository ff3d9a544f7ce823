import { join } from "node:path";
import { expect, test } from "vitest";
import { usageBelow } from "../../src/cli/node-usage.js";
import { DirectoryStore, type Store, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();

/** Values of so many bytes; only their names matter. */
const values: Readonly<Record<string, number>> = {
  ".zgroup": 1,
  ".zattrs": 2,
  "notes.txt": 4,
  "a/.zarray": 8,
  "a/0.0": 16,
  "a/1.0": 32,
  "a/b/zarr.json": 64,
  "a/b/c/0": 128,
  "a/b/c/1": 256,
  "a/x/2": 512,
  "ab/zarr.json": 1024,
  "ab/c": 2048,
  "ä/.zarray": 4096,
  "ä/0": 8192,
};

async function written(store: Store): Promise<Store> {
  for (const [key, length] of Object.entries(values)) await store.set(key, new Uint8Array(length).fill(1));
  await store.flush?.();
  return store;
}

test.each([
  ["ZIP", () => ZipStore.open(join(folder, "a.zip"), { mode: "w" })],
  ["folder", () => DirectoryStore.open(join(folder, "a"), { mode: "w" })],
])("a value in a %s belongs to the nearest node above it", async (_, open) => {
  const store = await written(await open());
  const { usage, total } = await usageBelow(store, "");
  expect(Object.fromEntries(usage)).toEqual({
    "": { bytes: 1 + 2 + 4, values: 1 },
    a: { bytes: 8 + 16 + 32 + 512, values: 3 },
    "a/b": { bytes: 64 + 128 + 256, values: 2 },
    ab: { bytes: 1024 + 2048, values: 1 },
    ä: { bytes: 4096 + 8192, values: 1 },
  });
  expect(total).toBe(2 ** 14 - 1);
  const below = await usageBelow(store, "a");
  expect(Object.fromEntries(below.usage)).toEqual({
    a: { bytes: 8 + 16 + 32 + 512, values: 3 },
    "a/b": { bytes: 64 + 128 + 256, values: 2 },
  });
  expect(below.total).toBe(8 + 16 + 32 + 64 + 128 + 256 + 512);
  await store.close?.();
});

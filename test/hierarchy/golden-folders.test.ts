// The golden files unpacked: a folder reads as the ZIP does.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  consolidateMetadata,
  DirectoryStore,
  open,
  openGroup,
  type ZarrArray,
  type ZarrError,
  type ZarrGroup,
  ZipStore,
} from "../../src/index.js";
import { keysOf } from "../../src/testing/store-facts.js";
import { temporaryFolder } from "../temporary-folder.js";

const golden = new URL("../fixtures/golden/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", golden), "utf8"));
const folder = temporaryFolder();
let unpacked = 0;

const groups: string[] = [...new Set<string>(manifest.groups.map(({ file }: { file: string }) => file))];
const arrays: string[] = ["v3-int32-2d", "v2-"].flatMap((prefix) =>
  manifest.arrays
    .map(({ file }: { file: string }) => file)
    .filter((file: string) => file.startsWith(prefix) && !groups.includes(file))
    .slice(0, 3),
);

const onError = (error: ZarrError) => {
  throw error;
};

/** Every node with its values. */
async function contents(name: string): Promise<unknown[]> {
  const root = await open(name);
  try {
    const nodes =
      "shape" in root ? [root] : [root, ...(await root.members({ maxDepth: Number.POSITIVE_INFINITY, onError }))];
    const found = nodes.map(async (node) => [
      node.path,
      node.attributes,
      "shape" in node ? await valuesOf(node) : undefined,
    ]);
    return (await Promise.all(found)).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  } finally {
    await root.close();
  }
}

async function valuesOf(array: ZarrArray): Promise<unknown> {
  return await array.get();
}

async function unpack(file: string): Promise<DirectoryStore> {
  const zip = await ZipStore.open(fileURLToPath(new URL(file, golden)));
  const store = await DirectoryStore.open(`${folder}/${unpacked++}.zarr`, { mode: "w-" });
  for await (const key of zip.list()) await store.set(key, (await zip.get(key))!);
  expect((await keysOf(store)).sort()).toEqual((await keysOf(zip)).sort());
  await zip.close();
  return store;
}

describe("golden files as folders", () => {
  test.each([...new Set([...groups, ...arrays])])("%s reads equal", async (file) => {
    const store = await unpack(file);
    await store.close();
    expect(await contents(store.path)).toEqual(await contents(fileURLToPath(new URL(file, golden))));
  });

  const consolidated = manifest.groups.filter(
    ({ file, path }: { file: string; path: string }) => path === "" && file.includes("consolidated"),
  );
  test.each(consolidated as { file: string; zarr_format: 2 | 3 }[])(
    "$file: consolidated again it says what zarr-python wrote",
    async ({ file, zarr_format: zarrFormat }) => {
      const store = await unpack(file);
      const list = async (group: ZarrGroup) =>
        (await group.members({ maxDepth: 9, onError })).map((node) => [
          node.path,
          node.metadata.nodeType,
          node.attributes,
        ]);
      const before = await list(await openGroup(store, { zarrFormat, useConsolidated: true }));
      const again = await consolidateMetadata(store, { zarrFormat });
      expect(await list(again)).toEqual(before);
      await store.close();
    },
  );
});

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createArray, createGroup, MemoryStore, open, openGroup, type ZarrGroup } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { buildArchive, bytesOf } from "../zip/build-archive.js";

const folder = temporaryFolder();
const group = bytesOf('{"zarr_format":3,"node_type":"group"}');

function archiveWith(...names: string[]): string {
  const file = `${folder}/${Math.random()}.zip`;
  writeFileSync(file, buildArchive(names.map((name) => ({ name, payload: group }))));
  return file;
}

test("members and tree list the store a bounded number of times, however many groups there are", async () => {
  let listings = 0;
  class CountingStore extends MemoryStore {
    override async *list(prefix?: string) {
      listings++;
      yield* super.list(prefix);
    }
    override async listDir(prefix?: string) {
      listings++;
      return await super.listDir(prefix);
    }
  }
  const store = new CountingStore();
  for (let i = 0; i < 20; i++) await createGroup(store, { path: `g${i}/h` });
  await createArray(store, { path: "g3/h/a", shape: [2], dtype: "int8", data: 1 });
  const root = await openGroup(store);
  listings = 0;
  const members = await root.members({ maxDepth: Number.POSITIVE_INFINITY });
  expect(listings).toBe(1);
  expect(members).toHaveLength(41);
  expect(members.slice(6, 9).map(({ path }) => path)).toEqual(["g3", "g3/h", "g3/h/a"]);
  expect((await root.members({ maxDepth: 1 })).map(({ path }) => path)).toHaveLength(40);
  listings = 0;
  expect((await root.tree()).split("\n").slice(7, 11)).toEqual([
    "├── g3",
    "│   └── h",
    "│       └── a (2) int8",
    "├── g4",
  ]);
  expect(listings).toBe(1);
});

test("names like a//b and ./c are those of the nodes a/b and c", async () => {
  const root = await openGroup(
    archiveWith("zarr.json", "a/zarr.json", "a//b/zarr.json", "./c/zarr.json", "d/./zarr.json"),
  );
  try {
    expect((await root.members()).map(({ path }) => path)).toEqual(["a", "c", "d"]);
    expect((await root.members({ maxDepth: 9 })).map(({ path }) => path)).toEqual(["a", "a/b", "c", "d"]);
    expect((await root.store.listDir("a")).sort()).toEqual(["b", "zarr.json"]);
  } finally {
    await root.close();
  }
});

const hasUnzip = spawnSync("unzip", ["-v"]).status === 0;

test.skipIf(!hasUnzip)(
  `such names are those of what unzip unpacks${hasUnzip ? "" : " (skipped: no unzip)"}`,
  async () => {
    const file = archiveWith(
      "zarr.json",
      "a/zarr.json",
      "a//b/zarr.json",
      "./c/zarr.json",
      "d/./zarr.json",
      "./e//./zarr.json",
    );
    const unpacked = `${folder}/unpacked`;
    expect(spawnSync("unzip", ["-q", file, "-d", unpacked], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
    const [byUnzip, root] = [await openGroup(unpacked), await openGroup(file)];
    const paths = async (group: ZarrGroup) => (await group.members({ maxDepth: 9 })).map(({ path }) => path);
    try {
      expect(await paths(root)).toEqual(await paths(byUnzip));
      expect(await paths(root)).toEqual(["a", "a/b", "c", "d", "e"]);
    } finally {
      await Promise.all([root.close(), byUnzip.close()]);
    }
  },
);

test("an archive whose names all begin with ./ is read as one whose names do not", async () => {
  const root = await open(archiveWith("./zarr.json", "./a/zarr.json"));
  try {
    expect(root.path).toBe("");
  } finally {
    await root.close();
  }
});

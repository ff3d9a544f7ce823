// Many nodes at once: created, listed, deleted, consolidated, changed by several instances.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import {
  consolidateMetadata,
  createArray,
  createGroup,
  createHierarchy,
  MemoryStore,
  openArray,
  openGroup,
  type ZarrArray,
  type ZarrGroup,
  ZipStore,
} from "../../src/index.js";
import { keysOf } from "../../src/testing/store-facts.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const code = (code: string) => expect.objectContaining({ code });
const int8 = { shape: [2], dtype: "int8" } as const;
const put = (store: MemoryStore, key: string, text: string) => store.set(key, new TextEncoder().encode(text));
const textOf = async (store: MemoryStore, key: string) => new TextDecoder().decode(await store.get(key));
const pathsOf = (nodes: readonly { path: string }[]) => nodes.map(({ path }) => path);
let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});

describe("createHierarchy", () => {
  test("creates arrays, groups, and the groups that they imply, parents first", async () => {
    const nodes = await createHierarchy(store, {
      "a/b/x": { ...int8, attributes: { units: "m" } },
      a: { attributes: { top: true } },
      y: int8,
    });
    expect([...nodes.keys()]).toEqual(["", "a", "y", "a/b", "a/b/x"]);
    expect((nodes.get("a/b/x") as ZarrArray).shape).toEqual([2]);
    const group = await openGroup(store);
    expect(pathsOf(await group.members({ maxDepth: 9 })).sort()).toEqual(["a", "a/b", "a/b/x", "y"]);
    expect((await group.get("a")).attributes).toEqual({ top: true });
  });

  test("takes a Map, and Zarr format 2", async () => {
    await createHierarchy(store, new Map([["a/x", int8]]), { zarrFormat: 2 });
    expect((await keysOf(store)).sort()).toEqual([
      ".zattrs",
      ".zgroup",
      "a/.zattrs",
      "a/.zgroup",
      "a/x/.zarray",
      "a/x/.zattrs",
    ]);
  });

  test.each([
    ["an unknown data type", { a: int8, b: { shape: [1], dtype: "nope" } }, "ERR_DATA_TYPE"],
    ["an option that is none", { a: int8, b: { atributes: {} } as object }, "ERR_ARGUMENT"],
    ["values, which are written later", { a: int8, b: { ...int8, data: [1, 2] } }, "ERR_ARGUMENT"],
    ["a node below an array", { a: int8, "a/b": int8 }, "ERR_ARGUMENT"],
    ["a path that is named twice", { a: int8, "/a": int8 }, "ERR_ARGUMENT"],
    ["two formats", { a: int8, b: { zarrFormat: 2 as const } }, "ERR_ARGUMENT"],
    ["a path that is none", { a: int8, "b//c": int8 }, "ERR_KEY"],
    ["a node that exists", { a: int8, "old/x": int8 }, "ERR_EXISTS"],
    ["an array above", { a: int8, "old/x/y": int8 }, "ERR_EXISTS"],
  ])("%s: nothing is created", async (_, nodes, expected) => {
    await createArray(store, { path: "old/x", ...int8 });
    const before = await keysOf(store);
    await expect(createHierarchy(store, nodes)).rejects.toEqual(code(expected));
    expect(await keysOf(store)).toEqual(before);
  });

  test("overwrite removes what is named, and nothing beside it", async () => {
    await put(store, "kept/zarr.json", '{"zarr_format": 3, "node_type": "group"}');
    await createArray(store, { path: "g/x", ...int8, data: [1, 2] });
    await createHierarchy(store, { "g/x": { attributes: {} }, "new/y": int8 }, { overwrite: true });
    expect(pathsOf(await (await openGroup(store)).members({ maxDepth: 9 })).sort()).toEqual([
      "g",
      "g/x",
      "kept",
      "new",
      "new/y",
    ]);
    expect(await store.has("g/x/c/0")).toBe(false);
  });
});

describe("members that cannot be understood", () => {
  beforeEach(async () => {
    await createHierarchy(store, { g: {}, z: {}, "g/a": int8 });
    await put(store, "g/b/zarr.json", (await textOf(store, "g/a/zarr.json")).replace('"int8"', '"int7"'));
    await put(store, "g/c/zarr.json", "{");
  });

  test("members lists them with their error, and what is below them; with onError it reports each instead", async () => {
    await put(store, "g/c/x/zarr.json", await textOf(store, "g/a/zarr.json"));
    const group = await openGroup(store);
    const members = await group.members({ maxDepth: 2 });
    expect(members.map((member) => ("error" in member ? `${member.path} ${member.error.code}` : member.path))).toEqual([
      "g",
      "g/a",
      "g/b ERR_DATA_TYPE",
      "g/c ERR_METADATA",
      "g/c/x",
      "z",
    ]);
    expect(members[2]).toMatchObject({ error: { details: { key: "g/b/zarr.json", path: "g/b" } } });
    expect(pathsOf(await group.members())).toEqual(["g", "z"]);
    const reported: string[] = [];
    const found = await group.members({ maxDepth: 1, onError: ({ code }, path) => reported.push(`${path} ${code}`) });
    expect([pathsOf(found), reported]).toEqual([
      ["g", "g/a", "z"],
      ["g/b ERR_DATA_TYPE", "g/c ERR_METADATA"],
    ]);
  });

  test("so are those whose documents are damaged", async () => {
    const file = join(folder, "damaged.zip");
    const zip = await ZipStore.open(file, { mode: "w" });
    await createHierarchy(zip, { a: { ...int8, attributes: { name: "first" } }, b: int8 });
    await zip.close();
    const bytes = readFileSync(file);
    bytes[bytes.indexOf("first")]! ^= 1;
    writeFileSync(file, bytes);
    const group = await openGroup(file);
    expect(await group.members()).toMatchObject([
      { path: "a", error: { code: "ERR_CHECKSUM" } },
      { path: "b", shape: [2] },
    ]);
    await group.close();
  });

  test("consolidated metadata has them, too", async () => {
    await put(store, "g/c/zarr.json", "{}");
    const summary = (nodes: readonly { path: string; error?: { code: string } }[]) =>
      nodes.map(({ path, error }) => [path, error?.code]);
    const expected = [
      ["g", undefined],
      ["z", undefined],
      ["g/a", undefined],
      ["g/b", "ERR_DATA_TYPE"],
      ["g/c", "ERR_METADATA"],
    ];
    const consolidated = await (await consolidateMetadata(store)).members({ maxDepth: 1 });
    expect(summary(consolidated).sort()).toEqual([...expected].sort());
  });

  test("tree shows them with their error", async () => {
    const lines = (await (await openGroup(store)).tree()).split("\n");
    expect(lines.map((line) => line.slice(0, 28))).toEqual([
      "/",
      "├── g",
      "│   ├── a (2) int8",
      "│   ├── b (ERR_DATA_TYPE: da",
      "│   └── c (ERR_METADATA: mal",
      "└── z",
    ]);
  });
});

describe("delete", () => {
  test("removes a node and everything below it, and no neighbour", async () => {
    await createHierarchy(store, { "g/a": int8, "g/ab": int8, h: {} });
    await (await openArray(store, { path: "g/a" })).set(null, [1, 2]);
    const group = (await (await openGroup(store)).get("g")) as ZarrGroup;
    await group.delete("a");
    expect((await keysOf(store)).sort()).toEqual(["g/ab/zarr.json", "g/zarr.json", "h/zarr.json", "zarr.json"]);
    await (await openGroup(store)).delete("/g/");
    expect((await keysOf(store)).sort()).toEqual(["h/zarr.json", "zarr.json"]);
  });

  test("chunks of an array are not a node that could be deleted", async () => {
    await createArray(store, { path: "a", ...int8, data: [1, 2] });
    await expect((await openGroup(store)).delete("a/c")).rejects.toEqual(code("ERR_NOT_FOUND"));
    expect(await store.has("a/c/0")).toBe(true);
  });

  test("a missing node is ERR_NOT_FOUND, the group itself ERR_KEY, a read-only store ERR_READ_ONLY", async () => {
    const values = new Map<string, Uint8Array>();
    await createHierarchy(new MemoryStore({ values }), { a: int8 });
    const group = await openGroup(new MemoryStore({ values }));
    await expect(group.delete("b")).rejects.toEqual(code("ERR_NOT_FOUND"));
    for (const path of ["", "/"]) await expect(group.delete(path)).rejects.toEqual(code("ERR_KEY"));
    await expect(group.delete("../a")).rejects.toEqual(code("ERR_KEY"));
    const readOnly = await openGroup(new MemoryStore({ values, readOnly: true }));
    await expect(readOnly.delete("a")).rejects.toEqual(code("ERR_READ_ONLY"));
    expect(values.size).toBe(2);
  });
});

describe("consolidateMetadata", () => {
  test("v3: writes the members of zarr-python, ordered by depth and name, documents as they were", async () => {
    await createHierarchy(store, { "b/x": int8, A: {}, c: int8 });
    const source = (await textOf(store, "c/zarr.json")).replace(
      '"attributes": {}',
      '"attributes": {"f": 1.0, "2": 1, "1": NaN}',
    );
    await put(store, "c/zarr.json", source);
    const group = await consolidateMetadata(store);
    const text = await textOf(store, "zarr.json");
    expect(text).toContain('"attributes": {"f": 1.0, "2": 1, "1": NaN}');
    const document = JSON.parse(text.replace("NaN", "0"));
    expect(Object.keys(document)).toEqual(["zarr_format", "node_type", "attributes", "consolidated_metadata"]);
    const { metadata, ...rest } = document.consolidated_metadata;
    expect(rest).toEqual({ kind: "inline", must_understand: false });
    expect(Object.keys(metadata)).toEqual(["A", "b", "c", "b/x"]);
    expect(metadata.A.consolidated_metadata).toEqual({ kind: "inline", must_understand: false, metadata: {} });
    expect(pathsOf(await group.members({ maxDepth: 9 })).sort()).toEqual(["A", "b", "b/x", "c"]);
    await store.delete("c/zarr.json");
    const reader = await openGroup(store, { useConsolidated: true });
    expect((await reader.get("c")).attributes).toEqual({ f: 1, 2: 1, 1: Number.NaN });
    expect(await textOf(store, "zarr.json")).toBe(text);
    await consolidateMetadata(store);
    expect(Object.keys(JSON.parse(await textOf(store, "zarr.json")).consolidated_metadata.metadata)).toEqual([
      "A",
      "b",
      "b/x",
    ]);
  });

  test("v2: writes .zmetadata; for a group below the root only with its nodes", async () => {
    await createHierarchy(store, { "g/x": int8, h: {} }, { zarrFormat: 2 });
    await consolidateMetadata(store, { path: "g" });
    const { metadata, ...rest } = JSON.parse(await textOf(store, "g/.zmetadata"));
    expect(rest).toEqual({ zarr_consolidated_format: 1 });
    expect(Object.keys(metadata)).toEqual([".zgroup", ".zattrs", "x/.zarray", "x/.zattrs"]);
    expect(metadata["x/.zarray"]).toEqual(JSON.parse(await textOf(store, "g/x/.zarray")));
    const group = await openGroup(store, { path: "g", useConsolidated: true });
    expect(pathsOf(await group.members())).toEqual(["g/x"]);
  });

  test("refuses metadata that nobody could read, and a path without a group", async () => {
    const small = new MemoryStore({ limits: { metadataBytes: 700 } });
    await createHierarchy(small, { a: int8, b: int8 });
    await expect(consolidateMetadata(small)).rejects.toEqual(code("ERR_LIMIT"));
    expect(await openGroup(small)).toBeDefined();
    await expect(consolidateMetadata(small, { path: "a" })).rejects.toEqual(code("ERR_NOT_FOUND"));
  });
});

describe("documents", () => {
  const attributes = '{"b": 1.0, "10": 12345678901234567890, "2": NaN, "a": {"z": 1e0, "y": [1.50]}}';

  test.each([3, 2] as const)(
    "format %d: attributes that nobody changed are written back as they were read",
    async (zarrFormat) => {
      await createArray(store, { ...int8, zarrFormat });
      const key = zarrFormat === 3 ? "zarr.json" : ".zattrs";
      const source =
        zarrFormat === 3
          ? (await textOf(store, key)).replace('"attributes": {}', `"attributes": ${attributes}`)
          : attributes;
      await put(store, key, source);
      const array = await openArray(store, { zarrFormat });
      await array.setAttributes({ units: "m" });
      expect(await textOf(store, key)).toBe(source.replace("[1.50]}}", '[1.50]}, "units": "m"}'));
      await array.setAttributes({ b: 2 });
      expect(await textOf(store, key)).toContain(
        '"b": 2, "10": 12345678901234567890, "2": NaN, "a": {"z": 1e0, "y": [1.50]}',
      );
    },
  );

  test("two instances that set different attributes keep each other's", async () => {
    await createGroup(store);
    const [one, two] = [await openGroup(store), await openGroup(store)];
    await Promise.all([one.setAttributes({ a: 1 }), two.setAttributes({ b: 2 }), one.setAttributes({ c: 3 })]);
    expect((await openGroup(store)).attributes).toEqual({ a: 1, b: 2, c: 3 });
    await two.setAttributes({});
    expect(two.attributes).toEqual({ a: 1, b: 2, c: 3 });
    expect(one.attributes).toEqual({ a: 1, b: 2, c: 3 });
  });

  test("attributes of a node that is gone, or another one by now, are not set", async () => {
    const array = await createArray(store, { path: "a", ...int8 });
    await (await openGroup(store)).delete("a");
    await expect(array.setAttributes({ x: 1 })).rejects.toEqual(code("ERR_NOT_FOUND"));
    await createGroup(store, { path: "a" });
    await expect(array.setAttributes({ x: 1 })).rejects.toEqual(code("ERR_NOT_FOUND"));
    expect((await openGroup(store, { path: "a" })).attributes).toEqual({});
  });

  test("nodes of both formats in one store: each group sees those of its own format first", async () => {
    await createHierarchy(store, { both: int8, three: int8 });
    const other = new MemoryStore();
    await createHierarchy(other, { both: { shape: [5], dtype: "int16" }, two: {} }, { zarrFormat: 2 });
    for (const key of await keysOf(other)) await store.set(key, (await other.get(key))!);
    for (const [zarrFormat, shape] of [
      [3, [2]],
      [2, [5]],
    ] as const) {
      const group = await openGroup(store, { zarrFormat });
      expect(((await group.get("both")) as ZarrArray).shape).toEqual(shape);
      expect(pathsOf(await group.members()).sort()).toEqual(["both", "three", "two"]);
    }
    expect((await openArray(store, { path: "both" })).shape).toEqual([2]);
  });
});

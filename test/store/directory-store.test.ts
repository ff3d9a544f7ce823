// What only a folder has: modes, symbolic links, permissions, foreign files, other processes' files under way.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { partFileName } from "../../src/bytes/part-file.js";
import { createArray, createGroup, openArray, openGroup, restore } from "../../src/index.js";
import { DirectoryStore } from "../../src/store/directory/directory-store.js";
import { keysOf } from "../../src/testing/store-facts.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const bytes = (...values: number[]) => new Uint8Array(values);
const code = (code: string) => expect.objectContaining({ code });
let path: string;
let folders = 0;

beforeEach(() => {
  path = `${folder}/${folders++}.zarr`;
});

async function written(values: Record<string, Uint8Array>): Promise<DirectoryStore> {
  const store = await DirectoryStore.open(path, { mode: "a" });
  for (const [key, value] of Object.entries(values)) await store.set(key, value);
  return store;
}

describe("modes", () => {
  test("r and r+ need the folder; r+ writes into it", async () => {
    for (const mode of ["r", "r+"] as const) {
      await expect(DirectoryStore.open(path, { mode })).rejects.toEqual(code("ERR_NOT_FOUND"));
      expect(existsSync(path)).toBe(false);
    }
    await (await written({ k: bytes(1) })).close();
    const store = await DirectoryStore.open(path, { mode: "r+" });
    await store.set("k", bytes(2));
    expect(readFileSync(`${path}/k`)).toEqual(Buffer.from([2]));
    expect([store.mode, store.readOnly, store.path]).toEqual(["r+", false, path]);
  });

  test("a creates the folder, and those above it, and keeps what is there", async () => {
    path = `${path}/deep/er`;
    await written({ k: bytes(1) });
    expect(await (await written({})).get("k")).toEqual(bytes(1));
  });

  test("w- refuses a folder that holds something, and takes an empty one", async () => {
    mkdirSync(path);
    const store = await DirectoryStore.open(path, { mode: "w-" });
    await store.set("k", bytes(1));
    await expect(DirectoryStore.open(path, { mode: "w-" })).rejects.toEqual(code("ERR_EXISTS"));
  });

  test("w removes the contents of a Zarr node, and nothing else", async () => {
    await createGroup(await written({ "a/b": bytes(1) }));
    const store = await DirectoryStore.open(path, { mode: "w" });
    expect([await keysOf(store), readdirSync(path)]).toEqual([[], []]);
    await store.set("letter.txt", bytes(1));
    await expect(DirectoryStore.open(path, { mode: "w" })).rejects.toEqual(code("ERR_EXISTS"));
    expect(await store.has("letter.txt")).toBe(true);
  });

  test("a file is not a folder, and options are checked", async () => {
    writeFileSync(path, "");
    for (const mode of ["r", "r+", "a", "w", "w-"] as const) {
      await expect(DirectoryStore.open(path, { mode })).rejects.toEqual(code("ERR_STORE_READ"));
    }
    await expect(DirectoryStore.open(path, { mode: "x" as "r" })).rejects.toEqual(code("ERR_ARGUMENT"));
    await expect(DirectoryStore.open(folder, { limits: { rank: -1 } })).rejects.toEqual(code("ERR_ARGUMENT"));
  });
});

describe("files", () => {
  test("a key is the file of that name, replaced as a whole; nothing else stays behind", async () => {
    const store = await written({ "a/c/0": bytes(1, 2) });
    const opened = await store.get("a/c/0");
    await store.set("a/c/0", bytes(3));
    expect([opened, readFileSync(`${path}/a/c/0`)]).toEqual([bytes(1, 2), Buffer.from([3])]);
    await store.delete("a/c/0");
    expect(readdirSync(path)).toEqual([]);
  });

  test("part files of other processes are not keys", async () => {
    const store = await written({ k: bytes(1) });
    const part = partFileName(`${path}/k`);
    writeFileSync(part, "half");
    const name = part.slice(path.length + 1);
    expect([await keysOf(store), await store.listDir(), await store.has(name)]).toEqual([["k"], ["k"], false]);
    await expect(store.set(name, bytes(1))).rejects.toEqual(code("ERR_KEY"));
  });

  test("part files of killed writers are removed when a folder is opened to write, or written into", async () => {
    const store = await written({ k: bytes(1), "a/k": bytes(1), "b/k": bytes(1) });
    await store.close();
    const left = [`${path}/k`, `${path}/a/k`, `${path}/b/k`].map((file) => partFileName(file));
    for (const part of left) writeFileSync(part, "half");
    const removed = partFileName(`${path}/c`);
    mkdirSync(`${removed}/d`, { recursive: true });
    await (await DirectoryStore.open(path)).close();
    expect([...left, removed].every((part) => existsSync(part))).toBe(true);
    const again = await DirectoryStore.open(path, { mode: "a" });
    await again.set("a/other", bytes(2));
    await again.close();
    expect([...left, removed].filter((part) => existsSync(part))).toEqual([left[2]]);
  });

  test.skipIf(process.platform === "win32")(
    "values keep their permissions, and new ones have those of the folder",
    async () => {
      const store = await written({ k: bytes(1) });
      const modeOf = (name: string) => (statSync(`${path}/${name}`).mode & 0o777).toString(8);
      chmodSync(`${path}/k`, 0o640);
      await store.set("k", bytes(2));
      chmodSync(path, 0o770);
      await store.set("a/b/new", bytes(3));
      expect(["k", "a", "a/b", "a/b/new"].map(modeOf)).toEqual(["640", "770", "770", "660"]);
      await store.close();
    },
  );

  test("a key cannot be the folder of another one: ERR_EXISTS, and both stay as they are", async () => {
    const store = await written({ a: bytes(1), "b/c": bytes(2) });
    await expect(store.set("a/x", bytes(3))).rejects.toEqual(code("ERR_EXISTS"));
    await expect(store.set("b", bytes(3))).rejects.toEqual(code("ERR_EXISTS"));
    await store.delete("b");
    expect([await keysOf(store), readdirSync(path)]).toEqual([
      ["a", "b/c"],
      ["a", "b"],
    ]);
  });

  test.skipIf(process.platform === "win32")("names that cannot be keys are not listed", async () => {
    const store = await written({ k: bytes(1) });
    writeFileSync(`${path}/back\\slash`, "");
    writeFileSync(Buffer.from(`${path}/latin-\xe9`, "latin1"), "");
    expect([await keysOf(store), await store.listDir()]).toEqual([["k"], ["k"]]);
  });

  test.skipIf(process.getuid?.() === 0)("a value that may not be read is ERR_STORE_READ, and not missing", async () => {
    const store = await written({ "a/k": bytes(1) });
    chmodSync(`${path}/a/k`, 0);
    await expect(store.get("a/k")).rejects.toEqual(code("ERR_STORE_READ"));
    chmodSync(`${path}/a`, 0);
    await expect(store.get("a/k")).rejects.toEqual(code("ERR_STORE_READ"));
    await expect(store.listDir("a")).rejects.toEqual(code("ERR_STORE_READ"));
    await expect(keysOf(store)).rejects.toEqual(code("ERR_STORE_READ"));
    await expect(store.set("a/k", bytes(2))).rejects.toEqual(code("ERR_STORE_WRITE"));
    chmodSync(`${path}/a`, 0o755);
  });

  test("a folder that is gone, or replaced, is an error, and not an empty store", async () => {
    const store = await written({ k: bytes(1) });
    const uses = [() => store.get("x"), () => store.has("k"), () => store.set("k", bytes(1)), () => store.listDir("x")];
    renameSync(path, `${path}.away`);
    for (const use of uses) await expect(use()).rejects.toEqual(code("ERR_NOT_FOUND"));
    expect(existsSync(path)).toBe(false);
    mkdirSync(path);
    for (const use of uses) await expect(use()).rejects.toEqual(code("ERR_STALE_STATE"));
    expect(readdirSync(path)).toEqual([]);
  });

  test("deleteFolder removes what is below, and a link without what it leads to", async () => {
    const store = await written({ "a/b/c": bytes(1), "a/d": bytes(2), k: bytes(3) });
    mkdirSync(`${path}.other`);
    writeFileSync(`${path}.other/kept`, "");
    symlinkSync(`${path}.other`, `${path}/a/link`);
    await store.deleteFolder("a");
    expect([await keysOf(store), readdirSync(`${path}.other`)]).toEqual([["k"], ["kept"]]);
    await store.deleteFolder("");
    expect(readdirSync(path)).toEqual([]);
  });
});

describe("symbolic links", () => {
  test("of files and folders are followed, as zarr-python does; those that circle are walked once", async () => {
    const store = await written({ "a/k": bytes(1) });
    mkdirSync(`${path}.other`);
    writeFileSync(`${path}.other/file`, "x");
    symlinkSync(`${path}.other/file`, `${path}/linked`);
    symlinkSync(`${path}.other`, `${path}/other`);
    symlinkSync(path, `${path}.other/back`);
    symlinkSync("nowhere", `${path}/dangling`);
    expect(await store.get("linked")).toEqual(bytes(120));
    expect(await store.get("other/file")).toEqual(bytes(120));
    expect(await store.get("dangling")).toBeUndefined();
    expect(await keysOf(store)).toEqual(["a/k", "linked", "other/file"]);
    await store.set("linked", bytes(1));
    expect(readFileSync(`${path}.other/file`, "utf8")).toBe("x");
  });

  test("a store restored with roots does not follow them out of those", async () => {
    const outside = `${path}.outside`;
    mkdirSync(outside);
    writeFileSync(`${outside}/secret`, "x");
    const root = path;
    path = `${root}/x.zarr`;
    const store = await written({ k: bytes(1), "a/k": bytes(2) });
    symlinkSync(`${outside}/secret`, `${path}/secret`);
    symlinkSync(outside, `${path}/out`);
    symlinkSync(`${path}/k`, `${path}/within`);
    const limited = await DirectoryStore.fromState(store.getState(), { roots: [root] });
    expect(await limited.get("within")).toEqual(bytes(1));
    for (const use of [
      () => limited.get("secret"),
      () => limited.get("out/secret"),
      () => limited.listDir("out"),
      () => limited.set("out/new", bytes(1)),
    ]) {
      await expect(use()).rejects.toEqual(code("ERR_STATE"));
    }
    expect(readdirSync(outside)).toEqual(["secret"]);
  });
});

describe("state", () => {
  test("has every member, survives JSON, and what it lacks is named", async () => {
    const store = await written({ k: bytes(1) });
    const state = JSON.parse(JSON.stringify(store));
    expect(state).toStrictEqual(store.getState());
    expect(state).toMatchObject({ kind: "DirectoryStore", version: 1, path, readOnly: false, mode: "r+" });
    expect(store.equals(await restore(state))).toBe(true);
    for (const member of Object.keys(state).filter((name) => name !== "kind")) {
      const { [member]: _, ...rest } = state;
      await expect(restore(rest)).rejects.toMatchObject({ code: "ERR_STATE", details: { member } });
    }
    await expect(restore({ ...state, readOnly: true })).rejects.toEqual(code("ERR_STATE"));
    await expect(restore({ ...state, jobId: 1 })).rejects.toEqual(code("ERR_STATE"));
    const identity = { ...state.identity, jobId: 1 };
    await expect(restore({ ...state, identity })).rejects.toMatchObject({ details: { member: "identity.jobId" } });
    await expect(restore(state, { roots: [`${folder}/elsewhere`] })).rejects.toEqual(code("ERR_STATE"));
    await store.close();
    expect(() => store.getState()).toThrow(code("ERR_CLOSED"));
    await expect(restore(JSON.parse(JSON.stringify(store)))).rejects.toEqual(code("ERR_STATE"));
  });

  test("setState narrows, never widens, and waits for flush()", async () => {
    const store = await written({ k: bytes(1) });
    const state = store.getState();
    expect(() => store.setState(state)).toThrow(code("ERR_DIRTY"));
    await store.flush();
    store.setState({ ...state, readOnly: true, mode: "r" });
    await expect(store.set("k", bytes(2))).rejects.toEqual(code("ERR_READ_ONLY"));
    expect(() => store.setState(state)).toThrow(code("ERR_STATE"));
  });

  test("restoring creates nothing", async () => {
    const store = await written({});
    rmSync(path, { recursive: true });
    const twin = await restore(store.getState());
    await expect(twin.set("k", bytes(1))).rejects.toEqual(code("ERR_NOT_FOUND"));
    await expect(twin.get("k")).rejects.toEqual(code("ERR_NOT_FOUND"));
    expect(existsSync(path)).toBe(false);
  });

  test("open, openArray and openGroup take the name of a folder, read-only; their states restore", async () => {
    const store = await written({});
    await createArray(store, { path: "g/a", shape: [3], dtype: "int8", data: [1, 2, 3] });
    const array = await openArray(path, { path: "g/a" });
    expect([array.readOnly, (await array.get()).data]).toEqual([true, new Int8Array([1, 2, 3])]);
    const twin = await restore(array.getState(), { roots: [folder] });
    expect((await (twin as typeof array).get()).data).toEqual(new Int8Array([1, 2, 3]));
    const group = await restore((await openGroup(path)).getState());
    expect(await (group as Awaited<ReturnType<typeof openGroup>>).tree()).toBe("/\n└── g\n    └── a (3) int8");
  });
});

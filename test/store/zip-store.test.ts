// Writing a new file: what order of calls gives which file, and that reading and writing may overlap.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import type { ZipStoreOptions } from "../../src/store/zip/zip-store-options.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = temporaryFolder();
let folder: string;
let file: string;
let folders = 0;

beforeEach(() => {
  folder = `${root}/${folders++}`;
  mkdirSync(folder);
  file = `${folder}/x.zip`;
});

const bytes = (...values: number[]) => new Uint8Array(values);
const code = (code: string) => expect.objectContaining({ code });
const writer = (options: ZipStoreOptions = {}) => ZipStore.open(file, { mode: "w", ...options });

async function contents(path = file): Promise<Record<string, number[]>> {
  const store = await ZipStore.open(path);
  const found: Record<string, number[]> = {};
  for await (const key of store.list()) found[key] = [...(await store.get(key))!];
  await store.close();
  return found;
}

describe("flush, close and abort", () => {
  test("nothing has the name before flush; nothing but the file is left after it", async () => {
    const store = await writer();
    await store.set("a", bytes(1));
    expect(existsSync(file)).toBe(false);
    await store.flush();
    expect(readdirSync(folder)).toEqual(["x.zip"]);
    expect([store.mode, store.readOnly, store.view]).toEqual(["r+", false, "follow"]);
    expect(await store.get("a")).toEqual(bytes(1));
    await store.close();
    expect(await contents()).toEqual({ a: [1] });
  });

  test("close publishes; abort does not", async () => {
    const first = await writer();
    await first.set("a", bytes(1));
    await first.close();
    const second = await writer();
    await second.set("b", bytes(2));
    await second.abort();
    await second.close();
    expect(await contents()).toEqual({ a: [1] });
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  test("w closed without a write leaves an empty archive, as Python's zipfile does", async () => {
    await (await writer()).close();
    expect(readFileSync(file).toString("hex")).toBe(`504b0506${"00".repeat(18)}`);
    expect(await contents()).toEqual({});
  });

  test("after flush writes go on: the file stays as it is until the next flush or close", async () => {
    const store = await writer();
    await store.set("a", bytes(1));
    await store.flush();
    const { size } = statSync(file);
    await store.set("b", bytes(2));
    await store.delete("a");
    expect([await store.get("a"), await store.get("b")]).toEqual([undefined, bytes(2)]);
    expect(statSync(file).size).toBe(size);
    await store.flush();
    expect(await contents()).toEqual({ b: [2] });
    await store.set("c", bytes(3));
    await store.close();
    expect(await contents()).toEqual({ b: [2], c: [3] });
  });

  test.each([
    ["flush and flush", (store: ZipStore) => [store.flush(), store.flush()]],
    ["flush and close", (store: ZipStore) => [store.flush(), store.close()]],
    ["close and close", (store: ZipStore) => [store.close(), store.close()]],
    ["flush, close and abort", (store: ZipStore) => [store.flush(), store.close(), store.abort()]],
  ])("%s at once are one", async (_, act) => {
    const store = await writer();
    const setting = store.set("a", new Uint8Array(2 ** 21));
    for (const call of act(store)) {
      await call;
      expect(statSync(file).size).toBeGreaterThan(2 ** 21);
    }
    await setting;
    await store.close();
    expect(Object.keys(await contents())).toEqual(["a"]);
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  test("a second close waits until the first has published", async () => {
    const store = await writer();
    await store.set("a", bytes(1));
    const first = store.close();
    await store.close();
    expect(existsSync(file)).toBe(true);
    await first;
  });

  test("reads under way during a flush, and after it, give the values", async () => {
    const store = await writer();
    for (let i = 0; i < 10; i++) await store.set(`c/${i}`, new Uint8Array(100_000).fill(i));
    const before = store.get("c/1");
    const flushing = store.flush();
    const during = [store.get("c/2"), store.getRange("c/3", { suffixLength: 1 }), store.get("c/4")];
    const listing = store.listDir("c");
    const late = store.set("late", bytes(9));
    expect([await before, ...(await Promise.all(during))].map((value) => value?.at(-1))).toEqual([1, 2, 3, 4]);
    expect(await listing).toHaveLength(10);
    expect(await store.has("c/5")).toBe(true);
    await flushing;
    await late;
    await store.close();
    expect((await contents()).late).toEqual([9]);
  });

  test("writes that nobody waited for are in the file that close publishes", async () => {
    const store = await writer();
    const sets = [store.set("a", bytes(1)), store.set("b", bytes(2)), store.delete("a")];
    await store.close();
    await Promise.all(sets);
    expect(await contents()).toEqual({ b: [2] });
  });

  test("a missing folder fails at once, one that vanishes when it is published; both can be closed", async () => {
    await expect(ZipStore.open(`${folder}/missing/x.zip`, { mode: "w" })).rejects.toEqual(code("ERR_NOT_FOUND"));
    const store = await writer();
    await store.set("a", bytes(1));
    rmSync(folder, { recursive: true });
    await expect(store.flush()).rejects.toEqual(code("ERR_NOT_FOUND"));
    await expect(store.close()).rejects.toEqual(code("ERR_NOT_FOUND"));
    await store.abort();
  });
});

describe("w and w-", () => {
  test("w replaces a file whole; readers that have the old one open keep reading it", async () => {
    const old = await writer();
    await old.set("a", bytes(1));
    await old.close();
    const reader = await ZipStore.open(file);
    const store = await writer();
    await store.set("b", bytes(2));
    expect(await contents()).toEqual({ a: [1] });
    await store.close();
    expect(await contents()).toEqual({ b: [2] });
    expect(await reader.get("a")).toEqual(bytes(1));
    await reader.close();
  });

  test("w follows a symbolic link to the file that it replaces", async () => {
    await (await writer()).close();
    symlinkSync(file, `${folder}/link.zip`);
    const store = await ZipStore.open(`${folder}/link.zip`, { mode: "w" });
    expect(store.path).toBe(file);
    await store.set("a", bytes(1));
    await store.close();
    expect(await contents()).toEqual({ a: [1] });
  });

  test("w- refuses a name that is taken, at once or when it publishes, and leaves what is there", async () => {
    const store = await writer({ mode: "w-" });
    await store.set("a", bytes(1));
    writeFileSync(file, "somebody else's");
    await expect(writer({ mode: "w-" })).rejects.toEqual(code("ERR_EXISTS"));
    await expect(store.flush()).rejects.toEqual(code("ERR_EXISTS"));
    await expect(store.close()).rejects.toEqual(code("ERR_EXISTS"));
    await store.close();
    await store.abort();
    expect(readFileSync(file, "utf8")).toBe("somebody else's");
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  test("one of two w- for one name succeeds", async () => {
    const stores = [await writer({ mode: "w-" }), await writer({ mode: "w-" })];
    for (const [i, store] of stores.entries()) await store.set("a", bytes(i));
    const outcomes = await Promise.allSettled(stores.map((store) => store.close()));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
    expect(await contents()).toEqual({ a: [winner] });
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });

  test("r+: a missing file is ERR_NOT_FOUND, and nothing is created", async () => {
    await expect(ZipStore.open(file, { mode: "r+" })).rejects.toEqual(code("ERR_NOT_FOUND"));
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    { mode: "R" },
    { view: "newest" },
    { mode: "w", view: "pinned" },
    { mode: "w", compression: "zstd" },
    { mode: "w", zip64: true },
    { mode: "w", modified: new Date(Number.NaN) },
    { limits: { readBytes: Number.POSITIVE_INFINITY } },
    { limits: { readBytes: undefined } },
    { limits: { jsonDepth: -1 } },
  ])("options %o: ERR_ARGUMENT, and nothing is created", async (options) => {
    await expect(ZipStore.open(file, options as ZipStoreOptions)).rejects.toEqual(code("ERR_ARGUMENT"));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("r: a missing file, a folder and a file that is not an archive fail at once", async () => {
    writeFileSync(file, "text");
    await expect(ZipStore.open(`${folder}/missing.zip`)).rejects.toEqual(code("ERR_NOT_FOUND"));
    await expect(ZipStore.open(folder)).rejects.toEqual(code("ERR_STORE_READ"));
    await expect(ZipStore.open(file)).rejects.toEqual(code("ERR_ZIP_TAIL"));
  });
});

describe("the bytes of a new file", () => {
  const values = { "zarr.json": Buffer.from("{}"), "c/0": new Uint8Array(5000).fill(1), "c/1": bytes(1, 2, 3) };

  async function written(
    path: string,
    options: ZipStoreOptions,
    write: (store: ZipStore) => Promise<void>,
  ): Promise<Buffer> {
    const store = await ZipStore.open(path, { mode: "w", ...options });
    await write(store);
    await store.close();
    return readFileSync(path);
  }

  const once = async (store: ZipStore) => {
    for (const [key, value] of Object.entries(values)) await store.set(key, value);
  };

  test.each([
    {},
    { compression: "deflate" },
    { zip64: "always" },
    { modified: new Date("2020-02-03T04:05:06Z") },
  ] as const)("the same calls give the same bytes: %o", async (options) => {
    const first = await written(file, options, once);
    expect(first.equals(await written(`${folder}/again.zip`, options, once))).toBe(true);
    expect(await contents()).toEqual(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [...value]])),
    );
  });

  test("values replaced or removed before flush leave no trace", async () => {
    const detour = await written(`${folder}/detour.zip`, {}, async (store) => {
      await store.set("gone", new Uint8Array(3_000_000).fill(9));
      await store.set("zarr.json", new Uint8Array(70_000).fill(9));
      await store.set("c/0", bytes(9));
      await store.delete("gone");
      await once(store);
      await store.delete("zarr.json");
      await once(store);
    });
    expect(detour.equals(await written(file, {}, once))).toBe(true);
  });

  test("concurrent writes are in the file in the order of the calls", async () => {
    const concurrent = await written(`${folder}/concurrent.zip`, {}, async (store) => {
      await Promise.all(Object.entries(values).map(([key, value]) => store.set(key, value)));
    });
    expect(concurrent.equals(await written(file, {}, once))).toBe(true);
  });

  test("deflate makes it smaller, and keeps as it is what does not get smaller", async () => {
    const noise = Uint8Array.from({ length: 3000 }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255);
    const write = async (store: ZipStore) => {
      await store.set("zeros", new Uint8Array(100_000));
      await store.set("noise", noise);
      await store.set("empty", bytes());
    };
    const deflated = await written(file, { compression: "deflate" }, write);
    expect(deflated.length).toBeLessThan(5000);
    expect(Object.values(await contents()).map((value) => value.length)).toEqual([100_000, 3000, 0]);
  });

  test("a value longer than maxBytes, or than the store's limit, fails with ERR_LIMIT while written and afterwards", async () => {
    const store = await writer({ limits: { readBytes: 100 }, compression: "deflate" });
    await store.set("a", new Uint8Array(101));
    for (let phase = 0; phase < 2; phase++) {
      await expect(store.get("a")).rejects.toEqual(code("ERR_LIMIT"));
      await expect(store.get("a", { maxBytes: 100 })).rejects.toEqual(code("ERR_LIMIT"));
      expect(await store.get("a", { maxBytes: 101 })).toHaveLength(101);
      await store.flush();
    }
    await store.close();
  });

  test("a key that no ZIP entry can have fails with ERR_ARGUMENT, and the store remains usable", async () => {
    const store = await writer();
    await expect(store.set("x".repeat(65_536), bytes(1))).rejects.toEqual(code("ERR_ARGUMENT"));
    await store.set("a", bytes(1));
    await store.close();
    expect(await contents()).toEqual({ a: [1] });
  });

  test("a file with two names loses none: the other name keeps the old file", async () => {
    await written(file, {}, once);
    linkSync(file, `${folder}/second.zip`);
    await written(file, {}, (store) => store.set("new", bytes(1)));
    expect(Object.keys(await contents(`${folder}/second.zip`))).toEqual(Object.keys(values));
    expect(await contents()).toEqual({ new: [1] });
  });
});

describe("export", () => {
  const values = { "a/zarr.json": Buffer.from('{"x": 1}'), "a/c/0": new Uint8Array(200_000).fill(3), empty: bytes() };

  async function exported(flushFirst: boolean): Promise<Buffer> {
    const store = await writer();
    for (const [key, value] of Object.entries(values)) await store.set(key, value);
    if (flushFirst) await store.flush();
    const stream = await buffer(store.export());
    await store.abort();
    return stream;
  }

  test.each([false, true])("streams an archive that this package reads; flushed first: %s", async (flushFirst) => {
    writeFileSync(`${folder}/out.zip`, await exported(flushFirst));
    const expected = Object.entries(values).map(([key, value]) => [key, [...value]]);
    expect(await contents(`${folder}/out.zip`)).toEqual(Object.fromEntries(expected));
  });

  const hasPython = spawnSync("python3", ["--version"]).status === 0;
  test.runIf(hasPython)("streams an archive that Python's zipfile reads and finds sound", async () => {
    writeFileSync(`${folder}/out.zip`, await exported(true));
    const script =
      "import sys, zipfile, json\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps([[i.filename, i.file_size, i.compress_type] for i in z.infolist()]))";
    const { stdout, stderr } = spawnSync("python3", ["-c", script, `${folder}/out.zip`], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([
      ["a/zarr.json", 8, 0],
      ["a/c/0", 200_000, 0],
      ["empty", 0, 0],
    ]);
  });

  test("of a closed store fails with ERR_CLOSED", async () => {
    const store = await writer();
    await store.close();
    await expect(buffer(store.export())).rejects.toEqual(code("ERR_CLOSED"));
  });
});

// What programs without types pass by mistake fails with a ZarrError, and never as another thing that was meant.
import { describe, expect, test } from "vitest";
import {
  createArray,
  createGroup,
  fieldOf,
  isZarrError,
  MemoryStore,
  open,
  openArray,
  openGroup,
  restore,
  slice,
  ZipStore,
} from "../../src/index.js";
import { WorkerPool } from "../../src/pool/index.js";

const array = async () =>
  await createArray(new MemoryStore(), { path: "a", shape: [10], chunks: [4], dtype: "float32", data: 1 });

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  const error = await action().then(
    () => "nothing was thrown",
    (error) => error,
  );
  return isZarrError(error) ? error.code : `no ZarrError: ${error}`;
}

describe("values", () => {
  test.each<[string, unknown]>([
    ["data that is no list", { data: 5, shape: [10] }],
    ["a shape that is none", { data: new Float32Array(10), shape: null }],
    ["a stride of NaN", { data: new Float32Array(10), shape: [10], stride: [Number.NaN] }],
    ["a stride of one half", { data: new Float32Array(10), shape: [10], stride: [0.5] }],
    ["a length of -1", { length: -1 }],
    ["a length of 2^53", { length: 2 ** 53 }],
    ["a longer list", new Float32Array(11)],
    ["a list within a list", [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]],
  ])("set refuses %s, and changes nothing", async (_, values) => {
    const a = await array();
    expect(await codeOf(() => a.set(null, values as never))).toBe("ERR_VALUE");
    expect([...(await a.get()).data]).toEqual(Array(10).fill(1));
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["a number", 5],
    ["a chunk without a shape", { data: new Float32Array(10) }],
    ["a list of numbers", Array(10).fill(0)],
    ["another type", new Float64Array(10)],
  ])("get refuses %s as out", async (_, out) => {
    const a = await array();
    expect(await codeOf(() => a.get(null, { out: out as never }))).toBe("ERR_VALUE");
  });
});

describe("options", () => {
  test("a path in place of the options is refused, and does not open the root", async () => {
    const store = new MemoryStore();
    await createGroup(store, { path: "sub" });
    expect(await codeOf(() => openGroup(store, "sub" as never))).toBe("ERR_ARGUMENT");
    expect(await codeOf(() => open(store, { path: 5 as never }))).toBe("ERR_KEY");
    expect(await codeOf(() => createGroup(store, { path: 5 as never }))).toBe("ERR_KEY");
  });

  test.each<[string, unknown]>([
    ["a number", 5],
    ["nothing", undefined],
    ["an empty text", ""],
  ])("%s is not a file name", async (_, file) => {
    expect(await codeOf(() => openArray(file as never))).toBe("ERR_ARGUMENT");
    expect(await codeOf(() => ZipStore.open(file as never))).toBe("ERR_ARGUMENT");
  });

  test.each<[string, object]>([
    ["zarrFormat", { zarrFormat: 4 }],
    ["zarrFormat", { zarrFormat: "2" }],
    ["order", { order: "fortran" }],
    ["codecs", { codecs: "gzip" }],
  ])("createArray refuses a %s that it does not know", async (_, option) => {
    const create = () => createArray(new MemoryStore(), { shape: [2], dtype: "int8", ...option });
    expect(await codeOf(create)).toBe("ERR_ARGUMENT");
  });

  test("a format that does not exist is refused by open and createGroup", async () => {
    const { store } = await array();
    expect(await codeOf(() => openArray(store, { path: "a", zarrFormat: 4 as never }))).toBe("ERR_ARGUMENT");
    expect(await codeOf(() => createGroup(store, { path: "g", zarrFormat: 4 as never }))).toBe("ERR_ARGUMENT");
  });

  test("a length of -0 is written as 0", async () => {
    const store = new MemoryStore();
    await createArray(store, { shape: [-0], chunks: [1], dtype: "int8" });
    expect(new TextDecoder().decode(await store.get("zarr.json"))).not.toContain("-0");
  });
});

describe("reading", () => {
  const wrong: unknown[] = [
    undefined,
    null,
    5,
    "x",
    10n,
    {},
    Symbol("s"),
    () => 1,
    Object.create(null),
    [Symbol("s")],
    [-1],
    [1.5],
  ];

  test("values other than coordinates of a chunk, or a list of selections, are ERR_SELECTION", async () => {
    for (const value of wrong) {
      const given = value as never;
      expect(await codeOf(async () => (await array()).chunkKey(given))).toBe("ERR_SELECTION");
      expect(await codeOf(async () => (await array()).getChunk(given))).toBe("ERR_SELECTION");
      if (!Array.isArray(value)) expect(await codeOf(async () => (await array()).getMany(given))).toBe("ERR_SELECTION");
    }
  });

  test("bounds, keys, ranges and places of any kind are named in the error", async () => {
    const strange: unknown[] = [Object.create(null), 10n, Symbol("s"), [Object.create(null)]];
    const store = new MemoryStore();
    await store.set("k", new Uint8Array(4));
    for (const value of strange) {
      const given = value as never;
      expect(await codeOf(async () => slice(given))).toBe("ERR_SELECTION");
      expect(await codeOf(async () => slice(0, 1, given))).toBe("ERR_SELECTION");
      expect(await codeOf(() => store.get(given))).toBe("ERR_KEY");
      expect(await codeOf(() => store.getRange("k", { offset: given, length: 1 }))).toBe("ERR_RANGE");
      expect(await codeOf(() => store.getRange("k", given))).toBe("ERR_RANGE");
      expect(await codeOf(async () => (await array()).get([null], { out: given }))).toBe("ERR_VALUE");
    }
  });
});

test("any invalid argument is a ZarrError that says what it is", async () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const odd: readonly unknown[] = [null, 1n, Symbol("s"), Object.create(null), cycle, new Array(2), () => 1, 3, "x"];
  const store = new MemoryStore();
  const group = await createGroup(store);
  const array = await group.createArray({ path: "a", shape: [2], dtype: "int8" });
  const calls: Readonly<Record<string, (value: never) => unknown>> = {
    "getMany, out": (out) => array.getMany([null], { out }),
    "group.requireArray": (options) => group.requireArray(options),
    "group.requireGroup": (options) => group.requireGroup(options),
    "fields of a dtype": (value) => createArray(store, { path: "x", shape: [1], dtype: [value] as never }),
    fieldOf: (dataType) => fieldOf({ data: new Uint8Array(1), shape: [1], stride: [1] }, dataType, "a"),
    "a prefix": (prefix) => store.listDir(prefix === "x" ? (3 as never) : prefix),
    "a range": (range) => store.getRange("zarr.json", range),
    "a state": (state) => restore(state),
    "the kind of a state": (kind) => restore({ kind }),
    "a member of a state": (path) => restore({ kind: "ZipStore", version: 1, path, readOnly: true, mode: "r" }),
    "WorkerPool, workers": (workers) => new WorkerPool({ workers: workers === 3 ? (1.5 as never) : workers }),
    "WorkerPool, memoryLimit": (value) => new WorkerPool({ memoryLimit: value === 3 ? (-1 as never) : value }),
    "WorkerPool, workerUrl": (workerUrl) => new WorkerPool({ workerUrl }),
    ...Object.fromEntries(
      ["mode", "view", "version", "compression", "zip64", "modified", "durability", "batchBytes", "forceLock"].map(
        (option) => [`ZipStore, ${option}`, (value) => ZipStore.open("/nowhere.zip", { [option]: value })],
      ),
    ),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const value of odd) {
      const error = await (async () => call(value as never))().catch((thrown) => thrown);
      expect([name, error instanceof Error && !isZarrError(error)]).toEqual([name, false]);
    }
  }
  expect(await array.getMany(new Array<null>(2))).toHaveLength(2); // as undefined, everything
});

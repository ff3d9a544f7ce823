// Whoever gives something else than a store, or than a file name, is told what it is and what to do.
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import {
  consolidateMetadata,
  createArray,
  createGroup,
  createHierarchy,
  DirectoryStore,
  MemoryStore,
  openArray,
  recover,
  repack,
  slice,
  verifyArchive,
  ZipStore,
} from "../../src/index.js";

const ofStore: Record<string, (store: never) => Promise<unknown>> = {
  createArray: (store) => createArray(store, { shape: [1], dtype: "int8" }),
  createGroup: (store) => createGroup(store),
  createHierarchy: (store) => createHierarchy(store, { a: {} }),
  consolidateMetadata: (store) => consolidateMetadata(store),
};
const ofFile: Record<string, (file: never) => Promise<unknown>> = {
  repack,
  verifyArchive,
  recover: (file) => recover(file, "/nowhere/target.zip"),
  "recover to": (file) => recover("/nowhere/x.zip", file),
  "ZipStore.open": (file) => ZipStore.open(file),
  "DirectoryStore.open": (file) => DirectoryStore.open(file),
};

const group = await createGroup(new MemoryStore());

const wrong: [what: string, value: () => unknown, advice: string][] = [
  ["a promise", () => Promise.resolve(new MemoryStore()), "await it"],
  ["nothing", () => undefined, "nothing (undefined)"],
  ["null", () => null, "nothing (null)"],
  ["a URL", () => pathToFileURL("/x.zip"), "fileURLToPath(url)"],
  ["a group", () => group, "node.store"],
  ["a number", () => 5, "5 was given"],
];

describe.each(Object.entries(ofStore))("%s", (_, call) => {
  test.each([...wrong, ["a file name", () => "x.zip", 'ZipStore.open(file, { mode: "a" })']] as typeof wrong)(
    "%s is not a store",
    async (_, value, advice) => {
      const error = await (async () => await call(value() as never))().catch((error) => error);
      expect(error).toMatchObject({ code: "ERR_ARGUMENT", message: expect.stringContaining(advice) });
    },
  );
});

describe.each(Object.entries(ofFile))("%s", (_, call) => {
  const takesUrls = call === ofFile["ZipStore.open"];
  const others = wrong.filter(([what]) => !(takesUrls && what === "a URL"));
  test.each([...others, ["a store", () => new MemoryStore(), "store.path"]] as typeof wrong)(
    "%s is not a file name",
    async (_, value, advice) => {
      const error = await (async () => await call(value() as never))().catch((error) => error);
      expect(error).toMatchObject({ code: "ERR_ARGUMENT", message: expect.stringContaining(advice) });
    },
  );
});

test.each(wrong.filter(([what]) => what !== "a URL"))(
  "openArray: %s is neither a store nor a file name",
  async (_, value, advice) => {
    const error = await openArray(value() as never).catch((error) => error);
    expect(error).toMatchObject({ code: "ERR_ARGUMENT", message: expect.stringContaining(advice) });
  },
);

test.each([ZipStore.open, openArray])(
  "a URL of a file is opened, and of another kind is ERR_UNSUPPORTED",
  async (open) => {
    await expect(open(pathToFileURL("/nowhere/x.zip"))).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
    for (const url of [new URL("ftp://example.org/x.zip"), "s3://bucket/x.zip"]) {
      await expect(open(url)).rejects.toMatchObject({ code: "ERR_UNSUPPORTED", details: { file: String(url) } });
    }
  },
);

test.each([ZipStore.open, openArray])(
  "a URL that names no file here, and a source without a size, are ERR_ARGUMENT",
  async (open) => {
    for (const url of [
      "file:///a%zz.zip",
      "file:///a%2Fb.zip",
      ...(process.platform === "win32" ? [] : ["file://host/x.zip"]),
    ]) {
      await expect(open(url)).rejects.toMatchObject({ code: "ERR_ARGUMENT", details: { file: url } });
    }
    for (const size of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY]) {
      const source = { name: "mine", size, read: async (_: number, length: number) => new Uint8Array(length) };
      await expect(open(source)).rejects.toMatchObject({ code: "ERR_ARGUMENT", details: { file: "mine" } });
    }
  },
);

test("ERR_SELECTION names file and path, whatever the way of selecting", async () => {
  const array = await createArray(new MemoryStore(), { path: "some/array", shape: [2, 2], dtype: "int8" });
  const wrongly = [
    () => array.get([9, 0] as never),
    () => array.getMany([[0, "0" as never]]),
    () => array.getOrthogonal([[9], 0]),
    () => array.getCoordinates([[9], [0]]),
    () => array.getMask([[1]]),
    () => array.getBlocks([9]),
    () => array.getChunk([9, 9]),
    () => array.set([0, 0, 0], 1),
    async () => array.chunkKey(5 as never),
  ];
  for (const call of wrongly) {
    await expect(call()).rejects.toMatchObject({
      code: "ERR_SELECTION",
      details: { file: "(memory)", path: "some/array" },
    });
  }
});

test("a region larger than a process can allocate is ERR_LIMIT, also where the limits allow it", async () => {
  const store = new MemoryStore({ limits: { readBytes: 2 ** 53 - 1 } });
  const array = await createArray(store, { shape: [1e6, 1e6], chunks: [1000, 1000], dtype: "float32" });
  await expect(array.get()).rejects.toMatchObject({
    code: "ERR_LIMIT",
    message: expect.stringContaining("select less"),
  });
});

test("slice: a bound that is a text is shown as one", () => {
  expect(() => slice("1" as never, 3)).toThrow('slice bound "1" is not an integer or null');
});

// One corpus through every kind of source: whatever holds the bytes of an archive, it is read alike, and refused alike.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import {
  BufferSource,
  type ByteSource,
  createArray,
  createGroup,
  exportZip,
  isZarrError,
  MemoryStore,
  openArray,
  openGroup,
  restore,
  slice,
  type ZipInput,
  ZipStore,
} from "../../src/index.js";
import { faultServer } from "../http/fault-server.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const server = faultServer();
const golden = new URL("../fixtures/golden/", import.meta.url);
const corpus = readdirSync(golden).filter((file) => file.endsWith(".zip"));

/** A source of a program: it has nothing but what is asked of every source. */
function ownSource(name: string, bytes: Uint8Array): ByteSource {
  return { name, size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}

const kinds: Record<string, (path: string, bytes: Uint8Array<ArrayBuffer>) => ZipInput> = {
  "a file: URL": (path) => pathToFileURL(path),
  "the text of a file: URL": (path) => pathToFileURL(path).href,
  "a Uint8Array": (_, bytes) => bytes,
  "an ArrayBuffer": (_, bytes) => bytes.buffer,
  "a Blob": (_, bytes) => new Blob([bytes]),
  "a File": (_, bytes) => new File([bytes], "a.zip"),
  "a BufferSource": (_, bytes) => new BufferSource(bytes, "a.zip"),
  "a program's own source": (_, bytes) => ownSource("a.zip", bytes),
  "an http: URL": (_, bytes) => new URL(server.serve("/a.zip", bytes)),
  "the text of an http: URL": (_, bytes) => server.serve("/a.zip", bytes),
};

/** All that a store gives: keys in their order, each value and its second half, or the error. */
async function outcome(input: ZipInput): Promise<unknown> {
  let name = typeof input === "string" ? input : "";
  try {
    const store = await ZipStore.open(input);
    name = store.path;
    const found: unknown[] = [];
    for await (const key of store.list()) {
      const value = await store.get(key).catch((error) => told(error, name));
      const half = await store.getRange(key, { suffixLength: 3 }).catch((error) => told(error, name));
      found.push([key, value, half]);
    }
    await store.close();
    return found;
  } catch (error) {
    return told(error, name);
  }
}

function told(error: unknown, name: string): unknown {
  if (!isZarrError(error)) throw error;
  const { file } = error.details;
  const message = error.message.replaceAll(name === "" ? String(file) : name, "FILE").replaceAll(String(file), "FILE");
  return [error.code, message, error.details.offset];
}

describe.each(Object.keys(kinds))("%s", (kind) => {
  const inputOf = (path: string) => kinds[kind]!(path, new Uint8Array(readFileSync(path)));

  test("gives what a path gives, of every file of the corpus", async () => {
    expect(corpus.length).toBeGreaterThan(100);
    for (const file of corpus) {
      const path = new URL(file, golden).pathname;
      expect([file, await outcome(inputOf(path))]).toEqual([file, await outcome(path)]);
    }
  });

  test("gives what a path gives when a commit was cut off", async () => {
    const path = `${folder}/${kind.replaceAll(/\W/g, "")}.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    await store.set("a", Uint8Array.of(1, 2, 3));
    await store.flush();
    await store.set("b", Uint8Array.of(4, 5, 6));
    await store.close();
    const whole = readFileSync(path);
    for (let end = 0; end <= whole.length; end += 61) {
      writeFileSync(path, whole.subarray(0, end));
      expect([end, await outcome(inputOf(path))]).toEqual([end, await outcome(path)]);
    }
  });

  test("an older version of it is opened by its name", async () => {
    const path = `${folder}/versions.zip`;
    for (const [mode, key] of [
      ["w", "a"],
      ["a", "b"],
    ] as const) {
      const store = await ZipStore.open(path, { mode });
      await store.set(key, new Uint8Array(7));
      await store.close();
    }
    const newest = await ZipStore.open(inputOf(path));
    const [, older] = await newest.versions();
    await newest.close();
    const store = await ZipStore.open(inputOf(path), { version: older!.id });
    expect([await store.has("b"), (await store.get("a"))?.length]).toEqual([false, 7]);
    await store.close();
  });

  test("arrays are opened on it by its bytes alone, and closing one closes it", async () => {
    const path = `${folder}/array.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    await (await createArray(store, { shape: [40, 30], chunks: [8, 8], dtype: "int32" })).set(
      null,
      Int32Array.from({ length: 1200 }, (_, i) => i),
    );
    await store.close();
    const array = await openArray<"int32">(inputOf(path));
    expect(await array.get([7, 3])).toBe(213);
    expect(array.store.readOnly).toBe(true);
    await array.close();
    await expect(array.get([7, 3])).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});

describe("bytes", () => {
  const bytes = new Uint8Array(readFileSync(new URL(corpus.find((file) => file.startsWith("v3"))!, golden)));

  test("cannot be written", async () => {
    for (const mode of ["r+", "a", "w", "w-"] as const) {
      await expect(ZipStore.open(bytes, { mode })).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
    }
  });

  test("reach another thread in a state, and no other process", async () => {
    for (const input of [bytes, bytes.buffer, new Blob([bytes])]) {
      const store = await ZipStore.open(input);
      expect(() => store.getState()).toThrow(expect.objectContaining({ code: "ERR_UNSUPPORTED" }));
      expect(JSON.parse(JSON.stringify(store)).unusable).toMatch(/no file/);
      const state = store.getState({ share: true });
      const keys = await new Promise((resolve, reject) => {
        const worker = new Worker(new URL("list-keys.mjs", import.meta.url), { workerData: state });
        worker.once("message", resolve);
        worker.once("error", reject);
      });
      const expected: string[] = [];
      for await (const key of store.list()) expected.push(key);
      expect(keys).toEqual(expected);
      await expect(restore(JSON.parse(JSON.stringify(state)))).rejects.toMatchObject({ code: "ERR_STATE" });
      await store.close();
    }
  });

  test("are handed over with their directory, of which nothing is read again", async () => {
    const store = await ZipStore.open(new Blob([bytes]));
    const state = store.getState({ share: true });
    const blob = state.bytes as Blob;
    const slices: number[] = [];
    const slice = (start: number, end: number) => {
      slices.push(start);
      return blob.slice(start, end);
    };
    const counted = { size: blob.size, arrayBuffer: () => blob.arrayBuffer(), slice } as Blob;
    const restored = await ZipStore.fromState({ ...state, bytes: counted });
    const [key] = await restored.listDir("");
    expect(key).toBe((await store.listDir(""))[0]);
    expect(slices).toEqual([]);
    const [document] = (await store.listDir("")).filter((name) => !name.endsWith("/"));
    expect(await restored.get(document!)).toEqual(await store.get(document!));
    expect(slices.length).toBeGreaterThan(0);
    await Promise.all([store.close(), restored.close()]);
  });

  test("of a program's own source stay in its thread", async () => {
    const store = await ZipStore.open(ownSource("mine", bytes));
    expect(() => store.getState({ share: true })).toThrow(expect.objectContaining({ code: "ERR_UNSUPPORTED" }));
    await store.close();
  });
});

describe("a program's own source", () => {
  const bytes = new Uint8Array(readFileSync(new URL(corpus.find((file) => file.startsWith("v2"))!, golden)));

  test("a shard that is read from it rejects with the reason of an abort, whichever codec waits", async () => {
    const path = `${folder}/aborted.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    const shape = { dtype: "uint8", shape: [4096], chunks: [64], shards: [4096] } as const;
    await createArray(store, { ...shape, data: Uint8Array.from({ length: 4096 }, (_, i) => i) });
    await store.close();
    const bytes = new Uint8Array(readFileSync(path));
    const controller = new AbortController();
    const { signal } = controller;
    let isOpen = false;
    const read = async (offset: number, length: number) => {
      if (isOpen) controller.abort(new Error("enough"));
      return bytes.subarray(offset, offset + length);
    };
    const array = await openArray(await ZipStore.open({ name: "own.zip", size: bytes.length, read }));
    isOpen = true;
    const error = await array.get([slice(5, 6)], { signal }).catch((error) => error);
    expect(error).toBe(signal.reason);
    await expect(array.getChunk([0], { signal })).rejects.toBe(signal.reason);
    await array.store.close();
  });

  test.each([
    ["gives too few bytes", async (offset: number, length: number) => bytes.slice(offset, offset + length - 1)],
    ["gives too many bytes", async () => new Uint8Array(bytes.length + 1)],
    ["gives no bytes", async () => "text" as unknown as Uint8Array],
    [
      "fails",
      async () => {
        throw new Error("the disk is gone");
      },
    ],
  ])("that %s is ERR_STORE_READ, which names it", async (_, read) => {
    const source: ByteSource = { name: "mine", size: bytes.length, read };
    await expect(ZipStore.open(source)).rejects.toMatchObject({
      code: "ERR_STORE_READ",
      message: expect.stringContaining("mine"),
      details: { file: "mine" },
    });
  });

  test.each([
    [
      "fails",
      () => {
        throw new Error("no plan");
      },
    ],
    ["gives nothing", () => undefined as unknown as () => void],
    [
      "gives what fails",
      () => () => {
        throw new Error("no plan");
      },
    ],
  ])("whose expect %s is read, or is ERR_STORE_READ, which names it", async (_, expectRanges) => {
    const store = new MemoryStore();
    for (const path of ["", "a", "b"]) await createGroup(store, { path });
    const zip = new Uint8Array(await new Response(exportZip(store)).arrayBuffer());
    const source: ByteSource = { ...ownSource("mine", zip), expect: expectRanges };
    const read = async () => (await openGroup(source)).members();
    const error = await read().catch((error) => error);
    if (error instanceof Error) {
      expect(error).toMatchObject({ code: "ERR_STORE_READ", message: expect.stringMatching(/mine.*no plan/) });
    } else expect(error.length).toBeGreaterThan(0);
  });

  test("is closed once, by the store", async () => {
    let closed = 0;
    const source: ByteSource = {
      ...ownSource("mine", bytes),
      close: async () => {
        closed++;
      },
    };
    const store = await ZipStore.open(source);
    await store.close();
    await store.close();
    expect(closed).toBe(1);
  });
});

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { createArray, createGroup, MemoryStore, openArray, restore, ZipStore } from "../../dist/index.js";
import { temporaryFolder } from "../temporary-folder.js";

const module = new URL("extensions.mjs", import.meta.url).href;
const folder = temporaryFolder();

async function inWorker(workerData: object): Promise<{ data?: number[]; error?: { code: string } }> {
  const worker = new Worker(new URL("extensions-worker.mjs", import.meta.url), { workerData });
  const [[answer]] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
  return answer;
}

describe("a custom data type, chunk key encoding and chunk grid", () => {
  it("serve like built-in ones, also in a worker that is allowed to import their module", async () => {
    await import(module);
    const path = join(folder, "extensions.zip");
    const store = await ZipStore.open(path, { mode: "w" });
    const created = await createArray(store, {
      shape: [7],
      chunks: { name: "example.doubling" },
      dtype: { name: "example.percent", configuration: { scale: 100 } },
      chunkKeyEncoding: { name: "example.hex" },
      fillValue: 9,
    });
    await created.set(null, [1, 2, 3, 4, 5, 6, 100]);
    await expect(created.set([0], 101)).rejects.toMatchObject({ code: "ERR_VALUE" });
    expect(created.chunkLengths).toEqual([
      [
        [1, 1],
        [2, 1],
        [4, 1],
      ],
    ]);
    const keys: string[] = [];
    for await (const key of store.list()) keys.push(key);
    expect(keys).toEqual(["zarr.json", "x0", "x1", "x2"]);
    await store.close();

    const array = await openArray(path);
    expect(array.dtype).toBe('{"name":"example.percent","configuration":{"scale":100}}');
    expect([...(await array.get()).data]).toEqual([1, 2, 3, 4, 5, 6, 100]);
    const state = JSON.parse(JSON.stringify(array));
    expect(state.modules).toEqual([module]);
    expect(await inWorker({ state, modules: [module] })).toEqual({ data: [1, 2, 3, 4, 5, 6, 100] });
    expect((await inWorker({ state, modules: [] })).error?.code).toBe("ERR_STATE");
    await array.close();
  });

  it("of a name that is there already are ERR_ARGUMENT", async () => {
    const { register } = await import("../../dist/index.js");
    const dataType = { name: "float32", create: () => expect.fail() };
    expect(() => register({ dataType })).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT" }));
    const chunkKeyEncoding = { name: "v2", create: () => expect.fail() };
    expect(() => register({ chunkKeyEncoding })).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT" }));
    const chunkGrid = { name: "regular", chunkShapes: () => expect.fail() };
    expect(() => register({ chunkGrid })).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT" }));
  });
});

describe("a custom kind of store", () => {
  const module = new URL("json-store.mjs", import.meta.url).href;
  const file = join(folder, "values.json");

  /** The array of a file that the store reads. */
  async function arrayInFile() {
    const values = new Map<string, Uint8Array>();
    const memory = new MemoryStore({ values });
    await createGroup(memory);
    await createArray(memory, { path: "a", shape: [3], dtype: "int8", data: [1, 2, 3] });
    const texts = [...values].map(([key, bytes]) => [key, Buffer.from(bytes).toString("base64")]);
    writeFileSync(file, JSON.stringify(Object.fromEntries(texts)));
    const { JsonStore } = await import(module);
    return await openArray(new JsonStore(file), { path: "a" });
  }

  it("is restored from its state, and that of an array in it by a worker that is allowed to import its module", async () => {
    const array = await arrayInFile();
    const restored = await restore(JSON.parse(JSON.stringify(array.store.getState())));
    expect(restored.constructor.name).toBe("JsonStore");
    const state = JSON.parse(JSON.stringify(array));
    expect(state.modules).toEqual([module]);
    expect(await inWorker({ state, modules: [module] })).toEqual({ data: [1, 2, 3] });
    expect((await inWorker({ state, modules: [] })).error?.code).toBe("ERR_STATE");
  });

  it("is given the rules of the receiver", async () => {
    const { store } = (await arrayInFile()).getState();
    await expect(restore(store, { roots: [folder] })).resolves.toBeDefined();
    await expect(restore(store, { roots: ["/elsewhere"] })).rejects.toMatchObject({ code: "ERR_STATE" });
  });

  it("that is unknown, or gives no store, is an error; a name that is taken is ERR_ARGUMENT", async () => {
    const { register } = await import("../../dist/index.js");
    const state = (kind: string) => ({ kind, version: 1, readOnly: true });
    await expect(restore(state("example.Unknown"))).rejects.toMatchObject({ code: "ERR_STATE" });
    register({ store: { kind: "example.Nothing", restore: () => undefined as never } });
    await expect(restore(state("example.Nothing"))).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    for (const kind of ["ZipStore", "Array", "example.Nothing", ""]) {
      const entry = { kind, restore: () => new MemoryStore() };
      expect(() => register({ store: entry })).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT" }));
    }
  });
});

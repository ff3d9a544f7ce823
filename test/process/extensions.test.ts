import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { createArray, openArray, ZipStore } from "../../dist/index.js";
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

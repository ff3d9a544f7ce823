// What only threads can do: share one parsed directory, and import the module of a custom codec for themselves.
import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { beforeAll, describe, expect, test } from "vitest";
import type * as zarrzip from "../../src/index.js";
import { openArray, restore, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { int64Values, writeSample } from "./sample-file.js";
import { type Report, transports } from "./transports.js";

const folder = temporaryFolder();
const file = `${folder}/sample.zip`;
const threads = transports.filter(([name]) => name.startsWith("worker_threads"));
const processes = transports.filter(([name]) => !name.startsWith("worker_threads"));

beforeAll(async () => {
  await (await writeSample(file)).close();
});

describe("share: true", () => {
  test.each(threads)("%s: the directory arrives as the same memory, and the file is read with it", async (_, send) => {
    const array = await openArray(file, { path: "a" });
    const state = array.getState({ share: true });
    const [report] = await send({ states: [state] });
    expect(report).toMatchObject({ values: int64Values.map(String), leftOpen: 0 });
    await array.close();
  });

  test("a thread that changes the shared memory changes it for all: nothing was copied", async () => {
    const store = await ZipStore.open(file);
    const { buffer } = store.getState({ share: true }).sharedDirectory!;
    expect(buffer).toBeInstanceOf(SharedArrayBuffer);
    const twin = await ZipStore.fromState(store.getState({ share: true }));
    expect(await twin.has("zarr.json")).toBe(true);
    expect(twin.getState({ share: true }).sharedDirectory!.buffer).toBe(buffer);
    new Uint8Array(buffer).fill(0);
    expect(await store.has("zarr.json")).toBe(false);
    await Promise.all([store.close(), twin.close()]);
  });

  test("a restored store that has not been used passes on what it was given", async () => {
    const store = await ZipStore.open(file);
    const state = store.getState({ share: true });
    const twin = await ZipStore.fromState(state);
    expect(twin.getState({ share: true })).toEqual(state);
    expect(twin.getState()).toEqual(store.getState());
    await Promise.all([store.close(), twin.close()]);
  });

  test("the state is as large for many keys as for few", async () => {
    const path = `${folder}/many.zip`;
    const store = await ZipStore.open(path, { mode: "w" });
    for (let i = 0; i < 20_000; i++) await store.set(`c/${i}`, new Uint8Array(1));
    await store.flush();
    const worker = new Worker(new URL("echo-thread.mjs", import.meta.url));
    worker.postMessage(store.getState({ share: true }));
    const [echoed] = await once(worker, "message");
    expect(
      Buffer.compare(
        new Uint8Array(echoed.sharedDirectory.buffer),
        new Uint8Array(store.getState({ share: true }).sharedDirectory!.buffer),
      ),
    ).toBe(0);
    expect(JSON.stringify(store.getState()).length).toBeLessThan(1000);
    await worker.terminate();
    await store.close();
  });

  test("over JSON it fails with ERR_STATE, and is not taken for an empty directory", async () => {
    const store = await ZipStore.open(file);
    const state = JSON.parse(JSON.stringify(store.getState({ share: true })));
    await expect(restore(state)).rejects.toMatchObject({
      code: "ERR_STATE",
      message: expect.stringMatching(/sharedDirectory/),
    });
    await store.close();
  });

  test("the directory of another file fails, also if it is as long as the right one", async () => {
    const store = await ZipStore.open(file);
    const longer = await writeSample(`${folder}/longer.zip`, { zip64: "always" });
    const foreign = { ...store.getState(), sharedDirectory: longer.getState({ share: true }).sharedDirectory! };
    await expect(restore(foreign)).rejects.toMatchObject({ code: "ERR_STATE" });
    const { sharedDirectory } = store.getState({ share: true });
    const buffer = new Uint8Array(sharedDirectory!.buffer).slice().buffer;
    new Uint8Array(buffer)[buffer.byteLength - 30] ^= 1; // in the last central record
    const changed = await ZipStore.fromState({ ...store.getState(), sharedDirectory: { ...sharedDirectory!, buffer } });
    await expect(changed.get("zarr.json")).rejects.toMatchObject({ code: "ERR_STALE_STATE" });
    for (const each of [longer, store, changed]) await each.close();
  });
});

describe("modules: a custom codec", () => {
  const module = new URL("xor-codec.mjs", import.meta.url).href;
  let state: zarrzip.NodeState;

  beforeAll(async () => {
    const { createArray, ZipStore } = (await import(/* @vite-ignore */ builtPackage())) as typeof zarrzip;
    await import(/* @vite-ignore */ module);
    const store = await ZipStore.open(`${folder}/xor.zip`, { mode: "w" });
    const codecs = [{ name: "bytes" }, { name: "example.xor" }] as never;
    const array = await createArray(store, { shape: [3], dtype: "uint8", data: [1, 2, 3], codecs });
    await store.flush();
    expect([...(await store.get("c/0"))!]).toEqual([0xfe, 0xfd, 0xfc]);
    state = array.getState();
    await store.close();
  });

  test("the state names the module", () => {
    expect(state.modules).toEqual([module]);
  });

  test.each(transports)("%s: is imported where it is allowed", async (_, send) => {
    const [report] = await send({ states: [state], options: { modules: [module] } });
    expect(report).toMatchObject({ values: ["1", "2", "3"], leftOpen: 0 });
  });

  test.each([threads[0], processes[0]])("%s: is not imported where it is not allowed: ERR_STATE", async (_, send) => {
    const refused = (report: Report) => expect(report.error).toMatchObject({ code: "ERR_STATE", details: { module } });
    for (const options of [{}, { modules: [] }, { modules: [`${module}?`] }])
      refused((await send({ states: [state], options }))[0]);
    const before = process.env.XOR_CODEC_IMPORTED;
    delete process.env.XOR_CODEC_IMPORTED;
    await expect(restore(state)).rejects.toMatchObject({ code: "ERR_STATE" });
    await expect(
      restore({ ...state, modules: ["data:text/javascript,process.env.XOR_CODEC_IMPORTED='no'"] }),
    ).rejects.toMatchObject({ code: "ERR_STATE" });
    expect(process.env.XOR_CODEC_IMPORTED).toBeUndefined();
    process.env.XOR_CODEC_IMPORTED = before;
  });

  test("a module that does not name the codec after all: ERR_CODEC_UNAVAILABLE", async () => {
    const [report] = await threads[0][1]({ states: [{ ...state, modules: [] }] });
    expect(report.error).toMatchObject({ code: "ERR_CODEC_UNAVAILABLE" });
  });
});

function builtPackage(): string {
  return createRequire(import.meta.url).resolve("../../dist/index.js");
}

// What docs/handing-over.md says of each channel, and of the traps that lie on it.
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import Tinypool from "tinypool";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type NodeState,
  openArray,
  restore,
  type ZarrArray,
  ZarrError,
  ZipStore,
  type ZipStoreState,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { int64Values, writeSample } from "./sample-file.js";

const file = `${temporaryFolder()}/sample.zip`;
const run = promisify(execFile);
const task = fileURLToPath(new URL("pool-task.mjs", import.meta.url));
const echo = fileURLToPath(new URL("echo.mjs", import.meta.url));
const descriptors = fileURLToPath(new URL("descriptors.mjs", import.meta.url));
let array: ZarrArray;

beforeAll(async () => {
  await (await writeSample(file)).close();
  array = await openArray(file, { path: "a" });
});
afterAll(() => array.close());

const isDataCloneError = expect.objectContaining({ name: "DataCloneError" });
const found = { readOnly: true, values: int64Values.map(String) };

const pools = [
  ["piscina", () => new Piscina({ filename: task, maxThreads: 1 })],
  ["tinypool, worker_threads", () => new Tinypool({ filename: task, runtime: "worker_threads", maxThreads: 1 })],
  ["tinypool, child_process", () => new Tinypool({ filename: task, runtime: "child_process", maxThreads: 1 })],
] as const;

describe.each(pools)("%s", (name, makePool) => {
  const pool = makePool();
  const isThreads = !name.endsWith("child_process");
  afterAll(() => pool.destroy());

  test("a task gets the state; a thread with its shared directory, too", async () => {
    expect(await pool.run(array.getState())).toEqual(found);
    if (isThreads) expect(await pool.run(array.getState({ share: true }))).toEqual(found);
  });

  test("the instance instead: DataCloneError", async () => {
    await expect((async () => pool.run(array))()).rejects.toEqual(isDataCloneError);
  });

  test("an error that a task throws arrives without its class; its state brings it all", async () => {
    const state = array.getState();
    const missing = { ...state, store: { ...state.store, path: `${file}.missing` } };
    const thrown = await pool.run(missing).catch((error: unknown) => error);
    expect(thrown).not.toBeInstanceOf(ZarrError);
    expect(thrown).toMatchObject({ message: expect.stringContaining("sample.zip.missing") });
    const again = ZarrError.fromState(await pool.run(missing, { name: "readOrSay" }));
    expect(again).toMatchObject({ name: "ZarrError", code: "ERR_NOT_FOUND", details: { file: `${file}.missing` } });
  });
});

test("a ZarrError that is cloned loses code and details", async () => {
  const { port1, port2 } = new MessageChannel();
  const error = new ZarrError("ERR_CODEC", "broken", { key: "a/c/0" });
  port1.postMessage(error);
  const [cloned] = await once(port2, "message");
  port1.close();
  expect(cloned).not.toBeInstanceOf(ZarrError);
  expect(cloned.message).toContain("broken");
  expect([cloned.code, cloned.details]).toEqual([undefined, undefined]);
});

describe.each(["json", "advanced"] as const)("a forked process, %s", (serialization) => {
  test("an error sends its state as JSON, and a dead copy as a structured clone", async () => {
    const child = fork(echo, [], { serialization });
    await once(child, "message");
    child.send(new ZarrError("ERR_CODEC", "broken", { key: "a/c/0" }));
    const [back] = await once(child, "message");
    if (serialization === "json") expect(ZarrError.fromState(back)).toMatchObject({ code: "ERR_CODEC" });
    else expect(back.code).toBe(undefined);
    await ended(child);
  });

  test("a shared directory does not leave the process: it fails, and nothing is read by mistake", async () => {
    const child = fork(echo, [], { serialization });
    await once(child, "message");
    const shared = array.getState({ share: true });
    if (serialization === "advanced") {
      expect(() => child.send(shared)).toThrow(/SharedArrayBuffer.* could not be cloned/);
    } else {
      child.send(shared);
      const [back] = await once(child, "message");
      await expect(restore(back)).rejects.toMatchObject({ code: "ERR_STATE" });
    }
    await ended(child);
  });

  test.runIf(process.platform === "linux")("inherits no descriptor of the file that its parent has open", async () => {
    await array.get([0, 0]);
    const child = fork(descriptors, [], { serialization });
    const [open] = await once(child, "message");
    expect(open.length).toBeGreaterThan(2);
    expect(open).not.toContain(file);
    await ended(child);
  });
});

describe("another host, where the same file, or a copy of it, has another path", () => {
  const elsewhere = (state: NodeState, path: string): NodeState => {
    const store: ZipStoreState = { ...(state.store as ZipStoreState), path };
    return { ...state, store };
  };

  test("a pinned state reads its version there, and not another file", async () => {
    const copy = `${file}.pinned-copy`;
    copyFileSync(file, copy);
    const twin = await restore<ZarrArray>(elsewhere(array.getState(), copy));
    expect(Array.from((await twin.get()).data as BigInt64Array)).toEqual(int64Values);
    await twin.close();
    const other = await ZipStore.open(copy, { mode: "w" });
    await other.set("zarr.json", new Uint8Array(2));
    await other.close();
    const stale = await restore<ZarrArray>(elsewhere(array.getState(), copy));
    await expect(stale.get()).rejects.toMatchObject({ code: "ERR_STALE_STATE" });
    await stale.close();
  });

  test("a following state reads whatever file has the same first version there, and so a copy, too", async () => {
    const following = await ZipStore.open(file, { view: "follow" });
    const node = await openArray(following, { path: "a" });
    await node.get();
    const state = node.getState();
    await following.close();
    const copy = `${file}.copy`;
    copyFileSync(file, copy);
    for (const path of [file, copy]) {
      const twin = await restore<ZarrArray>(elsewhere(state, path));
      expect(Array.from((await twin.get()).data as BigInt64Array)).toEqual(int64Values);
      await twin.close();
    }
  });

  test("by name and version: the version that was meant, after later ones, and on a copy as well", async () => {
    const path = `${file}.grown`;
    copyFileSync(file, path);
    const writer = await ZipStore.open(path, { mode: "r+" });
    const [{ id }] = await writer.versions();
    await (await openArray(writer, { path: "a" })).set(null, 0n);
    await writer.close();
    const reader = await ZipStore.open(path, { version: id });
    expect(Array.from((await (await openArray(reader, { path: "a" })).get()).data as BigInt64Array)).toEqual(
      int64Values,
    );
    await reader.close();
    await expect(ZipStore.open(file, { version: "none" })).rejects.toMatchObject({ code: "ERR_NOT_FOUND" });
  });
});

test.each(["21-cluster", "23-vitest-workers"])(
  "sample %s: prints what it is to print",
  async (name) => {
    const sample = fileURLToPath(new URL(`../../samples/${name}.mjs`, import.meta.url));
    const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("VITEST")));
    const { stdout } = await run(process.execPath, [sample], { env });
    expect(stdout).toBe(readFileSync(sample.replace(/\.mjs$/, ".expected.txt"), "utf8"));
  },
  60_000,
);

test("JSON and a structured clone of what is not plain: what arrives", () => {
  const sent = { list: Float32Array.of(1, 2), map: new Map([["a", 1]]), nan: Number.NaN, none: undefined };
  expect(JSON.parse(JSON.stringify(sent))).toEqual({ list: { 0: 1, 1: 2 }, map: {}, nan: null });
  expect(structuredClone(sent)).toEqual(sent);
  expect(() => JSON.stringify({ value: 1n })).toThrow(TypeError);
});

async function ended(child: ReturnType<typeof fork>): Promise<void> {
  const exit = once(child, "exit");
  child.disconnect();
  await exit;
}

// Many stores in many threads and processes, all opened from one state: every one reads, and nothing stays behind.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createArray, type NodeState, openArray, ZipStore } from "../../src/index.js";
import { runs } from "../long.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const script = fileURLToPath(new URL("soak.mjs", import.meta.url));
const isLinux = process.platform === "linux";
const workers = 2 * Math.min(availableParallelism(), 4);
const stores = runs(200, 1000);

/** Writes 16 chunks of 1,000 bytes, value i % 251 at i. */
async function written(path: string): Promise<NodeState> {
  const store = await ZipStore.open(path, { mode: "w" });
  const data = Uint8Array.from({ length: 16_000 }, (_, i) => i % 251);
  const codecs = [{ name: "bytes" }] as never;
  const array = await createArray(store, { path: "a", shape: [16_000], chunks: [1000], dtype: "uint8", data, codecs });
  await store.flush();
  const state = array.getState();
  await store.close();
  return state;
}

/** Descriptors of this process on a file, and processes whose parent it is. */
function held(path: string): { descriptors: number; children: number } {
  if (!isLinux) return { descriptors: 0, children: 0 };
  const links = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ""; // that of readdir itself
    }
  });
  const tasks = readdirSync("/proc/self/task");
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  return { descriptors: links.filter((link) => link === path).length, children: children.length };
}

/** Kinds of handles of which there are more than before, but for those that the test runner comes and goes with. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const count = (kinds: readonly string[], kind: string) => kinds.filter((other) => other === kind).length;
  const runners = ["Timeout", "Immediate", "TickObject"];
  return [...new Set(after)].filter((kind) => !runners.includes(kind) && count(after, kind) > count(before, kind));
}

/** Stores that may be open at once in one process, of the descriptors that the system grants. */
function openAtOnce(): number {
  if (!isLinux) return 100;
  const [, limit] = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))!;
  return Math.max(10, Math.min(stores, Math.floor((Number(limit) - 200) / workers) || stores));
}

test(`${workers} threads and ${workers} processes open ${stores} stores each; no descriptor, handle or process stays`, async () => {
  const path = `${folder}/many.zip`;
  const state = await written(path);
  const handlesBefore = process.getActiveResourcesInfo();
  const before = held(path);
  const request = { state, stores, atOnce: openAtOnce() };

  const threads = Array.from({ length: workers }, () => new Worker(script, { workerData: request }));
  const children = Array.from({ length: workers }, () => fork(script, [JSON.stringify(request)]));
  const exits = [...threads, ...children].map((worker) => once(worker, "exit"));
  const reports = await Promise.all(
    [...threads, ...children].map(async (worker) => (await once(worker, "message"))[0]),
  );
  for (const { checked, left, handles, handlesBefore } of reports) {
    expect([checked, left]).toEqual([stores, 0]);
    expect(handles).toEqual(handlesBefore);
  }
  for (const [code] of await Promise.all(exits)) expect(code).toBe(0);
  expect(held(path)).toEqual(before);
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve)); // handles close in between
  expect(added(handlesBefore, process.getActiveResourcesInfo())).toEqual([]);
});

test("opening, reading and closing again and again takes no more memory and no more descriptors", async () => {
  const path = `${folder}/again.zip`;
  const state = await written(path);
  const openAndClose = async (times: number) => {
    for (let i = 0; i < times; i++) {
      const store = await ZipStore.open(path);
      const array = await openArray(store, { path: "a" });
      await array.get([0]);
      await store.close();
      const twin = await ZipStore.fromState(state.store);
      await twin.has("a/zarr.json");
      twin.setState(state.store);
      await twin.close();
    }
    global.gc?.();
    return process.memoryUsage();
  };
  const times = runs(150, 500);
  await openAndClose(300);
  const first = await openAndClose(times);
  const second = await openAndClose(times);
  const growth = (["arrayBuffers", "external"] as const).map((kind) => second[kind] - first[kind]);
  for (const bytes of growth) expect(bytes).toBeLessThan(8 * 2 ** 20);
  expect(second.rss - first.rss).toBeLessThan(64 * 2 ** 20);
  expect(held(path).descriptors).toBe(0);
});

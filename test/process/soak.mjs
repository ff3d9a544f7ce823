// Opens many stores of one state at once, reads from each, closes them, and reports what is left: a thread through its port,
// a process on its channel.
import { readdirSync, readlinkSync } from "node:fs";
import process from "node:process";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { restore, ZipStore } from "../../dist/index.js";

const send = isMainThread ? (message) => process.send(message) : (message) => parentPort.postMessage(message);
const { state, stores, atOnce } = isMainThread ? JSON.parse(process.argv[2]) : workerData;
const { path } = state.store;
const handlesBefore = await activeHandles();

let checked = 0;
for (let done = 0; done < stores; done += atOnce) {
  const open = await Promise.all(
    Array.from({ length: Math.min(atOnce, stores - done) }, () => ZipStore.fromState(state.store)),
  );
  await Promise.all(
    open.map(async (store, i) => {
      const value = await store.get(`a/c/${i % 16}`);
      if (value?.length !== 1000) throw new Error(`store ${i} gave ${value?.length} bytes`);
      checked++;
    }),
  );
  const array = await restore(state);
  const { data } = await array.get();
  if (data.some((value, i) => value !== i % 251)) throw new Error("the array has other values");
  await Promise.all([array, ...open].map((store) => store.close()));
}
const left = isMainThread && process.platform === "linux" ? descriptorsOn(path) : 0;
send({ checked, left, handles: await activeHandles(), handlesBefore });
if (isMainThread) process.disconnect();

/** What keeps this thread alive, once requests that have called back are gone. */
async function activeHandles() {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  return process
    .getActiveResourcesInfo()
    .filter((name) => name !== "Immediate")
    .sort();
}

function descriptorsOn(file) {
  const names = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ""; // that of readdir itself
    }
  });
  return names.filter((name) => name === file).length;
}

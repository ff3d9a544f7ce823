// Opens and closes pools of threads, pools of processes, and stores, again and again, in a process that does nothing else. After each
// round it looks at what it holds, and at its memory; it reports all of that to its parent.
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import v8 from "node:v8";
import vm from "node:vm";
import { openArray, restore } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";

const [path, workers, stores] = process.argv.slice(2);
const atOnce = 5;
const storesAtOnce = 50;
const task = new URL("task.mjs", import.meta.url);
v8.setFlagsFromString("--expose-gc"); // as an option of Node it would not be one for threads
const collectGarbage = vm.runInNewContext("gc");

const array = await openArray(path, { path: "a" });
const report = {};
for (const kind of ["thread", "process"]) report[kind] = await repeat(Number(workers) / atOnce, () => usePool(kind));
report.stores = await repeat(Number(stores) / storesAtOnce, useStores);
await array.close();
process.send(report);
process.disconnect();

/**
 * A pool whose workers all start, read and end. Gives how many there were. Node does not close what a thread was loading when it was
 * ended: so the pool is closed when all are ready.
 */
async function usePool(kind) {
  const pool = new WorkerPool({ workers: atOnce, kind });
  const items = Array.from({ length: 2 * atOnce }, () => ({ do: "sum", selection: null }));
  try {
    for (let ready = 0; ready < atOnce; ) {
      for await (const { value } of pool.run(task, array, items)) {
        if (value !== (999 * 1000) / 2) throw new Error(`the sum is ${value}`);
      }
      const { workers } = await pool.stats();
      ready = workers.filter(({ memory }) => memory !== undefined).length;
    }
    return (await pool.stats()).started;
  } finally {
    await pool.close();
  }
}

/** Stores that are open at the same time. */
async function useStores() {
  const state = array.getState();
  const open = await Promise.all(Array.from({ length: storesAtOnce }, () => restore(state)));
  for (const each of open) if ((await each.get([999])) !== 999) throw new Error("another value");
  await Promise.all(open.map((each) => each.close()));
  return open.length;
}

/** Rounds of `use`, after one that is not counted: what Node opens once stays open. */
async function repeat(rounds, use) {
  await use();
  const before = await held();
  let opened = 0;
  const memory = [];
  for (let round = 0; round < rounds; round++) {
    opened += await use();
    memory.push((await held()).rss);
  }
  return { opened, before, after: await held(), memory };
}

async function held() {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve)); // handles close in between
  collectGarbage();
  const isLinux = process.platform === "linux";
  const status = isLinux ? readFileSync("/proc/self/status", "utf8") : "";
  return {
    descriptors: isLinux ? readdirSync("/proc/self/fd").length : 0,
    threads: Number(/^Threads:\s*(\d+)/m.exec(status)?.[1] ?? 0),
    handles: process.getActiveResourcesInfo().sort(),
    rss: process.memoryUsage.rss(),
  };
}

// One open store per process, used again for every task, beside a store for each task. Opening reads the directory of the file; a
// writer's file and lock are opened as well. This file is both the parent and the two children, each of which gets the same tasks.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createArray, restore, slice, ZipStore } from "zarrzip";

const length = 20000;
const tasks = 200;

if (process.argv[2] === "child") process.once("message", async (job) => process.send(await work(job)));
else await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const store = await ZipStore.open(join(folder, "many-chunks.zarr.zip"), { mode: "w" });
  try {
    const data = Int32Array.from({ length }, (_, i) => i);
    const array = await createArray(store, { shape: [length], chunks: [4], dtype: "int32", data, compressors: null });
    await store.flush();
    const state = array.getState();
    const once = await inChild({ state, reuse: true });
    const eachTime = await inChild({ state, reuse: false });
    for (const [name, { opened, sum, ms }] of Object.entries({
      "one store": once,
      "a store for each task": eachTime,
    })) {
      console.log(`${name}: ${tasks} tasks, ${opened} opened, sum ${sum}`);
      console.log(`  ${ms.toFixed(0)} ms`);
    }
    console.log(`one store is faster: ${once.ms < eachTime.ms}`);
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

/** Runs in a child: every task reads a window. */
async function work({ state, reuse }) {
  const start = performance.now();
  let opened = 0;
  const open = async () => {
    opened++;
    return await restore(state); // closing the array closes its store, too
  };
  const shared = reuse ? await open() : undefined;
  let sum = 0;
  for (let task = 0; task < tasks; task++) {
    const array = shared ?? (await open());
    const { data } = await array.get([slice(task * 100, task * 100 + 4)]);
    sum += data.reduce((a, b) => a + b, 0);
    if (shared === undefined) await array.close();
  }
  await shared?.close();
  return { opened, sum, ms: performance.now() - start };
}

async function inChild(job) {
  const child = fork(fileURLToPath(import.meta.url), ["child"]);
  try {
    child.send(job);
    const [answer] = await Promise.race([once(child, "message"), once(child, "exit").then(fail)]);
    return answer;
  } finally {
    if (child.connected) child.disconnect();
  }
}

function fail([code]) {
  throw new Error(`a child ended with exit code ${code} before it answered`);
}

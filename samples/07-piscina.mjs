// A pool of Piscina: the states go to each worker once, as workerData; tasks then carry only what to do. One task reads, another
// appends what it found to an array that the main program has open for writing, too, and sees there.
// This file is both the main program and what the pool's workers run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { Piscina, workerData } from "piscina";
import { createArray, openArray, restore, slice, ZipStore } from "zarrzip";

// Opened once in each worker. It stays open as long as the worker lives.
const heights = isMainThread ? undefined : await restore(workerData.heights);
const log = isMainThread ? undefined : await restore(workerData.log);

/** A task of the pool: the largest value of the rows from `start` up to `stop`. */
export default async function largest({ start, stop }) {
  const { data } = await heights.get([slice(start, stop), null]);
  return data.reduce((a, b) => Math.max(a, b));
}

/** Another one: appends the largest value as a row of the log, [start, value], and gives the number of that row. */
export async function record({ start, stop }) {
  const value = await largest({ start, stop });
  const { start: row } = await log.append([start, value], { flush: true });
  return row;
}

if (isMainThread) await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const file = join(folder, "heights.zarr.zip");
  try {
    const store = await ZipStore.open(file, { mode: "w" });
    try {
      const data = Uint16Array.from({ length: 60 * 40 }, (_, i) => (i * 7919) % 5000);
      await createArray(store, { path: "heights", shape: [60, 40], chunks: [10, 40], dtype: "uint16", data });
      await store.close();
    } finally {
      await store.abort();
    }

    const heights = await openArray(file, { path: "heights" });
    const logs = await ZipStore.open(join(folder, "log.zarr.zip"), { mode: "a" });
    const log = await createArray(logs, { path: "log", shape: [0, 2], chunks: [8, 2], dtype: "int32" });
    await logs.flush(); // a state says what is in the file: first it has to be there
    const pool = new Piscina({
      filename: import.meta.url,
      maxThreads: 2,
      workerData: { heights: heights.getState({ share: true }), log: log.getState() },
    });
    try {
      const tasks = [0, 10, 20, 30, 40, 50].map((start) => ({ start, stop: start + 10 }));
      const maxima = await Promise.all(tasks.map((task) => pool.run(task)));
      console.log(`largest value of each ten rows: ${maxima.join(" ")}`);

      const rows = await Promise.all(tasks.map((task) => pool.run(task, { name: "record" })));
      console.log(`appended by the pool, in any order, as rows ${rows.sort((a, b) => a - b).join(" ")}`);
      await log.refresh();
      const { data } = await log.get();
      const found = tasks.map(({ start }) => data[data.findIndex((value, i) => i % 2 === 0 && value === start) + 1]);
      console.log(`read in the main program:       ${found.join(" ")}`);
    } finally {
      await pool.destroy();
      await logs.close();
      await heights.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

// A pool of Piscina: the state goes to each worker once, as workerData; tasks then carry only what to read.
// This file is both the main program and what the pool's workers run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { Piscina, workerData } from "piscina";
import { createArray, openArray, restore, slice, ZipStore } from "zarrzip";

// Opened once in each worker. It stays open as long as the worker lives.
const array = isMainThread ? undefined : await restore(workerData);

/** A task of the pool: the largest value of the rows from `start` up to `stop`. */
export default async function largest({ start, stop }) {
  const { data } = await array.get([slice(start, stop), null]);
  return data.reduce((a, b) => Math.max(a, b));
}

if (isMainThread) {
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
    const pool = new Piscina({
      filename: import.meta.url,
      maxThreads: 2,
      workerData: heights.getState({ share: true }),
    });
    try {
      const starts = [0, 10, 20, 30, 40, 50];
      const maxima = await Promise.all(starts.map((start) => pool.run({ start, stop: start + 10 })));
      console.log(`largest value of each ten rows: ${maxima.join(" ")}`);
    } finally {
      await pool.destroy();
      await heights.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

// A pool of Tinypool, once with threads and once with processes: the same task, the same state, the same answer.
// This file is both the main program and what the pool's workers run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Tinypool, { workerId } from "tinypool";
import { createArray, openArray, restore, slice, ZipStore } from "zarrzip";

/** A task of the pool: the sum of the elements from `start` up to `stop`. */
export default async function sum({ state, start, stop }) {
  const array = await restore(state);
  try {
    const { data } = await array.get([slice(start, stop)]);
    return data.reduce((a, b) => a + b);
  } finally {
    await array.close();
  }
}

// Tinypool numbers its workers; the main program has no number.
if (workerId === undefined) {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const file = join(folder, "counts.zarr.zip");
  try {
    const store = await ZipStore.open(file, { mode: "w" });
    try {
      const data = Int32Array.from({ length: 10_000 }, (_, i) => i % 97);
      await createArray(store, { path: "counts", shape: [10_000], chunks: [1000], dtype: "int32", data });
      await store.close();
    } finally {
      await store.abort();
    }

    const counts = await openArray(file, { path: "counts" });
    try {
      const state = counts.getState();
      for (const runtime of ["worker_threads", "child_process"]) {
        const pool = new Tinypool({ filename: import.meta.url, runtime, minThreads: 2, maxThreads: 2 });
        try {
          const starts = [0, 2500, 5000, 7500];
          const sums = await Promise.all(starts.map((start) => pool.run({ state, start, stop: start + 2500 })));
          console.log(`${runtime}: ${sums.join(" + ")} = ${sums.reduce((a, b) => a + b)}`);
        } finally {
          await pool.destroy();
        }
      }
      const { data } = await counts.get();
      console.log(`read here: ${data.reduce((a, b) => a + b)}`);
    } finally {
      await counts.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

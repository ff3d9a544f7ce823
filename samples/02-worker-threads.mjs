// An array handed to worker threads: each opens the file for itself and reads its own part.
// This file is both the main program and what the workers run.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { createArray, openArray, restore, slice, ZipStore } from "zarrzip";

if (isMainThread) await main();
else await work(workerData);

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const file = join(folder, "numbers.zarr.zip");
  try {
    await createNumbers(file);
    const array = await openArray(file, { path: "numbers" });
    try {
      // The state is plain data. With `share`, for threads only, it also carries the directory of the ZIP as shared
      // memory, so that no worker has to read and parse it again.
      const state = array.getState({ share: true });
      const parts = [0, 250, 500, 750].map((start) => ({ state, start, stop: start + 250 }));
      const sums = await Promise.all(
        parts.map(async (part) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: part });
          const [sum] = await once(worker, "message"); // an error in the worker rejects this
          return sum;
        }),
      );
      for (const [i, { start, stop }] of parts.entries()) console.log(`rows ${start} to ${stop - 1}: sum ${sums[i]}`);
      console.log(`all rows: ${sums.reduce((total, sum) => total + sum)}, expected ${(99_999 * 100_000) / 2}`);
    } finally {
      await array.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function work({ state, start, stop }) {
  const array = await restore(state);
  try {
    const { data } = await array.get([slice(start, stop), null]);
    parentPort.postMessage(data.reduce((total, value) => total + value));
  } finally {
    await array.close();
  }
}

async function createNumbers(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const data = Float64Array.from({ length: 100_000 }, (_, i) => i);
    await createArray(store, { path: "numbers", shape: [1000, 100], chunks: [125, 100], dtype: "float64", data });
    await store.close();
  } finally {
    await store.abort();
  }
}

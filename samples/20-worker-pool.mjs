// The package's own pool: threads that read, write and compute together. What it reads is what array.get() reads; chunks come as
// fast as they are consumed, and no faster; and a task of your own runs in each thread beside the array that it has open.
// This file is both the main program and, for run(), what the threads run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { createArray, openArray, slice, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";

/** A task: the mean of the rows from `start` up to `stop`. */
export default async function meanOfRows(heights, { start, stop }) {
  const { data } = await heights.get([slice(start, stop), null]);
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}

if (isMainThread) await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const file = join(folder, "heights.zarr.zip");
  const chunkBytes = 100 * 1000 * 4;
  const pool = new WorkerPool({ workers: 2, memoryLimit: 3 * chunkBytes });
  try {
    await createHeights(file, pool);
    const heights = await openArray(file, { path: "heights" });
    try {
      // Everything at once. Threads decode in place into one shared memory.
      let seen = { done: 0, total: 0 };
      const onProgress = (progress) => {
        seen = progress;
      };
      const { data, shape } = await pool.read(heights, null, { onProgress });
      const { data: alone } = await heights.get();
      const isSame = data.every((value, i) => value === alone[i]);
      console.log(`read ${shape.join(" x ")}: ${seen.done} of ${seen.total} parts, as array.get() reads it: ${isSame}`);

      // One chunk after the other. However slow this loop is, no more chunks are decoded ahead than the pool's memory limit allows.
      let chunks = 0;
      let largest = 0;
      for await (const { data: chunk } of pool.chunks(heights)) {
        chunks++;
        largest = chunk.data.reduce((a, b) => Math.max(a, b), largest);
      }
      console.log(`${chunks} chunks, largest value ${largest}, expected ${1200 * 1000 - 1}`);

      // A function of one's own, where the data are decoded: only its results cross. Its items are asked for when they can be begun.
      let asked = 0;
      let ahead = 0;
      const items = function* () {
        for (let start = 0; start < 1200; start += 100) {
          asked++;
          yield { start, stop: start + 100 };
        }
      };
      const means = [];
      for await (const { value } of pool.run(new URL(import.meta.url), heights, items())) {
        await setTimeout(5); // a slow consumer
        means.push(value);
        ahead = Math.max(ahead, asked - means.length);
      }
      console.log(`means of 100 rows each: ${means.join(" ")}`);
      console.log(`of ${asked} items no more than four wait for this loop: ${ahead <= 4}`);

      const { tasks, workers, replaced, bytesInFlight } = await pool.stats();
      console.log(
        `${workers.length} threads; ${tasks.failed} tasks failed, ${replaced} threads replaced, ${bytesInFlight} bytes under way`,
      );
    } finally {
      await heights.close();
    }
  } finally {
    await pool.close();
    await rm(folder, { recursive: true });
  }
}

/** Writes 1200 x 1000 numbers in twelve chunks, which the threads encode. The value at each place is its number in C order. */
async function createHeights(file, pool) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const heights = await createArray(store, {
      path: "heights",
      shape: [1200, 1000],
      chunks: [100, 1000],
      dtype: "float32",
    });
    const values = Float32Array.from({ length: 1200 * 1000 }, (_, i) => i);
    await pool.write(heights, null, values);
    await store.close();
  } finally {
    await store.abort();
  }
}

// The mean over time at each place, in parallel: every worker sums some bands of rows, and only the sums come back.
import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import { createArray, openArray, slice, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";

/** The task: what the workers run. */
export default async function meanOfBand(array, { start, stop }) {
  const { data, shape } = await array.get([null, slice(start, stop), null]);
  const [times, rows, columns] = shape;
  const mean = new Float64Array(rows * columns);
  for (let t = 0; t < times; t++) for (let i = 0; i < mean.length; i++) mean[i] += data[t * mean.length + i] / times;
  return mean;
}

if (isMainThread) {
  const store = await ZipStore.open("field.zarr.zip", { mode: "w" });
  const data = Float32Array.from({ length: 10 * 64 * 64 }, (_, i) => Math.floor(i / 4096) + (i % 4096));
  await createArray(store, { path: "field", shape: [10, 64, 64], chunks: [10, 16, 64], dtype: "float32", data });
  await store.close();

  const field = await openArray("field.zarr.zip", { path: "field" });
  const pool = new WorkerPool({ workers: Math.min(4, availableParallelism()) });
  try {
    const bands = Array.from({ length: 4 }, (_, i) => ({ start: 16 * i, stop: 16 * (i + 1) }));
    const mean = new Float64Array(64 * 64);
    for await (const { index, value } of pool.run(new URL(import.meta.url), field, bands))
      mean.set(value, index * 16 * 64);
    console.log(mean[0].toFixed(1), mean[4095].toFixed(1));
  } finally {
    await pool.close();
    await field.close();
  }
}

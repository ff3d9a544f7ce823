// Minimum, maximum and missing values of an array of any size: chunks are decoded by a pool, no faster than they are used.
import { createArray, openArray, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";

const store = await ZipStore.open("field.zarr.zip", { mode: "w" });
const data = Float32Array.from({ length: 500 * 400 }, (_, i) => (i % 1000 === 0 ? Number.NaN : Math.sin(i)));
await createArray(store, { path: "field", shape: [500, 400], chunks: [100, 100], dtype: "float32", data });
await store.close();

const field = await openArray("field.zarr.zip", { path: "field" });
const pool = new WorkerPool({ workers: 2 });
let [least, most, missing] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
try {
  for await (const { data: chunk } of pool.chunks(field)) {
    for (const value of chunk.data) {
      if (Number.isNaN(value)) missing++;
      else [least, most] = [Math.min(least, value), Math.max(most, value)];
    }
  }
  console.log(least.toFixed(4), most.toFixed(4), missing);
} finally {
  await pool.close();
  await field.close();
}

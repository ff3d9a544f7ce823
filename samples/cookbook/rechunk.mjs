// Maps in time become time series at places: the same values in chunks that are long in time, by a pool, in bounded memory.
import { copy, createArray, openArray, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";

const maps = await ZipStore.open("maps.zarr.zip", { mode: "w" });
const data = Float32Array.from({ length: 100 * 32 * 32 }, (_, i) => i);
await createArray(maps, { path: "t", shape: [100, 32, 32], chunks: [1, 32, 32], dtype: "float32", data });
await maps.close();

const source = await openArray("maps.zarr.zip", { path: "t" });
const target = await ZipStore.open("series.zarr.zip", { mode: "w" });
const pool = new WorkerPool({ workers: 2 });
try {
  const series = await copy(source, target, { chunks: [100, 4, 4], shards: [100, 32, 32], pool });
  await target.flush();
  const { data: line } = await series.get([null, 5, 7]);
  console.log(series.chunks, line.length, line[99] === 99 * 1024 + 5 * 32 + 7);
} finally {
  await pool.close();
  await target.close();
  await source.close();
}

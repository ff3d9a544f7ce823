// usage: zarrzip.mjs CELL FILE SCRATCH WORKERS. With 0 workers there is no pool.
import { rmSync } from "node:fs";
import { createArray, openArray, slice, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";
import { windowsOf } from "../rows.mjs";
import { measureMemory, measureTime } from "./measure.mjs";

const [cell, file, scratch, workers] = process.argv.slice(2);
const pool = Number(workers) > 0 ? new WorkerPool({ workers: Number(workers) }) : undefined;

/** Opens the file, hands the array over, and closes it. */
async function opened(use) {
  const array = await openArray(file);
  try {
    return await use(array);
  } finally {
    await array.close();
  }
}

const read = (array, options) => (pool ? pool.read(array, null, options) : array.get(null, options));
const readMany = (array, selections) => (pool ? pool.readMany(array, selections) : array.getMany(selections));

async function write({ shape, chunks, shards, dtype, codecs, fillValue }, data) {
  const store = await ZipStore.open(scratch, { mode: "w", durability: "process" });
  const options = { shape, chunks: shards ?? chunks, dtype, codecs, fillValue };
  if (pool) await pool.write(await createArray(store, options), null, data);
  else await createArray(store, { ...options, data });
  await store.close();
}

async function measure() {
  if (cell === "memory") return measureMemory(() => opened(async (array) => [(await read(array)).data]));
  // Workers start with this reading, which is not counted.
  const original = await openArray(file);
  const { data } = await read(original);
  const selections = windowsOf(original.shape).map((window) => window.map(([start, stop]) => slice(start, stop)));
  await original.close();
  const out = new data.constructor(pool ? new SharedArrayBuffer(data.byteLength) : new ArrayBuffer(data.byteLength));

  const works = {
    open: () => opened(async (array) => [(await array.get(array.chunks.map((length) => slice(0, length)))).data]),
    read: () => opened(async (array) => [(await read(array)).data]),
    "read-into": () => opened(async (array) => [(await read(array, { out })).data]),
    windows: () =>
      opened(async (array) => {
        const regions = [];
        for (const selection of selections) regions.push((await array.get(selection)).data);
        return regions;
      }),
    "windows-many": () => opened(async (array) => (await readMany(array, selections)).map((region) => region.data)),
    write: () => write(original, data),
  };
  await measureTime(works[cell], cell === "write" ? () => rmSync(scratch, { force: true }) : undefined);
}

await measure();
await pool?.close();

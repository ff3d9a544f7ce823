// Runs in the page of browser.mjs: reads the file that was chosen in the page, each time by the reader that it is told.
import ZipFileStore from "@zarrita/storage/zip";
import * as zarrita from "zarrita";
import { openArray } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";

const [input] = document.getElementsByTagName("input");
const newPool = () => new WorkerPool({ workers: 2, createWorker: () => new Worker("./worker.js", { type: "module" }) });
const pool = newPool();

const longTasks = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longTasks.push(duration);
}).observe({ type: "longtask" });

const readers = {
  async zarrzip(file) {
    const array = await openArray(file);
    const { data } = await array.get();
    await array.close();
    return data;
  },
  async "zarrzip, 2 workers"(file) {
    const array = await openArray(file);
    const { data } = await pool.read(array);
    await array.close();
    return data;
  },
  async "zarrzip, 2 new workers"(file) {
    const cold = newPool();
    const array = await openArray(file);
    const { data } = await cold.read(array);
    await array.close();
    await cold.close();
    return data;
  },
  async zarrita(file) {
    const array = await zarrita.open.v3(ZipFileStore.fromBlob(file), { kind: "array" });
    return (await zarrita.get(array)).data;
  },
};

globalThis.names = Object.keys(readers);

/** Milliseconds that a reader takes for the whole array, and the main thread's tasks of more than 50 ms meanwhile. */
globalThis.measure = async (name, times = 1) => {
  const [file] = input.files;
  longTasks.length = 0;
  const begin = performance.now();
  let data;
  for (let i = 0; i < times; i++) data = await readers[name](file);
  const ms = performance.now() - begin;
  if (data.length !== 4096 * 4096 || data[12345] !== Math.fround(Math.sin(12345 / 211) * 100)) throw new Error(name);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { ms, longTasks: [...longTasks] };
};

/** For several workers in turn, milliseconds from sending a state until it has arrived, its array is open, and a chunk has been read. */
globalThis.handOver = async () => {
  const array = await openArray(input.files[0], { path: "a" });
  await array.getChunk([0, 0]);
  const times = [];
  for (let i = 0; i < 9; i++) {
    const worker = new Worker("./receiver.js", { type: "module" });
    const answer = () => new Promise((resolve) => worker.addEventListener("message", resolve, { once: true }));
    await answer(); // it has loaded its modules
    const begin = performance.timeOrigin + performance.now();
    worker.postMessage(array.getState({ share: true }));
    const { data } = await answer();
    times.push(data.map((time) => time - begin));
    worker.terminate();
  }
  await array.close();
  return times;
};

// A pool of Tinypool, once with threads and once with processes: the same tasks, the same state, the same answers. One task reads;
// another changes the array, and the main program sees it.
// This file is both the main program and what the pool's workers run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Tinypool, { workerId } from "tinypool";
import { createArray, restore, slice, ZipStore } from "zarrzip";

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

/** Another one: adds `summand` to those elements, and gives the sum. */
export async function add({ state, start, stop, summand }) {
  const array = await restore(state);
  try {
    const selection = [slice(start, stop)];
    const { data } = await array.get(selection);
    await array.set(
      selection,
      data.map((value) => value + summand),
    );
    return data.reduce((a, b) => a + b) + summand * data.length;
  } finally {
    await array.close(); // and with it the store, which flushes
  }
}

// Tinypool numbers its workers; the main program has no number.
if (workerId === undefined) {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const file = join(folder, "counts.zarr.zip");
  try {
    const store = await ZipStore.open(file, { mode: "a" });
    try {
      const data = Int32Array.from({ length: 10_000 }, (_, i) => i % 97);
      const counts = await createArray(store, {
        path: "counts",
        shape: [10_000],
        chunks: [1000],
        dtype: "int32",
        data,
      });
      await store.flush();
      const state = counts.getState();
      const tasks = [0, 2500, 5000, 7500].map((start) => ({ state, start, stop: start + 2500 }));
      for (const [runtime, summand] of Object.entries({ worker_threads: 1, child_process: 10 })) {
        const pool = new Tinypool({ filename: import.meta.url, runtime, minThreads: 2, maxThreads: 2 });
        try {
          const sums = await Promise.all(tasks.map((task) => pool.run(task)));
          console.log(`${runtime}: ${sums.join(" + ")} = ${total(sums)}`);
          // Two of these tasks meet within one chunk, and both are in it afterwards.
          const added = await Promise.all(tasks.map((task) => pool.run({ ...task, summand }, { name: "add" })));
          console.log(`${runtime}, each ${summand} more: ${total(added)}`);
        } finally {
          await pool.destroy();
        }
      }
      console.log(`read here: ${total((await counts.get()).data)}`);
    } finally {
      await store.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function total(values) {
  return values.reduce((a, b) => a + b);
}

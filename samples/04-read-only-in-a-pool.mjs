// Read-only travels. A ZipStore of zarr-python 3.0.0 lost its read-only flag when it was pickled, so that zips which were
// opened for reading and handed to a pool of processes could not be read there. Here the flag is a part of the state: a
// state without it is refused, and one with it makes a store that is read-only.
// This file is both the parent and the processes of the pool.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createArray, isZarrError, openArray, restore, ZipStore } from "zarrzip";

if (process.argv[2] === "in-pool") process.on("message", async (state) => process.send(await work(state)));
else await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const arrays = [];
  try {
    for (const i of [0, 1, 2]) arrays.push(await createAndReopen(join(folder, `test${i}.zip`), [i, i + 0.5]));
    const results = await mapInPool(
      2,
      arrays.map((array) => array.getState()),
    );
    for (const [i, { readOnly, values, refusal }] of results.entries()) {
      console.log(`test${i}.zip: [${values.join(", ")}], read-only: ${readOnly}, set() gives ${refusal}`);
    }

    const { readOnly, ...forgetful } = arrays[0].store.getState();
    console.log(`a state that forgot its flag: ${await codeOf(restore(forgetful))}`);
    console.log(`a state that contradicts it: ${await codeOf(restore({ ...forgetful, readOnly: !readOnly }))}`);
  } finally {
    for (const array of arrays) await array.close();
    await rm(folder, { recursive: true });
  }
}

/** Like Python's `pool.map`: each process takes the next state as soon as it has answered the last one. */
async function mapInPool(size, states) {
  const results = [];
  const queue = states.entries();
  const pool = Array.from({ length: size }, () => fork(fileURLToPath(import.meta.url), ["in-pool"]));
  try {
    const workers = pool.map(async (child) => {
      for (const [i, state] of queue) results[i] = await ask(child, state);
    });
    await Promise.all(workers);
  } finally {
    for (const child of pool) child.disconnect();
  }
  return results;
}

async function ask(child, state) {
  child.send(state);
  const [answer] = await Promise.race([once(child, "message"), once(child, "exit").then(fail)]);
  return answer;
}

function fail([code]) {
  throw new Error(`a child ended with exit code ${code} before it answered`);
}

/** Runs in a process of the pool. */
async function work(state) {
  const array = await restore(state);
  try {
    const { data } = await array.get();
    return { readOnly: array.readOnly, values: [...data], refusal: await codeOf(array.set(null, 0)) };
  } finally {
    await array.close();
  }
}

/** Writes an array of shape (2,), and opens the file again for reading. */
async function createAndReopen(file, data) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    await createArray(store, { shape: [2], dtype: "float64", data });
    await store.close();
  } finally {
    await store.abort();
  }
  return await openArray(file);
}

/** Code of the ZarrError that a promise rejects with. */
async function codeOf(promise) {
  return await promise.then(
    () => "no error",
    (error) => (isZarrError(error) ? error.code : Promise.reject(error)),
  );
}

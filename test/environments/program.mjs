// What .ci/environments.mjs has every environment do with the packed package, and how each fares: "yes", or the code of a ZarrError
// that refuses. Anything else ends the program.
import { createArray, isZarrError, openArray, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";

const count = 300_000;

/** @param path - of a file that is not there yet */
export async function report(path) {
  return {
    create: await outcome(() => create(path)),
    read: await outcome(() => read(path)),
    append: await outcome(() => append(path)),
    threads: await outcome(() => readByPool(path, "thread")),
    processes: await outcome(() => readByPool(path, "process")),
  };
}

async function outcome(act) {
  try {
    await act();
    return "yes";
  } catch (error) {
    if (!isZarrError(error)) throw error;
    return error.code;
  }
}

async function create(path) {
  const store = await ZipStore.open(path, { mode: "w" });
  const data = Float64Array.from({ length: count }, (_, i) => i);
  await createArray(store, { path: "a", shape: [count], chunks: [50_000], dtype: "float64", data });
  await createArray(store, { path: "rows", shape: [0], chunks: [10], dtype: "int32" });
  await store.close();
}

async function read(path) {
  const array = await openArray(path, { path: "a" });
  check((await array.get()).data);
  await array.close();
}

async function append(path) {
  const store = await ZipStore.open(path, { mode: "r+" });
  try {
    await (await openArray(store, { path: "rows" })).append([1, 2, 3]);
    await store.flush();
  } finally {
    await store.abort();
  }
  const rows = await openArray(path, { path: "rows" });
  const { data } = await rows.get();
  await rows.close();
  if (String(data) !== "1,2,3") throw new Error(`appended 1,2,3, read ${data}`);
}

async function readByPool(path, kind) {
  const array = await openArray(path, { path: "a" });
  const pool = new WorkerPool({ kind, workers: 2 });
  try {
    check((await pool.read(array)).data);
    let chunks = 0;
    for await (const { coords, data } of pool.chunks(array)) {
      if (data.data[0] !== 50_000 * coords[0]) throw new Error(`chunk ${coords} is another one`);
      chunks++;
    }
    if (chunks !== 6) throw new Error(`read ${chunks} chunks`);
  } finally {
    await pool.close();
    await array.close();
  }
}

function check(data) {
  if (data.length !== count || data.some((value, i) => value !== i)) throw new Error("read other values");
}

// What handing an array over costs: the size of its state, and the time until a receiver has its first chunk and each further one,
// for files of 10, 1,000 and 100,000 entries. The figures of docs/growing.md are from here.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createArray, openArray, restore, ZipStore } from "zarrzip";

const elements = 1024; // of each chunk
const folder = await mkdtemp(join(tmpdir(), "zarrzip-bench-"));
try {
  for (const chunks of [10, 1000, 100_000]) await measure(chunks);
} finally {
  await rm(folder, { recursive: true });
}

async function measure(chunks) {
  const file = join(folder, `${chunks}.zarr.zip`);
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const codecs = [{ name: "bytes", configuration: { endian: "little" } }];
    const shape = [chunks, elements];
    const array = await createArray(store, { path: "a", shape, chunks: [1, elements], dtype: "uint8", codecs });
    await array.set(null, 7);
    await store.close();
  } finally {
    await store.abort();
  }
  const array = await openArray(file, { path: "a" });
  try {
    await array.getChunk([0, 0]);
    const state = array.getState();
    const shared = array.getState({ share: true });
    const directory = shared.store.sharedDirectory.buffer.byteLength;
    console.log(`${chunks} chunks: state ${JSON.stringify(state).length} bytes; shared directory ${directory} bytes`);
    console.log(`  restore and first chunk: ${await firstChunk(JSON.parse(JSON.stringify(state)))} ms`);
    console.log(`  the same, directory shared: ${await firstChunk(shared)} ms`);
    console.log(`  each further chunk: ${await furtherChunks(array, chunks)} ms`);
  } finally {
    await array.close();
  }
}

async function firstChunk(state) {
  const times = [];
  for (let i = 0; i < 15; i++) {
    const begin = performance.now();
    const array = await restore(state);
    await array.getChunk([0, 0]);
    times.push(performance.now() - begin);
    await array.close();
  }
  return median(times);
}

async function furtherChunks(array, chunks) {
  const times = [];
  for (let i = 0; i < 500; i++) {
    const begin = performance.now();
    await array.getChunk([(i * 7) % chunks, 0]);
    times.push(performance.now() - begin);
  }
  return median(times);
}

function median(times) {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)].toFixed(3);
}

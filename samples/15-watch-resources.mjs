// Watch what a process holds: its descriptors and its memory, before and after 200 stores were opened and closed, and what one that
// was forgotten holds. Whoever opens a store closes it, in `finally`.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createArray, openArray, ZipStore } from "zarrzip";

const stores = 200;

const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
const file = join(folder, "watched.zarr.zip");
try {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const data = Float64Array.from({ length: 10000 }, (_, i) => i);
    await createArray(store, { path: "a", shape: [10000], chunks: [100], dtype: "float64", data });
    await store.close();
  } finally {
    await store.abort();
  }

  for (let i = 0; i < 20; i++) await openReadAndClose(); // what is loaded and compiled once
  const before = await held();
  for (let i = 0; i < stores; i++) await openReadAndClose();
  const after = await held();
  console.log(`${stores} stores opened and closed: ${more(before, after)}`);
  console.log(`  memory: ${mebibytes(before.rss)} MiB before, ${mebibytes(after.rss)} MiB after`);

  const open = [];
  for (let i = 0; i < 10; i++) open.push(await ZipStore.open(file, { mode: "r+" }));
  const sayThat = (await Promise.all(open.map((each) => each.stats()))).reduce(
    (sum, stats) => sum + stats.descriptors,
    0,
  );
  console.log(`10 writers open: ${more(after, await held())}`);
  console.log(`  by stats(): ${sayThat}`);
  for (const each of open) await each.close();
  console.log(`10 writers closed: ${more(after, await held())}`);
} finally {
  await rm(folder, { recursive: true });
}

async function openReadAndClose() {
  const array = await openArray(file, { path: "a" });
  try {
    await array.get([0]);
  } finally {
    await array.close();
  }
}

/** Descriptors of this process, where the system lists them, and its memory in bytes. */
async function held() {
  const descriptors = process.platform === "linux" ? (await readdir("/proc/self/fd")).length : undefined;
  return { descriptors, rss: process.memoryUsage().rss };
}

function more(from, to) {
  return from.descriptors === undefined ? "unknown here" : `${to.descriptors - from.descriptors} more descriptors`;
}

function mebibytes(bytes) {
  return Math.round(bytes / 2 ** 20);
}

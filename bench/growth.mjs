// How cost grows: with the number of entries, the size of the file, the size of its chunks, the workers, and the commits before.
// `node bench/growth.mjs` prints tables and writes docs/growth.json and docs/growth.svg; --out <folder> puts them elsewhere.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createArray, openArray, slice, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";
import { describeMachine } from "./machine.mjs";
import { panelsOf } from "./panels.mjs";

const { values: options } = parseArgs({
  options: { out: { type: "string", default: fileURLToPath(new URL("../docs", import.meta.url)) } },
});
const folder = mkdtempSync(join(tmpdir(), "zarrzip-growth-"));
const file = join(folder, "grown.zip");
const zstd = { name: "zstd", configuration: { level: 3, checksum: false } };

/** Median of the milliseconds of several runs; `prepare` is not counted. */
async function msOf(work, { runs = 7, prepare = async () => {} } = {}) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    await prepare();
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return Number(times[Math.floor(runs / 2)].toPrecision(3));
}

const smooth = (length, side) =>
  Float32Array.from({ length }, (_, i) => Math.sin((i % side) / 211) * Math.cos(Math.floor(i / side) / 173) * 100);

async function write(shape, chunks, { compressors = null, data }) {
  const store = await ZipStore.open(file, { mode: "w" });
  await createArray(store, { shape, chunks, dtype: "float32", compressors, data });
  await store.close();
}

async function windowMs(selection) {
  return await msOf(async () => {
    const array = await openArray(file);
    await array.get(selection);
    await array.close();
  });
}

const studies = {
  entries: {
    title: "Entries of the file",
    of: [1e3, 1e4, 1e5, 1e6],
    async measure(count) {
      const store = await ZipStore.open(file, { mode: "w" });
      const value = new Uint8Array(4);
      for (let i = 0; i < count; i++) await store.set(`c/${i}`, value);
      await store.close();
      const open = await msOf(async () => {
        const opened = await ZipStore.open(file);
        await opened.get("c/7");
        await opened.close();
      });
      const writer = await ZipStore.open(file, { mode: "a", durability: "process" });
      const commit = await msOf(() => writer.flush(), { prepare: () => writer.set("c/7", value) });
      const get = await msOf(async () => {
        for (let i = 0; i < 100; i++) await writer.get(`c/${(i * 7919) % count}`);
      });
      await writer.close();
      return { "open and first value": open, "one commit": commit, "100 values": get };
    },
  },
  megabytes: {
    title: "MiB of the file",
    of: [4, 16, 64, 256],
    async measure(mebibytes) {
      const side = 512 * Math.sqrt(mebibytes);
      await write([side, side], [512, 512], { data: smooth(side * side, side) });
      const window = [slice(side - 32, side), slice(side - 32, side)];
      const array = await openArray(file);
      const out = new Float32Array(side * side);
      const all = await msOf(() => array.get(null, { out }), { runs: 5 });
      await array.close();
      return { "open and one window": await windowMs(window), "read all": all };
    },
  },
  chunks: {
    title: "KiB of a chunk (zstd, 64 MiB in all)",
    of: [4, 16, 64, 256, 1024, 4096, 16384],
    async measure(kibibytes) {
      const side = 4096;
      const chunk = 16 * Math.sqrt(kibibytes);
      await write([side, side], [chunk, chunk], { compressors: zstd, data: smooth(side * side, side) });
      const array = await openArray(file);
      const out = new Float32Array(side * side);
      const all = await msOf(() => array.get(null, { out }), { runs: 5 });
      const window = [slice(1000, 1032), slice(1000, 1032)];
      const one = await msOf(() => array.get(window));
      await array.close();
      return { "read all": all, "one window": one };
    },
  },
  workers: {
    title: "Workers of a pool (zstd, 64 MiB)",
    of: [1, 2, 4, 8],
    async measure(workers) {
      const side = 4096;
      if (workers === 1) await write([side, side], [512, 512], { compressors: zstd, data: smooth(side * side, side) });
      const array = await openArray(file);
      const pool = new WorkerPool({ workers });
      const out = new Float32Array(new SharedArrayBuffer(4 * side * side));
      await pool.read(array, null, { out });
      const all = await msOf(() => pool.read(array, null, { out }), { runs: 9 });
      await pool.close();
      await array.close();
      return { "read all": all };
    },
  },
  commits: {
    title: "Commits before (each replaces one of 100 values)",
    of: [1, 10, 100, 1000],
    async measure(commits) {
      const store = await ZipStore.open(file, { mode: "w", durability: "process" });
      for (let i = 0; i < 100; i++) await store.set(`c/${i}`, new Uint8Array(1000));
      await store.flush();
      for (let i = 0; i < commits; i++) {
        await store.set(`c/${i % 100}`, new Uint8Array(1000).fill(i));
        await store.flush();
      }
      const commit = await msOf(() => store.flush(), { prepare: () => store.set("c/5", new Uint8Array(1000)) });
      await store.close();
      const open = await msOf(async () => {
        const opened = await ZipStore.open(file);
        await opened.get("c/7");
        await opened.close();
      });
      const kibibytes = Math.round(statSync(file).size / 1024);
      return { "one commit": commit, "open and first value": open, "KiB of the file": kibibytes };
    },
  },
};

try {
  const found = {};
  for (const [name, { title, of, measure }] of Object.entries(studies)) {
    const points = [];
    for (const x of of) points.push({ x, ...(await measure(x)) });
    found[name] = { title, points };
    console.log(title);
    console.table(points);
  }
  const machine = describeMachine(folder);
  writeFileSync(join(options.out, "growth.json"), `${JSON.stringify({ machine, studies: found }, null, 1)}\n`);
  writeFileSync(join(options.out, "growth.svg"), panelsOf(Object.values(found)));
} finally {
  rmSync(folder, { recursive: true });
}

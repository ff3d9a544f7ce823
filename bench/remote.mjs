// Reading over HTTP beside zarrita: requests, as the server counts them, and time, from a server that answers each request after a delay.
// `node bench/remote.mjs` prints a table, with `--json` JSON.
//   --delay 20       milliseconds before each answer
//   --megabits 1000  that the link carries in a second; as much as this machine does where left out
//   --rounds 5       of each measurement, in turns; the table has the medians
// Every read is compared with the values that were written.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import ZipFileStore from "@zarrita/storage/zip";
import * as zarrita from "zarrita";
import { createArray, openArray, slice, ZipStore } from "zarrzip";

const { values: options } = parseArgs({
  options: {
    delay: { type: "string", default: "20" },
    megabits: { type: "string", default: "Infinity" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});

const side = 4096;
const windowSide = 32;
const values = Float32Array.from({ length: side * side }, (_, i) => Math.fround(Math.sin(i / 211) * 100));
const layouts = {
  plain: { chunks: [512, 512], compressors: null },
  zstd: { chunks: [512, 512], compressors: "zstd" },
  sharded: { shards: [1024, 1024], chunks: [64, 64], compressors: "zstd" },
};

/** 1,000 windows all over the array. */
const windows = Array.from({ length: 1000 }, (_, i) => {
  const at = (factor) => Math.imul(i + 1, factor) >>> 0;
  return [at(0x9e3779b1) % (side - windowSide), at(0x85ebca6b) % (side - windowSide)];
});

const folder = mkdtempSync(join(tmpdir(), "zarrzip-remote-"));
const server = fork(fileURLToPath(new URL("remote-server.mjs", import.meta.url)), [
  folder,
  options.delay,
  options.megabits,
]);
try {
  for (const [name, layout] of Object.entries(layouts)) {
    const store = await ZipStore.open(join(folder, `${name}.zip`), { mode: "w" });
    await createArray(store, { shape: [side, side], dtype: "float32", ...layout, data: values });
    await store.close();
  }
  const [port] = await once(server, "message");
  const table = {};
  for (const name of Object.keys(layouts)) {
    const url = `http://127.0.0.1:${port}/${name}.zip`;
    const tasks = { "open + first chunk": firstChunk, "1,000 windows": manyWindows, "the whole": whole };
    for (const [task, run] of Object.entries(tasks)) table[`${name}: ${task}`] = await compare(run(url));
  }
  print(table);
} finally {
  server.disconnect();
  rmSync(folder, { recursive: true });
}

function firstChunk(url) {
  return {
    zarrzip: async () => {
      const array = await openArray(url);
      const { data } = await array.get([slice(0, 64), slice(0, 64)]);
      await array.close();
      return () => check(data, 0, 0, 64);
    },
    zarrita: async () => {
      const array = await zarrita.open.v3(ZipFileStore.fromUrl(url), { kind: "array" });
      const { data } = await zarrita.get(array, [zarrita.slice(0, 64), zarrita.slice(0, 64)]);
      return () => check(data, 0, 0, 64);
    },
  };
}

function manyWindows(url) {
  return {
    zarrzip: async () => {
      const array = await openArray(url);
      const selections = windows.map(([y, x]) => [slice(y, y + windowSide), slice(x, x + windowSide)]);
      const regions = await array.getMany(selections);
      await array.close();
      return () => checkWindows(regions);
    },
    zarrita: async () => {
      const array = await zarrita.open.v3(ZipFileStore.fromUrl(url), { kind: "array" });
      const read = async ([y, x]) => {
        const selection = [zarrita.slice(y, y + windowSide), zarrita.slice(x, x + windowSide)];
        return await zarrita.get(array, selection);
      };
      const regions = await Promise.all(windows.map(read));
      return () => checkWindows(regions);
    },
  };
}

function whole(url) {
  return {
    zarrzip: async () => {
      const array = await openArray(url);
      const { data } = await array.get();
      await array.close();
      return () => check(data, 0, 0, side);
    },
    zarrita: async () => {
      const array = await zarrita.open.v3(ZipFileStore.fromUrl(url), { kind: "array" });
      const { data } = await zarrita.get(array);
      return () => check(data, 0, 0, side);
    },
    fetch: () => bare(url),
  };
}

/** All of the file, by one request, and nothing made of it. */
async function bare(url) {
  await (await fetch(url)).arrayBuffer();
}

function checkWindows(regions) {
  for (const [i, { data }] of regions.entries()) check(data, ...windows[i], windowSide);
}

/** Fails unless data are the values of a square. */
function check(data, y, x, length) {
  for (let row = 0; row < length; row++) {
    for (let column = 0; column < length; column++) {
      if (data[row * length + column] !== values[(y + row) * side + x + column]) throw new Error("other values");
    }
  }
}

/** Medians of several readers, which take turns. */
async function compare(readers) {
  const found = Object.fromEntries(Object.keys(readers).map((name) => [name, []]));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [name, read] of Object.entries(readers)) found[name].push(await measure(read));
  }
  const median = (list) => list.sort((a, b) => a.ms - b.ms)[list.length >> 1];
  return Object.fromEntries(Object.entries(found).map(([name, list]) => [name, median(list)]));
}

async function measure(read) {
  await counted();
  const start = performance.now();
  const verify = await read();
  const ms = performance.now() - start;
  const found = { ms, ...(await counted()) };
  verify?.();
  return found;
}

async function counted() {
  server.send("count");
  return (await once(server, "message"))[0];
}

function print(table) {
  if (options.json) {
    console.log(JSON.stringify(table));
    return;
  }
  const cell = ({ requests, bytes, ms }) =>
    `${requests} requests, ${(bytes / 2 ** 20).toFixed(1)} MiB, ${ms.toFixed(0)} ms`;
  for (const [name, found] of Object.entries(table)) {
    console.log(name);
    for (const [reader, figures] of Object.entries(found)) console.log(`  ${reader.padEnd(8)} ${cell(figures)}`);
  }
}

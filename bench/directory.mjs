// What it costs to open a large archive by ranges, whose directory is read as a whole: `node bench/directory.mjs` prints a table, with `--json` JSON.
//   --entries 100000,1000000   entries of each archive
//   --rounds 3                 of each measurement; the table has the medians
// Each entry is a chunk of 4 bytes, named as those of an array of two dimensions, c/123/456; the same array in shards of 100 × 100 chunks stands
// beside it. The server is a process of its own, and answers at once; each measurement is one, too, so that its memory can be told.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createArray, openArray, ZipStore } from "zarrzip";

const { values: options } = parseArgs({
  options: {
    entries: { type: "string", default: "100000,1000000" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

if (process.send !== undefined) await openHere(process.argv[2]);
else await compare();

async function compare() {
  const folder = mkdtempSync(join(tmpdir(), "zarrzip-directory-"));
  const server = fork(fileURLToPath(new URL("remote-server.mjs", import.meta.url)), [folder, "0"]);
  const counted = async () => {
    server.send("count");
    return (await once(server, "message"))[0];
  };
  try {
    const [port] = await once(server, "message");
    const rows = [];
    for (const entries of options.entries.split(",").map(Number)) {
      for (const layout of ["chunks", "shards"]) {
        const name = `${entries}-${layout}.zip`;
        await write(join(folder, name), Math.round(Math.sqrt(entries)), layout === "shards");
        const found = [];
        for (let round = 0; round < Number(options.rounds); round++) {
          await counted();
          const child = fork(fileURLToPath(import.meta.url), [`http://127.0.0.1:${port}/${name}`], {
            execArgv: ["--expose-gc"],
          });
          const [figures] = await once(child, "message");
          found.push({ entries, layout, ...figures, ...(await counted()) });
        }
        rows.push(found.sort((a, b) => a.ms - b.ms)[found.length >> 1]);
        rmSync(join(folder, name));
      }
    }
    if (options.json) console.log(JSON.stringify(rows));
    else console.table(rows);
  } finally {
    server.disconnect();
    rmSync(folder, { recursive: true });
  }
}

/** An array of `side` × `side` chunks of one element. */
async function write(path, side, isSharded) {
  const store = await ZipStore.open(path, { mode: "w" });
  const data = Int32Array.from({ length: side * side }, (_, i) => i + 1);
  const shards = isSharded ? { shards: [100, 100] } : {};
  await createArray(store, { shape: [side, side], chunks: [1, 1], ...shards, dtype: "int32", compressors: null, data });
  await store.close();
}

/** Opens the array at a URL, reads its first element, and tells the process that forked this one what that took. */
async function openHere(url) {
  await (await fetch("data:,")).arrayBuffer(); // loads what fetches
  const before = memory();
  const peakBefore = peak();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const array = await openArray(url);
  if ((await array.get([0, 0])) !== 1) throw new Error("another value");
  const ms = Math.round(performance.now() - start);
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = Math.round((user + system) / 1000);
  const peakMiB = Math.round((peak() - peakBefore) / 2 ** 20);
  await new Promise((resolve) => setImmediate(resolve));
  const heldMiB = Math.round((memory() - before) / 2 ** 20);
  process.send({ ms, cpuMs, peakMiB, heldMiB });
  await array.close();
  process.disconnect();
}

/** Bytes in use on the heap and in buffers. */
function memory() {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes of memory that this process has had at most: that of the system's resource usage begins with the parent's. */
function peak() {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
}

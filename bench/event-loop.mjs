// How long a read keeps the callbacks of its thread waiting, without a pool: each file of `npm run bench -- --peers`, which has to have
// made them, is read as a whole, twice. `node bench/event-loop.mjs` prints the longest delays in milliseconds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createArray, openArray, ZipStore } from "zarrzip";
import { rows } from "./rows.mjs";

const data = fileURLToPath(new URL("../.cache/bench/data", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "zarrzip-event-loop-"));
const side = 4096;

/** Files of larger chunks: 4 MiB, the largest that is promised anything. */
async function largeChunks(name, compressors) {
  const file = join(folder, `${name}.zip`);
  const store = await ZipStore.open(file, { mode: "w" });
  const values = Float32Array.from({ length: side * side }, (_, i) => Math.sin(i / 211) * 100);
  await createArray(store, { shape: [side, side], chunks: [1024, 1024], dtype: "float32", compressors, data: values });
  await store.close();
  return [`${name}, chunks of 4 MiB`, file];
}

try {
  const files = Object.keys(rows).map((row) => [row, join(data, `${row}.zip`)]);
  files.push(await largeChunks("none", null), await largeChunks("zstd", "zstd"), await largeChunks("blosc", "blosc"));
  const table = {};
  for (const [name, file] of files) {
    const array = await openArray(file);
    await array.get();
    await pause(50); // what opening and the first read have left to collect
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const start = performance.now();
    delay.enable();
    const out = new (array.dtype === "uint8" ? Uint8Array : Float32Array)(array.shape.reduce((a, b) => a * b));
    await array.get(null, { out });
    await pause(5);
    delay.disable();
    table[name] = {
      "read ms": Math.round(performance.now() - start),
      "longest ms": Number((delay.max / 1e6).toFixed(1)),
    };
    await array.close();
  }
  console.table(table);
} finally {
  rmSync(folder, { recursive: true });
}

// How long writing and reading a zipped array takes, for each codec. `npm run bench` prints a table, `-- --json file` writes JSON,
// and `-- --size 4096` (the default is 2048) sets the side of the square float32 array. Medians of five runs on one thread.
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createArray, openArray, slice, ZipStore } from "zarrzip";

const runs = 5;
const windowSide = 32;
const windowCount = 200;

const compressors = {
  none: null,
  zstd: { name: "zstd", configuration: { level: 3, checksum: false } },
  gzip: { name: "gzip", configuration: { level: 5 } },
  "blosc lz4": {
    name: "blosc",
    configuration: { cname: "lz4", clevel: 5, shuffle: "shuffle", typesize: 4, blocksize: 0 },
  },
};

/** A smooth field with a little noise, which compresses about as well as measurements do. */
function smoothField(size) {
  const field = new Float32Array(size * size);
  let noise = 7;
  for (let i = 0; i < field.length; i++) {
    const y = Math.floor(i / size);
    const x = i % size;
    noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
    const value =
      Math.sin(x / 211) * Math.cos(y / 173) * 100 + Math.sin((x + y) / 37) * 3 + (noise / 2 ** 32 - 0.5) * 0.04;
    field[i] = Math.round(value * 128) / 128;
  }
  return field;
}

/** Median duration of `work`, in ms. */
async function median(work) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}

async function measure(file, compressor, field) {
  const size = Math.sqrt(field.length);
  const write = await median(async () => {
    const store = await ZipStore.open(file, { mode: "w" });
    await createArray(store, {
      shape: [size, size],
      chunks: [512, 512],
      dtype: "float32",
      compressors: compressor,
      data: field,
    });
    await store.close();
  });
  const firstChunk = await median(async () => {
    const array = await openArray(file);
    await array.getChunk([0, 0]);
    await array.close();
  });
  const array = await openArray(file);
  const readAll = await median(() => array.get());
  const out = new Float32Array(size * size);
  const readInto = await median(() => array.get(null, { out }));
  if (out.some((value, i) => value !== field[i])) throw new Error(`${file} reads other values than were written`);
  const windows = await median(async () => {
    let seed = 42;
    const next = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % (size - windowSide + 1);
    };
    for (let i = 0; i < windowCount; i++) {
      const [y, x] = [next(), next()];
      await array.get([slice(y, y + windowSide), slice(x, x + windowSide)]);
    }
  });
  await array.close();
  return { write, firstChunk, readAll, readInto, windows, bytes: (await stat(file)).size };
}

/** Measures every codec on an array of `size` × `size`, and prints a table; `json` is the file that gets all figures. */
export async function readAndWrite({ size, json }) {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-bench-"));
  try {
    const field = smoothField(size);
    const results = {};
    for (const [name, compressor] of Object.entries(compressors)) {
      results[name] = await measure(join(folder, `${name}.zip`), compressor, field);
    }
    const machine = `${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}`;
    console.log(`${size} × ${size} float32 in chunks of 512 × 512; ${machine}; ms, medians of ${runs}`);
    console.table(Object.fromEntries(Object.entries(results).map(([name, row]) => [name, rounded(row)])));
    if (json) await writeFile(json, `${JSON.stringify({ machine, size, runs, windowCount, results }, null, 1)}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function rounded({ bytes, ...times }) {
  const round = ([name, ms]) => [name, Number(ms.toFixed(1))];
  return {
    ...Object.fromEntries(Object.entries(times).map(round)),
    "MB in the file": Number((bytes / 1e6).toFixed(1)),
  };
}

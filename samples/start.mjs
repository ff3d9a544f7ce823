// What `npm start` shows, on real data: arrays put into one ZIP, opened, handed to threads and to processes, read there in
// parallel, compared with the source bit by bit, and drawn from what came back.
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createGroup, openGroup, slice, ZipStore } from "zarrzip";
import { readCoastline, readPrecipitation } from "./start/data.mjs";
import { printLegend, printMap } from "./start/map.mjs";
import { startProcesses, startThreads } from "./start/readers.mjs";
import { bad, bold, dim, good, print, printTable, withProgress } from "./start/screen.mjs";

const passes = 25; // of the whole field, to measure the speed of reading it again

const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
const source = await readPrecipitation();
const coastline = await readCoastline();
const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
const file = join(folder, "precipitation.zarr.zip");

try {
  print();
  print(`  ${bold(`zarrzip ${version}`)}  Zarr in one file, read in parallel by threads and processes`);
  print(dim("  Precipitation of 2016 on a 1° grid: Climate Forecast System 2, vega-datasets"));
  print();

  const written = await timed(() => withProgress("Writing", create));
  const root = await openGroup(file);
  try {
    await describe(root, written.ms);
    const field = await root.get("precipitation");
    const results = await compare(field);
    const isRight = results.every(({ isEqual }) => isEqual);
    print();
    print(
      `  ${isRight ? good("All equal to the source, bit by bit.") : bad("NOT equal to the source.")} Read by the processes:`,
    );
    print();
    const [latitude, longitude, lines] = await Promise.all(
      ["latitude", "longitude", "coastline"].map(async (name) => (await (await root.get(name)).get()).data),
    );
    printMap({ field: results.at(-1).field, shape: field.shape, latitude, longitude, coastline: lines });
    printLegend(field.attributes.units);
    print();
    if (!isRight) process.exitCode = 1;
  } finally {
    await root.close();
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Writes the file: the field in 24 chunks, its coordinates, and the coastlines for the map. */
async function create(onProgress) {
  const { precipitation, latitude, longitude, shape } = source;
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const root = await createGroup(store, { attributes: { title: "Annual precipitation", year: 2016 } });
    const field = await root.createArray({
      path: "precipitation",
      shape,
      chunks: [shape[0] / 4, shape[1] / 6],
      dtype: "float32",
      dimensionNames: ["latitude", "longitude"],
      // The package names no unit. The mean over the globe, 1198, is that of a year in mm.
      attributes: { units: "mm", source: "https://www.cpc.ncep.noaa.gov/products/people/wwang/cfsv2_fcst_history/" },
    });
    await field.set(null, precipitation, { onProgress: ({ done, total }) => onProgress(done / total) });
    for (const [path, data, attributes] of [
      ["latitude", latitude, { units: "degrees_north" }],
      ["longitude", longitude, { units: "degrees_east" }],
    ]) {
      await root.createArray({
        path,
        shape: [data.length],
        dtype: "float64",
        dimensionNames: [path],
        data,
        attributes,
      });
    }
    const points = [coastline.length / 2, 2];
    await root.createArray({
      path: "coastline",
      shape: points,
      dtype: "float32",
      fillValue: Number.NaN,
      data: coastline,
    });
    await store.close();
  } finally {
    await store.abort();
  }
}

/** Prints what is in the file, and what crosses to a reader. */
async function describe(root, ms) {
  const rows = [];
  for (const array of await root.members()) {
    const chunks = [];
    for await (const coords of array.storedChunks()) chunks.push(await root.store.get(array.chunkKey(coords)));
    const elements = array.shape.reduce((product, length) => product * length, 1);
    const stored = chunks.reduce((total, { length }) => total + length, 0);
    rows.push([
      array.path,
      array.shape.join(" × "),
      array.dtype,
      String(chunks.length),
      kB(elements * array.dataType.itemSize),
      kB(stored),
    ]);
  }
  printTable([["Array", "shape", "type", "chunks", "values", "stored"], ...rows]);
  const { size } = await stat(file);
  print();
  print(
    `  One ZIP of ${bold(kB(size))}, written and synced in ${bold(`${ms.toFixed(0)} ms`)} (the field as JSON: ${kB(source.bytes)})`,
  );
  const state = JSON.stringify((await root.get("precipitation")).getState());
  print(`  To each reader go ${bold(kB(state.length))} of plain JSON; it opens the file itself, read-only.`);
  print();
}

/** Reads the field here, in two threads and in two processes, and prints how fast. */
async function compare(field) {
  const ways = [
    ["this thread", 1, async () => alone(field), undefined],
    ["2 threads", 2, startThreads, field.getState()],
    ["2 threads, share: true", 2, startThreads, field.getState({ share: true })],
    ["2 processes", 2, startProcesses, field.getState()],
  ];
  const results = [];
  for (const [i, [name, count, start, state]] of ways.entries()) {
    results.push(
      await withProgress("Reading", (show) =>
        measure(name, count, start, state, field.shape, (part) => show((i + part) / ways.length)),
      ),
    );
  }
  printTable([
    ["Read by", "start", "first read", "again", "read-only", "equal"],
    ...results.map(({ name, ready, first, again, isReadOnly, isEqual }) => [
      name,
      name === "this thread" ? "" : `${ready.toFixed(0)} ms`,
      `${first.toFixed(1)} ms`,
      `${((source.precipitation.byteLength * passes) / again / 1000).toFixed(0)} MB/s`,
      isReadOnly ? "yes" : "NO",
      isEqual ? "yes" : "NO",
    ]),
  ]);
  print(
    dim(
      `  ${cpus().length} cores of ${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.version.slice(1)}; decoded anew, the file in the page cache`,
    ),
  );
  return results;
}

async function measure(name, count, start, state, [rows], show) {
  const started = await timed(() => start(count));
  const readers = started.result;
  show(0.3);
  const bands = Array.from({ length: 4 }, (_, i) => [(rows / 4) * i, (rows / 4) * (i + 1)]);
  const perReader = bands.length / count;
  const tasks = Array.from({ length: count }, (_, i) => ({
    state,
    parts: bands.slice(i * perReader, (i + 1) * perReader),
  }));
  const first = await timed(() => readers.ask(tasks));
  show(0.5);
  const again = await timed(() => readers.ask(tasks.map(() => ({ passes }))));
  await readers.end();
  const field = join32(first.result.flatMap(({ parts }) => parts));
  return {
    name,
    field,
    ready: started.ms,
    first: first.ms,
    again: again.ms,
    isReadOnly: first.result.every(({ readOnly }) => readOnly),
    isEqual: bytesOf(field).equals(bytesOf(source.precipitation)),
  };
}

/** This thread as if it were a reader. */
function alone(field) {
  let selections;
  const read = () => Promise.all(selections.map((selection) => field.get(selection)));
  return {
    ask: async ([{ parts, passes: times }]) => {
      if (parts === undefined) {
        for (let pass = 0; pass < times; pass++) await read();
        return [{}];
      }
      selections = parts.map(([from, to]) => [slice(from, to), null]);
      return [{ readOnly: field.readOnly, parts: (await read()).map(({ data }) => data) }];
    },
    end: async () => undefined,
  };
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
}

function join32(parts) {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

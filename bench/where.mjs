// Where the time of a read goes, for each file of `npm run bench -- --peers`, which has to have made them: a profile of one thread
// that reads all into the same memory, by what its functions do. `node bench/where.mjs` prints a table, with `--json` JSON.
import { existsSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
// So that decompressing is in the profile of this thread, as it is in a pool's worker.
import { confineToThread } from "../build/bytes/confinement.js";
import { openArray } from "../build/index.js";
import { rows } from "./rows.mjs";

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const data = fileURLToPath(new URL("../.cache/bench/data", import.meta.url));
const secondsEach = 1.5;

/** What a function is for, by its name and file; the first that fits. */
const kinds = [
  ["file", /^(read|readSync|open|fstat|stat|close|lstat|openFileHandle) /],
  ["checksum", /^(crc32c?|crc32Within|wordwise|bytewise) /],
  [
    "codec",
    /^(writeSync|init|processChunk|processChunkSync|Zstd|ZlibBase|InflateRaw|Zlib) |^wasm|wasm:|zstd|blosc|lz4|kernels\//i,
  ],
  ["copy", /copy-region\.js|^(set|slice|copy) :/],
  ["memory", /free-memory\.js|^createUnsafeBuffer |^\(garbage collector\) /],
  ["idle", /^\(idle\) /],
  ["engine", /^\(program\) /],
];

confineToThread();
const table = {};
for (const row of Object.keys(rows)) {
  const file = join(data, `${row}.zip`);
  if (!existsSync(file))
    throw new Error(`${file} is missing: npm run bench -- --peers --repeat 1 --cells open makes it`);
  table[row] = await profileOf(file);
}
if (options.json) console.log(JSON.stringify(table, null, 1));
else console.table(table);

/** Milliseconds of one read, and the share of each kind in percent. */
async function profileOf(file) {
  const array = await openArray(file);
  const { data: out } = await array.get();
  for (let i = 0; i < 3; i++) await array.get(null, { out });
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  const start = performance.now();
  let reads = 0;
  for (; performance.now() - start < secondsEach * 1000; reads++) await array.get(null, { out });
  const elapsed = performance.now() - start;
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  await array.close();

  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const shares = Object.fromEntries([...kinds.map(([kind]) => [kind, 0]), ["other", 0]]);
  let total = 0;
  for (const [i, id] of profile.samples.entries()) {
    const { functionName, url } = nodes.get(id).callFrame;
    const name = `${functionName} ${url}`;
    if (name === "post node:inspector") continue; // the profiler itself
    const [kind] = kinds.find(([, pattern]) => pattern.test(name)) ?? ["other"];
    shares[kind] += profile.timeDeltas[i];
    total += profile.timeDeltas[i];
  }
  const percent = Object.entries(shares).map(([kind, time]) => [`${kind} %`, Math.round((100 * time) / total)]);
  return { ms: Math.round(elapsed / reads), ...Object.fromEntries(percent) };
}

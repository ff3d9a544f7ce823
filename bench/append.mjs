// How fast several processes append to one array at once: each adds batches of rows, and every append is a commit of its own,
// acknowledged when it is on the disk. `node bench/append.mjs` prints a table, with `--json` JSON.
//   --processes 1,2,4,8,16   how many at once
//   --appends 50             of each process
//   --rows 1000,300          of each append; chunks have 1000 rows, so that 300 do not fill one
//   --rounds 3               of each measurement; the table has the medians
//   --durability full        or process, which leaves out the sync
//   --lancedb <python>       measures a LanceDB table in turns with it: ours, theirs, ours, theirs, ours
//   --readers <python>       has zarr-python and tensorstore read each file and compare it
// After every round each batch is looked for where its append said that it is, and compared bit by bit.
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { createArray, openArray, slice, ZipStore } from "zarrzip";
import { batchValues, columns } from "./append-batch.mjs";

const run = promisify(execFile);
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const numbers = (list) => list.split(",").map(Number);

const { values: options } = parseArgs({
  options: {
    processes: { type: "string", default: "1,2,4,8,16" },
    appends: { type: "string", default: "50" },
    rows: { type: "string", default: "1000,300" },
    rounds: { type: "string", default: "3" },
    durability: { type: "string", default: "full" },
    lancedb: { type: "string" },
    readers: { type: "string" },
    folder: { type: "string", default: tmpdir() },
    json: { type: "boolean", default: false },
  },
});
const appends = Number(options.appends);
const rounds = Number(options.rounds);

/** One round: wall time from the first start to the last end in ms, and each append's latency. */
async function appendWithZarrzip(folder, processes, rows) {
  const file = join(folder, "rows.zarr.zip");
  const store = await ZipStore.open(file, { mode: "w", durability: options.durability });
  try {
    const shape = [0, columns];
    const array = await createArray(store, { shape, chunks: [1000, columns], dtype: "float32", compressors: null });
    await store.flush();
    const results = await inProcesses(processes, (w) => ({ state: array.getState(), w, appends, rows }));
    const ranges = results.map((result) => result.ranges);
    await verify(file, ranges, rows);
    if (options.readers !== undefined) await verifyWithReaders(folder, file, ranges, rows);
    return {
      wall: Math.max(...results.map(({ end }) => end)) - Math.min(...results.map(({ start }) => start)),
      latencies: results.flatMap((result) => result.latencies),
      heldMs: sum(results.map(({ commits }) => commits.heldMs)) / (processes * appends),
      reruns: sum(results.map(({ commits }) => commits.reruns)),
    };
  } finally {
    await store.close();
    await rm(file);
  }
}

/** Starts the processes, releases them together when all are ready, and gives what each reports. */
async function inProcesses(count, taskOf) {
  const children = Array.from({ length: count }, () =>
    fork(beside("append-worker.mjs"), { serialization: "advanced" }),
  );
  const answerOf = async (child) => {
    const ended = once(child, "exit").then(([code]) =>
      Promise.reject(new Error(`a writer ended with exit code ${code}`)),
    );
    return (await Promise.race([once(child, "message"), ended]))[0];
  };
  try {
    await Promise.all(
      children.map((child, w) => {
        child.send(taskOf(w));
        return answerOf(child);
      }),
    );
    const answers = children.map(answerOf);
    for (const child of children) child.send("go");
    const results = await Promise.all(answers);
    await Promise.all(children.map((child) => child.exitCode ?? once(child, "exit")));
    return results;
  } finally {
    for (const child of children) child.kill();
  }
}

/** @param ranges - for each process and append, the rows that it was given */
async function verify(file, ranges, rows) {
  const places = ranges.flat().sort((a, b) => a.start - b.start);
  const expected = (_, i) => ({ start: i * rows, end: (i + 1) * rows });
  const problem = places.findIndex(({ start, end }, i) => start !== i * rows || end !== start + rows);
  if (problem >= 0) {
    const [found, wanted] = [places[problem], expected(undefined, problem)].map((place) => JSON.stringify(place));
    throw new Error(`the rows of the appends overlap or leave a gap: ${found}, expected ${wanted}`);
  }
  const array = await openArray(file);
  try {
    if (array.shape[0] !== places.length * rows)
      throw new Error(`${array.shape[0]} rows, expected ${places.length * rows}`);
    for (const [w, ofWriter] of ranges.entries()) {
      for (const [i, { start, end }] of ofWriter.entries()) {
        const { data } = await array.get([slice(start, end), null]);
        if (!isSame(data, batchValues(w, i, rows))) throw new Error(`batch ${i} of writer ${w} is not at row ${start}`);
      }
    }
  } finally {
    await array.close();
  }
}

function isSame(a, b) {
  const bytes = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}

async function verifyWithReaders(folder, file, ranges, rows) {
  const starts = join(folder, "starts.json");
  await writeFile(starts, JSON.stringify(ranges.map((ofWriter) => ofWriter.map(({ start }) => start))));
  await run(options.readers, [beside("peers/read-appended.py"), file, starts, String(rows)]);
}

async function appendWithLancedb(folder, processes, rows) {
  const args = [beside("peers/lancedb-append.py"), join(folder, "lancedb"), processes, appends, rows].map(String);
  const { stdout } = await run(options.lancedb, args, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

const sum = (list) => list.reduce((a, b) => a + b, 0);

function quantile(list, q) {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

/** Medians over rounds, each of which has its own quantiles. */
function summary(results, processes) {
  const median = (of) => quantile(results.map(of), 0.5);
  return {
    appendsPerSecond: median(({ wall }) => (processes * appends * 1000) / wall),
    p50: median(({ latencies }) => quantile(latencies, 0.5)),
    p99: median(({ latencies }) => quantile(latencies, 0.99)),
    max: median(({ latencies }) => Math.max(...latencies)),
  };
}

const folder = await mkdtemp(join(options.folder, "zarrzip-bench-"));
const machine = `${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)}`;
const measured = [];
try {
  for (const rows of numbers(options.rows)) {
    for (const processes of numbers(options.processes)) {
      const ours = [];
      const theirs = [];
      for (let round = 0; round < rounds; round++) {
        ours.push(await appendWithZarrzip(folder, processes, rows));
        const hasTurn = options.lancedb !== undefined && round < rounds - 1;
        if (hasTurn) theirs.push(await appendWithLancedb(folder, processes, rows));
      }
      const zarrzip = {
        ...summary(ours, processes),
        heldMs: quantile(
          ours.map(({ heldMs }) => heldMs),
          0.5,
        ),
      };
      const lancedb = theirs.length === 0 ? undefined : summary(theirs, processes);
      const ratio = lancedb && zarrzip.appendsPerSecond / lancedb.appendsPerSecond;
      measured.push({ rows, processes, zarrzip, lancedb, ratio, rounds: { ours, theirs } });
      const perSecond = [zarrzip, lancedb].map((result) => result?.appendsPerSecond.toFixed(0) ?? "-");
      console.error(`${rows} rows, ${processes} at once: ${perSecond.join(" and ")} appends/s`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

const { durability } = options;
if (options.json) console.log(JSON.stringify({ machine, appends, durability, measured }));
else {
  const oneLine = `${appends} appends of each process, float32 rows of ${columns}, durability ${durability}; ${machine}`;
  console.log(`${oneLine}\nms, medians of ${rounds} rounds; every batch verified`);
  console.table(measured.map(tableRow));
}

function tableRow({ rows, processes, zarrzip, lancedb, ratio }) {
  const columnsOf = (result) => ({
    "/s": Math.round(result.appendsPerSecond),
    p50: round(result.p50),
    p99: round(result.p99),
    max: round(result.max),
  });
  const prefixed = (name, row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [`${name}${key}`, value]));
  return {
    rows,
    processes,
    ...columnsOf(zarrzip),
    "lock held": round(zarrzip.heldMs),
    ...(lancedb && { ...prefixed("LanceDB ", columnsOf(lancedb)), ratio: round(ratio) }),
  };
}

function round(number) {
  return Number(number.toFixed(2));
}

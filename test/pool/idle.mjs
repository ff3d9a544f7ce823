// Reads with a pool that it does not close, and must end all the same.
import process from "node:process";
import { openArray } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";

const [file, kind] = process.argv.slice(2);
const array = await openArray(file, { path: "a" });
const pool = new WorkerPool({ kind, workers: 2 });
const { data } = await pool.read(array);
const sums = [];
const task = new URL("task.mjs", import.meta.url);
for await (const { value } of pool.run(task, array, [{ do: "sum", selection: null }])) sums.push(value);
const { workers } = await pool.stats();
process.stdout.write(JSON.stringify({ last: data.at(-1), sums, pids: workers.flatMap(({ pid }) => pid ?? []) }));

// Starts a worker process that never ends by itself, and waits to be killed.
import { WorkerPool } from "../../dist/pool/index.js";

const [, , began] = process.argv;
const pool = new WorkerPool({ kind: "process", workers: 1 });
for await (const _ of pool.run(new URL("task.mjs", import.meta.url), undefined, [{ do: "spin", began }]));

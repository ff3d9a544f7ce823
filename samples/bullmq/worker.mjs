// A worker. Each host starts as many as it likes, and they need nothing but the address of Redis and the shared folder, wherever
// that is mounted here. A worker opens an array once, and keeps it for the jobs that follow.
//
// node worker.mjs <redis> --host <name> --shared <folder> [--hang-at <number>]

import { join, relative } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { UnrecoverableError, Worker } from "bullmq";
import { isZarrError, restore } from "zarrzip";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { host: { type: "string" }, shared: { type: "string" }, "hang-at": { type: "string" } },
});
const [redis] = positionals;
const arrays = new Map();
let jobs = 0;

const worker = new Worker("chunks", work, {
  connection: { url: redis },
  lockDuration: 1500, // a worker that does not renew its claim for so long is dead
  stalledInterval: 500, // how often the others look for such
  maxStalledCount: 3,
});
worker.on("error", (error) => console.log(`${options.host}: ${error.message}`));
process.once("SIGTERM", stop);

async function work({ data: { state, shared, coords } }) {
  try {
    const array = await open(state, shared);
    const { data } = await array.getChunk(coords);
    if (++jobs === Number(options["hang-at"])) {
      process.send?.("in the middle of a job");
      await new Promise(() => undefined); // for whoever wants to kill it there
    }
    const sum = data.reduce((total, value) => total + value, 0);
    const max = data.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    return { count: data.length, sum, max };
  } catch (error) {
    if (!isZarrError(error)) throw error;
    // What is at this path here is not what the job means: another host may do better. This one stops taking jobs.
    if (error.code === "ERR_STALE_STATE" || error.code === "ERR_NOT_FOUND") {
      console.log(`${options.host}: ${error.code}: ${error.message}`);
      void stop();
      throw new Error(JSON.stringify(error));
    }
    throw new UnrecoverableError(JSON.stringify(error)); // every host would find the same
  }
}

/**
 * The array of a state, whose file is at the same place of the shared folder here as there, and nowhere else. It may be a copy: the state
 * knows the file by its digest.
 */
function open(state, shared) {
  const key = JSON.stringify(state);
  const locate = (path) => join(options.shared, relative(shared, path));
  if (!arrays.has(key)) arrays.set(key, restore(state, { locate, roots: [options.shared] }));
  return arrays.get(key);
}

async function stop() {
  await worker.close();
  for (const array of arrays.values()) await (await array).close();
  arrays.clear();
  if (process.connected) process.disconnect();
}

// The producer: one job for each chunk of an array, and the reduction of what comes back. A job carries the array's state, which is
// plain JSON, and the coordinates of a chunk; no value of the array passes through Redis.
//
// node producer.mjs <redis> <file> <folder that all hosts share, as it is called here>

import process from "node:process";
import { Queue, QueueEvents } from "bullmq";
import { openArray, ZarrError } from "zarrzip";

const [redis, file, shared] = process.argv.slice(2);
const connection = { url: redis };
const queue = new Queue("chunks", { connection });
queue.setMaxListeners(0); // every job that is waited for listens to it
const events = new QueueEvents("chunks", { connection });
try {
  await events.waitUntilReady();
  const depths = await openArray(file, { path: "depths" });
  try {
    await run(depths);
  } finally {
    await depths.close();
  }
} finally {
  await events.close();
  await queue.close();
}

async function run(depths) {
  const state = depths.getState();
  const jobs = [];
  for await (const coords of depths.storedChunks()) {
    jobs.push({ name: "sum", data: { state, shared, coords }, opts: { attempts: 5 } });
  }
  let stalled = 0;
  events.on("stalled", () => stalled++);
  const begin = performance.now();
  const added = await queue.addBulk(jobs);
  console.log(`${jobs.length} jobs of ${JSON.stringify(jobs[0].data).length} bytes are in the queue`);
  let done = 0;
  const parts = await Promise.all(
    added.map(async (job) => {
      const part = await job.waitUntilFinished(events).catch(rethrow);
      show(++done, jobs.length);
      return part;
    }),
  );
  const seconds = (performance.now() - begin) / 1000;

  console.log(`in ${seconds.toFixed(2)} s; jobs that were taken from a dead worker: ${stalled}`);
  console.log(`chunks: ${parts.length}, elements: ${parts.reduce((total, { count }) => total + count, 0)}`);
  console.log(`sum: ${parts.reduce((total, { sum }) => total + sum, 0)}`);
  console.log(`maximum: ${parts.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY)}`);
}

/** One line that changes on a terminal, and one for each quarter elsewhere. */
function show(done, total) {
  if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${total} chunks${done === total ? "\n" : ""}`);
  else if (done % Math.ceil(total / 4) === 0 || done === total) console.log(`${done} of ${total} chunks`);
}

/** After the last attempt of a job. Redis keeps an error's message only: a worker makes it the state of its ZarrError. */
function rethrow({ message }) {
  throw message.startsWith("{") ? ZarrError.fromState(JSON.parse(message)) : new Error(message);
}

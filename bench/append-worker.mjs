// One of the processes of bench/append.mjs: says when its batches are ready, waits for the word, and appends them one by one.
import { once } from "node:events";
import { restore } from "zarrzip";
import { batchValues } from "./append-batch.mjs";

/** Milliseconds since 1970, with fractions: a clock that all processes share. */
const now = () => performance.timeOrigin + performance.now();

const [{ state, w, appends, rows }] = await once(process, "message");
const array = await restore(state); // once per process
try {
  const batches = Array.from({ length: appends }, (_, i) => batchValues(w, i, rows));
  process.send("ready");
  await once(process, "message");

  const start = now();
  const latencies = [];
  const ranges = [];
  for (const batch of batches) {
    const before = performance.now();
    ranges.push(await array.append(batch, { flush: true }));
    latencies.push(performance.now() - before);
  }
  const end = now();
  const { lock, commits } = await array.store.stats();
  process.send({ start, end, latencies, ranges, lock, commits });
} finally {
  await array.close();
  process.disconnect();
}

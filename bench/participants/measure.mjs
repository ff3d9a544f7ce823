// How participants that run in Node measure a cell, and what they print: one line of JSON with `samples` (ms, or MiB) and the
// SHA-256 of the values that were read.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/**
 * A run that is not counted, unless it was a long one; then at most 5, and no more after 2 s. `work` gives typed arrays;
 * `prepare` comes before each run, and is not timed.
 */
export async function measureTime(work, prepare = () => {}) {
  prepare();
  const [warmUp, sha256] = await timed(work, digestOf);
  const samples = warmUp > 5000 ? [warmUp] : [];
  let total = warmUp > 5000 ? warmUp : 0;
  while (samples.length === 0 || (samples.length < 5 && total < 2000)) {
    prepare();
    const [sample] = await timed(work, () => undefined);
    samples.push(sample);
    total += sample;
  }
  console.log(JSON.stringify({ samples, sha256 }));
}

/** By how much the resident memory grew at most. Where the system does not tell, an error. */
export async function measureMemory(work) {
  writeFileSync("/proc/self/clear_refs", "5");
  const before = statusKib("VmRSS");
  const values = await work();
  const sample = (statusKib("VmHWM") - before) / 1024;
  console.log(JSON.stringify({ samples: [sample], sha256: digestOf(values) }));
}

async function timed(work, resultOf) {
  const start = performance.now();
  const values = await work();
  return [performance.now() - start, resultOf(values)];
}

function digestOf(parts) {
  const hash = createHash("sha256");
  for (const part of parts ?? []) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex");
}

function statusKib(name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "utf8"))[1]);
}

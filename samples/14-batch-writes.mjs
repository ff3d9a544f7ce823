// Batch what you write. Every commit appends its values and a whole new directory, and waits for the disk; so one flush for many
// values costs a fraction of a flush for each. What is not flushed is not in the file, and nobody else sees it.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZipStore } from "zarrzip";

const keys = 200;
const value = new TextEncoder().encode("a value of a few bytes");

const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
try {
  const eachAlone = await write("each-alone.zip", { flushEach: true });
  const together = await write("together.zip", { flushEach: false });
  const inBatches = await write("in-batches.zip", { flushEach: false, batchBytes: 4096 });

  for (const [name, { commits, ms, bytes, deadShare }] of Object.entries({ eachAlone, together, inBatches })) {
    console.log(`${name}: ${keys} keys, ${commits.count === 1 ? "1 commit" : "several commits"}`);
    console.log(`  ${commits.count} commits wrote ${commits.bytes} bytes in ${ms.toFixed(0)} ms`);
    console.log(`  the file has ${bytes} bytes, ${(100 * deadShare).toFixed(0)} % of them not in its newest version`);
  }
  console.log(`commits, one by one: ${eachAlone.commits.count}`);
  console.log(
    `bytes, one by one: more than ten times as many: ${eachAlone.commits.bytes > 10 * together.commits.bytes}`,
  );
} finally {
  await rm(folder, { recursive: true });
}

async function write(name, { flushEach, ...options }) {
  const file = join(folder, name);
  const store = await ZipStore.open(file, { mode: "a", ...options });
  try {
    const start = performance.now();
    for (let i = 0; i < keys; i++) {
      await store.set(`values/${i}`, value);
      if (flushEach) await store.flush();
    }
    await store.flush();
    const ms = performance.now() - start;
    const { commits, file: inFile } = await store.stats();
    await store.close();
    return { commits, ms, bytes: (await stat(file)).size, deadShare: inFile.deadShare };
  } finally {
    await store.abort(); // after close() it does nothing
  }
}

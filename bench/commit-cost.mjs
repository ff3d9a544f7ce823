// What one commit of a single key of 1 KB costs in a file of many entries, beside writing and syncing what it has to write: the key and
// the central directory, once and twice. In turns, medians. `node bench/commit-cost.mjs [--entries 100000] [--rounds 15] [--json]`
import { mkdtemp, open, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ZipStore } from "zarrzip";

const { values: options } = parseArgs({
  options: {
    entries: { type: "string", default: "100000" },
    rounds: { type: "string", default: "15" },
    folder: { type: "string", default: tmpdir() },
    json: { type: "boolean", default: false },
  },
});
const entries = Number(options.entries);
const rounds = Number(options.rounds);
const value = new Uint8Array(1024).fill(7);

const folder = await mkdtemp(join(options.folder, "zarrzip-bench-"));
try {
  const file = join(folder, "many.zip");
  await createMany(file);
  const store = await ZipStore.open(file, { mode: "r+" });
  const raw = await open(join(folder, "raw"), "w");
  try {
    const times = { commit: [], "written and synced once": [], "written and synced twice": [] };
    await commit(store, "warm-up");
    const bytesBefore = (await store.stats()).commits.bytes;
    let at = 0;
    let block;
    for (let round = 0; round < rounds; round++) {
      times.commit.push(await timed(() => commit(store, `added/${round}`)));
      block ??= Buffer.alloc((await store.stats()).commits.bytes - bytesBefore, 7);
      const writeAndSync = async () => {
        await raw.write(block, 0, block.length, at);
        await raw.datasync();
        at += block.length;
      };
      times["written and synced once"].push(await timed(writeAndSync));
      times["written and synced twice"].push(
        await timed(async () => {
          await writeAndSync();
          await writeAndSync();
        }),
      );
    }
    report(times, block.length);
  } finally {
    await raw.close();
    await store.close();
  }
} finally {
  await rm(folder, { recursive: true });
}

async function createMany(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  for (let i = 0; i < entries; i++) await store.set(`array/c/${i}`, value.subarray(0, 16));
  await store.close();
}

async function commit(store, key) {
  await store.set(key, value);
  await store.flush();
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function report(times, bytes) {
  const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
  const medians = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
  const ratio = medians.commit / medians["written and synced twice"];
  const machine = `${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)}`;
  if (options.json) console.log(JSON.stringify({ machine, entries, bytes, medians, ratio, times }));
  else {
    console.log(
      `a key of 1 KB into ${entries} entries, ${bytes} bytes for each commit; ${machine}; ms, medians of ${rounds}`,
    );
    for (const [name, ms] of Object.entries(medians)) console.log(`${name.padEnd(25)}${ms.toFixed(1).padStart(8)}`);
    console.log(`commit / written and synced twice: ${ratio.toFixed(2)}`);
  }
}

// Many writers at once. Four processes append to one array, and each writes its own quarter of the only chunk of another one, again and
// again. No row is lost, none is there twice, and no quarter is overwritten by a neighbour: whoever commits second merges what it has
// written into what the first has made of the chunk. This file is both the parent and the children.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createGroup, openGroup, restore, slice, ZipStore } from "zarrzip";

const writers = 4;
const commits = 6;

if (process.argv[2] === "child") process.once("message", async (task) => process.send(await work(task)));
else await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const file = join(folder, "shared.zarr.zip");
  try {
    const store = await ZipStore.open(file, { mode: "a" });
    try {
      const root = await createGroup(store);
      await root.createArray({ path: "log", shape: [0, 2], chunks: [16, 2], dtype: "int32" });
      await root.createArray({ path: "grid", shape: [8], chunks: [8], dtype: "int32" });
      await store.flush();
      const numbers = Array.from({ length: writers }, (_, w) => w);
      await Promise.all(numbers.map((w) => inChild({ state: root.getState(), w })));
    } finally {
      await store.close();
    }
    await check(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs in each child, with one store for all that it writes. */
async function work({ state, w }) {
  const root = await restore(state);
  try {
    const log = await root.get("log");
    const grid = await root.get("grid");
    for (let i = 0; i < commits; i++) {
      await log.append([w, 2 * i, w, 2 * i + 1]);
      await grid.set([slice(2 * w, 2 * w + 2)], 100 * (w + 1) + i); // a part of the chunk
      await root.store.flush(); // one commit for both
    }
    return "done";
  } finally {
    await root.close();
  }
}

async function check(file) {
  const root = await openGroup(file);
  try {
    const { data, shape } = await (await root.get("log")).get();
    const found = Array.from({ length: writers }, () => []);
    for (let row = 0; row < shape[0]; row++) found[data[2 * row]].push(data[2 * row + 1]);
    console.log(`rows appended by ${writers} processes: ${shape[0]}`);
    for (const [w, rows] of found.entries()) {
      const isWhole = rows.every((value, i) => value === i);
      console.log(`those of process ${w}: ${rows.length}, in their order: ${isWhole}`);
    }
    const grid = await (await root.get("grid")).get();
    console.log(`one chunk, written by four: [${grid.data.join(", ")}]`);
  } finally {
    await root.close();
  }
}

async function inChild(task) {
  const child = fork(fileURLToPath(import.meta.url), ["child"]);
  try {
    child.send(task);
    await Promise.race([once(child, "message"), once(child, "exit").then(fail)]);
  } finally {
    if (child.connected) child.disconnect();
  }
}

function fail([code]) {
  throw new Error(`a child ended with exit code ${code} before it was done`);
}

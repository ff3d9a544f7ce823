// An array handed to child processes, in the three ways that Node has for it: fork() with JSON messages, fork() with
// structured clones, and spawn() with the state as text on stdin. This file is both the parent and the children.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createArray, openArray, restore, slice, ZipStore } from "zarrzip";

const thisFile = fileURLToPath(import.meta.url);

if (process.argv[2] === "forked") process.once("message", async (task) => process.send(await work(task)));
else if (process.argv[2] === "spawned") console.log(JSON.stringify(await work(await json(process.stdin))));
else await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const file = join(folder, "squares.zarr.zip");
  try {
    await createSquares(file);
    const array = await openArray(file, { path: "squares" });
    try {
      const state = array.getState(); // plain JSON, complete
      console.log("fork, json:     ", await inFork("json", { state, start: 0, stop: 5 }));
      console.log("fork, advanced: ", await inFork("advanced", { state, start: 5, stop: 10 }));
      console.log("spawn, stdin:   ", await inSpawn({ state, start: 10, stop: 15 }));
    } finally {
      await array.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function inFork(serialization, task) {
  const child = fork(thisFile, ["forked"], { serialization });
  child.send(task);
  const [answer] = await Promise.race([once(child, "message"), once(child, "exit").then(fail)]);
  child.disconnect();
  return answer;
}

async function inSpawn(task) {
  const child = spawn(process.execPath, [thisFile, "spawned"], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(task));
  return await json(child.stdout);
}

function fail([code]) {
  throw new Error(`the child ended with exit code ${code} before it answered`);
}

/** Runs in each child, which opens the file with a descriptor of its own. */
async function work({ state, start, stop }) {
  const array = await restore(state);
  try {
    const { data } = await array.get([slice(start, stop)]);
    return { readOnly: array.readOnly, values: [...data] };
  } finally {
    await array.close();
  }
}

async function createSquares(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const data = Array.from({ length: 15 }, (_, i) => i * i);
    await createArray(store, { path: "squares", shape: [15], chunks: [4], dtype: "int32", data });
    await store.close();
  } finally {
    await store.abort();
  }
}

// What may cross while a file is being written, and what may not. A table of LanceDB, used in a forked pool of processes,
// could hang for ever in table.add(), since a fork copies locks and handles in whatever state they are. Here nothing of
// the kind crosses: a child gets a description, and opens the file itself. Whatever cannot work fails at once, by name.
// This file is both the parent and the child.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createArray, restore, ZipStore } from "zarrzip";

if (process.argv[2] === "child") process.once("message", async (state) => process.send(await work(state)));
else await main();

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  const store = await ZipStore.open(join(folder, "log.zarr.zip"), { mode: "w" });
  const child = fork(fileURLToPath(import.meta.url), ["child"], { serialization: "advanced" });
  try {
    const log = await createArray(store, { path: "log", shape: [4], dtype: "int32", data: [1, 2, 3, 4] });

    console.log(`the instance itself, cloned:   ${await failure(() => structuredClone(log))}`);
    console.log(`the instance itself, sent:     ${await failure(() => child.send(log))}`);
    console.log(`the state before flush():      ${await failure(() => log.getState())}`);
    console.log(`as JSON before flush():        ${await failure(() => restore(JSON.parse(JSON.stringify(log))))}`);

    await store.flush(); // the file takes its name, complete and synced to disk
    child.send(log.getState());
    const [answer] = await Promise.race([once(child, "message"), once(child, "exit").then(fail)]);
    console.log(
      `the state after flush(), read: [${answer.values.join(", ")}] in another process: ${answer.pid !== process.pid}`,
    );
    console.log(`written to in the child:       ${answer.refusal}`);
    console.log(`the writer itself, meanwhile:  reads [${(await log.get()).data.join(", ")}]`);
    console.log(`the writer, written to again:  ${await failure(() => log.set([0], 5))}`);
  } finally {
    if (child.connected) child.disconnect();
    await store.close();
    await rm(folder, { recursive: true });
  }
}

/** Runs in the child. This version writes new files only, and says so instead of losing the write. */
async function work(state) {
  const log = await restore(state);
  try {
    const { data } = await log.get();
    return { pid: process.pid, values: [...data], refusal: await failure(() => log.set([0], 5)) };
  } finally {
    await log.close();
  }
}

/** Code of the ZarrError that `action` throws, or the name of another error. */
async function failure(action) {
  try {
    await action();
    return "no error";
  } catch (error) {
    return error.name === "ZarrError" ? error.code : error.name;
  }
}

function fail([code]) {
  throw new Error(`the child ended with exit code ${code} before it answered`);
}

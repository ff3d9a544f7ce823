// A writer is handed over. A table of LanceDB, used in a forked pool of processes, could hang for ever in table.add(), since a fork
// copies locks and handles in whatever state they are. Here nothing of the kind crosses: a child gets a description, opens the file
// itself, and appends to it; so does the parent, at the same time. Whatever cannot work fails at once, by name.
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
  const store = await ZipStore.open(join(folder, "log.zarr.zip"), { mode: "a" });
  const child = fork(fileURLToPath(import.meta.url), ["child"], { serialization: "advanced" });
  try {
    const log = await createArray(store, { path: "log", shape: [4], chunks: [8], dtype: "int32", data: [1, 2, 3, 4] });

    console.log(`the instance itself, cloned:   ${await failure(() => structuredClone(log))}`);
    console.log(`the instance itself, sent:     ${await failure(() => child.send(log))}`);
    console.log(`the state before flush():      ${await failure(() => log.getState())}`);
    console.log(`as JSON before flush():        ${await failure(() => restore(JSON.parse(JSON.stringify(log))))}`);

    await store.flush(); // the state says which file it is, and what is in it: first it has to be there
    child.send(log.getState());
    const answered = Promise.race([once(child, "message"), once(child, "exit").then(fail)]);
    await log.append([-1, -2], { flush: true }); // the sender goes on meanwhile
    const [{ pid, start, end }] = await answered;
    console.log(`the child is another process:  ${pid !== process.pid}, and appended ${end - start} values`);

    await log.refresh(); // the shape that the file has now
    const { data } = await log.get();
    console.log(`the parent reads the child's:  [${data.slice(start, end).join(", ")}]`);
    console.log(`together with its own:         [${[...data].sort((a, b) => a - b).join(", ")}]`);

    await store.set("notes", new TextEncoder().encode("not flushed"));
    console.log(`the state with new changes:    ${await failure(() => log.getState())}`);
  } finally {
    if (child.connected) child.disconnect();
    await store.close();
    await rm(folder, { recursive: true });
  }
}

/** Runs in the child. It gets a description, opens the file itself, and takes its turn with other writers. */
async function work(state) {
  const log = await restore(state);
  try {
    const { start, end } = await log.append([5, 6, 7], { flush: true });
    return { pid: process.pid, start, end };
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

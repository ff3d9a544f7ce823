// The other side: restores the states that it is sent, by whatever way, and reports what it could do with each.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { isZarrError, restore } from "../../dist/index.js";

if (!isMainThread) {
  if (workerData?.states) parentPort.postMessage(await reportAll(workerData));
  parentPort.once("message", async ({ port = parentPort, ...request }) => port.postMessage(await reportAll(request)));
} else if (process.send) {
  process.once("message", async (request) => {
    process.send(await reportAll(request), () => process.disconnect());
  });
  process.send("ready"); // a cluster worker loses what arrives before somebody listens
} else {
  process.stdout.write(JSON.stringify(await reportAll(JSON.parse(await text(process.stdin)))));
}

/** One report for each state; a request with `folder` is answered from there. */
async function reportAll({ states, options, folder }) {
  if (folder !== undefined) process.chdir(folder);
  const reports = [];
  for (const state of states) reports.push(await report(state, options));
  return reports;
}

async function report(state, options) {
  try {
    const others = descriptorsOf(state.store?.path ?? state.path);
    const thing = await restore(state, options);
    const store = thing.store ?? thing;
    const values = await valuesOf(thing);
    const own = () => [...descriptorsOf(store.path)].filter(([descriptor]) => !others.has(descriptor));
    const openFlags = own().map(([, flags]) => flags);
    const found = {
      kind: thing.constructor.name,
      readOnly: thing.readOnly,
      mode: store.mode,
      isSameState: JSON.stringify(thing.getState()) === JSON.stringify(state),
      values,
      openFlags,
      mutations: await codesOf(mutationsOf(thing)),
    };
    if (!thing.readOnly) await store.abort?.(); // what was changed is not to be there; a folder has it at once
    await thing.close();
    return { ...found, afterClose: await codesOf(usesOf(thing)), leftOpen: own().length };
  } catch (error) {
    return { error: isZarrError(error) ? error.toState() : String(error) };
  }
}

async function valuesOf(thing) {
  if ("shape" in thing) return Array.from((await thing.get()).data, String);
  if ("members" in thing) return (await thing.members()).map(({ path }) => path);
  const keys = [];
  for await (const key of thing.list()) keys.push(`${key} ${(await thing.get(key)).length}`);
  return keys;
}

function mutationsOf(thing) {
  const attributes = () => thing.setAttributes({ changed: true });
  if ("shape" in thing) return [attributes, () => thing.set(null, 1)];
  if ("members" in thing) {
    return [
      attributes,
      () => thing.createGroup({ path: "new" }),
      () => thing.createArray({ path: "n", shape: [], dtype: "int8" }),
    ];
  }
  return [
    () => thing.set("a/c/0/0", new Uint8Array(1)),
    () => thing.set("new", new Uint8Array(1)),
    () => thing.delete("zarr.json"),
  ];
}

function usesOf(thing) {
  const state = () => thing.getState();
  if ("shape" in thing) {
    return [
      state,
      () => thing.get(),
      () => thing.getChunk([0, 0]),
      () => thing.storedChunks().next(),
      () => thing.set(null, 1),
    ];
  }
  if ("members" in thing) return [state, () => thing.get("a"), () => thing.members(), () => thing.tree()];
  return [
    state,
    () => thing.get("zarr.json"),
    () => thing.has("zarr.json"),
    () => thing.list().next(),
    () => thing.listDir(),
    () => thing.flush(),
  ];
}

async function codesOf(calls) {
  const codes = [];
  for (const call of calls) {
    try {
      await call();
      codes.push("no error");
    } catch (error) {
      codes.push(error.code ?? String(error));
    }
  }
  return codes;
}

/** Descriptors of this process on a file, and the access that the kernel grants; none where there is no /proc. */
function descriptorsOf(path) {
  const open = new Map();
  if (process.platform !== "linux") return open;
  for (const descriptor of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${descriptor}`) !== path) continue;
      const [, flags] = readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8").match(/^flags:\s*([0-7]+)$/m);
      open.set(descriptor, ["read", "write", "read and write"][Number.parseInt(flags, 8) & 3]);
    } catch (error) {
      if (error.code !== "ENOENT") throw error; // the descriptor of readdir itself, closed by now
    }
  }
  return open;
}

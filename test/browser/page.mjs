// Runs in a page: reads what is served under a URL, from bytes, as a dropped file, and by its URL, without and with a pool.
import { exportZip, isZarrError, openArray, openGroup, ZipStore } from "zarrzip";
import { WorkerPool } from "zarrzip/pool";
import { inputs } from "./inputs.mjs";
import { failures, readByPool, writeByPool } from "./read-by-pool.mjs";
import { readEverything } from "./read-everything.mjs";

globalThis.kinds = Object.keys(inputs);
globalThis.readAs = async (kind, url) => await readEverything(await inputs[kind](url));

/** The values of the array in a file, or the code of the error that reading it ends in. */
globalThis.valuesAs = async (kind, url) => {
  try {
    const array = await openArray(await inputs[kind](url));
    try {
      return [...(await array.get()).data];
    } finally {
      await array.close();
    }
  } catch (error) {
    return isZarrError(error) ? error.code : String(error?.stack ?? error);
  }
};

/** How a pool fails whose workers are of another script, which says nothing: in a page whose time runs 300 times as fast. */
globalThis.poolOfOthers = async (url) => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (act, ms, ...args) => setTimeout(act, ms / 300, ...args);
  const script = URL.createObjectURL(new Blob(["self.onmessage = () => undefined"], { type: "text/javascript" }));
  const pool = new WorkerPool({ workers: 2, createWorker: () => new Worker(script, { type: "module" }) });
  const group = await openGroup(url);
  try {
    const [array] = await group.members();
    return await pool.read(array).catch((error) => `${error.code}: ${error.message}`);
  } finally {
    await pool.close();
    await group.close();
    globalThis.setTimeout = setTimeout;
  }
};

/** What the page has read of a file that it has written itself: the archive at a URL, saved anew into its own file system. */
globalThis.savedAs = async (url) => {
  const store = await ZipStore.open(url);
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle("saved.zip", { create: true });
  await exportZip(store).pipeTo(await handle.createWritable());
  await store.close();
  return await readEverything(await handle.getFile());
};

/** @param deadlyTask - URL of a module whose task ends its worker, where the page is not bundled */
globalThis.poolAs = async (kind, { file, corrupt, deadlyTask }) => {
  const { createWorker } = globalThis;
  const pool = new WorkerPool({ workers: 2, ...(createWorker && { createWorker }) });
  try {
    const found = await readByPool(await inputs[kind](file), pool);
    const broken = await readByPool(await inputs[kind](corrupt), pool);
    const written = await writeByPool(pool);
    const failed = await failures(await inputs[kind](file), pool, deadlyTask);
    const { started } = await pool.stats();
    return { found, broken, written, failed, isStarted: started >= 2 };
  } finally {
    await pool.close();
  }
};

// Runs in a page: reads what is served under a URL, from bytes, as a dropped file, and by its URL, without and with a pool.
import { WorkerPool } from "zarrzip/pool";
import { inputs } from "./inputs.mjs";
import { failures, readByPool, writeByPool } from "./read-by-pool.mjs";
import { readEverything } from "./read-everything.mjs";

globalThis.kinds = Object.keys(inputs);
globalThis.readAs = async (kind, url) => await readEverything(await inputs[kind](url));

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

// Opens the store of a state, in a thread, and sends its keys.
import { parentPort, workerData } from "node:worker_threads";
import { restore } from "../../dist/index.js";

const store = await restore(workerData);
const keys = [];
for await (const key of store.list()) keys.push(key);
await store.close();
parentPort.postMessage(keys);

// Opens the store of a state, in a thread, and sends the length of a value and what that has cost.
import { parentPort, workerData } from "node:worker_threads";
import { restore } from "../../dist/index.js";

const store = await restore(workerData.state);
const value = await store.get(workerData.key);
const { requests } = await store.stats();
await store.close();
parentPort.postMessage({ length: value.length, requests: requests.count });

// Knows no extension by itself: `restore` imports the module that the state names, if it is allowed.
import { parentPort, workerData } from "node:worker_threads";
import { restore } from "../../dist/index.js";

try {
  const array = await restore(workerData.state, { modules: workerData.modules });
  const { data } = await array.get();
  await array.close();
  parentPort.postMessage({ data: [...data] });
} catch (error) {
  parentPort.postMessage({ error: error.toState() });
}

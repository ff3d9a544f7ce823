// What each thread and each process of the start sample runs: it restores an array from its state, and reads its parts.
import { parentPort } from "node:worker_threads";
import { restore, slice } from "zarrzip";

const answer = parentPort ? (message) => parentPort.postMessage(message) : (message) => process.send(message);
let array;
let selections;

async function open({ state, parts }) {
  array = await restore(state);
  selections = parts.map(([start, stop]) => [slice(start, stop), null]);
  const regions = await Promise.all(selections.map((selection) => array.get(selection)));
  return { readOnly: array.readOnly, parts: regions.map(({ data }) => data) };
}

async function readAgain({ passes }) {
  for (let pass = 0; pass < passes; pass++) await Promise.all(selections.map((selection) => array.get(selection)));
  return {};
}

(parentPort ?? process).on("message", async (message) => {
  if ("state" in message) answer(await open(message));
  else if ("passes" in message) answer(await readAgain(message));
  else {
    await array.close();
    if (parentPort) parentPort.close();
    else process.disconnect();
  }
});
answer("ready");

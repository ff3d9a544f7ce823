// Appends to the array of a state, each time with a flush: `fork(append-flushed.mjs)`, then { state, values }, of which each is
// appended as three rows. Answers with the first row of each.
import process from "node:process";
import { restore } from "../../dist/index.js";

process.once("message", async ({ state, values }) => {
  const array = await restore(state);
  const starts = [];
  for (const value of values) starts.push((await array.append([value, value, value], { flush: true })).start);
  await array.store.close();
  process.send(starts, () => process.disconnect());
});

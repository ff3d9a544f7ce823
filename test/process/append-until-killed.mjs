// Appends rows to the array "a" of a file: `fork(append-until-killed.mjs, [JSON])` with { file, log, writer, next, end, durability }.
// Append `number`, from `next` on and before `end`, is of 1 + number % 3 rows that say [writer, number]. The log has {"begin": number}
// before each, and {"done": number, "start", "end"} once it is acknowledged, or, of those that it aborts after a while,
// {"refused": number}.
import { openSync, writeSync } from "node:fs";
import process from "node:process";
import { openArray, ZipStore } from "../../dist/index.js";

const { file, log, writer, next, end, durability } = JSON.parse(process.argv[2]);
const output = openSync(log, "a");
const refused = new Error("aborted");
const say = (line) => writeSync(output, `${JSON.stringify(line)}\n`);
try {
  const store = await ZipStore.open(file, { mode: "r+", durability, lockTimeoutMs: 300_000 });
  const array = await openArray(store, { path: "a" });
  process.send("ready");
  for (let number = next; number < end; number++) {
    say({ begin: number });
    const values = Array.from({ length: 1 + (number % 3) }, () => [writer, number]).flat();
    const own = new AbortController();
    const timer = number % 2 === 0 ? undefined : setTimeout(() => own.abort(refused), 8 * Math.random());
    try {
      say({ done: number, ...(await array.append(values, { flush: true, signal: own.signal })) });
    } catch (error) {
      if (error !== refused) throw error;
      say({ refused: number });
    }
    clearTimeout(timer);
  }
  await store.close();
  process.disconnect();
} catch (error) {
  say({ error: String(error.stack) });
  throw error;
}

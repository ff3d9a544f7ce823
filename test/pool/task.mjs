// What the tests of the pool let workers do; each item says what.
import { existsSync, unlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import { threadId } from "node:worker_threads";
import { ZarrError } from "../../dist/index.js";

const cycle = {};
cycle.cycle = cycle;
/** What a task may throw although nobody should. */
const oddities = {
  null: () => null,
  "null prototype": () => Object.create(null),
  symbol: () => Symbol("x"),
  text: () => "just text",
  "message that throws": () =>
    Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("no message");
      },
    }),
  "cyclic details": () => new ZarrError("ERR_CODEC", "in circles", { cycle, call: () => 1 }),
};

export default async function task(target, item, { signal }) {
  switch (item.do) {
    case "sum": {
      const { data } = await target.get(item.selection);
      return data.reduce((sum, value) => sum + value, 0);
    }
    case "kind":
      return target?.constructor.name;
    case "fail":
      throw new ZarrError("ERR_VALUE", "the task says no", { path: "p", number: 3 });
    case "throw":
      throw Object.assign(new RangeError("out of reach", { cause: new ZarrError("ERR_CODEC", "deeper") }), {
        code: "E_MINE",
      });
    case "throw odd":
      throw oddities[item.what]();
    case "exit":
      return process.exit(item.code);
    case "crash":
      setImmediate(() => {
        throw new Error("nobody catches this");
      });
      return await new Promise(() => undefined);
    case "exit once": // whoever removes the file dies
      for (const file of item.files) {
        if (!existsSync(file)) continue;
        unlinkSync(file);
        if (item.signal && process.send) process.kill(process.pid, item.signal);
        process.exit(9);
      }
      return item.value;
    case "spin": // as long as its process lives
      writeFileSync(item.began, String(process.pid));
      for (;;);
    case "wait": // until it is aborted
      writeFileSync(item.began, "");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      writeFileSync(item.ended, "");
      return undefined;
    case "meet": // until so many others are at it, too
      return await meet(new Int32Array(item.buffer), item.number);
    case "append":
      return (await target.append(item.values, { flush: true })).start;
    case "function":
      return () => undefined;
    default:
      return { echo: item.value, worker: process.send ? process.pid : threadId };
  }
}

async function meet(counter, number) {
  Atomics.add(counter, 0, 1);
  Atomics.notify(counter, 0);
  for (let at = Atomics.load(counter, 0); at < number; at = Atomics.load(counter, 0)) {
    await Atomics.waitAsync(counter, 0, at).value;
  }
  return threadId;
}

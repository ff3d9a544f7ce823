// Writers of one file, that another process kills: `fork(soak-writers.mjs, [JSON])` with { file, logs, writers: [{ slot, next,
// durability, seed }] }. The first writes in the main thread, each other in a thread of its own.
//
// A writer says in the log of its slot what it is about to do, as {"begin": number, "steps": …}, and once that is committed
// {"done": number, …}: that has to be in the file from then on. {"dropped": number} says that it was discarded, and must not be.
import { subscribe } from "node:diagnostics_channel";
import { openSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { isZarrError, openArray, openGroup, slice, ZipStore } from "../../dist/index.js";
import * as content from "./soak-content.mjs";
import { randomNumbers } from "./soak-random.mjs";

let isStopped = false;

async function write(file, logs, { slot, next, durability, seed }) {
  const log = openSync(`${logs}/${slot}`, "a");
  const say = (line) => writeSync(log, `${JSON.stringify(line)}\n`);
  subscribe("zarrzip:commit", ({ recovered }) => {
    if (recovered !== "none") say({ recovered });
  });
  const random = randomNumbers(seed);
  const options = { durability };
  try {
    let writer = await Writer.open(file, slot, { ...options, mode: random.pick(["a", "r+"]) });
    for (let number = next; !isStopped; number++) {
      const steps = randomSteps(random);
      say({ begin: number, steps });
      const start = performance.now();
      await writer.change(number, steps);
      if (steps.end === "abort") {
        await writer.store.abort();
        say({ dropped: number });
      } else {
        const { range, conflicts } = await writer.commit(number, steps);
        if (steps.end === "close") await writer.store.close();
        say({ done: number, range, conflicts, ms: Math.round(performance.now() - start) });
      }
      if (steps.end === "abort" || steps.end === "close") {
        writer = await Writer.open(file, slot, { ...options, mode: random.pick(["a", "r+"]) });
      } else if (steps.end === "hand over") {
        const state = JSON.parse(JSON.stringify(writer.store));
        await writer.store.close();
        writer = await Writer.from(await ZipStore.fromState(state), slot);
      }
    }
    await writer.store.close();
  } catch (error) {
    say({ error: String(error.stack) });
    throw error;
  }
}

/** What one action does, all of it in one commit. */
function randomSteps(random) {
  const steps = { own: [], deleted: [], end: "flush" };
  if (random.below(3) === 0) return { ...steps, rows: random.pick([1, 64, 1 + random.below(100)]) };
  for (let i = 0; i < 1 + random.below(3); i++) {
    const kind = random.pick([
      "own",
      "own",
      "deleted",
      "transaction",
      "exchange",
      "rows",
      "half",
      "attribute",
      "sized",
    ]);
    if (kind === "own" || kind === "deleted") {
      const key = random.below(content.ownKeys);
      for (const list of [steps.own, steps.deleted]) if (list.includes(key)) list.splice(list.indexOf(key), 1);
      steps[kind].push(key);
    } else if (kind === "rows") {
      steps.rows = random.pick([1, 64, 128, 1 + random.below(100)]);
    } else {
      steps[kind] = true;
    }
  }
  // An append that flushes would commit before the exchange has succeeded.
  if (steps.rows !== undefined) delete steps.exchange;
  const chance = random.below(20);
  if (chance < 2) steps.end = "close";
  else if (chance < 3) steps.end = "abort";
  else if (chance < 4) steps.end = "hand over";
  return steps;
}

class Writer {
  static async open(file, slot, options) {
    return await Writer.from(await ZipStore.open(file, options), slot);
  }

  static async from(store, slot) {
    const writer = new Writer();
    const [group, rows, halves, sized] = [
      await openGroup(store),
      await openArray(store, { path: "rows" }),
      await openArray(store, { path: "halves" }),
      await openArray(store, { path: `sized/${slot}` }),
    ];
    return Object.assign(writer, { store, slot, group, rows, halves, sized });
  }

  /** Makes the changes that nothing can prevent. */
  async change(number, steps) {
    const { store, slot } = this;
    for (const key of steps.own) await store.set(content.ownKey(slot, key), content.ownValue(slot, key, number));
    for (const key of steps.deleted) await store.delete(content.ownKey(slot, key));
    if (steps.transaction) {
      const key = content.counterKey("transaction");
      await store.transaction(async (values) => await values.set(key, this.#counted(key, await values.get(key))));
    }
    if (steps.half) {
      await this.halves.set([slice(slot * content.halfLength, (slot + 1) * content.halfLength)], number);
    }
    if (steps.attribute) await this.group.setAttributes({ [content.attributeName(slot)]: number });
    if (steps.sized) {
      await this.sized.resize([content.sizedLength(number)]);
      await this.sized.set(null, number);
    }
    if (steps.rows !== undefined && steps.end === "abort") {
      await this.rows.append(content.rowsOf(slot, number, steps.rows));
    }
  }

  async commit(number, steps) {
    if (steps.rows !== undefined) {
      const range = await this.rows.append(content.rowsOf(this.slot, number, steps.rows), { flush: true });
      return { range, conflicts: 0 };
    }
    for (let conflicts = 0; ; conflicts++) {
      try {
        if (steps.exchange) {
          const key = content.counterKey("exchange");
          const expect = await this.store.get(key);
          await this.store.set(key, this.#counted(key, expect), { expect });
        }
        // Closing commits, too.
        if (steps.end !== "close" || steps.exchange) await this.store.flush();
        else await this.store.close();
        return { conflicts };
      } catch (error) {
        if (!isZarrError(error, "ERR_CONFLICT")) throw error;
      }
    }
  }

  #counted(key, value) {
    const counts = content.parseCounter(key, value);
    counts[this.slot]++;
    return content.formatCounter(counts);
  }
}

/** Files of the folder that this process has open. */
function descriptorsIn(folder) {
  if (process.platform !== "linux") return [];
  const names = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ""; // that of readdir itself
    }
  });
  return names.filter((name) => dirname(name) === folder);
}

if (isMainThread) {
  const { file, logs, writers } = JSON.parse(process.argv[2]);
  const [own, ...others] = writers;
  const threads = others.map((writer) => new Worker(new URL(import.meta.url), { workerData: { file, logs, writer } }));
  const ended = threads.map((thread) => new Promise((resolve) => thread.once("exit", resolve)));
  process.on("disconnect", () => process.exit(1)); // whoever has started this process is gone
  process.on("message", () => {
    isStopped = true;
    for (const thread of threads) thread.postMessage("stop");
  });
  process.send("ready");
  await write(file, logs, own);
  await Promise.all(ended);
  process.send({ descriptors: descriptorsIn(dirname(file)) }, () => process.exit(0));
} else {
  parentPort.once("message", () => {
    isStopped = true;
  });
  await write(workerData.file, workerData.logs, workerData.writer);
}

// Writers of one file, that another process kills: `fork(soak-writers.mjs, [JSON])` with { file, logs, threads: [{ flows: [{ slot, next,
// staged }], durability, seed }] }. The first thread is the main one. The flows of a thread share one store.
//
// A flow says in the log of its slot what it is about to do, as {"begin": number, "steps": …}, and once that is committed
// {"done": number, …}: that has to be in the file from then on. {"dropped": number} says that it was discarded, and must not be.
// {"stage": number, …} is a stage to be merged: whoever comes after one that was killed merges it, and is told whether it was before.
import { subscribe } from "node:diagnostics_channel";
import { openSync, readdirSync, readlinkSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { isZarrError, openArray, openGroup, slice, ZipStore } from "../../dist/index.js";
import * as content from "./soak-content.mjs";
import { randomNumbers } from "./soak-random.mjs";

let isStopped = false;

/** Flows of one store, which do so many actions each before it is closed, handed over or aborted. */
const actionsOfStore = 12;

async function write(file, logs, { flows, durability, seed }) {
  const random = randomNumbers(seed);
  const says = new Map(
    flows.map(({ slot }) => {
      const log = openSync(`${logs}/${slot}`, "a");
      return [slot, (line) => writeSync(log, `${JSON.stringify(line)}\n`)];
    }),
  );
  const [say] = says.values();
  subscribe("zarrzip:commit", ({ recovered }) => {
    if (recovered !== "none") say({ recovered });
  });
  const next = new Map(flows.map((flow) => [flow.slot, flow.next]));
  const open = () => ZipStore.open(file, { durability, mode: random.pick(["a", "r+"]) });
  try {
    let store = await open();
    for (const { slot, staged } of flows) if (staged !== undefined) await mergeAgain(store, staged, says.get(slot));
    while (!isStopped) {
      const writers = await Promise.all(flows.map(({ slot }) => Writer.from(store, slot, flows.length === 1)));
      const end = random.pick(["close", "close", "hand over", flows.length === 1 ? "abort" : "close"]);
      const ends = writers.map((writer) => act(writer, says.get(writer.slot), { next, random, end }));
      if ((await Promise.all(ends)).includes("aborted")) store = await open();
      else if (end === "hand over") {
        const state = JSON.parse(JSON.stringify(store));
        await store.close();
        store = await ZipStore.fromState(state);
      } else {
        await store.close();
        store = await open();
      }
    }
    await store.close();
  } catch (error) {
    say({ error: String(error.stack) });
    throw error;
  }
}

/** The actions of one flow, until its store is to be closed. */
async function act(writer, say, { next, random, end }) {
  const { slot, store } = writer;
  for (let i = 0; i < 1 + random.below(actionsOfStore) && !isStopped; i++) {
    const number = next.get(slot);
    next.set(slot, number + 1);
    const steps = randomSteps(random);
    steps.isWhole = writer.isAlone || steps.staged; // else other flows may flush a part of it
    if (!steps.isWhole) delete steps.sized; // it takes two changes that must not be told apart
    const start = performance.now();
    say({ begin: number, steps });
    const took = () => Math.round(performance.now() - start);
    if (steps.staged) {
      const conflicts = await writer.stage(number, steps, say);
      say({ done: number, conflicts, ms: took() });
      continue;
    }
    await writer.change(number, steps);
    if (end === "abort" && random.below(4) === 0) {
      if (steps.rows !== undefined) await writer.rows.append(content.rowsOf(slot, number, steps.rows));
      await store.abort();
      say({ dropped: number });
      return "aborted";
    }
    const { range, conflicts } = await writer.commit(number, steps);
    say({ done: number, range, conflicts, ms: took() });
  }
}

/** Merges what one that was killed has staged, and says whether it is in the file. */
async function mergeAgain(store, { number, stage }, say) {
  if (await merged(store, stage)) return say({ done: number });
  say({ dropped: number });
  rmSync(stage.file, { force: true });
}

/** Merges a stage. Returns whether it is in the file then, and not refused. */
async function merged(store, stage) {
  for (;;) {
    try {
      await store.merge([stage]);
      await store.flush();
      return true;
    } catch (error) {
      if (isZarrError(error, "ERR_NOT_FOUND")) return true;
      if (!isZarrError(error, "ERR_CONFLICT")) throw error;
      if (error.details.withdrawn !== undefined) continue; // a flush tells of the changes of every flow
      return false;
    }
  }
}

/** What one action does, all of it in one commit. */
function randomSteps(random) {
  const steps = { own: [], deleted: [] };
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
  if (random.below(6) === 0) {
    for (const name of ["rows", "exchange", "half", "attribute", "sized"]) delete steps[name];
    steps.staged = steps.own.length + steps.deleted.length > 0 || steps.transaction === true;
  }
  return steps;
}

class Writer {
  static async from(store, slot, isAlone) {
    const writer = new Writer();
    const [group, rows, halves, sized] = [
      await openGroup(store),
      await openArray(store, { path: "rows" }),
      await openArray(store, { path: "halves" }),
      await openArray(store, { path: `sized/${slot}` }),
    ];
    return Object.assign(writer, { store, slot, isAlone, group, rows, halves, sized });
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
  }

  async commit(number, steps) {
    if (steps.rows !== undefined) {
      const range = await this.rows.append(content.rowsOf(this.slot, number, steps.rows), { flush: true });
      return { range, conflicts: 0 };
    }
    const { store } = this;
    const key = content.counterKey("exchange");
    for (let conflicts = 0; ; conflicts++) {
      const expect = steps.exchange && (await store.get(key));
      const before = expect && content.parseCounter(key, expect)[this.slot];
      try {
        if (expect) await store.set(key, this.#counted(key, expect), { expect });
        await store.flush();
        return { conflicts };
      } catch (error) {
        if (!isZarrError(error, "ERR_CONFLICT")) throw error;
        // A flush tells of the changes of every flow. All others are committed.
        const count = content.parseCounter(key, await store.get(key))[this.slot];
        const isOwn = this.isAlone || error.details.withdrawn === undefined || count === before;
        if (!steps.exchange || !isOwn) return { conflicts };
      }
    }
  }

  /** Does what nothing but the own thing of a slot depends on in a store of its own, and merges it into this one. */
  async stage(number, steps, say) {
    for (let conflicts = 0; ; conflicts++) {
      const store = await ZipStore.open(this.store.path, { mode: "r+" });
      await Object.assign(new Writer(), { store, slot: this.slot }).change(number, steps);
      const stage = await store.stage();
      await store.close();
      say({ stage: number, is: stage });
      if (await merged(this.store, stage)) return conflicts;
      say({ refused: number });
      rmSync(stage.file, { force: true });
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
  const { file, logs, threads } = JSON.parse(process.argv[2]);
  const [own, ...others] = threads;
  const workers = others.map((thread) => new Worker(new URL(import.meta.url), { workerData: { file, logs, thread } }));
  const ended = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
  process.on("disconnect", () => process.exit(1)); // whoever has started this process is gone
  process.on("message", () => {
    isStopped = true;
    for (const worker of workers) worker.postMessage("stop");
  });
  process.send("ready");
  await write(file, logs, own);
  await Promise.all(ended);
  process.send({ descriptors: descriptorsIn(dirname(file)) }, () => process.exit(0));
} else {
  parentPort.once("message", () => {
    isStopped = true;
  });
  await write(workerData.file, workerData.logs, workerData.thread);
}

// `npm run simulate`: runs the writing side on a simulated system, once for each seed (see README.md beside).
//   --seeds N --from S      how many histories, and the first; 100 and 0
//   --only SEED             one history; with --trace each of its steps is printed
//   --scenario A,B          only these scenarios; all of them
//   --workers N             threads; as many as there are processors
//   --mutations             undoes one mend after the other, and looks whether a seed finds out; of --seeds seeds
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { compileLibrary } from "./library.mjs";
import { mutations } from "./mutations.mjs";
import { runSeed } from "./run-seed.mjs";
import { scenarios } from "./scenarios.mjs";
import { Instances } from "./world.mjs";

/** Seeds that a thread is given at a time. */
const batch = 10;

if (isMainThread) await main();
else await work(workerData);

async function main() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  const options = { seeds: text, from: text, only: text, scenario: text, workers: text, trace: flag, mutations: flag };
  const { values } = parseArgs({ options });
  const { only } = values;
  const from = Number(only ?? values.from ?? 0);
  const count = only === undefined ? Number(values.seeds ?? 100) : 1;
  const names = values.scenario?.split(",") ?? Object.keys(scenarios);
  const threads = Math.min(Number(values.workers ?? availableParallelism()), Math.ceil(count / batch));
  const isGood = await (values.mutations
    ? tryMutations(threads, { from, count, names })
    : values.trace
      ? traced(from, names)
      : tryAll(threads, { from, count, names }));
  process.exitCode = isGood ? 0 : 1;
}

/** Runs seeds, and says which of them failed. */
async function tryAll(threads, { from, count, names }) {
  const start = performance.now();
  const results = await shared(threads, { from, count, names });
  const failed = results.filter(isFailed);
  for (const result of failed) report(result);
  const history = results.reduce((sum, { hash }) => (sum + hash) % 2 ** 32, 0).toString(16);
  const seconds = (performance.now() - start) / 1000;
  const rate = `${seconds.toFixed(1)} s, ${(count / seconds).toFixed(0)} seeds a second`;
  console.log(`${count} seeds from ${from}: ${failed.length} failed; history ${history.padStart(8, "0")}; ${rate}`);
  return failed.length === 0;
}

/** Undoes each mend by itself, and says which seed has found out: one that fails for no other reason. */
async function tryMutations(threads, { from, count, names }) {
  let isEachFound = true;
  const chosen = mutations.filter(({ scenario }) => names.includes(scenario));
  for (const mutation of chosen) {
    const { name, scenario, changes } = mutation;
    const found = await firstFailed(threads, { from: mutation.from ?? from, count, names: [scenario], changes });
    isEachFound &&= found !== undefined;
    const by = found && `seed ${found.seed}, ${scenario}: ${found.violations[0].split("\n")[0]}`;
    console.log(`${name}: ${by ?? `NOT FOUND by ${count} seeds of ${scenario}`}`);
  }
  console.log(`${chosen.length} mutations, ${isEachFound ? "each found" : "not each found"}`);
  return isEachFound;
}

async function firstFailed(threads, { from, count, names, changes }) {
  for (let next = from; next < from + count; ) {
    const range = { from: next, count: from + count - next };
    const found = (await shared(threads, { ...range, names, changes, isFirstEnough: true })).find(isFailed);
    if (found === undefined) return undefined;
    const [unchanged] = await shared(1, { from: found.seed, count: 1, names });
    if (!isFailed(unchanged)) return found;
    next = found.seed + 1;
  }
}

function isFailed({ violations }) {
  return violations.length > 0;
}

function report({ seed, scenario, violations }) {
  console.log(`seed ${seed}, ${scenario}:`);
  for (const violation of violations.slice(0, 5)) console.log(`  ${violation.replaceAll("\n", "\n    ")}`);
  console.log(`  again: npm run simulate -- --only ${seed} --scenario ${scenario} --trace`);
}

async function instances(changes) {
  const scripts = [false, true].map((isPatient) => compileLibrary({ isPatient, changes }));
  const [quick, patient] = await Promise.all(scripts);
  return new Instances({ quick, patient });
}

/** Runs one seed, and prints each step. */
async function traced(seed, names) {
  const result = await runSeed(seed, await instances(), { names, trace: (line) => console.log(line) });
  if (isFailed(result)) report(result);
  return !isFailed(result);
}

/** Shares the seeds among threads: each asks for the next ones. */
async function shared(threads, { from, count, isFirstEnough = false, ...what }) {
  const results = [];
  let next = from;
  const workers = Array.from({ length: threads }, async () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: what });
    await new Promise((resolve, reject) => {
      worker.on("error", reject);
      worker.on("exit", resolve);
      worker.on("message", (done) => {
        results.push(...done);
        if (isFirstEnough && done.some(isFailed)) next = from + count;
        const seeds = Array.from({ length: Math.min(batch, from + count - next) }, (_, i) => next + i);
        next += seeds.length;
        worker.postMessage(seeds);
      });
    });
  });
  await Promise.all(workers);
  return results.sort((a, b) => a.seed - b.seed);
}

async function work({ names, changes }) {
  const own = await instances(changes);
  parentPort.postMessage([]);
  parentPort.on("message", async (seeds) => {
    if (seeds.length === 0) return parentPort.close();
    const results = [];
    for (const seed of seeds) results.push(await runSeed(seed, own, { names }));
    parentPort.postMessage(results);
  });
}

// Readers of a file that others write: `fork(soak-readers.mjs, [JSON])` with { file, slots, threads, seed }. They read in the main
// thread and in `threads` more, until they get a message, and answer with how often they have looked; whatever is wrong ends them.
import { createHash } from "node:crypto";
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { isZarrError, openArray, openGroup, slice, ZipStore } from "../../dist/index.js";
import * as content from "./soak-content.mjs";
import { randomNumbers } from "./soak-random.mjs";

let isStopped = false;
const checks = { versions: 0, follows: 0, rereads: 0, values: 0 };

async function read({ file, slots, seed }) {
  const random = randomNumbers(seed);
  const follow = await ZipStore.open(file, { view: "follow" });
  const follower = new Follower(slots);
  /** Versions that are held: the first one for as long as this runs. */
  const held = [];
  do {
    const pinned = await ZipStore.open(file);
    const version = await content.readVersion(pinned, slots);
    checks.versions++;
    follower.expectNothingLost(version, "a version opened later");
    if (held.length < 4) held.push({ store: pinned, digest: await digestOf(pinned) });
    else await pinned.close();

    await follower.look(follow);
    checks.follows++;

    const at = random.below(held.length);
    const { store, digest } = held[at];
    const again = random.below(2) === 0 ? store : await ZipStore.fromState(JSON.parse(JSON.stringify(store)));
    // Whoever has the file open has it for good; the states of one that was written anew since are stale.
    const found = await digestOf(again).catch((error) => {
      if (again === store || !isZarrError(error, "ERR_STALE_STATE")) throw error;
    });
    content.demand(found === undefined || found === digest, "a version that was held has changed");
    checks.rereads++;
    if (again !== store) await again.close();
    if (at > 0 && random.below(8) === 0) await held.splice(at, 1)[0].store.close();
  } while (!isStopped);
  for (const { store } of held) await store.close();
  await follow.close();
}

/** What one reader has seen, and must go on seeing. */
class Follower {
  #slots;
  #last;
  #counts = {};
  #batches = [];
  #rows;

  constructor(slots) {
    this.#slots = slots;
    this.#last = Array.from({ length: slots }, () => ({}));
  }

  /** Reads what a view that follows has now; every value may be of a later version than the one before. */
  async look(store) {
    const { attributes } = await openGroup(store);
    const { data: halves } = await (await openArray(store, { path: "halves" })).get();
    const halfNumbers = content.numbersOfHalves(halves);
    for (let slot = 0; slot < this.#slots; slot++) {
      const things = { half: halfNumbers[slot], attribute: attributes[content.attributeName(slot)] ?? 0 };
      for (let key = 0; key < content.ownKeys; key++) {
        things[`own${key}`] = content.numberOfOwn(slot, key, await store.get(content.ownKey(slot, key)));
        checks.values++;
      }
      this.#expectLater(slot, things, "a view that follows");
    }
    for (const name of content.counters) {
      this.#expectMore(name, content.parseCounter(name, await store.get(content.counterKey(name))));
    }
    this.#rows ??= await openArray(store, { path: "rows" });
    await this.#rows.refresh();
    const before = this.#batches.at(-1)?.end ?? 0;
    const [count] = this.#rows.shape;
    content.demand(count >= before, `a view that follows had ${before} rows, and has ${count}`);
    const { data } = await this.#rows.get([slice(before, count), null]);
    this.#batches.push(...content.batchesOf(data, before));
  }

  /** A whole version, which is not older than what was seen before. */
  expectNothingLost({ last, counts, batches }, what) {
    last.forEach((things, slot) => {
      this.#expectLater(slot, things, what);
    });
    for (const [name, found] of Object.entries(counts)) this.#expectMore(name, found);
    content.demand(batches.length >= this.#batches.length, `${what} has fewer rows than one before`);
    this.#batches.forEach(({ slot, number, start }, i) => {
      const isSame = batches[i].slot === slot && batches[i].number === number && batches[i].start === start;
      content.demand(isSame, `${what} has other rows at ${start} than one before`);
    });
    this.#batches = batches;
  }

  /** What a slot wrote last; 0 says that it is not there, as before the first action, or deleted. */
  #expectLater(slot, things, what) {
    for (const [thing, number] of Object.entries(things)) {
      const before = this.#last[slot][thing] ?? 0;
      const isDeleted = number === 0 && thing.startsWith("own");
      content.demand(
        isDeleted || number >= before,
        `${what} has ${thing} of slot ${slot} of ${number}, after ${before}`,
      );
      this.#last[slot][thing] = Math.max(number, before);
    }
  }

  #expectMore(name, counts) {
    const before = this.#counts[name] ?? counts;
    const isMore = counts.every((count, slot) => count >= before[slot]);
    content.demand(isMore, `the counter ${name} has gone back from ${before.join()} to ${counts.join()}`);
    this.#counts[name] = counts;
  }
}

async function digestOf(store) {
  const hash = createHash("sha256");
  for await (const key of store.list()) {
    const value = await store.get(key);
    hash.update(`${key}\0${value.length}\0`).update(value);
    checks.values++;
  }
  return hash.digest("hex");
}

if (isMainThread) {
  const { threads, ...job } = JSON.parse(process.argv[2]);
  const workers = Array.from({ length: threads }, (_, i) => {
    return new Worker(new URL(import.meta.url), { workerData: { ...job, seed: job.seed + i + 1 } });
  });
  const ended = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
  process.on("disconnect", () => process.exit(1)); // whoever has started this process is gone
  process.on("message", () => {
    isStopped = true;
    for (const worker of workers) worker.postMessage("stop");
  });
  process.send("ready");
  await read(job);
  for (const other of await Promise.all(ended)) for (const name of Object.keys(checks)) checks[name] += other[name];
  process.send({ checks }, () => process.exit(0));
} else {
  parentPort.once("message", () => {
    isStopped = true;
  });
  await read(workerData);
  parentPort.postMessage(checks);
}

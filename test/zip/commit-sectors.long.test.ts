// The power goes while commits are made. Whatever the disk has kept of what was not synced: every acknowledged commit is there, and
// what else is there is a commit, all of it, on top of those before. The system's run is another one afterwards.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { ArchiveWriter } from "../../src/commit/archive-writer.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import type { ZipStoreOptions } from "../../src/store/zip/zip-store-options.js";
import { temporaryFolder } from "../temporary-folder.js";
import { isSame, noise, randomNumbers, readValues, recover, type Values } from "./archive-values.js";
import { afterPowerLoss } from "./power-loss.js";
import { type Image, RecordedFiles, readImage, writeImage } from "./recorded-files.js";

/** States of each scenario, from several recordings of it with values of other sizes. */
const statesPerScenario = Number(process.env.ZARRZIP_CRASH_STATES ?? 150);
const statesPerRecording = 40;
/** So that a failure can be looked at again. */
const seed = Number(process.env.ZARRZIP_CRASH_SEED ?? 1);

const folder = temporaryFolder();
const [work, states] = ["work", "states"].map((name) => join(folder, name)) as [string, string];
for (const path of [work, states]) mkdirSync(path);
const path = join(work, "a.zip");
const statePath = join(states, "a.zip");

let files: RecordedFiles | undefined;
const stores: ZipStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.abort().catch(() => undefined);
  files?.restore();
});

/** Calls that a dead process does not make. */
const changing = new Set([
  ...["open", "write", "writeSync", "writev", "writevSync"],
  ...["fdatasync", "ftruncate", "unlink", "sync"],
]);

/** Several writers of one file, whose syncs end when the scenario says so. */
class Writers {
  readonly random: () => number;
  readonly files: RecordedFiles;
  /** The file after each commit, the oldest first. */
  readonly versions: Values[];
  image: Image = new Map();
  #syncs: (() => void)[] | undefined;
  #whenSyncing: () => void = () => undefined;
  #acknowledged = 0;

  constructor(recorded: RecordedFiles, first: Values, random: () => number) {
    this.files = recorded;
    this.versions = [first];
    this.random = random;
    recorded.beforeSync = async (file) => {
      const syncs = this.#syncs;
      if (syncs === undefined || file !== "a.zip") return;
      await new Promise<void>((resolve) => {
        syncs.push(resolve);
        this.#whenSyncing();
      });
    };
  }

  async open(options: ZipStoreOptions = {}): Promise<ZipStore> {
    const store = await ZipStore.open(path, { lockTimeoutMs: 2000, ...options, mode: "r+" });
    stores.push(store);
    return store;
  }

  /** Replaces some values and adds one. */
  async change(store: ZipStore, bytes = 2500): Promise<Values> {
    const after = new Map(this.versions.at(-1));
    const size = () => Math.ceil(this.random() * bytes);
    const entries = [
      `c/${Math.floor(this.random() * 5)}`,
      `c/${Math.floor(this.random() * 5)}`,
      `d/${this.versions.length}`,
    ];
    for (const name of entries) {
      after.set(name, noise(size(), this.random() * 2 ** 32));
      await store.set(name, after.get(name)!);
    }
    return after;
  }

  /** Commits, and waits until that is acknowledged; what is not durable by its options counts for nothing then. */
  async commit(store: ZipStore, isDurable = true, bytes?: number): Promise<void> {
    const version = this.#begin(await this.change(store, bytes));
    await store.flush();
    if (isDurable) this.#acknowledge(version);
  }

  /** Commits up to the sync; what is returned ends it, and resolves when the commit is acknowledged. */
  async append(store: ZipStore): Promise<() => Promise<void>> {
    const syncs: (() => void)[] = [];
    this.#syncs = syncs;
    const version = this.#begin(await this.change(store));
    const isSyncing = new Promise<void>((resolve) => {
      this.#whenSyncing = resolve;
    });
    const flush = store.flush().then(() => this.#acknowledge(version));
    await Promise.race([isSyncing, flush]);
    this.#syncs = undefined;
    return async () => {
      for (const end of syncs) end();
      await flush;
    };
  }

  /** Kills a writer in the middle of a commit. */
  async kill(store: ZipStore, bytes: number): Promise<void> {
    await this.change(store, bytes);
    await this.#failing({ error: "EIO" }, async () => {
      await expect(store.flush()).rejects.toMatchObject({ code: "ERR_STORE_WRITE" });
      await store.abort().catch(() => undefined);
    });
  }

  /** A commit fails because the disk is full, and is given up. */
  async fail(store: ZipStore, bytes: number): Promise<void> {
    await this.change(store, bytes);
    let isFull = true;
    this.files.onCall = ({ name, file }) => {
      if (!isFull || file !== "a.zip" || !name.startsWith("write")) return undefined;
      isFull = this.files.operations.at(-1)?.kind !== "write" || !this.#isBody();
      return isFull ? "short" : { error: "ENOSPC" };
    };
    await expect(store.flush()).rejects.toMatchObject({ code: "ERR_STORE_WRITE" });
    this.files.onCall = () => undefined;
    await store.abort();
  }

  /** Half of the body is written, and from then on no call changes anything. */
  async #failing(fault: { error: string }, work: () => Promise<void>): Promise<void> {
    let isDead = false;
    this.files.onCall = ({ name, file }) => {
      if (isDead) return changing.has(name) ? fault : undefined;
      if (file !== "a.zip" || !name.startsWith("write")) return undefined;
      isDead = true;
      return "short";
    };
    await work();
    this.files.onCall = () => undefined;
  }

  #isBody(): boolean {
    const operation = this.files.operations.at(-1);
    return operation?.kind === "write" && operation.file === "a.zip";
  }

  #begin(values: Values): number {
    this.files.note(JSON.stringify({ begun: this.versions.length, acknowledged: this.#acknowledged }));
    return this.versions.push(values) - 1;
  }

  #acknowledge(version: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, version);
    this.files.note(JSON.stringify({ begun: this.versions.length - 1, acknowledged: this.#acknowledged }));
  }
}

const scenarios: Record<string, (writers: Writers) => Promise<void>> = {
  "one writer, one commit after the other": async (writers) => {
    const store = await writers.open();
    for (let i = 0; i < 3; i++) await writers.commit(store);
    await store.close();
  },
  "writers that come and go": async (writers) => {
    for (let i = 0; i < 3; i++) {
      const store = await writers.open();
      await writers.commit(store);
      await store.close();
    }
  },
  "three commits that wait for the disk together": async (writers) => {
    const three = [await writers.open(), await writers.open(), await writers.open()];
    const ends = [];
    for (const store of three) ends.push(await writers.append(store));
    const order = writers.random() < 0.5 ? [1, 0, 2] : [2, 0, 1];
    for (const i of order) await ends[i]!();
    await writers.commit(three[0]!);
  },
  "a writer that closes while another one syncs": async (writers) => {
    const [a, b] = [await writers.open(), await writers.open()];
    const end = await writers.append(a);
    await writers.commit(b);
    await b.close();
    const c = await writers.open();
    await writers.commit(c);
    await end();
    await writers.commit(c);
  },
  "a writer that was killed, then a smaller commit": async (writers) => {
    const store = await writers.open();
    await writers.commit(store);
    await writers.kill(await writers.open(), 9000);
    await writers.commit(store, true, 300);
    await writers.commit(store, true, 300);
  },
  "a full disk, then a smaller commit": async (writers) => {
    const store = await writers.open();
    await writers.commit(store);
    await writers.fail(await writers.open(), 9000);
    await writers.commit(store, true, 300);
    await writers.commit(store);
  },
  "commits that survive no loss of power after ones that do": async (writers) => {
    const store = await writers.open();
    await writers.commit(store);
    const fast = await writers.open({ durability: "process" });
    for (let i = 0; i < 3; i++) await writers.commit(fast, false, 1000);
    await writers.commit(store);
    await writers.commit(fast, false, 1000);
  },
  "a writer whose commits survive no loss of power closes": async (writers) => {
    const store = await writers.open();
    await writers.commit(store);
    const fast = await writers.open({ durability: "process" });
    await writers.commit(fast, false, 1000);
    await fast.close();
    await writers.commit(store);
  },
  "a file whose comment leaves no room for the link": async (writers) => {
    const store = await writers.open();
    for (let i = 0; i < 3; i++) await writers.commit(store);
  },
};

/** Bytes of the archive comment before. */
const comments: Record<string, number> = { "a file whose comment leaves no room for the link": 65_400 };

async function record(
  first: (random: () => number) => Promise<Values>,
  scenario: (writers: Writers) => Promise<void>,
  random: () => number,
) {
  writeImage(work, new Map());
  const values = await first(random);
  files = new RecordedFiles(work);
  const writers = new Writers(files, values, random);
  writers.image = readImage(work);
  await scenario(writers);
  const operations = [...files.operations];
  for (const store of stores.splice(0)) await store.abort();
  files.restore();
  return { operations, versions: writers.versions, image: writers.image };
}

/** A new file, with a comment of so many bytes. */
async function publish(commentBytes: number, random: () => number): Promise<Values> {
  const writer = await ArchiveWriter.create(path, { method: "stored", zip64: "auto", exclusive: false });
  const values = new Map([0, 1, 2, 3, 4].map((i) => [`c/${i}`, noise(1 + random() * 400, i)] as const));
  for (const [name, value] of values) await writer.add(name, value);
  await writer.publish(new TextEncoder().encode("x".repeat(commentBytes)));
  return values;
}

const totals: Record<string, object> = {};
afterAll(() => {
  if (process.env.ZARRZIP_CRASH_STATES !== undefined) process.stdout.write(`${JSON.stringify(totals, null, 1)}\n`);
});

async function checkScenario(name: string, first: (random: () => number) => Promise<Values>): Promise<void> {
  const random = randomNumbers(seed);
  const counts = { states: 0, acknowledged: 0, more: 0, undone: 0, completed: 0, none: 0, commits: 0 };
  for (let recording = 0; recording < statesPerScenario / statesPerRecording; recording++) {
    const { operations, versions, image } = await record(first, scenarios[name]!, random);
    for (let i = 0; i < statesPerRecording; i++) {
      const count = Math.floor(random() * (operations.length + 1));
      const note = operations.slice(0, count).findLast((operation) => operation.kind === "note");
      const { begun, acknowledged } = note === undefined ? { begun: 0, acknowledged: 0 } : JSON.parse(note.text);
      const label = `seed ${seed}, recording ${recording}, state ${i}: after ${count} operations, ${acknowledged} of ${begun} acknowledged`;
      const lost = afterPowerLoss(image, operations.slice(0, count), random);
      writeImage(states, lost);
      const found = versionOf(await readValues(statePath).catch(failing(label)), versions, label);
      expect(found, `${label}: what is acknowledged is there`).toBeGreaterThanOrEqual(acknowledged);
      expect(found, `${label}: what was not begun is not there`).toBeLessThanOrEqual(begun);
      files = new RecordedFiles(states);
      const result = await recover(statePath).catch(failing(label));
      expect(versionOf(await readValues(statePath), versions, label), `${label}: ${result}`).toBe(found);
      if (counts.states % 8 === 0) {
        writeImage(states, lost);
        await commitOnTop(versions[found]!, label);
        counts.commits++;
      }
      files.restore();
      counts.states++;
      counts[result]++;
      counts[found === acknowledged ? "acknowledged" : "more"]++;
    }
  }
  expect(counts.acknowledged).toBeGreaterThan(0);
  expect(counts.more).toBeGreaterThan(0);
  expect(counts.undone).toBeGreaterThan(0);
  totals[name] = counts;
}

const failing = (label: string) => (error: unknown) => {
  throw new Error(`${label}: ${error}`, { cause: error });
};

function versionOf(values: Values, versions: readonly Values[], label: string): number {
  const found = versions.findIndex((version) => isSame(version, values));
  expect(found, `${label}: no mixture`).toBeGreaterThanOrEqual(0);
  return found;
}

async function commitOnTop(before: Values, label: string): Promise<void> {
  const store = await ZipStore.open(statePath, { mode: "r+" }).catch(failing(label));
  await store.set("after", noise(30, 99));
  await store.close().catch(failing(label));
  expect(isSame(await readValues(statePath), new Map([...before, ["after", noise(30, 99)]])), label).toBe(true);
}

describe(`a loss of power (seed ${seed})`, () => {
  test.each(Object.keys(scenarios))(
    "%s",
    async (name) => {
      await checkScenario(name, (random) => publish(comments[name] ?? 0, random));
    },
    120_000,
  );
});

// The system fails one call after the other of a writer's life. The writer says so, or goes on; nothing is left open or locked; and
// the file holds what was acknowledged last, or what was reported as unknown.
import { existsSync, mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { isZarrError } from "../../src/errors.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { isSame, noise, readValues, type Values } from "./archive-values.js";
import { type Fault, type FileCall, RecordedFiles, writeImage } from "./recorded-files.js";

const folder = join(temporaryFolder(), "faults");
mkdirSync(folder);
const path = join(folder, "a.zip");

let files: RecordedFiles | undefined;
afterEach(() => {
  files?.restore();
});

/** What flush() and close() may report when the system fails; each leaves the version before, but for the unknown one. */
const documented = ["ERR_STORE_WRITE", "ERR_STORE_READ", "ERR_COMMIT_UNKNOWN"] as const;

/** What the tests know of the file. */
interface Knowledge {
  /** Values that it may have: one, or two where the outcome of a commit is unknown. */
  possible: Values[];
  readonly errors: string[];
}

const writes = /^(write|writeSync|writev|writevSync|ftruncate)$/;
const transfers = /^(read|readSync|write|writeSync|writev|writevSync)$/;
const interruptible = /^(read|readSync|write|writeSync|writev|writevSync|ftruncate|fdatasync)$/;

interface Kind {
  readonly name: string;
  readonly fault: Fault;
  /** Calls that it happens to. */
  readonly calls: RegExp;
  /** Whether the writer does not notice. */
  readonly isHarmless: boolean;
  /** Whether every later call of the kind fails, too, until the system is repaired. */
  readonly lasts: boolean;
}

const kinds: readonly Kind[] = [
  { name: "EIO", fault: { error: "EIO" }, calls: /./, isHarmless: false, lasts: false },
  { name: "ENOSPC", fault: { error: "ENOSPC" }, calls: writes, isHarmless: false, lasts: true },
  { name: "EIO from then on", fault: { error: "EIO" }, calls: /./, isHarmless: false, lasts: true },
  { name: "EINTR", fault: { error: "EINTR" }, calls: interruptible, isHarmless: true, lasts: false },
  { name: "half of the bytes", fault: "short", calls: transfers, isHarmless: true, lasts: false },
];

const values = [0, 1, 2, 3, 4].map((i) => noise(200 + i, i)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

function openDescriptors(): string[] {
  if (process.platform !== "linux") return [];
  const targets = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ""; // that of readdir itself
    }
  });
  return targets.filter((target) => target.startsWith(folder));
}

/** A writer's life: it opens the file, changes it, flushes twice, and closes. Each step tells what it knows of the file then. */
class Life {
  readonly knowledge: Knowledge;
  /** What the file has once everything so far is committed. */
  #next = new Map<string, Uint8Array>();
  readonly #repair: () => void;

  /** @param repair - ends the faults */
  constructor(before: Values, repair: () => void) {
    this.knowledge = { possible: [before], errors: [] };
    this.#next = new Map(before);
    this.#repair = repair;
  }

  async run(): Promise<void> {
    const store = await this.#open();
    try {
      await this.#change(store, ["a", values[0]], ["b", values[1]]);
      await this.#attempt(() =>
        store.transaction(async (transaction) => {
          const found = (await transaction.get("old")) ?? new Uint8Array();
          await transaction.set("copy", found);
          this.#next.set("copy", found);
        }),
      );
      await this.#flush(store);
      await this.#change(store, ["a", values[2]], ["c", values[3]]);
      await this.#attempt(() => store.delete("b"));
      this.#next.delete("b");
      await this.#flush(store);
      expect(await this.#attempt(() => store.get("a"))).toEqual(values[2]);
      await this.#change(store, ["d", values[4]]);
    } catch (error) {
      await this.#codeOf(() => store.abort());
      throw error;
    }
    const closing = await this.#codeOf(() => store.close());
    if (closing !== undefined) await this.#codeOf(() => store.abort()); // what could not be committed was kept
    if (closing === undefined) this.#mayHave(true);
    else if (closing === "ERR_COMMIT_UNKNOWN") this.#mayHave(false);
  }

  /** An open that fails leaves no file, or a whole one without entries. */
  async #open(): Promise<ZipStore> {
    const open = () => ZipStore.open(path, { mode: "a", lockTimeoutMs: 500 });
    return await this.#attempt(open);
  }

  async #change(store: ZipStore, ...entries: (readonly [string, Uint8Array])[]): Promise<void> {
    for (const [name, value] of entries) {
      await this.#attempt(() => store.set(name, value));
      this.#next.set(name, value);
    }
  }

  /** A flush that fails is made again when the system is repaired. After one whose outcome is unknown there is none. */
  async #flush(store: ZipStore): Promise<void> {
    const code = await this.#codeOf(() => store.flush());
    if (code === undefined) return this.#mayHave(true);
    if (code === "ERR_COMMIT_UNKNOWN") {
      this.#mayHave(false);
      this.#repair();
      await store.set("never", values[0]);
      await expect(store.flush()).rejects.toMatchObject({ code: "ERR_COMMIT_UNKNOWN" });
      throw new Poisoned();
    }
    this.#repair();
    // Nobody is kept waiting by a lock.
    const other = await ZipStore.open(path, { mode: "r+", lockTimeoutMs: 500 });
    await other.set("other", values[4]);
    await other.close();
    const [known] = this.knowledge.possible as [Values];
    this.knowledge.possible = [new Map([...known, ["other", values[4]]])];
    this.#next.set("other", values[4]);
    await expectValues(this.knowledge);
    await store.flush();
    this.#mayHave(true);
  }

  #mayHave(isSure: boolean): void {
    this.knowledge.possible = [...(isSure ? [] : this.knowledge.possible), new Map(this.#next)];
  }

  /** Does something; if it fails as it may, repairs the system and does it again. */
  async #attempt<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      this.knowledge.errors.push(documentedCode(error));
      this.#repair();
      return await act();
    }
  }

  async #codeOf(act: () => Promise<void>): Promise<string | undefined> {
    try {
      await act();
      return undefined;
    } catch (error) {
      this.knowledge.errors.push(documentedCode(error));
      return documentedCode(error);
    }
  }
}

/** The store has said that it commits no more. */
class Poisoned extends Error {}

function documentedCode(error: unknown): string {
  const code = isZarrError(error) ? error.code : "none";
  expect(documented, `${(error as Error).stack}`).toContain(code);
  return code;
}

async function expectValues({ possible }: Knowledge): Promise<void> {
  const found = await readValues(path);
  expect(
    possible.some((known) => isSame(known, found)),
    `found ${[...found.keys()]}, expected ${possible.map((known) => [...known.keys()]).join(" or ")}`,
  ).toBe(true);
}

/** Runs a life in which call `at` fails. @returns the number of calls, and what was called then */
async function live(start: "none" | "some", kind: Kind | undefined, at: number) {
  files?.restore();
  writeImage(folder, new Map());
  const recording = new RecordedFiles(folder);
  files = recording;
  const before = new Map<string, Uint8Array>();
  if (start === "some") {
    before.set("old", noise(100, 7));
    const store = await ZipStore.open(path, { mode: "w" });
    await store.set("old", before.get("old")!);
    await store.close();
  }
  recording.calls = 0;
  let hit: FileCall | undefined;
  let isBroken = true;
  recording.onCall = (call) => {
    const isNow = kind !== undefined && isBroken && kind.calls.test(call.name) && call.index >= at;
    if (!isNow || (hit !== undefined && !kind.lasts) || (hit === undefined && call.index > at)) return undefined;
    hit ??= call;
    return kind.fault;
  };
  const life = new Life(before, () => {
    isBroken = false;
  });
  await life.run().catch((error) => {
    if (!(error instanceof Poisoned)) throw error;
  });
  const { calls } = recording;
  recording.restore();
  return { calls, hit, knowledge: life.knowledge };
}

const totals: Record<string, object> = {};
afterAll(() => {
  if (process.env.ZARRZIP_CRASH_STATES !== undefined) process.stdout.write(`${JSON.stringify(totals, null, 1)}\n`);
});

describe.each(["none", "some"] as const)("a writer, with a file before: %s", (start) => {
  test("lives without faults", async () => {
    const { knowledge } = await live(start, undefined, 0);
    expect(knowledge.errors).toEqual([]);
    expect(knowledge.possible.length).toBe(1);
    expect([...knowledge.possible[0]!.keys()].filter((name) => name !== "old").sort()).toEqual(["a", "c", "copy", "d"]);
    await expectValues(knowledge);
    expect(openDescriptors()).toEqual([]);
    expect(readdirSync(folder)).toEqual(["a.zip"]);
  });

  test.each(kinds)(
    "each call fails once: $name",
    async (kind) => {
      const { calls } = await live(start, undefined, 0);
      const counts = { calls, faults: 0, noticed: 0, unknown: 0 };
      for (let at = 0; at < calls; at++) {
        const { hit, knowledge } = await live(start, kind, at);
        if (hit === undefined) continue;
        const label = `${kind.name} of call ${at} of ${calls}, ${hit.name} ${hit.file}`;
        counts.faults++;
        if (knowledge.errors.length > 0) counts.noticed++;
        if (knowledge.errors.includes("ERR_COMMIT_UNKNOWN")) counts.unknown++;
        if (kind.isHarmless) expect(knowledge.errors, label).toEqual([]);
        expect(openDescriptors(), label).toEqual([]);
        expect(existsSync(path), label).toBe(true);
        await expectValues(knowledge).catch((error) => {
          throw new Error(`${label} (${knowledge.errors}): ${error}`, { cause: error });
        });
      }
      expect(counts.faults).toBeGreaterThan(10);
      if (!kind.isHarmless) expect(counts.noticed).toBeGreaterThan(5);
      totals[`${start}, ${kind.name}`] = counts;
    },
    60_000,
  );
});

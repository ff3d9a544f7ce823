// The system fails one call after the other while three stores append at once and one of them commits for all. Whatever each is told
// is so: acknowledged rows are there once, at their place; those of an append that failed are not there, and can be appended again;
// where it is unknown they are there once or not at all.
import { mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { isZarrError } from "../../src/errors.js";
import { createArray, openArray, type ZarrArray, ZipStore } from "../../src/index.js";
import { LockFile } from "../../src/zip/lock-file.js";
import { temporaryFolder } from "../temporary-folder.js";
import { untilOffered } from "./offered.js";
import { type Fault, type FileCall, RecordedFiles, writeImage } from "./recorded-files.js";

const folder = join(temporaryFolder(), "faults");
mkdirSync(folder);
const path = join(folder, "x.zip");

let files: RecordedFiles | undefined;
const opened: { abort(): Promise<void> }[] = [];
afterEach(async () => {
  files?.restore();
  for (const store of opened.splice(0)) await store.abort();
});

const writes = /^(write|writeSync|writev|writevSync|ftruncate)$/;
const transfers = /^(read|readSync|write|writeSync|writev|writevSync)$/;
const interruptible = /^(read|readSync|write|writeSync|writev|writevSync|ftruncate|fdatasync)$/;

interface Kind {
  readonly name: string;
  readonly fault: Fault;
  readonly calls: RegExp;
  /** Whether nobody notices. */
  readonly isHarmless: boolean;
  /** Whether every later call fails, too, until all have been told. */
  readonly lasts: boolean;
}

const kinds: readonly Kind[] = [
  { name: "EIO", fault: { error: "EIO" }, calls: /./, isHarmless: false, lasts: false },
  { name: "EIO from then on", fault: { error: "EIO" }, calls: /./, isHarmless: false, lasts: true },
  { name: "ENOSPC", fault: { error: "ENOSPC" }, calls: writes, isHarmless: false, lasts: false },
  { name: "ENOSPC from then on", fault: { error: "ENOSPC" }, calls: writes, isHarmless: false, lasts: true },
  { name: "EINTR", fault: { error: "EINTR" }, calls: interruptible, isHarmless: true, lasts: false },
  { name: "half of the bytes", fault: "short", calls: transfers, isHarmless: true, lasts: false },
];

/** What an append says that has failed and left nothing; the last is for one whose end nobody knows. */
const documented = ["ERR_STORE_WRITE", "ERR_STORE_READ", "ERR_LOCK_TIMEOUT", "ERR_COMMIT_UNKNOWN"];

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

interface Attempt {
  readonly value: number;
  /** `undefined` where it has failed. */
  readonly start: number | undefined;
  readonly code: string | undefined;
}

/** Appends two rows of a value. */
async function attempt(array: ZarrArray, value: number): Promise<Attempt> {
  try {
    const { start } = await array.append([value, value], { flush: true });
    return { value, start, code: undefined };
  } catch (error) {
    const code = isZarrError(error) ? error.code : "none";
    expect(documented, `${(error as Error).stack}`).toContain(code);
    return { value, start: undefined, code };
  }
}

interface Outcome {
  readonly calls: number;
  readonly hit: FileCall | undefined;
  readonly attempts: readonly Attempt[];
  readonly rows: readonly number[];
}

/** Runs a joint commit in which call `at` fails, and has those try again that were told that they failed. */
async function live(durability: "full" | "process", kind: Kind | undefined, at: number): Promise<Outcome> {
  writeImage(folder, new Map());
  const recording = new RecordedFiles(folder);
  files = recording;
  const first = await ZipStore.open(path, { mode: "w" });
  await createArray(first, { path: "a", shape: [0], chunks: [4], dtype: "int16", compressors: null });
  await first.close();
  const open = () => ZipStore.open(path, { mode: "r+", durability, lockTimeoutMs: 300_000 });
  const stores = [await open(), await open(), await open()];
  opened.push(...stores);
  const arrays = await Promise.all(stores.map((store) => openArray(store, { path: "a" })));
  const lock = new LockFile(path, { force: false });
  await lock.acquire({ timeoutMs: 0 });
  const appending = arrays.map((array, i) => attempt(array, i + 1));
  await untilOffered(path, 3);
  let hit: FileCall | undefined;
  let isBroken = true;
  recording.calls = 0;
  recording.onCall = (call) => {
    const isNow = kind !== undefined && isBroken && kind.calls.test(call.name) && call.index >= at;
    if (!isNow || (hit !== undefined && !kind.lasts) || (hit === undefined && call.index > at)) return undefined;
    hit ??= call;
    return kind.fault;
  };
  await lock.release();
  const attempts = await Promise.all(appending);
  const { calls } = recording;
  isBroken = false;
  // Each goes on, unless it was told that nobody knows: then another store does.
  for (const [i, { code, value }] of [...attempts].entries()) {
    if (code === undefined) {
      attempts.push(await attempt(arrays[i]!, value + 10));
    } else if (code !== "ERR_COMMIT_UNKNOWN") {
      attempts[i] = await attempt(arrays[i]!, value);
      expect(attempts[i]!.code, `after ${code}`).toBeUndefined();
    } else {
      expect((await attempt(arrays[i]!, 99)).code).toBe("ERR_COMMIT_UNKNOWN");
    }
  }
  for (const store of opened.splice(0)) await store.abort();
  await lock.close();
  recording.restore();
  const last = await ZipStore.open(path, { mode: "r+", lockTimeoutMs: 1000 });
  const array = await openArray(last, { path: "a" });
  attempts.push(await attempt(array, 50));
  const rows = Array.from((await array.get()).data as Int16Array);
  await last.close();
  return { calls, hit, attempts, rows };
}

/** What is not as each was told. */
function untruths({ attempts, rows }: Outcome): string[] {
  const problems: string[] = [];
  for (const { value, start, code } of attempts) {
    const found = rows.flatMap((row, at) => (row === value ? [at] : []));
    const isRight = start === undefined ? [0, 2].includes(found.length) : found.join() === `${start},${start + 1}`;
    if (!isRight) problems.push(`rows of ${value}, told ${start ?? code}, are ${found}`);
  }
  const values = attempts.map(({ value }) => value);
  for (const row of rows) if (!values.includes(row)) problems.push(`a row of ${row}`);
  return problems;
}

describe.each(["full", "process"] as const)("a commit for others, with durability %s", (durability) => {
  test("is well without faults", async () => {
    const outcome = await live(durability, undefined, 0);
    expect(outcome.attempts.map(({ code }) => code)).toEqual(new Array(7).fill(undefined));
    expect(outcome.rows.length).toBe(14);
    expect(untruths(outcome)).toEqual([]);
    expect(openDescriptors()).toEqual([]);
  });

  // What a commit does apart from its syncs goes wrong in the same way.
  const chosen = kinds.filter(({ name }) => durability === "full" || name === "EIO");
  test.each(chosen)("each call fails once: $name", async (kind) => {
    // How often those who wait look for an answer is by chance: the calls end where two runs in a row had fewer.
    const problems: string[] = [];
    const counts = { faults: 0, noticed: 0, unknown: 0 };
    for (let at = 0, ended = 0; at < 200 && ended < 2; at++) {
      const outcome = await live(durability, kind, at);
      ended = outcome.calls <= at ? ended + 1 : 0;
      if (outcome.hit === undefined) continue;
      const { hit, attempts } = outcome;
      const codes = attempts.flatMap(({ code }) => code ?? []);
      const label = `${kind.name} of call ${at}, ${hit.name} ${hit.file} (${codes})`;
      counts.faults++;
      if (attempts.length < 7) counts.noticed++;
      if (codes.includes("ERR_COMMIT_UNKNOWN")) counts.unknown++;
      if (kind.isHarmless) expect(codes, label).toEqual([]);
      problems.push(...untruths(outcome).map((problem) => `${label}: ${problem}`));
      expect(openDescriptors(), label).toEqual([]);
    }
    expect(problems).toEqual([]);
    expect(counts.faults).toBeGreaterThan(8);
    if (!kind.isHarmless) expect(counts.noticed).toBeGreaterThan(2);
  });
});

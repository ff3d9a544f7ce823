// Processes that append to one array at once are killed and stopped at random. What they were told is there, once, and where they
// were told; what they were refused is not there; what they were not told is there once, or not at all; and there is nothing else.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { verifyArchive } from "../../src/commit/verify.js";
import { createArray, openArray, ZipStore } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { randomNumbers } from "../zip/archive-values.js";

const script = fileURLToPath(new URL("append-until-killed.mjs", import.meta.url));
const folder = temporaryFolder();
const logs = `${folder}/logs`;
mkdirSync(logs);
mkdirSync(`${folder}/data`);
const file = `${folder}/data/x.zip`;

const writers = 6;
const appends = 200;
const mostKills = 20;

const children = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of children) {
    const exit = once(child, "exit");
    if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await exit;
  }
});

interface Line {
  readonly begin?: number;
  readonly done?: number;
  readonly refused?: number;
  readonly start?: number;
  readonly end?: number;
  readonly error?: string;
}

/** What a writer has said; a line that it did not live to end is none. */
function linesOf(writer: number): Line[] {
  const log = `${logs}/${writer}`;
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

/** A writer, and the process that it is now. */
class Writer {
  readonly number: number;
  child: ChildProcess | undefined;
  isReady = false;

  constructor(number: number) {
    this.number = number;
  }

  /** Goes on behind what a killed process has begun, unless that was all. */
  start(): void {
    const next = Math.max(-1, ...linesOf(this.number).flatMap(({ begin }) => begin ?? [])) + 1;
    const durability = this.number % 2 === 0 ? "full" : "process";
    const log = `${logs}/${this.number}`;
    const child = fork(script, [JSON.stringify({ file, log, writer: this.number, next, end: appends, durability })]);
    children.add(child);
    this.child = child;
    this.isReady = false;
    child.on("message", () => {
      this.isReady = true;
    });
    child.on("exit", () => {
      children.delete(child);
      this.isReady = false;
      if (this.child === child) this.child = undefined;
    });
  }
}

test.runIf(process.platform !== "win32")(
  "processes that are killed and stopped while they append together lose nothing, and append nothing twice",
  async () => {
    const seed = Number(process.env.ZARRZIP_SEED ?? Date.now() % 2 ** 31);
    const random = randomNumbers(seed);
    const store = await ZipStore.open(file, { mode: "w" });
    await createArray(store, { path: "a", shape: [0, 2], chunks: [16, 2], dtype: "int32", compressors: null });
    await store.close();

    const all = Array.from({ length: writers }, (_, i) => new Writer(i + 1));
    for (const writer of all) writer.start();
    let kills = 0;
    let stops = 0;
    while (all.some(({ child }) => child !== undefined)) {
      await pause(20 + 40 * random());
      const running = all.filter(({ isReady }) => isReady);
      const chosen = running[Math.floor(random() * running.length)];
      if (chosen?.child === undefined || kills >= mostKills) continue;
      const { child } = chosen;
      if (random() < 0.3) {
        stops++;
        child.kill("SIGSTOP");
        await pause(30 * random());
        child.kill("SIGCONT");
        continue;
      }
      const exit = once(child, "exit");
      if (!child.kill("SIGKILL")) continue;
      await exit;
      kills++;
      chosen.start();
    }
    const label = `seed ${seed}, ${kills} kills, ${stops} stops`;

    const last = await ZipStore.open(file, { mode: "r+" });
    const array = await openArray(last, { path: "a" });
    const data = (await array.get()).data as Int32Array;
    const [length] = array.shape as [number, number];
    await last.close();
    expect(readdirSync(`${folder}/data`), label).toEqual(["x.zip"]);
    expect((await verifyArchive(file)).problems, label).toEqual([]);

    /** Rows at which an append is, by writer and number. */
    const found = new Map<string, number[]>();
    for (let row = 0; row < length; row++) {
      const key = `${data[2 * row]} ${data[2 * row + 1]}`;
      found.set(key, [...(found.get(key) ?? []), row]);
    }
    const problems: string[] = [];
    for (const { number: writer } of all) {
      const lines = linesOf(writer);
      const done = new Map(lines.flatMap((line) => (line.done === undefined ? [] : [[line.done, line] as const])));
      const refused = new Set(lines.map((line) => line.refused));
      for (const { begin, error } of lines) {
        if (error !== undefined) problems.push(`writer ${writer}: ${error}`);
        if (begin === undefined) continue;
        const key = `${writer} ${begin}`;
        const rows = found.get(key);
        found.delete(key);
        const told = done.get(begin);
        if (rows !== undefined && refused.has(begin))
          problems.push(`append ${key} was refused, and is at rows ${rows}`);
        if (rows === undefined && told === undefined) continue;
        const start = told?.start ?? rows![0]!;
        const expected = Array.from({ length: 1 + (begin % 3) }, (_, i) => start + i);
        const isRange = told === undefined || told.end === start + expected.length;
        if (rows?.join() !== expected.join() || !isRange) {
          problems.push(`append ${key}, told ${JSON.stringify(told)}: rows ${rows}`);
        }
      }
      if (done.size < appends / 4) problems.push(`writer ${writer} has acknowledged no more than ${done.size}`);
    }
    for (const [key, rows] of found) problems.push(`rows ${rows} are of ${key}, which nobody has begun`);
    expect(problems, label).toEqual([]);
    expect(kills, label).toBeGreaterThan(3);
  },
);

// Many writers of one file, and readers, of which writers are killed and stopped at random; in the end nothing that was
// acknowledged may be missing. `npm run soak` takes half an hour, or --minutes, --hours or --kills; --seed repeats the same choices, though
// not the same moments. Prints progress, a table, and as the last line the same figures as JSON; fails if anything is wrong.
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { verifyArchive, ZipStore } from "../../dist/index.js";
import { createFile, readVersion } from "./soak-content.mjs";
import { SoakProcess } from "./soak-process.mjs";
import { randomNumbers } from "./soak-random.mjs";
import { judge, parseLog } from "./soak-verdict.mjs";

/** Slots of each process of writers: of each of its threads, whose flows share a store. The first process is never killed. */
const processes = [
  [[0, 1, 2], [3]],
  [[4]],
  [
    [5, 6, 7, 8],
    [9, 10],
  ],
  [[11]],
  [[12, 13]],
];
const slots = processes.flat(2).length;

/** What one file takes before the next one is begun: old versions stay in it. */
const largestFile = 192 * 2 ** 20;
const killsOfOneFile = 60;

const { values: given } = parseArgs({
  options: {
    hours: { type: "string" },
    minutes: { type: "string" },
    kills: { type: "string" },
    seed: { type: "string" },
  },
});
const minutes = Number(given.hours ?? 0) * 60 + Number(given.minutes ?? 0);
const wantedKills = given.kills === undefined ? Number.POSITIVE_INFINITY : Number(given.kills);
const begin = Date.now();
const deadline = begin + (minutes > 0 ? minutes : given.kills === undefined ? 30 : 1440) * 60_000;
const seed = given.seed === undefined ? begin % 2 ** 31 : Number(given.seed);
const random = randomNumbers(seed);

const totals = {
  seed,
  files: 0,
  kills: 0,
  stops: 0,
  acknowledged: 0,
  lost: 0,
  unacknowledged: 0,
  survived: 0,
  dropped: 0,
  conflicts: 0,
  repacks: 0,
  staged: 0,
  undone: 0,
  rows: 0,
  bytes: 0,
  longestMs: 0,
  versions: 0,
  follows: 0,
  rereads: 0,
  values: 0,
  checkedByPython: 0,
  leftOpen: 0,
  seconds: 0,
};
const problems = [];
const survivors = new Set();
const folder = mkdtempSync(join(realpathSync(tmpdir()), "zarrzip-soak-"));

while (problems.length === 0 && totals.kills < wantedKills && Date.now() < deadline) {
  await writeOneFile(join(folder, `file${totals.files}`));
  totals.files++;
}
totals.survived = survivors.size;
totals.seconds = Math.round((Date.now() - begin) / 1000);
console.table(totals);
for (const problem of problems) console.error(problem);
if (problems.length === 0) rmSync(folder, { recursive: true });
else console.error(`the files are in ${folder}`);
console.log(JSON.stringify({ ...totals, problems }));
process.exitCode = problems.length === 0 ? 0 : 1;

async function writeOneFile(place) {
  const [data, logs] = [join(place, "data"), join(place, "logs")];
  for (const name of [data, logs]) mkdirSync(name, { recursive: true });
  const file = join(data, "shared.zip");
  for (let slot = 0; slot < slots; slot++) writeFileSync(join(logs, String(slot)), "");
  await createFile(file, slots);
  const writers = processes.map(
    (of) => new SoakProcess(new URL("soak-writers.mjs", import.meta.url), () => writersOf(of, file, logs), problems),
  );
  const reading = { file, slots, threads: 1, seed: random.below(2 ** 31) };
  const readers = [new SoakProcess(new URL("soak-readers.mjs", import.meta.url), () => reading, problems)];
  const children = [...writers, ...readers];
  await Promise.all(children.map((child) => child.start()));
  const mayGoOn = () => {
    // However slow the machine is, one kill there is.
    const isDone = totals.kills >= wantedKills || (totals.kills > 0 && Date.now() >= deadline);
    return !isDone && problems.length === 0 && statSync(file).size < largestFile;
  };
  /** Killed, and on their way back. */
  const restarts = new Map();
  for (let kills = 0; kills < killsOfOneFile && mayGoOn(); ) {
    await pause(random.below(250));
    const child = writers[1 + random.below(writers.length - 1)];
    await restarts.get(child);
    if (random.below(4) === 0) await repackFor(file, random.below(4) === 0 ? random.below(300) : undefined);
    if (random.below(4) === 0) {
      await child.stopFor(10 + random.below(200));
      totals.stops++;
      continue;
    }
    if (random.below(3) === 0) await child.killWhen((pid) => wasLastToCommit(file, pid));
    else await child.kill();
    kills++;
    totals.kills++;
    await judgeKilled(processes[writers.indexOf(child)].flat(), file, logs);
    if (totals.kills % 20 === 0) report(file);
    // Now and then one that begins the file anew, which leaves a part file.
    const isReplacing = random.below(8) === 0;
    restarts.set(child, isReplacing ? killWhileReplacing(file).then(() => child.start()) : child.start());
  }
  await Promise.all(restarts.values());
  await killWhileReplacing(file);
  const reports = await Promise.all(children.map((child) => child.end()));
  for (const { checks = {}, descriptors = [] } of reports) {
    for (const [name, count] of Object.entries(checks)) totals[name] += count;
    totals.leftOpen += descriptors.length;
    if (descriptors.length > 0) problems.push(`descriptors were left open: ${descriptors.join()}`);
  }
  await inspect(file, data, logs).catch((error) => problems.push(`in the end: ${error}`));
  if (problems.length === 0) rmSync(place, { recursive: true });
}

function writersOf(own, file, logs) {
  const threads = own.map((flows) => ({
    flows: flows.map((slot) => {
      const { actions } = parseLog(join(logs, String(slot)));
      const last = actions.at(-1);
      const staged = last?.state === "unknown" && last.stage && { number: last.number, stage: last.stage };
      return { slot, next: (last?.number ?? 0) + 1, ...(staged && { staged }) };
    }),
    durability: flows[0] % 3 === 0 ? "full" : "process",
    seed: random.below(2 ** 31),
  }));
  return { file, logs, threads };
}

/** Looks for what the slots of a killed process have acknowledged, while the others go on. */
async function judgeKilled(killed, file, logs) {
  try {
    const store = await ZipStore.open(file);
    const version = await readVersion(store, slots);
    await store.close();
    const { lost, survived, problems: found } = judge(readLogs(killed, logs), version);
    totals.lost += lost;
    for (const name of survived) survivors.add(`${totals.files}/${name}`); // it may be killed again before it does anything
    problems.push(...found);
  } catch (error) {
    problems.push(`after a kill: ${error}`);
  }
}

function readLogs(own, logs) {
  return new Map(own.map((slot) => [slot, parseLog(join(logs, String(slot)))]));
}

/** What is in the file, and beside it, once all have ended. */
async function inspect(file, data, logs) {
  const parsed = readLogs(processes.flat(2), logs);
  for (const { actions, errors, undone } of parsed.values()) {
    problems.push(...errors);
    const count = (state) => actions.filter((action) => action.state === state).length;
    totals.acknowledged += count("done");
    totals.unacknowledged += count("unknown");
    totals.dropped += count("dropped");
    totals.undone += undone;
    totals.staged += actions.filter(({ steps, state }) => steps.staged && state === "done").length;
    for (const { conflicts = 0, ms = 0 } of actions) {
      totals.conflicts += conflicts;
      totals.longestMs = Math.max(totals.longestMs, ms);
    }
  }
  // The next writer clears up what the killed ones have left.
  const last = await ZipStore.open(file, { mode: "a" });
  const version = await readVersion(last, slots);
  await last.close();
  // A stage whose maker was killed before it could tell of it, or of its end, is nobody's.
  const untold = [...parsed.values()].flatMap(({ actions }) => actions).filter(isUntoldStage).length;
  const isStage = (name) => name.endsWith(".stage");
  const found = readdirSync(data).filter((name) => name !== basename(file));
  const left = found.filter((name) => !isStage(name));
  if (found.filter(isStage).length > untold) left.push("more stages than were not told of");
  if (left.length > 0) problems.push(`there is still ${left.join()}`);
  const { problems: unsound } = await verifyArchive(file);
  problems.push(...unsound.map(({ message }) => message));
  totals.bytes += statSync(file).size;
  const verdict = judge(parsed, version);
  totals.lost += verdict.lost;
  totals.rows += version.batches.at(-1)?.end ?? 0;
  problems.push(...verdict.problems);
  const test = "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())";
  const python = process.env.ZARRZIP_PYTHON ?? "python3";
  try {
    const found = execFileSync(python, ["-c", test, file], { encoding: "utf8" }).trim();
    totals.checkedByPython++;
    if (found !== "None") problems.push(`Python's zipfile finds ${found} damaged`);
  } catch (error) {
    if (error.code !== "ENOENT") problems.push(String(error)); // there need be no Python
  }
}

function isUntoldStage({ steps, state }) {
  return steps.staged && state !== "done";
}

function report(file) {
  const seconds = Math.round((Date.now() - begin) / 1000);
  const size = (statSync(file).size / 2 ** 20).toFixed(1);
  console.log(`${seconds} s: ${totals.kills} kills, ${totals.stops} stops, file ${totals.files + 1} has ${size} MiB`);
}

/** Whether a process was the last to take the lock of a file: src/commit/lock-file.ts says what the lock file has at 8192. */
function wasLastToCommit(file, pid) {
  try {
    const lock = openSync(`${file}.lock`, "r");
    const bytes = Buffer.alloc(64);
    readSync(lock, bytes, 0, bytes.length, 8192);
    closeSync(lock);
    return bytes.toString("latin1").startsWith(`{"pid":${pid},`);
  } catch (error) {
    if (error.code === "ENOENT") return false; // whoever closes removes it, and the next one makes it again
    throw error;
  }
}

/** Leaves a part file: kills a process that writes a new file for the same place, and never puts it there. */
async function killWhileReplacing(file) {
  const script = fileURLToPath(new URL("write-until-killed.mjs", import.meta.url));
  const child = fork(script, [file, "w", "unpublished"]);
  const exit = once(child, "exit");
  await once(child, "message");
  child.kill("SIGKILL");
  await exit;
}

/** Writes the file anew, in a process of its own, which is killed after a time. */
async function repackFor(file, killAfterMs) {
  const script = fileURLToPath(new URL("soak-repack.mjs", import.meta.url));
  const child = fork(script, [file]);
  const exit = once(child, "exit");
  if (killAfterMs === undefined) {
    const [code] = await exit;
    if (code === 0) totals.repacks++;
    else problems.push(`repack ended with ${code}`);
    return;
  }
  await pause(killAfterMs);
  child.kill("SIGKILL");
  await exit;
}

// A commit interrupted at every byte. What it does to the files is recorded, and each state in between is built again and looked at:
// by who only reads, by who has the old version open, by the next writer, and by other programs.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openArchiveFile } from "../../src/commit/archive-file.js";
import { verifyArchive } from "../../src/commit/verify.js";
import { ZipStore } from "../../src/store/zip/zip-store.js";
import type { ZipStoreOptions } from "../../src/store/zip/zip-store-options.js";
import { ArchiveReader } from "../../src/zip/archive-reader.js";
import { temporaryFolder } from "../temporary-folder.js";
import { isSame, noise, readValues, recover, type Values, valuesOf } from "./archive-values.js";
import { afterRestart } from "./power-loss.js";
import {
  applyOperation,
  type FileOperation,
  type Image,
  RecordedFiles,
  readImage,
  writeImage,
} from "./recorded-files.js";

/** How many of the states in the bulk of a large commit to look at. The more, the more often the next commit is made on one. */
const bulkStates = Number(process.env.ZARRZIP_CRASH_STATES ?? 60);
const commitEvery = Math.max(1, Math.round(6400 / bulkStates));
const isThorough = process.env.ZARRZIP_CRASH_STATES !== undefined;

const python = process.env.ZARRZIP_PYTHON ?? "python3";
const hasPython = spawnSync(python, ["--version"]).status === 0;
const hasUnzip = spawnSync("unzip", ["-v"]).status === 0;
const missing = (has: boolean, program: string) => (has ? "" : ` (skipped: no ${program})`);

const folder = temporaryFolder();
const [work, states, recovered] = ["work", "states", "recovered"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
for (const path of [work, states, recovered]) mkdirSync(path);
const path = join(work, "a.zip");
const statePath = join(states, "a.zip");
/** Whole archives for other programs to check, each different. */
let wholes = 0;

let files: RecordedFiles | undefined;
const record = (where: string) => {
  files = new RecordedFiles(where);
  return files;
};
afterEach(() => {
  files?.restore();
});

const first: Values = new Map([
  ["zarr.json", new TextEncoder().encode('{"zarr_format":3,"node_type":"group"}')],
  ...[0, 1, 2, 3, 4].map((i) => [`c/${i}`, noise(60 + i, i)] as const),
]);

/** A commit: one value is replaced, one is new, one goes. */
interface Change {
  readonly replaced: Uint8Array;
  readonly added: readonly [name: string, value: Uint8Array];
  readonly removed: string;
}

const changes: readonly Change[] = [
  { replaced: noise(70, 11), added: ["d/1", noise(40, 12)], removed: "c/2" },
  { replaced: noise(75, 21), added: ["d/2", noise(90, 22)], removed: "c/3" },
  { replaced: noise(80, 31), added: ["d/3", noise(50, 32)], removed: "c/4" },
];

async function change(store: ZipStore, { replaced, added, removed }: Change): Promise<void> {
  await store.set("c/1", replaced);
  await store.set(...added);
  await store.delete(removed);
}

function changed(values: Values, { replaced, added, removed }: Change): Values {
  const after = new Map([...values, ["c/1", replaced] as const, added]);
  after.delete(removed);
  return after;
}

interface Scenario {
  readonly name: string;
  readonly options?: ZipStoreOptions;
  /** Commits that were made and closed before. */
  readonly before: readonly Change[];
  /** A commit that the same store has made before, which is acknowledged. */
  readonly acknowledged?: Change;
  readonly change: Change;
  /** Whether the marks of the lock file are of another run of the system, so that every commit has to prove itself. */
  readonly isRestarted?: boolean;
  /** Which bytes of the commit to look at, unless the environment asks for all: what is new in a scenario is elsewhere. */
  readonly every?: number;
}

const last = changes[2]!;
const large: Change = { ...last, added: ["d/3", noise(300_000, 33)] };
const scenarios: readonly Scenario[] = [
  { name: "the first commit to a new file", before: [], change: last },
  { name: "the third commit", before: changes.slice(0, 2), change: last, every: 2 },
  {
    name: "a commit of a store that has made another",
    before: changes.slice(0, 1),
    acknowledged: changes[1]!,
    change: last,
    every: 3,
  },
  {
    name: "a value that is an archive, where the lock file is of another run of the system",
    before: [],
    acknowledged: changes[1]!,
    change: last,
    isRestarted: true,
  },
  {
    name: "a commit that need not survive a loss of power",
    options: { durability: "process" },
    before: changes.slice(0, 2),
    change: last,
    every: 3,
  },
  {
    name: "a commit with ZIP64 records",
    options: { zip64: "always" },
    before: changes.slice(0, 1),
    change: last,
    every: 2,
  },
  { name: "a large commit", before: changes.slice(0, 1), change: large },
];

interface Recorded extends Pick<Scenario, "isRestarted" | "every"> {
  readonly image: Image;
  readonly operations: readonly FileOperation[];
  readonly old: Values;
  readonly new: Values;
}

async function recordCommit(scenario: Scenario): Promise<Recorded> {
  const { options = {}, before, acknowledged } = scenario;
  writeImage(work, new Map());
  const recording = record(work);
  let old = first;
  const store = await ZipStore.open(path, { ...options, mode: "w" });
  for (const [name, value] of first) await store.set(name, value);
  await store.close();
  const { replaced, added, removed } = scenario.change;
  const archive = readImage(work).get("a.zip")!;
  const made: Change = scenario.isRestarted ? { replaced, added: [added[0], archive], removed } : scenario.change;
  for (const one of before) {
    const writer = await ZipStore.open(path, { ...options, mode: "r+" });
    await change(writer, one);
    await writer.close();
    old = changed(old, one);
  }
  let image = readImage(work);
  recording.operations.length = 0;
  const writer = await ZipStore.open(path, { ...options, mode: "r+" });
  if (acknowledged !== undefined) {
    await change(writer, acknowledged);
    await writer.flush();
    old = changed(old, acknowledged);
    image = readImage(work);
    recording.operations.length = 0;
  }
  await change(writer, made);
  await writer.flush();
  recording.note("acknowledged");
  await writer.close();
  recording.restore();
  const operations = [...recording.operations];
  return { ...scenario, image, operations, old, new: changed(old, made) };
}

interface State {
  readonly label: string;
  readonly image: Image;
  readonly isAcknowledged: boolean;
}

/** The holder's name is for messages alone. */
const isHolder = ({ file, offset }: FileOperation & { kind: "write" }) => file === "a.zip.lock" && offset === 8192;

/** Byte counts at which a write is cut: every one, but of a large write evenly spaced ones between its ends. */
function* cuts(operation: FileOperation & { kind: "write" }, every: number): Generator<number> {
  const { length } = operation.bytes;
  const [head, tail] = length > 5000 ? [250, length - 800] : [length, length];
  const step = isHolder(operation) ? 50 : isThorough || length < 100 ? 1 : every;
  const bulkStep = Math.max(1, Math.floor((tail - head) / bulkStates));
  for (let count = 1; count < length; ) {
    yield count;
    count += count < head || count >= tail ? step : Math.min(bulkStep, tail - count);
  }
}

function* statesOf({ image, operations, isRestarted, every = 1 }: Omit<Recorded, "old" | "new">): Generator<State> {
  const state = (label: string, files: Image) => ({
    label,
    image: isRestarted ? afterRestart(files) : files,
    isAcknowledged,
  });
  let isAcknowledged = false;
  let current = image;
  yield state("before", image);
  for (const [number, operation] of operations.entries()) {
    const label = `${number} ${operation.kind} ${"file" in operation ? operation.file : ""}`;
    if (operation.kind === "write") {
      for (const count of cuts(operation, every)) {
        yield state(`${label} ${count}`, applyOperation(current, operation, count));
      }
    }
    if (operation.kind === "note") isAcknowledged = true;
    current = applyOperation(current, operation);
    yield state(label, current);
  }
}

/** "old" or "new"; anything else fails the test, with the state's label. */
function which(values: Values, { old, new: after }: Recorded, label: string): "old" | "new" {
  const found = isSame(values, old) ? "old" : isSame(values, after) ? "new" : undefined;
  expect(found, `${label}: neither the old values nor the new ones`).toBeDefined();
  return found!;
}

const totals: Record<string, Record<string, number>> = {};
afterAll(() => {
  if (process.env.ZARRZIP_CRASH_STATES !== undefined) process.stdout.write(`${JSON.stringify(totals, null, 1)}\n`);
});

describe.each(scenarios)("$name", (scenario) => {
  test("interrupted at any byte leaves the old values or the new ones, for readers and for the next writer", async () => {
    const recorded = await recordCommit(scenario);
    const [oldBytes, newBytes] = [recorded.image.get("a.zip")!, readImage(work).get("a.zip")!];
    const counts = { states: 0, readOld: 0, readNew: 0, undone: 0, completed: 0, commits: 0 };
    writeImage(states, recorded.image);
    const pinned = await ArchiveReader.open(await openArchiveFile(statePath), { follow: false });
    const recording = record(states);
    const committed = new Set<string>();
    for (const { label, image, isAcknowledged } of statesOf(recorded)) {
      counts.states++;
      writeImage(states, image);
      const found = which(await readValues(statePath), recorded, label);
      counts[found === "old" ? "readOld" : "readNew"]++;
      if (isAcknowledged) expect(found, label).toBe("new");
      expect(isSame(await valuesOf(pinned), recorded.old), `${label}: the reader of the old version`).toBe(true);
      expect(recording.operations, `${label}: reading writes nothing`).toEqual([]);

      const result = await recover(statePath);
      // A version that is whole stays as it is, byte by byte; of anything else nothing is left.
      const expected = found === "new" ? image.get("a.zip")! : oldBytes;
      const after = readImage(states).get("a.zip")!;
      expect(Buffer.compare(after, expected), `${label}: ${result}, ${found}`).toBe(0);
      counts[found === "new" ? "completed" : "undone"]++;

      const key = `${label.split(" ").slice(0, 3).join(" ")} ${found}`;
      if (counts.states % commitEvery === 0 || !committed.has(key)) {
        committed.add(key);
        writeImage(states, image);
        await commitOnTop(recorded, found, label);
        counts.commits++;
      }
      recording.operations.length = 0;
    }
    await pinned.close();
    for (const bytes of [oldBytes, newBytes]) writeFileSync(join(recovered, `${wholes++}.zip`), bytes);
    expect(counts.readOld).toBeGreaterThan(100);
    expect(counts.readNew).toBeGreaterThan(60);
    totals[scenario.name] = counts;
  });

  test("a recovery that is interrupted at any byte is made again, with the same result", async () => {
    const recorded = await recordCommit(scenario);
    const interesting = [...statesOf(recorded)].filter(({ label }) => /^\d+ write a.zip( (1|400))?$/.test(label));
    const counts = { recoveries: 0, states: 0, undone: 0, completed: 0 };
    for (const { label, image } of interesting) {
      writeImage(states, image);
      const recording = record(states);
      const result = await recover(statePath);
      const expected = readImage(states).get("a.zip")!;
      const operations = recording.operations.splice(0);
      counts.recoveries++;
      for (const state of statesOf({ image, operations })) {
        counts.states++;
        const where = `${label}, ${result}, ${state.label}`;
        writeImage(states, state.image);
        const found = which(await readValues(statePath), recorded, where);
        await recover(statePath);
        expect(Buffer.compare(readImage(states).get("a.zip")!, expected), where).toBe(0);
        expect(which(await readValues(statePath), recorded, where)).toBe(found);
        counts[found === "old" ? "undone" : "completed"]++;
      }
      recording.restore();
    }
    expect(counts.undone).toBeGreaterThan(10);
    expect(counts.completed).toBeGreaterThan(10);
    totals[`recovery of ${scenario.name}`] = counts;
  });
});

/** The next writer, which knows of no interruption, commits to the state; the result is whole, and as if nothing had happened. */
async function commitOnTop(recorded: Recorded, found: "old" | "new", label: string): Promise<void> {
  const store = await ZipStore.open(statePath, { mode: "r+" });
  const [name, value] = ["after", noise(30, 99)] as const;
  await store.set(name, value);
  await store.close();
  const values = await readValues(statePath);
  expect(isSame(values, new Map([...recorded[found], [name, value]])), `${label}: the next commit`).toBe(true);
  expect((await verifyArchive(statePath)).problems, label).toEqual([]);
  expect([...readImage(states).keys()], `${label}: files that are left`).toEqual(["a.zip"]);
  copyFileSync(statePath, join(recovered, `${wholes++}.zip`));
}

describe("what is left after a recovery, and after the next commit", () => {
  test.skipIf(!hasPython)(`is whole for Python's zipfile${missing(hasPython, "python3")}`, () => {
    const program =
      "import glob, sys, zipfile\nnames = glob.glob(sys.argv[1] + '/*.zip')\n" +
      "print(len(names), [n for n in names if zipfile.ZipFile(n).testzip() is not None])";
    const { stdout, stderr } = spawnSync(python, ["-c", program, recovered], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe(`${wholes} []`);
    expect(wholes).toBeGreaterThan(100);
  });

  test.skipIf(!hasUnzip)(`is whole for unzip${missing(hasUnzip, "unzip")}`, () => {
    for (let number = 0; number < wholes; number += Math.ceil(wholes / 12)) {
      const { status, stdout, stderr } = spawnSync("unzip", ["-tqq", join(recovered, `${number}.zip`)], {
        encoding: "utf8",
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    }
  });
});

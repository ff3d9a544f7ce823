// `npm run bench -- --peers`: every cell of every row by every participant, in turns, so that what else the machine does meets
// all of them; each run is a process of its own. What was measured is kept in .cache/bench/results.json after every run.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describeMachine } from "./machine.mjs";
import { installPython, participants, run, sameText } from "./peers.mjs";
import { writeReport } from "./report.mjs";
import { cells, rows } from "./rows.mjs";

const execute = promisify(execFile);
const timeout = 15 * 60_000;

/** Measures what the options say, and writes the report of all that is known of these versions. */
export async function compare(options) {
  const { cache, repeat, resume, out, json } = options;
  if (!Number.isSafeInteger(repeat) || repeat < 1) throw new Error(`--repeat is ${options.repeat}, expected 1 or more`);
  const chosen = { rows: chosenOf("rows", options.rows, rows), cells: chosenOf("cells", options.cells, cells) };
  mkdirSync(cache, { recursive: true });
  const python = installPython(cache);
  const data = makeData(cache, python);
  const all = participants(cache, python, options.node);
  const machine = describeMachine(cache);
  const results = new Results(join(cache, "results.json"));
  if (!resume) results.forget(chosen);

  const present = all.filter(({ absent }) => absent === undefined);
  const loadBefore = loadavg();
  const failedNow = new Set();
  for (let round = 0; round < repeat; round++) {
    for (const row of chosen.rows) {
      for (const cell of chosen.cells) {
        // Another one begins in each round, so that nobody always follows the same one.
        const able = present.filter(({ can }) => can.includes(cell));
        const turns = able.map((_, i) => able[(i + round) % able.length]);
        for (const participant of turns) {
          const place = keyOf(participant.name, row, cell);
          if (results.of(participant, row, cell).runs.length > round || failedNow.has(place)) continue;
          const result = await measure({ participant, row, cell, data, cache, python });
          results.add(participant, row, cell, result);
          if (result.failed !== undefined) failedNow.add(place);
          console.log(`${round + 1}/${repeat}  ${row}  ${cell}  ${participant.name}: ${describe(result)}`);
        }
      }
    }
  }
  const load = { before: loadBefore, after: loadavg() };
  writeReport({ participants: all, results, machine, load, digests: data.digests, out, json });
  const failures = results.failures(all);
  for (const failure of failures) console.error(`FAILED: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

/** The files, made again when the program that makes them has changed. */
function makeData(cache, python) {
  const folder = join(cache, "data");
  const maker = fileURLToPath(new URL("participants/data.py", import.meta.url));
  const stamp = join(folder, "made-by.py");
  if (!sameText(maker, stamp)) {
    console.log("bench: making the files");
    mkdirSync(folder, { recursive: true });
    rmSync(stamp, { force: true });
    run(python, [maker, folder]);
    writeFileSync(stamp, readFileSync(maker));
  }
  return { folder, digests: JSON.parse(readFileSync(join(folder, "digests.json"), "utf8")) };
}

/** One run: its samples, or why there are none. Other values than NumPy held are a failure, whatever their speed. */
async function measure({ participant, row, cell, data, cache, python }) {
  const scratch = join(cache, "written.zip");
  const load = loadavg()[0];
  const execution = async (command, ...args) => {
    const { stdout } = await execute(command[0], [...command.slice(1), ...args], { timeout, maxBuffer: 2 ** 26 });
    return JSON.parse(stdout);
  };
  try {
    removeWritten(scratch);
    const file = join(data.folder, `${row}.zip`);
    const { samples, sha256 } = await execution(
      participant.command,
      cell,
      file,
      scratch,
      ...(participant.options ?? []),
    );
    const script = fileURLToPath(new URL("participants/python.py", import.meta.url));
    const found =
      cell === "write" ? (await execution([python, script, "tensorstore"], "digest", scratch)).sha256 : sha256;
    const expected = data.digests[row][cells[cell].digest];
    if (found !== expected) return { failed: `other values than were written: SHA-256 ${found}, expected ${expected}` };
    return { samples, load };
  } catch (error) {
    const lines = String(error.stderr || error.message)
      .trim()
      .split("\n");
    const line = lines.findLast((text) => /error/i.test(text)) ?? lines.at(-1);
    return { failed: error.killed ? `took more than ${timeout / 60_000} minutes` : line.trim().slice(0, 200) };
  } finally {
    removeWritten(scratch);
  }
}

function removeWritten(scratch) {
  for (const suffix of ["", ".lock", ".__lock"]) rmSync(scratch + suffix, { force: true });
}

/** What was measured, by participant, version, row and cell: `runs`, or why they `failed`. */
class Results {
  #file;
  #known;

  constructor(file) {
    this.#file = file;
    this.#known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  }

  of({ name, version }, row, cell) {
    return this.#known[keyOf(name, version, row, cell)] ?? { runs: [] };
  }

  add(participant, row, cell, { samples, load, failed }) {
    const known = this.of(participant, row, cell);
    const added = failed === undefined ? { runs: [...known.runs, { samples, load }] } : { ...known, failed };
    this.#known[keyOf(participant.name, participant.version, row, cell)] = added;
    this.#save();
  }

  forget({ rows: forgottenRows, cells: forgottenCells }) {
    for (const key of Object.keys(this.#known)) {
      const [, , row, cell] = key.split(" | ");
      if (forgottenRows.includes(row) && forgottenCells.includes(cell)) delete this.#known[key];
    }
    this.#save();
  }

  failures(all) {
    const named = all.flatMap((participant) =>
      Object.keys(rows).flatMap((row) => Object.keys(cells).map((cell) => [participant, row, cell])),
    );
    return named.flatMap(([participant, row, cell]) => {
      const { failed } = this.of(participant, row, cell);
      return failed === undefined ? [] : [`${participant.name}, ${row}, ${cell}: ${failed}`];
    });
  }

  #save() {
    writeFileSync(`${this.#file}.part`, JSON.stringify(this.#known, null, 1));
    renameSync(`${this.#file}.part`, this.#file);
  }
}

const keyOf = (...parts) => parts.join(" | ");

function chosenOf(option, list, known) {
  const names = list === undefined ? Object.keys(known) : list.split(",");
  const unknown = names.filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) throw new Error(`--${option} has ${unknown}, expected some of ${Object.keys(known)}`);
  return names;
}

function describe({ samples, failed }) {
  return failed === undefined ? samples.map((sample) => sample.toFixed(1)).join(", ") : `FAILED, ${failed}`;
}

// The commands that go through all of a file, beside programs that do the same: uint16 of 512³, chunks of 64³, zstd 3. `node bench/command-line.mjs`
// prints a table: medians of the time that passes, and of the processor time of all threads, which depends less on what else a machine does.
//   --rounds 5          each command of each program in turns
//   --side 512          of the cube
//   --only convert,pack
//   --zarrs <program>   zarrs_reencode, from `cargo install zarrs_tools`; without it zarrs has no part
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { copy, createArray, DirectoryStore, slice, ZipStore } from "zarrzip";
import { describeMachine } from "./machine.mjs";
import { installPython } from "./peers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    side: { type: "string", default: "512" },
    only: { type: "string" },
    zarrs: { type: "string" },
  },
});
const side = Number(options.side);
const folder = mkdtempSync(join(tmpdir(), "zarrzip-command-line-"));
const [input, zip] = ["in.zarr", "in.zip"].map((name) => join(folder, name));
const output = (name) => join(folder, `out.${name}`);
const python = [installPython(join(root, ".cache", "bench")), join(root, "bench", "peers", "command-line.py")];
const zarrzip = [process.execPath, join(root, "dist", "cli", "index.js")];
const [inner, outer] = [64, Math.min(side, 128)].map((length) => [length, length, length].join());

/** What each program is asked, and what must be the same of all. */
const commands = {
  convert: {
    title: "`convert`: a folder into another, shards of 128³",
    programs: {
      zarrzip: [...zarrzip, "convert", input, output("zarr"), "--chunks", inner, "--shards", outer, "--quiet"],
      // Where it is asked for chunks alone, it leaves them as they are.
      ...(options.zarrs && { zarrs_reencode: [options.zarrs, "-c", inner, "-s", outer, input, output("zarr")] }),
      "zarr-python": [...python, "convert", input, output("zarr"), inner, outer],
    },
    same: () => run([...python, "digest", output("zarr")]).stdout,
  },
  stats: {
    title: "`stats` of a ZIP",
    programs: {
      zarrzip: [...zarrzip, "stats", zip, "--json"],
      "zarr-python": [...python, "stats", zip],
    },
    same: ({ stdout }) => {
      const { min, max, mean } = JSON.parse(stdout);
      return [min, max, mean.toPrecision(9)].join();
    },
  },
  verify: {
    title: "`verify --data`",
    programs: {
      zarrzip: [...zarrzip, "verify", "--data", zip],
      "zipfile, zarr-python": [...python, "verify", zip],
    },
  },
  pack: {
    title: "`pack`",
    programs: {
      zarrzip: [...zarrzip, "pack", input, "-o", output("zip"), "--quiet"],
      "zip -0": ["zip", "-q", "-0", "-r", output("zip"), "."],
    },
    cwd: input,
    same: () => run([...python, "digest", output("zip")]).stdout,
  },
  unpack: {
    title: "`unpack`",
    programs: {
      zarrzip: [...zarrzip, "unpack", zip, "-o", output("zarr"), "--quiet"],
      unzip: ["unzip", "-q", zip, "-d", output("zarr")],
    },
    same: () => run([...python, "digest", output("zarr")]).stdout,
  },
};

try {
  await makeInput();
  const load = loadavg()[0];
  const table = {};
  const chosen = options.only?.split(",") ?? Object.keys(commands);
  for (const name of chosen) Object.assign(table, measure(name));
  console.log(describeMachine(folder));
  console.log(`load average ${load.toFixed(2)} before, ${loadavg()[0].toFixed(2)} after`);
  console.table(table);
} finally {
  rmSync(folder, { recursive: true });
}

/** A smooth field with noise, which is compressed about as well as measurements are, in a folder and in a ZIP. */
async function makeInput() {
  const store = await DirectoryStore.open(input, { mode: "w" });
  const zstd = { name: "zstd", configuration: { level: 3, checksum: false } };
  const layout = { shape: [side, side, side], chunks: [64, 64, 64], dtype: "uint16", compressors: zstd };
  const array = await createArray(store, layout);
  for (let z = 0; z < side; z += 64) {
    const depth = Math.min(64, side - z);
    const data = Uint16Array.from({ length: depth * side * side }, (_, i) => {
      const [x, y] = [i % side, Math.floor(i / side) % side];
      const smooth = Math.sin(x / 51) * Math.cos(y / 43) * Math.sin((z + Math.floor(i / side / side)) / 37);
      return 2000 + 1000 * smooth + (Math.imul(i + z, 0x9e3779b1) >>> 26);
    });
    await array.set([slice(z, z + depth), null, null], { data, shape: [depth, side, side] });
  }
  const packed = await ZipStore.open(zip, { mode: "w" });
  await copy(store, packed);
  await packed.close();
  await store.close();
}

/** Rows of the table: each program in turns, another one first in each round. */
function measure(name) {
  const { title, programs, same = () => "", cwd = folder } = commands[name];
  const names = Object.keys(programs);
  const runs = new Map(names.map((program) => [program, []]));
  const results = new Map();
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [i] of names.entries()) {
      const program = names[(i + round) % names.length];
      for (const end of ["zarr", "zip"]) rmSync(output(end), { recursive: true, force: true });
      const found = run(programs[program], cwd);
      if (round > 0)
        runs.get(program).push(found); // the first fills the page cache, and is looked at
      else results.set(program, same(found));
    }
  }
  if (new Set(results.values()).size > 1) throw new Error(`${name}: other values: ${[...results].join(" ")}`);
  const medianOf = (program, kind) => median(runs.get(program).map((one) => one[kind]));
  return Object.fromEntries(
    names.map((program) => {
      const ratio = (kind) => Number((medianOf("zarrzip", kind) / medianOf(program, kind)).toFixed(2));
      const times = { "time, s": medianOf(program, "seconds"), "processor, s": medianOf(program, "processor") };
      return [
        `${title} ${program}`,
        { ...times, "ours: time": ratio("seconds"), "ours: processor": ratio("processor") },
      ];
    }),
  );
}

/** Runs a command that must succeed, by a shell that says how long it took. */
function run(command, cwd = folder) {
  const timed = 'exec 3>&2; TIMEFORMAT="%R %U %S"; { time "$@" 2>&3; } 2>"$0"';
  const times = join(folder, "times");
  const { status, stdout, stderr } = spawnSync("bash", ["-c", timed, times, ...command], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`"${command.join(" ")}" ended with ${status}: ${stderr}`);
  const [seconds, user, system] = readFileSync(times, "utf8").trim().split(" ").map(Number);
  return { stdout, seconds, processor: Number((user + system).toFixed(3)) };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

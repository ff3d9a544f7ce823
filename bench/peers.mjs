// The participants of `--peers`: what each is called, how it is started, and what it can do. Peers are installed in .cache/bench.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cells } from "./rows.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const participant = (name) => join(root, "bench", "participants", name);
const reading = ["open", "read", "windows", "memory"];

/** A venv with the versions that the tests compare with, too; gives its Python. */
export function installPython(cache) {
  const wanted = join(root, "test", "interop", "requirements.txt");
  const stamp = join(cache, "venv", "installed.txt");
  const python = join(cache, "venv", "bin", "python");
  if (!sameText(wanted, stamp)) {
    console.log("bench: installing zarr-python and tensorstore");
    run("python3", ["-m", "venv", "--clear", join(cache, "venv")]);
    run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", wanted]);
    writeFileSync(stamp, readFileSync(wanted));
  }
  return python;
}

/** Builds the program that measures zarrs; gives its path, or why there is none. */
function buildZarrs(cache) {
  const manifest = join(root, "bench", "peers", "zarrs", "Cargo.toml");
  const target = join(cache, "zarrs");
  if (spawnSync("cargo", ["--version"]).status !== 0) return { absent: "there is no cargo to build it" };
  console.log("bench: building zarrs");
  const args = ["build", "--release", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", target];
  const { status } = spawnSync("cargo", args, { stdio: "inherit" });
  if (status !== 0) return { absent: "cargo could not build it" };
  return { program: join(target, "release", "zarrs-bench") };
}

/**
 * All participants. `command` is followed by the cell, the row's file and a file to write to, and by `options`; an `absent` one
 * says why it is not there.
 */
export function participants(cache, python, otherNode) {
  const nodes = [process.execPath, ...(otherNode === undefined ? [] : [otherNode])];
  return [...nodes.flatMap(ours), ...pythonPeers(python), zarrita(), zarrs(cache)];
}

/** Ours on one Node: on the calling thread alone, and with a pool. */
function ours(node) {
  const nodeVersion = output(node, ["--version"]);
  const version = `${packageVersion(".")} (${readFileSync(join(root, "dist", ".built-from"), "utf8").slice(0, 8)})`;
  const shared = { ours: true, command: [node, participant("zarrzip.mjs")], version };
  const withPool = ["read", "read-into", "windows-many", "write", "memory"];
  const [alone, pooled] = [`zarrzip, Node ${nodeVersion}`, `zarrzip with 2 workers, Node ${nodeVersion}`];
  return [
    { ...shared, name: alone, options: ["0"], can: Object.keys(cells) },
    { ...shared, name: pooled, options: ["2"], can: withPool },
  ];
}

function pythonPeers(python) {
  const script = participant("python.py");
  const versionOf = (name) => output(python, ["-c", `import importlib.metadata as m; print(m.version("${name}"))`]);
  const zarrCan = [...reading, "read-into", "write"];
  return [
    { name: "zarr-python", version: versionOf("zarr"), command: [python, script, "zarr"], can: zarrCan },
    {
      name: "tensorstore",
      version: versionOf("tensorstore"),
      command: [python, script, "tensorstore"],
      can: Object.keys(cells),
    },
  ];
}

function zarrita() {
  const version = `${packageVersion("node_modules/zarrita")}, Node ${process.version}`;
  const command = [process.execPath, participant("zarrita.mjs")];
  const store = existsSync(join(root, "node_modules", "@zarrita", "storage"));
  const absent = store ? undefined : "@zarrita/storage, which reads ZIP files for it, is not installed";
  return { name: "zarrita", version, command, can: reading, absent };
}

function zarrs(cache) {
  const { program, absent } = buildZarrs(cache);
  const pinned = readFileSync(join(root, "bench", "peers", "zarrs", "Cargo.toml"), "utf8");
  const versionOf = (name) => new RegExp(`^${name} = "=(.+)"$`, "m").exec(pinned)[1];
  const version = `${versionOf("zarrs")}, zarrs_zip ${versionOf("zarrs_zip")}`;
  return { name: "zarrs", version, command: [program], can: reading, absent };
}

function packageVersion(folder) {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).version;
}

/** Runs a command that must succeed. */
export function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`"${[command, ...args].join(" ")}" failed${error ? `: ${error.message}` : ""}`);
}

function output(command, args) {
  const { status, stdout, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`"${[command, ...args].join(" ")}" failed`, { cause: error });
  return stdout.trim();
}

/** Whether both files are there and the same. */
export function sameText(a, b) {
  return existsSync(a) && existsSync(b) && readFileSync(a).equals(readFileSync(b));
}

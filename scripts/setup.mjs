// Makes a clone ready to run: installs the locked dependencies, compiles assembly/ into a module of src/, and builds build/, which has
// the modules one by one, for profiles and for tests of what is not public, and dist/; each only when its inputs have changed.
// Plain Node without dependencies, since in a fresh clone there are none. `--rebuild` builds in any case.
//
// Each step removes its stamp first and writes it last, so that one that was interrupted is done again.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const inRoot = (...parts) => join(root, ...parts);
const dist = inRoot("dist");
const modules = inRoot("build");
const installStamp = inRoot("node_modules", ".zarrzip-installed");
const assembleStamp = inRoot("node_modules", ".zarrzip-assembled-from");
const buildStamp = join(dist, ".built-from");

const always = process.argv.includes("--rebuild");
install();
assemble();
build();

function install() {
  // Some packages ship one binary for each platform; a folder shared between two systems needs the other one.
  const wanted = `${hashOfFiles([inRoot("package-lock.json")])} ${process.platform} ${process.arch}`;
  if (read(installStamp) === wanted) return;
  console.log("setup: installing the locked dependencies");
  rmSync(installStamp, { force: true });
  // Without --include=dev, NODE_ENV=production would leave out the compiler. On Windows npm is a script: hence the shell.
  run("npm ci --include=dev --no-audit --no-fund", [], { shell: true });
  mkdirSync(inRoot("node_modules"), { recursive: true });
  writeFileSync(installStamp, wanted);
}

function assemble() {
  const script = inRoot("scripts", "assemble.mjs");
  const wanted = hashOfFiles([...filesIn("assembly"), script, inRoot("package-lock.json")]);
  if (!always && read(assembleStamp) === wanted) return;
  console.log("setup: compiling assembly to WebAssembly");
  rmSync(assembleStamp, { force: true });
  run(process.execPath, [script]);
  writeFileSync(assembleStamp, wanted);
}

function build() {
  const script = inRoot("scripts", "bundle.mjs");
  const wanted = hashOfFiles([...filesIn("src"), script, inRoot("tsconfig.json"), inRoot("package-lock.json")]);
  if (!always && existsSync(modules) && read(buildStamp) === wanted) return;
  console.log("setup: building dist");
  rmSync(buildStamp, { force: true });
  rmSync(dist, { recursive: true, force: true });
  rmSync(modules, { recursive: true, force: true });
  // The compiler looks for what package.json names in the folder that it writes to.
  run(process.execPath, [inRoot("node_modules", "typescript", "bin", "tsc"), "--project", inRoot("tsconfig.json")]);
  renameSync(dist, modules);
  // In a scope of their own the modules find each other, and not those of dist/.
  const imports = {
    "#diagnostics": "./bytes/diagnostics-node.js",
    "#file": "./store/local-files.js",
    "#worker": "./pool/workers-node.js",
    "#zlib": "./bytes/zlib-node.js",
  };
  const scope = { type: "module", imports };
  writeFileSync(join(modules, "package.json"), JSON.stringify(scope));
  run(process.execPath, [script]);
  writeFileSync(buildStamp, wanted);
}

function filesIn(folder) {
  return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** One hash over names and contents, the same on every system. */
function hashOfFiles(files) {
  const hash = createHash("sha256");
  const named = files.map((file) => [relative(root, file).split(sep).join("/"), file]);
  for (const [name, file] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = readFileSync(file);
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Runs a command to its end, and ends this process with the command's exit code if it failed. */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (status === 0) return;
  console.error(`setup: "${[command, ...args].join(" ")}" failed${error ? `: ${error.message}` : ""}`);
  process.exit(status ?? 1);
}

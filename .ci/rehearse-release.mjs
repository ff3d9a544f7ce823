// Rehearses a release: the package that is packed here is published to a registry on this machine, and a stranger's empty project
// installs it from there and runs the same small program as in every environment. The registry takes everything else from where npm takes it.
// Its program, verdaccio, is kept in the folder that ZARRZIP_CI_CACHE names.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = process.env.ZARRZIP_CI_CACHE ?? join(root, ".cache", "ci");
const scratch = mkdtempSync(join(tmpdir(), "release-"));
const verdaccio = "6.10.4";
/** Verdaccio names this one by a tag, which mirrors may not have. */
const overrides = { "node-fetch": "2.7.0" };
const token = "//127.0.0.1:PORT/:_authToken=rehearsal"; // of a registry that asks nobody who they are

let registry;
try {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/`;
  writeFileSync(join(scratch, ".npmrc"), `registry=${address}\n${token.replace("PORT", String(port))}\n`);
  const tarball = packTwice();
  registry = await startRegistry(port, address);
  run("npm", ["publish", tarball, "--tag", "latest"], scratch);
  tryAsStranger();
} finally {
  registry?.kill();
  rmSync(scratch, { recursive: true, force: true });
}

/** Packs, builds anew and packs again: both must be the same, byte for byte. */
function packTwice() {
  const pack = (name) => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    run("npm", ["pack", "--silent", "--pack-destination", folder], root);
    return join(folder, readdirSync(folder)[0]);
  };
  const first = pack("first");
  run("npm", ["run", "--silent", "build"], root);
  const second = pack("second");
  const digest = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
  if (digest(first) !== digest(second)) throw new Error(`two builds give two packages: ${differences(first, second)}`);
  console.log(`packed twice, with the same bytes: ${digest(first)}`);
  return first;
}

/** What Git says of the contents of two packages, its first lines. */
function differences(...tarballs) {
  const folders = tarballs.map((file, i) => {
    const folder = join(scratch, `contents-${i}`);
    mkdirSync(folder);
    run("tar", ["-xzf", file, "-C", folder], root);
    return folder;
  });
  const { stdout } = spawnSync("git", ["diff", "--no-index", "--no-color", ...folders], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return stdout.slice(0, 4000) || "the same files, in another order or with other modes";
}

async function startRegistry(port, address) {
  const folder = join(cache, "registry");
  const program = join(folder, "node_modules", "verdaccio", "bin", "verdaccio");
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ private: true, dependencies: { verdaccio }, overrides }),
    );
    run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"], folder);
  }
  const uplink = run("npm", ["config", "get", "registry"], root).trim();
  const everybody = { access: "$all", publish: "$all", unpublish: "$all" };
  const configuration = {
    storage: join(scratch, "storage"),
    uplinks: { upstream: { url: uplink, cache: false } },
    packages: { zarrzip: everybody, "**": { ...everybody, proxy: "upstream" } },
    max_body_size: "100mb",
    log: { type: "stdout", level: "error" },
  };
  const file = join(scratch, "config.yaml"); // JSON is YAML
  writeFileSync(file, JSON.stringify(configuration));
  const child = spawn(newestNode(), [program, "--config", file, "--listen", `127.0.0.1:${port}`], { stdio: "inherit" });
  while (child.exitCode === null && !(await isUp(address))) await pause(100);
  if (child.exitCode !== null) throw new Error(`verdaccio ended with ${child.exitCode}`);
  return child;
}

/** What somebody does who has read nothing but the first page. */
function tryAsStranger() {
  const folder = join(scratch, "stranger");
  cpSync(join(root, "test", "environments"), folder, { recursive: true });
  cpSync(join(scratch, ".npmrc"), join(folder, ".npmrc"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const start = performance.now();
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "zarrzip"], folder);
  const output = run(process.execPath, ["main.mjs", "stranger"], folder);
  const report = JSON.parse(/^REPORT (.*)$/m.exec(output)?.[1] ?? "{}");
  const works = Object.values(report);
  if (works.length === 0 || works.some((outcome) => outcome !== "yes")) throw new Error(`it does not work: ${output}`);
  console.log(
    `installed and ran in ${((performance.now() - start) / 1000).toFixed(1)} s: ${Object.keys(report).join(", ")}`,
  );
}

/** The registry needs Node 22 or later. */
function newestNode() {
  const others = ["24.21.0", "22.23.3"].map((version) => join(cache, `node-${version}`, "bin", "node"));
  return others.find((file) => existsSync(file)) ?? process.execPath;
}

async function isUp(address) {
  return await fetch(address).then(
    () => true,
    () => false,
  );
}

async function freePort() {
  return await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `${stdout}\n${stderr}`}`);
}

// Reads every file of the corpus in workerd, the runtime of Cloudflare's workers, in one bundle, and compares all of it with what Node reads.
// workerd is kept in the folder that ZARRZIP_CI_CACHE names.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { compareCorpus } from "../test/browser/compare-corpus.mjs";
import { serveFolder } from "../test/browser/serve-folder.mjs";

const version = "1.20261117.1";
const root = fileURLToPath(new URL("..", import.meta.url));
const cache = process.env.ZARRZIP_CI_CACHE ?? join(root, ".cache", "ci");
const scratch = mkdtempSync(join(tmpdir(), "workerd-"));

const files = await serveFolder(root);
const port = await freePort();
let workerd;
let failed = 0;
try {
  await esbuild.build({
    entryPoints: [join(root, "test/browser/edge.mjs")],
    outfile: join(scratch, "edge.js"),
    ...{ bundle: true, format: "esm", minify: true, logLevel: "error" },
    ...{ platform: "browser", conditions: ["workerd", "worker", "browser"] },
  });
  writeFileSync(join(scratch, "config.capnp"), configuration());
  workerd = spawn(program(), ["serve", join(scratch, "config.capnp")], { stdio: ["ignore", "inherit", "inherit"] });
  await untilItListens();
  failed = await compareCorpus("workerd", files.origin, async (question) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, asPost(question));
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  });
} finally {
  workerd?.kill();
  files.server.close();
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

function asPost(body) {
  return { method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) };
}

/** Installs workerd where it is not yet. */
function program() {
  const folder = join(cache, "workerd");
  const found = join(folder, "node_modules", ".bin", "workerd");
  const wanted = JSON.stringify({ private: true, dependencies: { workerd: version } });
  const file = join(folder, "package.json");
  if (existsSync(found) && readFileSync(file, "utf8") === wanted) return found;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, wanted);
  const options = ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"];
  const { status } = spawnSync("npm", options, { cwd: folder, stdio: "inherit" });
  if (status !== 0) throw new Error("npm cannot install workerd");
  return found;
}

function configuration() {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "edge.js", esModule = embed "edge.js")],
  compatibilityDate = "2026-11-01",
);
`;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilItListens() {
  for (let tries = 0; tries < 200; tries++) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch {
      await pause(100);
    }
  }
  throw new Error("workerd does not listen after 20 s");
}

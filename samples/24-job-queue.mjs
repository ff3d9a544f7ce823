// A map over all chunks of a file through a job queue: BullMQ on a Redis of its own. The programs are those of bullmq/ beside this
// file; here they run as they would on several hosts: each is a process with a working directory of its own, and finds the shared
// folder under another name. One host has a file that was cut off in its place, and refuses; one worker is killed in the middle of a job,
// and the queue gives that job to another. The result is exact all the same.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createArray, ZipStore } from "zarrzip";

const rows = 4096;
const columns = 256;
const folder = await realpath(await mkdtemp(join(tmpdir(), "zarrzip-")));
const redis = join(folder, "redis.sock");
const children = [];
try {
  if (await startRedis()) await main();
  else console.log("skipped: redis-server is not installed; on Debian: apt-get install redis-server");
} finally {
  for (const child of children.reverse()) await end(child);
  await rm(folder, { recursive: true });
}

async function main() {
  const shared = await makeHost("shared");
  const file = join(shared, "depths.zarr.zip");
  await createDepths(file);
  // Two hosts have the folder mounted under a name of their own; on the third another file is in its place.
  for (const host of ["alpha", "beta"]) await symlink(shared, join(await makeHost(host), "mnt"));
  await mkdir(join(await makeHost("gamma"), "mnt"));
  await writeFile(join(folder, "gamma", "mnt", "depths.zarr.zip"), (await readFile(file)).subarray(0, -1));

  const producer = start("producer.mjs", [redis, file, shared], shared);
  const gamma = startWorker("gamma");
  await ended(gamma);

  const beta = startWorker("beta", "--hang-at", "3");
  await once(beta, "message");
  startWorker("alpha");
  beta.kill("SIGKILL");
  await once(beta, "exit");
  console.log("beta was killed in the middle of its third job");

  await ended(producer);
  const elements = rows * columns;
  console.log(`expected: sum ${(elements * (elements - 1)) / 2}, maximum ${elements - 1}`);
}

/** A Redis that keeps nothing, on a socket in the temporary folder. Gives false where there is none. */
async function startRedis() {
  const options = ["--port", "0", "--unixsocket", redis, "--save", "", "--dir", folder, "--daemonize", "no"];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  const isThere = await once(server, "spawn").then(
    () => true,
    (error) => (error.code === "ENOENT" ? false : Promise.reject(error)),
  );
  if (!isThere) return false;
  children.push(server);
  void text(server.stdout); // its log; clients wait until it answers
  return true;
}

async function makeHost(name) {
  await mkdir(join(folder, name));
  return join(folder, name);
}

function startWorker(host, ...options) {
  const home = join(folder, host);
  return start("worker.mjs", [redis, "--host", host, "--shared", join(home, "mnt"), ...options], home);
}

function start(program, options, cwd) {
  const child = fork(fileURLToPath(new URL(`bullmq/${program}`, import.meta.url)), options, { cwd });
  children.push(child);
  return child;
}

async function ended(child) {
  const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
  if (code !== 0) throw new Error(`a program of the queue ended with exit code ${code}`);
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

/** The value at each place is its number in C order: the sum of n of them is n (n - 1) / 2. */
async function createDepths(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const data = Float64Array.from({ length: rows * columns }, (_, i) => i);
    await createArray(store, { path: "depths", shape: [rows, columns], chunks: [64, columns], dtype: "float64", data });
    await store.close();
  } finally {
    await store.abort();
  }
}

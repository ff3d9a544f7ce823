/**
 * The entry file of a pool's threads and processes, which answers their requests. It exports nothing: a bundler is given it, so that the pool finds
 * it beside the bundle, or by the option `workerUrl`.
 * @module
 */
import { subscribe } from "node:diagnostics_channel";
import { readdirSync } from "node:fs";
import process from "node:process";
import { parentPort, SHARE_ENV, Worker } from "node:worker_threads";
import { confineToThread } from "../bytes/confinement.js";
import type { LockWait } from "../commit/lock-file.js";
import type { Request, WorkerReport } from "./protocol.js";
import { requestsOf, type Send } from "./worker-requests.js";
import { WorkerTasks } from "./worker-tasks.js";

// The workers are the threads among which the work is divided; a pool of threads below each of them would only get in their way.
confineToThread();

const send: Send =
  parentPort === null
    ? (answer) => process.send?.(answer)
    : (answer, transfer) => parentPort?.postMessage(answer, transfer);
const receive = requestsOf(new WorkerTasks(reporter()), send);

/**
 * Ends this process when its parent has ended, even in an endless loop, in which it hears of nothing: a thread of its own looks. What
 * the kernel could do for it, no other system has, and Node gives no access to it.
 */
function endWithParent(parent: number): void {
  const code = `const { ppid } = process;
    const isGone = () => {
      try {
        return process.ppid !== ppid || !process.kill(${parent}, 0);
      } catch ({ code }) {
        return code === "ESRCH";
      }
    };
    setInterval(() => isGone() && process.kill(process.pid, "SIGKILL"), 500);`;
  const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };
  try {
    const watch = new Worker(code, { eval: true, execArgv: [], env: SHARE_ENV, resourceLimits });
    watch.on("error", () => undefined).unref();
  } catch {
    // Where it cannot be started, an idle worker ends with its parent all the same.
  }
}

/** Tells what this worker takes, and how its stores have waited for locks. */
function reporter(): (targets: number) => WorkerReport {
  const locks = { acquired: 0, waitMs: 0, retries: 0, timeouts: 0 };
  subscribe("zarrzip:lock", (message) => {
    const { waitMs, retries } = message as Partial<LockWait>;
    if (waitMs === undefined || retries === undefined) {
      locks.timeouts++;
      return;
    }
    locks.acquired++;
    locks.waitMs += waitMs;
    locks.retries += retries;
  });
  return (targets) => {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const descriptors = process.platform === "linux" ? readdirSync("/proc/self/fd").length - 1 : undefined;
    return { memory: { rss, heapUsed, external, arrayBuffers }, targets, descriptors, locks: { ...locks } };
  };
}

if (parentPort === null) {
  process.on("message", (request) => void receive(request as Request));
  // The pool's process has ended: nobody waits for anything any more.
  process.once("disconnect", () => process.exit());
  endWithParent(Number(process.argv[2]));
} else {
  parentPort.on("message", (request) => void receive(request));
}
send({ type: "ready" });

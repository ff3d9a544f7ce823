/**
 * The entry file of a pool's threads and processes, which answers their requests. It exports nothing: a bundler is given it, so that the pool finds
 * it beside the bundle, or by the option `workerUrl`.
 * @module
 */
import process from "node:process";
import { parentPort, SHARE_ENV, Worker } from "node:worker_threads";
import { confineToThread } from "../bytes/confinement.js";
import { type Answer, errorState, type Request } from "./protocol.js";
import { WorkerTasks } from "./worker-tasks.js";

// The workers are the threads among which the work is divided; a pool of threads below each of them would only get in their way.
confineToThread();

const tasks = new WorkerTasks();
const underWay = new Map<number, AbortController>();
const send: (answer: Answer, transfer?: ArrayBuffer[]) => void =
  parentPort === null
    ? (answer) => process.send?.(answer)
    : (answer, transfer) => parentPort?.postMessage(answer, transfer);

async function receive(request: Request): Promise<void> {
  switch (request.type) {
    case "target":
      tasks.add(request.target, request.modules);
      break;
    case "forget":
      await tasks.forget(request.key);
      break;
    case "abort":
      underWay.get(request.id)?.abort();
      break;
    case "work":
      await perform(request);
      break;
  }
}

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

async function perform({ id, target, work }: Extract<Request, { type: "work" }>): Promise<void> {
  const controller = new AbortController();
  underWay.set(id, controller);
  try {
    const progress = (parts: number) => send({ type: "progress", id, parts });
    const { value, transfer } = await tasks.perform(work, target, { signal: controller.signal, progress });
    send({ type: "result", id, value }, transfer);
  } catch (error) {
    send({ type: "error", id, error: errorState(error) });
  } finally {
    underWay.delete(id);
  }
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

/** The import `#worker`: the workers of a pool by Node, threads or processes. `workers-web.ts` takes its place where there is no Node. */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { messageOf, ZarrError } from "../errors.js";
import type { Answer } from "./protocol.js";
import { failedChannel, type WorkerChannel, type WorkerEvents, type WorkerSource } from "./worker-channel.js";

export { availableParallelism } from "node:os";

/** True if the thread that asks for values decodes some of them itself until a worker is ready. */
export const callerHelps = true;

/** @throws ZarrError `ERR_UNSUPPORTED` - these workers cannot be had here */
export function checkSource({ createWorker }: WorkerSource): void {
  if (createWorker === undefined) return;
  const message =
    "createWorker gives Web Workers, which Node has not: leave it out, or give the URL of a file as workerUrl";
  throw new ZarrError("ERR_UNSUPPORTED", message);
}

/** Checks that workers can import a module: by Node any. */
export function checkModule(_url: string): void {}

/** Starts a worker, which says so when it is ready. */
export function startWorker({ kind, workerUrl }: WorkerSource, events: WorkerEvents): WorkerChannel {
  try {
    const entry = workerUrl ?? entryBeside();
    return kind === "thread" ? startThread(entry, events) : startProcess(entry, events);
  } catch (cause) {
    // A limit of the system is reached, for instance.
    return failedChannel(events, `could not be started: ${messageOf(cause)}`, cause);
  }
}

/** Tells whoever looks after the program. */
export function warn(message: string): void {
  process.emitWarning(message, { code: "ERR_WORKER" });
}

/** The workers' file, which a bundler does not put beside the code that it has put together. */
function entryBeside(): URL {
  const entry = new URL("./zarrzip-worker.js", import.meta.url ?? pathToFileURL(__filename));
  if (entry.protocol !== "file:" || existsSync(entry)) return entry;
  const message = `the file of the workers is not at ${entry}, perhaps because the program was bundled: bundle "zarrzip/worker" to that place, or anywhere and give its URL as the option workerUrl, or exclude zarrzip from the bundle`;
  throw new ZarrError("ERR_NOT_FOUND", message, { file: fileURLToPath(entry) });
}

/** Says how the program itself is given, and is not for another file. */
const isInputType = (option: string) => option.startsWith("--input-type");

function startThread(entry: URL, { onAnswer, onExit }: WorkerEvents): WorkerChannel {
  // Threads have the options of the process by themselves, and refuse to be given those of V8.
  const worker = new Worker(entry, process.execArgv.some(isInputType) ? { execArgv: [] } : {});
  const { threadId } = worker;
  let cause: unknown;
  worker.on("message", onAnswer);
  const ready = new Promise((resolve) => {
    worker.once("message", resolve);
  });
  worker.on("error", (error) => {
    cause = error;
  });
  worker.on("messageerror", (error) => {
    cause = error;
    void worker.terminate();
  });
  const exit = new Promise<void>((resolve) => {
    worker.once("exit", (code) => {
      onExit(cause === undefined ? `exited with code ${code}` : `failed: ${String(cause)}`, cause);
      resolve();
    });
  });
  return {
    pid: undefined,
    threadId,
    send: (request, transfer) => worker.postMessage(request, transfer),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    end: async () => {
      // A thread that is ended while it loads its modules leaves their descriptors open.
      await Promise.race([ready, exit]);
      await worker.terminate();
      await exit;
    },
  };
}

function startProcess(entry: URL, { onAnswer, onExit }: WorkerEvents): WorkerChannel {
  const child = fork(fileURLToPath(entry), [String(process.pid)], {
    serialization: "advanced",
    execArgv: process.execArgv.filter((option) => !isInputType(option)),
  });
  let cause: unknown;
  let hasEnded = false;
  const exit = new Promise<void>((resolve) => {
    const end = (how: string) => {
      if (hasEnded) return;
      hasEnded = true;
      onExit(how, cause);
      resolve();
    };
    child.on("error", (error) => {
      cause = error;
      if (child.pid === undefined) end(`could not be started: ${error.message}`);
    });
    child.once("exit", (code, signal) => end(signal === null ? `exited with code ${code}` : `was killed by ${signal}`));
  });
  child.on("message", (answer) => onAnswer(answer as Answer));
  // Without its channel it is of no use, and says no more.
  child.once("disconnect", () => child.kill("SIGKILL"));
  return {
    pid: child.pid,
    threadId: undefined,
    send: (request) => {
      // What cannot be delivered is reported by the end of the process.
      child.send(request, () => undefined);
    },
    hold: (isHeld) => {
      if (isHeld) {
        child.ref();
        child.channel?.ref?.(); // Bun has none
      } else {
        child.unref();
        child.channel?.unref?.();
      }
    },
    end: async () => {
      child.ref();
      child.kill("SIGKILL");
      await exit;
    },
  };
}

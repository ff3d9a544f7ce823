import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { messageOf, ZarrError } from "../errors.js";
import type { Answer, Request } from "./protocol.js";

/** What the workers of a pool are. */
export type WorkerKind = "thread" | "process";

/** A thread or a process, as the pool sees both. */
export interface WorkerChannel {
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  /** @throws DataCloneError - the request holds something that cannot be sent */
  send(request: Request, transfer: ArrayBuffer[]): void;
  /** Whether it keeps the pool's process alive. */
  hold(isHeld: boolean): void;
  /** Ends it at once, whatever it does; resolves when it has ended. */
  end(): Promise<void>;
}

/** What a worker calls. */
export interface WorkerEvents {
  onAnswer(answer: Answer): void;
  /** Called once. @param how - as "exited with code 1" */
  onExit(how: string, cause: unknown): void;
}

/** Starts a worker, which says so when it is ready. @param workerUrl - of its file, where that is not beside this one */
export function startWorker(kind: WorkerKind, workerUrl: URL | undefined, events: WorkerEvents): WorkerChannel {
  try {
    const entry = workerUrl ?? entryBeside();
    return kind === "thread" ? startThread(entry, events) : startProcess(entry, events);
  } catch (cause) {
    // A limit of the system is reached, for instance.
    const end = Promise.resolve().then(() => events.onExit(`could not be started: ${messageOf(cause)}`, cause));
    return { pid: undefined, threadId: undefined, send: () => undefined, hold: () => undefined, end: () => end };
  }
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

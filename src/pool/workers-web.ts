/** The import `#worker` where there is no Node: the workers of a pool are Web Workers. */
import { messageOf, ZarrError } from "../errors.js";
import type { Answer } from "./protocol.js";
import {
  failedChannel,
  type WebWorker,
  type WorkerChannel,
  type WorkerEvents,
  type WorkerSource,
} from "./worker-channel.js";

declare const Worker: new (url: URL | string, options: { readonly type: "module" }) => WebWorker;

interface Locks {
  request(name: string, granted: () => void): Promise<void>;
}

export const callerHelps = false;

/** The number of workers that can run at once. */
export function availableParallelism(): number {
  return navigator.hardwareConcurrency || 1;
}

export function checkSource({ kind }: WorkerSource): void {
  if (kind === "thread") return;
  const message =
    'there are no processes here: leave out the option kind, or give "thread", and the pool has Web Workers';
  throw new ZarrError("ERR_UNSUPPORTED", message);
}

/** @throws ZarrError `ERR_UNSUPPORTED` - it lies in a file system */
export function checkModule(url: string): void {
  if (!url.startsWith("file:")) return;
  const message = `${url} is a file, and there is no file system here: give the URL at which it is served`;
  throw new ZarrError("ERR_UNSUPPORTED", message, { module: url });
}

export function warn(message: string): void {
  console.warn(`zarrzip: ${message}`);
}

export function startWorker({ workerUrl, createWorker }: WorkerSource, events: WorkerEvents): WorkerChannel {
  try {
    if (createWorker !== undefined) return channelOf(createWorker(), events);
    return channelOf(workerUrl === undefined ? ownWorker() : workerOf(workerUrl.href), events);
  } catch (cause) {
    return failedChannel(events, `could not be started: ${messageOf(cause)}`, cause);
  }
}

/** A worker by the file beside this one. */
function ownWorker(): WebWorker {
  try {
    // In one expression: bundlers look for exactly this.
    return new Worker(new URL("./zarrzip-worker.js", import.meta.url), { type: "module" });
  } catch (error) {
    const beside = import.meta.url.replace(/[^/]*$/, "zarrzip-worker.js");
    if (!isOfOtherOrigin(error) || !beside.startsWith("http")) throw error;
    return importingWorker(beside);
  }
}

function workerOf(url: string): WebWorker {
  try {
    return new Worker(url, { type: "module" });
  } catch (error) {
    if (!isOfOtherOrigin(error)) throw error;
    return importingWorker(url);
  }
}

function isOfOtherOrigin(error: unknown): boolean {
  return (error as Partial<DOMException> | undefined)?.name === "SecurityError";
}

/** A worker has to be of the page's own origin, but may import what is of another. */
function importingWorker(url: string): WebWorker {
  const script = new Blob([`import ${JSON.stringify(url)};`], { type: "text/javascript" });
  const address = URL.createObjectURL(script);
  const worker = new Worker(address, { type: "module" });
  worker.addEventListener("message", () => URL.revokeObjectURL(address)); // it has been loaded
  return worker;
}

const advice =
  'its script could not be loaded, or threw: where a bundler does not see it, bundle "zarrzip/worker" to zarrzip-worker.js beside the page\'s code, or give createWorker';

/** A worker that has not said within this time, in milliseconds, that it is ready never will: its script is another one. */
const longestStartMs = 30_000;

function channelOf(worker: WebWorker, { onAnswer, onExit }: WorkerEvents): WorkerChannel {
  let isReady = false;
  let hasEnded = false;
  const end = (how: string, cause?: unknown) => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(starting);
    worker.terminate();
    onExit(how, cause);
  };
  const fail = (text: string) => end(`failed: ${text}`, new Error(text));
  const starting = setTimeout(() => {
    fail(`it did not say within ${longestStartMs / 1000} s that it is ready: is its script "zarrzip/worker"?`);
  }, longestStartMs);
  worker.addEventListener("message", (event) => {
    const answer = (event as { readonly data: Answer }).data;
    if (answer.type === "ready") {
      isReady = true;
      clearTimeout(starting);
      if (answer.life !== undefined) void endWith(answer.life, () => end("ended by itself"));
    }
    if (!hasEnded) onAnswer(answer);
  });
  worker.addEventListener("error", (event) => {
    (event as Event).preventDefault?.();
    const { message } = event as { readonly message?: string };
    fail(message || (isReady ? "for a reason that nobody tells" : advice));
  });
  worker.addEventListener("messageerror", () => fail("it sent what cannot be received"));
  return {
    pid: undefined,
    threadId: undefined,
    send: (request, transfer) => worker.postMessage(request, transfer),
    hold: () => undefined,
    end: async () => end("was terminated"),
  };
}

/** Calls back when a worker has gone, which holds the lock of this name as long as it lives. */
async function endWith(life: string, gone: () => void): Promise<void> {
  const { locks } = navigator as unknown as { readonly locks?: Locks };
  try {
    await locks?.request(life, gone);
  } catch {
    // The page is being left.
  }
}

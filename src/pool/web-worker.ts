/**
 * The entry file of a pool's Web Workers, which answers their requests. It exports nothing: a bundler is given it, or a program's own file of workers
 * imports it, beside the codecs that it registers.
 * @module
 */
import type { Request } from "./protocol.js";
import { requestsOf } from "./worker-requests.js";
import { WorkerTasks } from "./worker-tasks.js";

/** The globals of a Web Worker that are used here. */
interface WorkerScope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message" | "messageerror", listener: (event: { readonly data: Request }) => void): void;
  readonly navigator: {
    readonly locks?: { request(name: string, hold: () => Promise<unknown>): Promise<unknown> };
  };
}

const scope = globalThis as unknown as WorkerScope;
const tasks = new WorkerTasks((targets) => ({ memory: undefined, targets, descriptors: undefined, locks: undefined }));
const receive = requestsOf(tasks, (answer, transfer = []) => scope.postMessage(answer, transfer));
scope.addEventListener("message", ({ data }) => void receive(data));
scope.addEventListener("messageerror", () => {
  throw new Error("a request could not be received"); // which ends this worker, and is told to the pool
});
void holdLife();

/** Says that this worker is ready, and holds a lock that ends with it: of a worker that closes itself nobody is told otherwise. */
async function holdLife(): Promise<void> {
  const life = `zarrzip-worker ${performance.timeOrigin} ${Math.random()}`;
  const forever = () => {
    scope.postMessage({ type: "ready", life }, []);
    return new Promise(() => undefined);
  };
  try {
    await scope.navigator.locks?.request(life, forever);
  } catch {
    // A page without an origin has no locks.
  }
  scope.postMessage({ type: "ready" }, []);
}

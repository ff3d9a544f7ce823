import type { Answer, Request } from "./protocol.js";

/** The kind of a pool's workers. */
export type WorkerKind = "thread" | "process";

/** A worker of any kind, as the pool sees it. */
export interface WorkerChannel {
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  /** @throws DataCloneError - the request holds something that cannot be sent */
  send(request: Request, transfer: ArrayBuffer[]): void;
  /** True if it keeps the pool's process alive. */
  hold(isHeld: boolean): void;
  /** Ends it at once, whatever it does; resolves when it has ended. */
  end(): Promise<void>;
}

/** The callbacks of a worker. */
export interface WorkerEvents {
  onAnswer(answer: Answer): void;
  /** Called once. @param how - as "exited with code 1" */
  onExit(how: string, cause: unknown): void;
}

/** A Web Worker, as far as a pool uses it; `Worker` of the types of the DOM is one. */
export interface WebWorker {
  /** Sends it a message, and the memory of `transfer` with it. */
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  /** Ends it at once. */
  terminate(): void;
  /** Listens to its messages and errors. */
  addEventListener(type: string, listener: (event: unknown) => void): void;
}

/** The workers to start. */
export interface WorkerSource {
  readonly kind: WorkerKind;
  /** URL of their file, where that is not beside the pool's. */
  readonly workerUrl: URL | undefined;
  /** Makes one, where the pool is not to do it. */
  readonly createWorker: (() => WebWorker) | undefined;
}

/** A worker that could not be started, which ends at once. */
export function failedChannel({ onExit }: WorkerEvents, how: string, cause: unknown): WorkerChannel {
  const end = Promise.resolve().then(() => onExit(how, cause));
  return { pid: undefined, threadId: undefined, send: () => undefined, hold: () => undefined, end: () => end };
}

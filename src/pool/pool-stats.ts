import type { LockCounts, WorkerMemory } from "./protocol.js";
import type { Scheduler } from "./scheduler.js";

/** One worker of a pool. */
export interface WorkerStats {
  /** Number of the worker. */
  readonly id: number;
  /** Id of its process; `undefined` for a thread. */
  readonly pid: number | undefined;
  /** Id of its thread; `undefined` for a process. */
  readonly threadId: number | undefined;
  /** Tasks that it has at the moment. */
  readonly running: number;
  /** Tasks that it has finished. */
  readonly tasks: number;
  /** Bytes, as `process.memoryUsage()` says; `rss` is that of the whole process. `undefined` of a worker that does not answer, and in a browser. */
  readonly memory: WorkerMemory | undefined;
  /** Stores, arrays and groups that it has open. */
  readonly targets: number | undefined;
  /** Open descriptors of its process, a thread's that of the pool; `undefined` where the system does not tell. */
  readonly descriptors: number | undefined;
  /** The waits for locks of the stores that its tasks write to. */
  readonly locks: LockCounts | undefined;
}

/** The counters and the workers of a pool. */
export interface PoolStats {
  /** Tasks by their outcome. */
  readonly tasks: { readonly done: number; readonly failed: number; readonly retried: number };
  /** Bytes of decoded values that were delivered. */
  readonly bytesDecoded: number;
  /** Bytes of tasks that are under way, and of results that wait for their consumer. */
  readonly bytesInFlight: number;
  /** Milliseconds that tasks have waited for a worker or for memory, all together. */
  readonly waitMs: number;
  /** Workers that were started, those that replaced others among them. */
  readonly started: number;
  /** The number of those that replaced workers that died. */
  readonly replaced: number;
  /** The workers that are running. */
  readonly workers: readonly WorkerStats[];
}

/** The time to wait for a worker that is busy and does not pause. */
const patienceMs = 1000;

export async function poolStats(scheduler: Scheduler, bytesDecoded: number): Promise<PoolStats> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patienceMs, undefined);
    timer.unref?.(); // in a browser it is a number
  });
  const workers = await Promise.all(
    scheduler.workers().map(async ({ report: coming, ...worker }): Promise<WorkerStats> => {
      const report = await Promise.race([coming, late]);
      const silent = { memory: undefined, targets: undefined, descriptors: undefined, locks: undefined };
      if (report === undefined) return { ...worker, ...silent };
      return { ...worker, ...report };
    }),
  );
  clearTimeout(timer);
  const { done, failed, retried, started, replaced, waitMs, bytesInFlight } = scheduler.counts;
  return { tasks: { done, failed, retried }, bytesDecoded, bytesInFlight, waitMs, started, replaced, workers };
}

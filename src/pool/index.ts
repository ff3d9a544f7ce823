/**
 * A pool of threads, processes or Web Workers that read, write and compute together.
 * @module
 */
export {
  type ChunksOptions,
  type PoolChunk,
  type RunOptions,
  type RunResult,
  type TaskTarget,
  WorkerPool,
  type WorkerPoolOptions,
} from "./pool.js";
export type { PoolStats, WorkerStats } from "./pool-stats.js";
export type { PoolWriteOptions } from "./pool-write.js";
export type { LockCounts, WorkerMemory } from "./protocol.js";
export type { WebWorker, WorkerKind } from "./worker-channel.js";

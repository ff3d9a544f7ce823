/**
 * A pool of threads or processes that read, write and compute together.
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
export type { LockCounts } from "./protocol.js";
export type { WorkerKind } from "./worker-channel.js";

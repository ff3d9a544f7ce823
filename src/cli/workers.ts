import type { Command } from "commander";
import { ZarrError } from "../errors.js";
import type { WorkerPool } from "../pool/index.js";
import { interruptible } from "./interruptible.js";
import type { CommonOptions } from "./output.js";

/** Options of a command whose work is shared by workers. */
export interface WorkersOptions extends CommonOptions {
  readonly workers?: string;
}

/** Adds `--workers`. */
export function addWorkers(command: Command): Command {
  return command.option("--workers <count>", "threads that share the work; default one for each processor");
}

/**
 * Runs `work` with a pool of workers, and ends them: at once when the program is interrupted, whatever they wait for.
 * @throws ZarrError `ERR_ARGUMENT` - `--workers` is no number from 0 on
 */
export async function withWorkers<T>(
  { workers }: WorkersOptions,
  work: (pool: WorkerPool, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (workers !== undefined && !/^\d{1,4}$/.test(workers)) {
    throw new ZarrError("ERR_ARGUMENT", `--workers is ${JSON.stringify(workers)}, expected a number from 0 on`);
  }
  // Loaded as an entry: the file of the workers is looked for beside it.
  const { WorkerPool } = await import("../pool/index.js");
  const pool = new WorkerPool(workers === undefined ? {} : { workers: Number(workers) });
  try {
    return await interruptible(async (signal) => {
      signal.addEventListener("abort", () => void pool.close());
      try {
        return await work(pool, signal);
      } catch (error) {
        signal.throwIfAborted(); // rather than that the pool was closed
        throw error;
      }
    });
  } finally {
    await pool.close();
  }
}

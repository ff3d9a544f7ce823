import { channel } from "#diagnostics";
import type { LockWait } from "../../commit/lock-file.js";
import type { Monitor } from "./monitor.js";

/** A commit, for the channel `zarrzip:commit`. */
export interface CommitEvent {
  /** Absolute path of the archive. */
  readonly file: string;
  /** Name of the commit; `undefined` where it failed, or nothing had to be written. */
  readonly commit: string | undefined;
  /** Bytes that were appended, the directory among them. */
  readonly bytes: number;
  /** Milliseconds for which the lock was held. */
  readonly heldMs: number;
  /** The number of changes that ran again, because another writer had been first. */
  readonly reruns: number;
  /** True if what a killed writer had left was undone first. */
  readonly recovered: "none" | "undone";
  /** Why the commit failed; left out where it did not. */
  readonly error?: unknown;
}

const lockChannel = channel("zarrzip:lock");
const commitChannel = channel("zarrzip:commit");

/** Counts a lock that was taken. */
export function locked({ file, counting }: Monitor, { waitMs, retries }: LockWait): void {
  const { lock } = counting;
  lock.acquired++;
  lock.waitMs += waitMs;
  lock.longestWaitMs = Math.max(lock.longestWaitMs, waitMs);
  lock.retries += retries;
  if (lockChannel.hasSubscribers) lockChannel.publish({ file, waitMs, retries });
}

/** Counts a lock that was not. */
export function lockTimedOut({ file, counting }: Monitor, error: unknown): void {
  counting.lock.timeouts++;
  if (lockChannel.hasSubscribers) lockChannel.publish({ file, error });
}

/** Counts a commit. */
export function committed({ file, counting }: Monitor, event: Omit<CommitEvent, "file">): void {
  const { commits } = counting;
  if (event.commit !== undefined) commits.count++;
  if (event.error !== undefined) commits.failures++;
  if (event.recovered !== "none") commits.recovered++;
  commits.bytes += event.bytes;
  commits.heldMs += event.heldMs;
  commits.reruns += event.reruns;
  if (commitChannel.hasSubscribers) commitChannel.publish({ file, ...event });
}

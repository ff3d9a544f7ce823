import { channel } from "#diagnostics";
import type { RequestCounters } from "../../bytes/http-source.js";
import type { ArchiveReader } from "../../zip/archive-reader.js";

/** The counters of a store since it was opened: see `ZipStore.stats`. */
export interface StoreCounters {
  /** Waiting for the lock of the file. */
  readonly lock: {
    /** Times that it was held. */
    readonly acquired: number;
    /** Milliseconds waited in all, and at most. */
    readonly waitMs: number;
    readonly longestWaitMs: number;
    /** Attempts that found it held by somebody else. */
    readonly retries: number;
    /** Waits that ended in `ERR_LOCK_TIMEOUT`. */
    readonly timeouts: number;
  };
  /** Versions that this store has appended. */
  readonly commits: {
    readonly count: number;
    /** Bytes written by them: entries, directories and end records. */
    readonly bytes: number;
    /** Milliseconds that the lock was held for them. */
    readonly heldMs: number;
    /** Transactions that ran again because another writer had changed what they had read. */
    readonly reruns: number;
    /** Commits that failed. */
    readonly failures: number;
    /** Commits of killed writers that were undone. */
    readonly recovered: number;
  };
  /** Values that were read. */
  readonly reads: {
    readonly count: number;
    readonly bytes: number;
    /** Ranges of stored entries, which the CRC-32 of the entry does not cover, and their bytes. */
    readonly unverified: number;
    readonly unverifiedBytes: number;
  };
}

/** The result of `ZipStore.stats`. */
export interface ZipStoreStats extends StoreCounters {
  /** The cost of reading over HTTP; zeros for a local file. */
  readonly requests: RequestCounters;
  /** Changes that are not committed. */
  readonly pending: {
    /** In memory and in a part file. */
    readonly bytes: number;
    /** In a part file. */
    readonly spilled: number;
  };
  /** The version of the file that this store sees; zeros where there is no file yet. */
  readonly file: {
    readonly bytes: number;
    /** Bytes that this version has no use for: replaced and deleted values, older directories. `repack` removes them. */
    readonly deadBytes: number;
    /** `deadBytes` over `bytes`. */
    readonly deadShare: number;
    readonly entries: number;
  };
  /** Descriptors that this store holds. */
  readonly descriptors: number;
}

/** The use of a file that is not there yet. */
export const noUsage: ZipStoreStats["file"] = { bytes: 0, deadBytes: 0, deadShare: 0, entries: 0 };

/** The share of an archive that its newest version uses. */
export function usageOf({ directory }: ArchiveReader): ZipStoreStats["file"] {
  const bytes = directory.end;
  const deadBytes = Math.max(0, bytes - directory.prefix - directory.liveBytes());
  return { bytes, deadBytes, deadShare: bytes === 0 ? 0 : deadBytes / bytes, entries: directory.currentCount };
}

/** As {@link StoreCounters}, to count with. */
export type Counting = { -readonly [G in keyof StoreCounters]: { -readonly [C in keyof StoreCounters[G]]: number } };

const readChannel = channel("zarrzip:read");

/** Counts what one store does, and tells those who listen by `node:diagnostics_channel`. */
export class Monitor {
  readonly file: string;
  readonly counting: Counting = {
    lock: { acquired: 0, waitMs: 0, longestWaitMs: 0, retries: 0, timeouts: 0 },
    commits: { count: 0, bytes: 0, heldMs: 0, reruns: 0, failures: 0, recovered: 0 },
    reads: { count: 0, bytes: 0, unverified: 0, unverifiedBytes: 0 },
  };

  constructor(file: string) {
    this.file = file;
  }

  /** A copy of the counters. */
  counters(): StoreCounters {
    const { lock, commits, reads } = this.counting;
    return { lock: { ...lock }, commits: { ...commits }, reads: { ...reads } };
  }

  /** True if somebody wants to be told of each read. */
  get tellsOfReads(): boolean {
    return readChannel.hasSubscribers;
  }

  /** Counts values of these sizes that were read together, and checked against the CRC-32 of their entries. */
  readBatch(sizes: readonly number[]): void {
    const { reads } = this.counting;
    reads.count += sizes.length;
    for (const size of sizes) reads.bytes += size;
  }

  /** @param verified - whether the bytes were checked against the CRC-32 of their entry */
  read(key: string, bytes: number, verified: boolean): void {
    const { reads } = this.counting;
    reads.count++;
    reads.bytes += bytes;
    if (!verified) {
      reads.unverified++;
      reads.unverifiedBytes += bytes;
    }
    if (readChannel.hasSubscribers) readChannel.publish({ file: this.file, key, bytes, verified });
  }
}

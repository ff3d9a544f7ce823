import type { WritableFile } from "../../bytes/file.js";
import { hasLocks, networkFileSystemOf } from "../../bytes/file-lock.js";
import { folderOf } from "../../bytes/folder.js";
import type { ArchiveWriter } from "../../commit/archive-writer.js";
import {
  commitChanges,
  recoverAfterRestart,
  recoverCommit,
  syncCommit,
  undoCommit,
  withdrawMark,
} from "../../commit/commit.js";
import { LockFile } from "../../commit/lock-file.js";
import type { PendingEntries } from "../../commit/pending-entries.js";
import { isZarrError, ZarrError } from "../../errors.js";
import type { ArchiveReader } from "../../zip/archive-reader.js";
import type { ArchiveView } from "./archive-view.js";
import { type CommitEvent, committed, locked, lockTimedOut } from "./commit-monitor.js";
import type { Monitor } from "./monitor.js";
import type { PendingChanges } from "./pending-changes.js";

/** The part of a store that writes into a file that others write, too. */
export interface AppenderOptions {
  readonly durability: "full" | "process";
  readonly lockTimeoutMs: number;
  readonly forceLock: boolean;
}

/** The part of a store that its appender needs. */
export interface AppenderPlace {
  readonly path: string;
  readonly view: ArchiveView;
  readonly monitor: Monitor;
}

/** A commit that is in the file, and on its way to the disk. */
export interface Commit {
  /** Resolves when it is durable; rejects with `ERR_COMMIT_UNKNOWN`. */
  readonly synced: Promise<void>;
  /** Bytes of its directory. */
  readonly directoryBytes: number;
}

/** Commits a store's changes to its file, one writer at a time. */
export class Appender {
  readonly #place: AppenderPlace;
  readonly #options: AppenderOptions;
  readonly #lock: LockFile;
  #failure: ZarrError | undefined;
  #isRunChecked = false;

  constructor(place: AppenderPlace, options: AppenderOptions) {
    this.#place = place;
    this.#options = options;
    this.#lock = new LockFile(place.path, { force: options.forceLock });
  }

  /**
   * Waits for the lock of the file, then appends a version with the changes that there are by then; none are left.
   *
   * @param onBegin - called when no change that is made later will be in the version
   * @returns `undefined` if there was nothing to write
   * @throws ZarrError `ERR_STORE_WRITE` - the system failed; `ERR_COMMIT_UNKNOWN` - it has before; and as `LockFile.acquire`
   */
  async commit(
    changes: PendingChanges,
    pending: PendingEntries,
    signal: AbortSignal,
    onBegin: () => void,
  ): Promise<Commit | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#acquire(signal);
      try {
        const commit = await changes.alone(async () => {
          onBegin();
          return changes.dirty ? await this.#commitLocked(changes, pending) : undefined;
        });
        if (commit !== "moved") return commit;
      } catch (error) {
        if (isZarrError(error, "ERR_COMMIT_UNKNOWN")) this.#failure = error;
        throw error;
      } finally {
        await this.#lock.release();
      }
    }
  }

  /** @throws ZarrError `ERR_LOCK_TIMEOUT`, `ERR_LOCK_UNAVAILABLE`; the signal's reason */
  async #acquire(signal?: AbortSignal): Promise<void> {
    const { monitor } = this.#place;
    try {
      locked(monitor, await this.#lock.acquire({ timeoutMs: this.#options.lockTimeoutMs, signal }));
    } catch (error) {
      if (isZarrError(error, "ERR_LOCK_TIMEOUT")) lockTimedOut(monitor, error);
      throw error;
    }
  }

  /** @returns "moved" if the file has lost its name: then nothing was done */
  async #commitLocked(changes: PendingChanges, pending: PendingEntries): Promise<Commit | "moved" | undefined> {
    const { view, monitor } = this.#place;
    const start = performance.now();
    const counts = { reruns: 0, recovered: "none" as CommitEvent["recovered"] };
    const report = (more: Pick<CommitEvent, "commit" | "bytes" | "error">) =>
      committed(monitor, { ...counts, ...more, heldMs: performance.now() - start });
    try {
      const file = this.#archive();
      const wasCutOff = await this.#checkRun(file);
      const target = { file, lock: this.#lock, durable: this.#options.durability === "full" };
      const append = async (archive: ArchiveReader) => {
        if ((await undoCommit(file, archive.directory)) || wasCutOff) counts.recovered = "undone";
        counts.reruns = await changes.rebase(async (work) => await work(archive));
        const { log, entries, isNeeded } = pending;
        const what = { log, entries, isNeeded, stages: changes.stages };
        const committed = await commitChanges({ ...target, base: archive.directory }, what);
        if (committed !== undefined && committed !== "moved")
          view.continueWith(archive.successor(committed.end, committed.directory));
        return committed;
      };
      const committed = await view.use(append, true);
      if (committed === "moved") return committed;
      await this.#lock.release();
      await changes.clear();
      report({ commit: committed?.commit, bytes: committed?.bytes ?? 0 });
      if (committed === undefined) return undefined;
      return { directoryBytes: committed.directoryBytes, synced: this.#noting(syncCommit(target, committed)) };
    } catch (error) {
      report({ commit: undefined, bytes: 0, error });
      throw error;
    }
  }

  /** The system is not started again while this process lives. @returns whether something was cut off */
  async #checkRun(file: WritableFile): Promise<boolean> {
    if (this.#isRunChecked) return false;
    const wasCutOff = await recoverAfterRestart(file, this.#lock);
    this.#isRunChecked = true;
    return wasCutOff;
  }

  #noting(synced: Promise<void>): Promise<void> {
    synced.catch((error) => {
      this.#failure = error;
    });
    return synced;
  }

  /**
   * Puts a new file in its place, so that no commit of another writer goes to a file that is about to vanish. Where locks do not work,
   * nobody can commit, and none is needed.
   */
  async publish(writer: ArchiveWriter): Promise<Awaited<ReturnType<ArchiveWriter["publish"]>>> {
    const canLock = hasLocks() && (await networkFileSystemOf(folderOf(this.#place.path))) === undefined;
    if (!canLock) return await writer.publish();
    await this.#acquire();
    try {
      await withdrawMark(this.#lock);
      return await writer.publish();
    } finally {
      await this.#lock.close();
    }
  }

  /** Makes durable what others have written. @throws ZarrError `ERR_STORE_WRITE` */
  async sync(): Promise<void> {
    await (await this.#lock.openArchive())?.sync();
  }

  /** True if a sync has failed, so that nothing is committed any more. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Number of descriptors that are open: of the file, and of the lock file. */
  get descriptors(): number {
    return this.#lock.descriptors;
  }

  /**
   * Checks that commits will be possible, and puts right what a killed writer has left, if no other is at work.
   * @throws ZarrError `ERR_LOCK_UNAVAILABLE`, `ERR_STORE_WRITE`
   */
  async begin(): Promise<void> {
    await this.#lock.check();
    await this.#lock.openArchive();
    if (!(await this.#lock.exists())) return;
    try {
      await this.#lock.acquire({ timeoutMs: 0 });
    } catch (error) {
      if (isZarrError(error, "ERR_LOCK_TIMEOUT")) return; // whoever has it does so
      throw error;
    }
    try {
      await recoverCommit(this.#archive(), this.#lock);
      this.#isRunChecked = true;
    } finally {
      await this.#lock.release();
    }
  }

  /** Releases the file and the lock file, which is removed if nobody else uses it. */
  async close(): Promise<void> {
    await this.#lock.close(this.#failure === undefined);
  }

  /** The file that has the path now. */
  #archive(): WritableFile {
    const { archive } = this.#lock;
    if (archive !== undefined) return archive;
    const { path } = this.#place;
    throw new ZarrError("ERR_NOT_FOUND", `${path} was moved or removed: open the file by the name that it has now`, {
      file: path,
    });
  }
}

import { WritableFile } from "../bytes/file.js";
import { hasLocks, networkFileSystemOf } from "../bytes/file-lock.js";
import { folderOf } from "../bytes/folder.js";
import { isZarrError, ZarrError } from "../errors.js";
import type { ArchiveReader } from "../zip/archive-reader.js";
import type { ArchiveWriter } from "../zip/archive-writer.js";
import { type Committed, commitChanges, recoverCommit } from "../zip/commit.js";
import { LockFile } from "../zip/lock-file.js";
import type { PendingEntries } from "../zip/pending-entries.js";
import type { ArchiveView } from "./archive-view.js";
import type { CommitEvent, Monitor } from "./monitor.js";
import type { PendingChanges } from "./pending-changes.js";

/** How a store writes into a file that others write, too. */
export interface AppenderOptions {
  readonly durability: "full" | "process";
  readonly lockTimeoutMs: number;
  readonly forceLock: boolean;
}

/** What an appender needs of its store. */
export interface AppenderPlace {
  readonly path: string;
  readonly view: ArchiveView;
  readonly monitor: Monitor;
}

/** Commits a store's changes to its file, one writer at a time. */
export class Appender {
  readonly #place: AppenderPlace;
  readonly #options: AppenderOptions;
  readonly #lock: LockFile;
  #file: WritableFile | undefined;
  #failure: ZarrError | undefined;

  constructor(place: AppenderPlace, options: AppenderOptions) {
    this.#place = place;
    this.#options = options;
    this.#lock = new LockFile(place.path, { force: options.forceLock });
  }

  /**
   * Runs `work` with the lock of the file.
   * @throws ZarrError `ERR_LOCK_TIMEOUT`, `ERR_LOCK_UNAVAILABLE`; the signal's reason
   */
  async locked<T>(work: (lock: LockFile) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { monitor } = this.#place;
    try {
      monitor.locked(await this.#lock.acquire({ timeoutMs: this.#options.lockTimeoutMs, signal }));
    } catch (error) {
      if (isZarrError(error, "ERR_LOCK_TIMEOUT")) monitor.lockTimedOut(error);
      throw error;
    }
    try {
      return await work(this.#lock);
    } finally {
      await this.#lock.release();
    }
  }

  /**
   * Appends a version with the changes, which are none any more then. Nobody may change them meanwhile.
   *
   * @returns `undefined` if there was nothing to write
   * @throws ZarrError `ERR_STORE_WRITE`, `ERR_COMMIT_UNKNOWN` - the system failed; and as {@link locked} and `PendingChanges.rebase`
   */
  async commit(changes: PendingChanges, pending: PendingEntries, signal?: AbortSignal): Promise<Committed | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!changes.dirty) return undefined;
    return await this.locked(async (lock) => {
      const start = performance.now();
      const event = { commit: undefined, bytes: 0, reruns: 0, recovered: "none" } as Omit<
        CommitEvent,
        "file" | "heldMs"
      >;
      const report = (more: Partial<CommitEvent>) => {
        this.#place.monitor.committed({ ...event, ...more, heldMs: performance.now() - start });
      };
      const durable = this.#options.durability === "full";
      try {
        const file = await this.#open();
        Object.assign(event, { recovered: await recoverCommit(file, lock, durable) });
        const committed = await this.#place.view.use(async (archive) => {
          checkIsWhole(file, archive);
          Object.assign(event, { reruns: await changes.rebase((work) => Promise.resolve(work(archive))) });
          return await commitChanges({ file, lock, base: archive.directory, durable }, pending);
        });
        await changes.clear();
        report(committed === undefined ? {} : { commit: committed.commit, bytes: committed.bytes });
        return committed;
      } catch (error) {
        report({ error });
        if (isZarrError(error, "ERR_COMMIT_UNKNOWN")) this.#failure = error;
        throw error;
      }
    }, signal);
  }

  /**
   * Puts a new file in its place, so that no commit of another writer goes to a file that is about to vanish. Where locks do not work,
   * nobody can commit, and none is needed.
   */
  async publish(writer: ArchiveWriter): Promise<Awaited<ReturnType<ArchiveWriter["publish"]>>> {
    const { path } = this.#place;
    const canLock = (await hasLocks()) && (await networkFileSystemOf(folderOf(path))) === undefined;
    try {
      return canLock ? await this.locked(() => writer.publish()) : await writer.publish();
    } finally {
      await this.#lock.close();
    }
  }

  /** Checks that commits will be possible. @throws ZarrError `ERR_LOCK_UNAVAILABLE`, `ERR_STORE_WRITE` */
  async check(): Promise<void> {
    await this.#lock.check();
    await this.#open();
  }

  /** Releases the file and the lock file, which goes if nobody else uses it. */
  async close(): Promise<void> {
    await this.#lock.close();
    await this.#file?.close();
    this.#file = undefined;
  }

  /** The file that has the path now. */
  async #open(): Promise<WritableFile> {
    if (this.#file?.hasItsName() === false) {
      await this.#file.close();
      this.#file = undefined;
    }
    this.#file ??= await WritableFile.open(this.#place.path);
    const { links } = this.#file.identity();
    if (links > 1 && !this.#options.forceLock) {
      const message = `${this.#place.path} has ${links} names (hard links), and each would have a lock of its own: copy the file, or, if all write by this name, open it with forceLock: true`;
      throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file: this.#place.path });
    }
    return this.#file;
  }
}

/** @throws ZarrError `ERR_STALE_STATE` - a program that takes no lock has written the file meanwhile */
function checkIsWhole(file: WritableFile, { directory }: ArchiveReader): void {
  const size = file.refresh();
  if (size === directory.end && file.hasItsName()) return;
  const message = `${file.name} has ${size} bytes, and its newest version ends at ${directory.end}: another program, which takes no lock, is writing it`;
  throw new ZarrError("ERR_STALE_STATE", message, { file: file.name });
}

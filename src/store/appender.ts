import { WritableFile } from "../bytes/file.js";
import { hasLocks, networkFileSystemOf } from "../bytes/file-lock.js";
import { folderOf } from "../bytes/folder.js";
import { isZarrError, ZarrError } from "../errors.js";
import { hasRoomForLink } from "../zip/archive-comment.js";
import type { ArchiveReader } from "../zip/archive-reader.js";
import type { ArchiveWriter } from "../zip/archive-writer.js";
import {
  type CommitTarget,
  type Committed,
  commitChanges,
  completeCommit,
  recoverCommit,
  syncCommit,
  unknownCommit,
} from "../zip/commit.js";
import { LockFile } from "../zip/lock-file.js";
import type { OfferAnswer } from "../zip/offer-records.js";
import type { OfferedWork, TakenOffer } from "../zip/offers.js";
import type { PendingEntries } from "../zip/pending-entries.js";
import type { ArchiveView } from "./archive-view.js";
import type { CommitEvent, Monitor } from "./monitor.js";
import type { PendingChanges } from "./pending-changes.js";
import type { OthersWork, SharedWork } from "./store.js";

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

/** What is to be reported of a commit. */
interface CommitCounts {
  reruns: number;
  carried: number;
  recovered: CommitEvent["recovered"];
  /** Set when the lock is free again. */
  heldMs: number | undefined;
}

/** A commit that is in the file, and on its way to the disk. */
export interface Commit {
  /** Resolves when it is durable; rejects with `ERR_COMMIT_UNKNOWN`. */
  readonly synced: Promise<void>;
  /** Bytes of its directory, unless another writer has made it. */
  readonly directoryBytes?: number;
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
   * Waits for the lock of the file.
   * @param offer - work that whoever has the lock may do instead
   * @returns what that gave, if somebody did it: then the lock is not held
   * @throws ZarrError `ERR_LOCK_TIMEOUT`, `ERR_LOCK_UNAVAILABLE`, `ERR_COMMIT_UNKNOWN`; the signal's reason
   */
  async #acquire(signal?: AbortSignal, offer?: OfferedWork): Promise<OfferAnswer | undefined> {
    const { monitor } = this.#place;
    try {
      const { answer, ...wait } = await this.#lock.acquire({ timeoutMs: this.#options.lockTimeoutMs, signal, offer });
      if (answer === undefined) monitor.locked(wait);
      return answer;
    } catch (error) {
      if (isZarrError(error, "ERR_LOCK_TIMEOUT")) monitor.lockTimedOut(error);
      throw error;
    }
  }

  /**
   * Appends a version with the changes, which are none any more then. Nobody may change them meanwhile.
   *
   * @returns `undefined` if there was nothing to write; else the commit, by this writer or, of work that can be shared, by another one
   * @throws ZarrError `ERR_STORE_WRITE` - the system failed; and as `LockFile.acquire` and `PendingChanges.rebase`
   */
  async commit(changes: PendingChanges, pending: PendingEntries, signal?: AbortSignal): Promise<Commit | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!changes.dirty) return undefined;
    const { shared } = changes;
    try {
      // A descriptor that is opened after a sync has failed may not be told of it.
      if (shared !== undefined) this.#file ??= await this.#open();
      const answer = await this.#acquire(signal, shared && offerOf(shared));
      if (answer !== undefined) return await this.#accept(changes, answer);
      try {
        return await this.#commitLocked(changes, pending, signal);
      } finally {
        await this.#lock.release();
      }
    } catch (error) {
      if (isZarrError(error, "ERR_COMMIT_UNKNOWN")) this.#failure = error;
      throw error;
    }
  }

  async #commitLocked(
    changes: PendingChanges,
    pending: PendingEntries,
    signal?: AbortSignal,
  ): Promise<Commit | undefined> {
    const start = performance.now();
    const counts: CommitCounts = { reruns: 0, carried: 0, recovered: "none", heldMs: undefined };
    const report = (more: Pick<CommitEvent, "commit" | "bytes" | "error">) => {
      const { heldMs = performance.now() - start, ...others } = counts;
      this.#place.monitor.committed({ ...others, ...more, heldMs, handedOver: false });
    };
    const release = async () => {
      await this.#lock.release();
      counts.heldMs = performance.now() - start;
    };
    try {
      const target = { file: await this.#open(), lock: this.#lock, durable: this.#options.durability === "full" };
      counts.recovered = await recoverCommit(target, false);
      const answer = await this.#lock.offers.settle();
      if (answer !== undefined) {
        await release();
        return await this.#accept(changes, answer);
      }
      signal?.throwIfAborted();
      const committed = await this.#append(target, changes, pending, counts, release);
      await changes.clear();
      report({ commit: committed?.commit, bytes: committed?.bytes ?? 0 });
      return committed && { ...committed, synced: this.#noting(syncCommit(target, committed)) };
    } catch (cause) {
      const error = (await this.#lock.withdraw()) ? cause : this.#lock.unanswered(cause);
      report({ commit: undefined, bytes: 0, error });
      throw error;
    }
  }

  /** What is to be done when another writer has committed the changes. */
  async #accept(changes: PendingChanges, { commit, result }: OfferAnswer): Promise<Commit> {
    changes.shared?.done(result);
    await changes.clear();
    const counts = { bytes: 0, heldMs: 0, reruns: 0, carried: 0, recovered: "none" } as const;
    this.#place.monitor.committed({ ...counts, commit, handedOver: true });
    return { synced: this.#noting(this.#syncAccepted(commit)) };
  }

  /** The mark is for those to move who know which file they have written. */
  async #syncAccepted(commit: string): Promise<void> {
    try {
      const file = await this.#open();
      if (this.#options.durability === "full") await file.sync();
    } catch (cause) {
      throw unknownCommit(this.#place.path, commit, cause);
    }
  }

  #noting(synced: Promise<void>): Promise<void> {
    synced.catch((error) => {
      this.#failure = error;
    });
    return synced;
  }

  /** @param release - frees the lock, when the file has the new version and others may go on */
  async #append(
    target: Omit<CommitTarget, "base">,
    changes: PendingChanges,
    pending: PendingEntries,
    counts: CommitCounts,
    release: () => Promise<void>,
  ): Promise<Committed | undefined> {
    const { view } = this.#place;
    let isReached = false;
    const append = async (archive: ArchiveReader) => {
      isReached = true;
      checkIsWhole(target.file, archive);
      const { reruns, claims } = await this.#rebase(changes, archive);
      counts.reruns = reruns;
      const committed = await commitChanges({ ...target, base: archive.directory }, pending, claims);
      counts.carried = claims?.length ?? 0;
      await release();
      if (committed !== undefined) view.continueWith(archive.successor(committed.end, committed.directory));
      return committed;
    };
    try {
      return await view.use(append, { isLocked: true });
    } catch (error) {
      const isBadTail = isZarrError(error, "ERR_ZIP_TAIL") || isZarrError(error, "ERR_ZIP");
      if (!isBadTail || isReached) throw error;
      counts.recovered = await recoverCommit(target, true);
      return await view.use(append, { isLocked: true });
    }
  }

  /** Makes the changes on what the file holds now, and with them those that other writers have offered meanwhile. */
  async #rebase(changes: PendingChanges, archive: ArchiveReader) {
    const { offers } = this.#lock;
    let taken: readonly (TakenOffer & OthersWork)[] = [];
    const join = async (own: SharedWork<void>) => {
      // Of a version that is not linked only a mark under the lock can say that it is whole, and those who are answered sync without it.
      if (!hasRoomForLink(archive.directory.comment)) return undefined;
      const work = await offers.take(offerOf(own)).catch(async (error) => {
        await offers.release();
        if (isZarrError(error)) return undefined; // what others offer cannot be read, and is theirs to commit
        throw error;
      });
      taken = work?.others ?? [];
      return work;
    };
    try {
      const reruns = await changes.rebase(async (work) => await work(archive), join);
      const claims = taken.flatMap(({ id, slot, result }) => (result === undefined ? [] : [{ id, slot, result }]));
      return { reruns, claims: taken.length > 0 ? claims : undefined };
    } catch (error) {
      if (taken.length > 0) await offers.release();
      throw error;
    }
  }

  /**
   * Puts a new file in its place, so that no commit of another writer goes to a file that is about to vanish. Where locks do not work,
   * nobody can commit, and none is needed.
   */
  async publish(writer: ArchiveWriter): Promise<Awaited<ReturnType<ArchiveWriter["publish"]>>> {
    const { path } = this.#place;
    const canLock = hasLocks() && (await networkFileSystemOf(folderOf(path))) === undefined;
    const replace = async (lock: LockFile) => {
      await completeCommit(path, lock).catch(() => undefined); // of a file that is damaged nothing can be completed
      // The mark speaks of the file that goes.
      if ((await lock.readRecords()).mark !== undefined) await lock.writeMark(undefined, true);
      return await writer.publish();
    };
    try {
      if (!canLock) return await writer.publish();
      await this.#acquire();
      return await replace(this.#lock);
    } finally {
      await this.#lock.close();
    }
  }

  /** Number of descriptors that are open: of the file, and of the lock file. */
  get descriptors(): number {
    return (this.#file === undefined ? 0 : 1) + (this.#lock.isOpen ? 1 : 0);
  }

  /**
   * Checks that commits will be possible, and puts right what a killed writer has left, if no other is at work.
   * @throws ZarrError `ERR_LOCK_UNAVAILABLE`, `ERR_STORE_WRITE`
   */
  async begin(): Promise<void> {
    await this.#lock.check();
    const file = await this.#open();
    if (!(await this.#lock.openExisting())) return;
    try {
      await this.#lock.acquire({ timeoutMs: 0 });
    } catch (error) {
      if (isZarrError(error, "ERR_LOCK_TIMEOUT")) return; // whoever has it does so
      throw error;
    }
    try {
      await recoverCommit({ file, lock: this.#lock }, false);
    } finally {
      await this.#lock.release();
    }
  }

  /**
   * As {@link begin}, and goes through what waiting for other writers takes.
   * @param payload - of work that others might do
   */
  async rehearse(payload: Uint8Array = new Uint8Array()): Promise<void> {
    await this.begin();
    await this.#lock.rehearse(payload);
    await this.#file?.sync();
  }

  /** Releases the file and the lock file, which goes if nobody else uses it. */
  async close(): Promise<void> {
    const file = this.#file;
    await this.#lock.close(async () => {
      // The lock file says what is not surely on the disk, and must not go before that is.
      if (this.#failure !== undefined) throw this.#failure;
      await file?.sync();
    });
    await file?.close();
    this.#file = undefined;
  }

  /** The file that has the path now. */
  async #open(): Promise<WritableFile> {
    if (this.#file?.hasItsName() === false) {
      await this.#file.close();
      this.#file = undefined;
    }
    this.#file ??= await WritableFile.open(this.#place.path);
    const { links } = this.#file;
    if (links > 1 && !this.#options.forceLock) {
      const message = `${this.#place.path} has ${links} names (hard links), and each would have a lock of its own: copy the file, or, if all write by this name, open it with forceLock: true`;
      throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file: this.#place.path });
    }
    return this.#file;
  }
}

/** Nobody asks for either where nobody else waits. */
function offerOf(work: SharedWork<void>): OfferedWork {
  return { kind: () => new TextEncoder().encode(work.kind()), payload: () => work.payload() };
}

/** @throws ZarrError `ERR_STALE_STATE` - a program that takes no lock has written the file meanwhile */
function checkIsWhole(file: WritableFile, { directory }: ArchiveReader): void {
  const { size } = file;
  if (size === directory.end) return;
  const message = `${file.name} has ${size} bytes, and its newest version ends at ${directory.end}: another program, which takes no lock, is writing it`;
  throw new ZarrError("ERR_STALE_STATE", message, { file: file.name });
}

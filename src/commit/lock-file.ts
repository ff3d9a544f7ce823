import { hostname } from "node:os";
import { threadId } from "node:worker_threads";
import { createBeside, nameBeside, openBeside, readBeside } from "../bytes/beside.js";
import { type FileSource, fileStatus, removeFile, syncFolderOf, WritableFile } from "../bytes/file.js";
import { networkFileSystemOf, requireLocks, tryLock, tryLockShared, unlock } from "../bytes/file-lock.js";
import { folderOf } from "../bytes/folder.js";
import { isZarrError, ZarrError } from "../errors.js";
import {
  formatMark,
  isOfAnotherRun,
  markBytes,
  noMark,
  parseMark,
  type StoredMark,
  type SyncMark,
} from "./lock-records.js";

/** Options for waiting for the lock of an archive. */
export interface LockOptions {
  /** Milliseconds to wait at most. */
  readonly timeoutMs: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The cost of waiting for a lock. */
export interface LockWait {
  /** Milliseconds. */
  readonly waitMs: number;
  /** Number of times that somebody else had it. */
  readonly retries: number;
}

/**
 * The locked byte of the archive: beyond every file, since Windows forbids others to read what is locked. The lock is that of the
 * inode, so that it holds whatever names the file has, and however the lock file was treated.
 */
const lockedByte = 2 ** 52;

/** The byte of the lock file that every process locks, shared, as long as it has the file open. */
const usersByte = 2 ** 30 - 1;

/** The mark is in a block of its own. */
const markOffset = 4096;

/** The place in which the lock's holder names itself, and its length in bytes. */
const holderOffset = 8192;
const holderBytes = 256;

/** Milliseconds between two attempts, and from when on, in milliseconds, somebody is taken to hold the lock for long. */
const shortestPauseMs = 1;
const longestPauseMs = 10;
const longWaitMs = 1000;

/** Attempts after which whoever waits looks whether the files that it has open still have their names. */
const looksPerName = 32;

/**
 * The locks of this thread that wait, by their archive, in the order in which they came. The first alone tries: otherwise one that
 * commits all the time would have the lock whenever another one looks.
 */
const waiting = new Map<string, LockFile[]>();

/**
 * The lock of an archive: a byte of the archive itself. A file beside it, which is there while somebody writes, says up to where the
 * disk has the archive, and who holds the lock.
 */
export class LockFile {
  readonly #path: string;
  readonly #force: boolean;
  #file: WritableFile | undefined;
  #archive: WritableFile | undefined;
  #isChecked = false;
  #isHeld = false;
  /** True if the mark is this instance's, which has seen to it that it holds in this run of the system. */
  #isMarkOwn = false;
  /** True if the disk has a mark, this one or an older one. */
  #isMarkOnDisk = false;
  /** The time that waiting has taken lately, in milliseconds. */
  #usualWaitMs = 0;
  /** Ends the pause before the next attempt. */
  #wake: () => void = () => undefined;

  /** @param force - whether to lock on a network file system, too */
  constructor(archive: string, { force }: { force: boolean }) {
    this.#path = archive;
    this.#force = force;
  }

  /** Number of descriptors that are open. */
  get descriptors(): number {
    return (this.#file === undefined ? 0 : 1) + (this.#archive === undefined ? 0 : 1);
  }

  /** The archive that has the name, for the lock's holder; `undefined` if there was none when it was locked. */
  get archive(): WritableFile | undefined {
    if (!this.#isHeld) throw new ZarrError("ERR_CLOSED", `the lock of ${this.#path} is not held`, { file: this.#path });
    return this.#archive;
  }

  /**
   * Waits for the lock.
   *
   * @throws ZarrError `ERR_LOCK_TIMEOUT` - somebody else has it for too long; `ERR_LOCK_UNAVAILABLE`; the signal's reason
   * @throws ZarrError `ERR_STORE_WRITE` - the archive, or the folder, cannot be written to
   */
  async acquire({ timeoutMs, signal }: LockOptions): Promise<LockWait> {
    signal?.throwIfAborted();
    await this.check();
    const queue = waiting.get(this.#path) ?? [];
    waiting.set(this.#path, queue);
    queue.push(this);
    try {
      return await this.#acquire(queue, timeoutMs, signal);
    } finally {
      queue.splice(queue.indexOf(this), 1);
      if (queue.length === 0) waiting.delete(this.#path);
      else queue[0].#wake();
    }
  }

  async #acquire(queue: readonly LockFile[], timeoutMs: number, signal: AbortSignal | undefined): Promise<LockWait> {
    const start = performance.now();
    for (let retries = 0; ; retries++) {
      const file = this.#file ?? (await this.#open());
      const archive = this.#archive ?? (await this.openArchive());
      const waitMs = performance.now() - start;
      const mayTry = queue[0] === this || waitMs >= timeoutMs;
      if (mayTry && (archive === undefined || tryLock(archive, lockedByte))) {
        if (await this.#hasCurrentNames()) {
          this.#isHeld = true;
          this.#usualWaitMs += (waitMs - this.#usualWaitMs) / 4;
          await file.write(holderRecord(), holderOffset).catch(() => undefined); // it is for messages alone
          return { waitMs, retries };
        }
        if (archive !== undefined && archive === this.#archive) unlock(archive, lockedByte); // else it was closed
        continue;
      }
      if (waitMs >= timeoutMs) throw this.#timeout(waitMs, file, archive);
      if (retries % looksPerName === 0) await this.#hasCurrentNames(); // the one that has the name now may be free
      const isFirst = queue[0] === this;
      const pauseMs = isFirst ? this.#pauseMs(waitMs) : timeoutMs;
      // The pause of the first is over soon enough, and listening costs more than the attempt.
      await this.#pause(Math.max(shortestPauseMs, Math.min(pauseMs, timeoutMs - waitMs)), isFirst ? undefined : signal);
      signal?.throwIfAborted();
    }
  }

  /** Frees the lock. */
  async release(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.#archive !== undefined) unlock(this.#archive, lockedByte);
    const [next] = waiting.get(this.#path) ?? [];
    if (next !== undefined) next.#wake();
  }

  /** Up to where the disk has the archive, for the lock's holder. */
  readMark(): StoredMark | undefined {
    const mark = this.#file === undefined ? undefined : markOf(this.#file);
    this.#isMarkOnDisk = mark?.isOnDisk ?? false;
    return mark;
  }

  /**
   * Says up to where the disk has the archive. Nobody needs the lock for it: an older mark costs time, and no more.
   * @param mark - `undefined` where the archive is about to be replaced
   * @param durable - whether the mark itself has to be on the disk; one that is not there leaves an older one
   */
  async writeMark(mark: SyncMark | undefined, durable: boolean): Promise<void> {
    const file = await this.#open();
    const write = () => file.write(mark === undefined ? noMark : formatMark(mark, this.#isMarkOnDisk), markOffset);
    // A mark that nobody has lived to sync, or that could not be, must not be taken for one that the disk has.
    if (durable) this.#isMarkOnDisk = false;
    await write();
    this.#isMarkOwn = true;
    if (!durable) return;
    await file.sync();
    this.#isMarkOnDisk = true;
    if (mark !== undefined) await write();
  }

  /**
   * Ends all use, and removes the lock file if nobody else uses it: the archive is synced first, so that nothing depends on the mark.
   * @param removing - `false` leaves the file there, as is right when a sync has failed
   */
  async close(removing = true): Promise<void> {
    const file = this.#file;
    this.#isHeld = false;
    try {
      if (removing && file?.hasItsName() && this.#isLastUser(file)) await this.#remove(file);
    } catch (error) {
      if (!isZarrError(error)) throw error; // what the system fails leaves the file there, which is never wrong
    } finally {
      this.#file = undefined;
      const archive = this.#archive;
      this.#archive = undefined;
      await Promise.allSettled([file?.close(), archive?.close()]);
    }
  }

  #isLastUser(file: WritableFile): boolean {
    unlock(file, usersByte);
    return tryLock(file, usersByte);
  }

  /** Whoever opens the lock file meanwhile finds that it has lost its name when it has the lock of the archive. */
  async #remove(file: WritableFile): Promise<void> {
    await this.#hasCurrentNames(); // of an archive that was replaced, the new one is meant
    const archive = await this.openArchive();
    if (archive !== undefined && !tryLock(archive, lockedByte)) return;
    if (!(await this.#hasCurrentNames())) return;
    const mark = this.#isMarkOwn ? undefined : markOf(file);
    // Whoever commits next finds out by it what the disk has kept.
    if (archive !== undefined && mark !== undefined && mark.end !== archive.size && isOfAnotherRun(mark)) return;
    await archive?.sync();
    await removeFile(file.name);
  }

  /** Checks that there are locks here, and that they hold. @throws ZarrError `ERR_LOCK_UNAVAILABLE` */
  async check(): Promise<void> {
    if (this.#isChecked) return;
    requireLocks(this.#path);
    if (!this.#force) await this.#checkFileSystem();
    this.#isChecked = true;
  }

  async #checkFileSystem(): Promise<void> {
    const name = await networkFileSystemOf(folderOf(this.#path));
    if (name === undefined) return;
    const message = `${this.#path} is on ${name}, where writers on several hosts may not see each other's locks: write on a local disk, or, if only one host writes, open it with forceLock: true`;
    throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file: this.#path });
  }

  /** True if there is a lock file: a writer is at work, or was killed. */
  async exists(): Promise<boolean> {
    return this.#file !== undefined || (await fileStatus(lockFileName(this.#path))) !== undefined;
  }

  /** True if archive and lock file can still be found by their names. A file that has lost its name is closed. */
  async #hasCurrentNames(): Promise<boolean> {
    const isReplaced =
      this.#archive === undefined ? (await fileStatus(this.#path)) !== undefined : !this.#archive.hasItsName();
    if (isReplaced) await this.#closeArchive();
    const isRemoved = this.#file?.hasItsName() === false;
    if (isRemoved) {
      const file = this.#file;
      this.#file = undefined;
      await file?.close();
    }
    return !isReplaced && !isRemoved;
  }

  async #closeArchive(): Promise<void> {
    const archive = this.#archive;
    this.#archive = undefined;
    await archive?.close();
  }

  /** The archive that has the name now; `undefined` if there is none. @throws ZarrError `ERR_STORE_WRITE` */
  async openArchive(): Promise<WritableFile | undefined> {
    if (this.#archive !== undefined) return this.#archive;
    this.#archive = await WritableFile.open(this.#path).catch((error) => {
      if (isZarrError(error, "ERR_NOT_FOUND")) return undefined;
      throw error;
    });
    return this.#archive;
  }

  async #open(): Promise<WritableFile> {
    while (this.#file === undefined) {
      try {
        this.#begin(await openBeside(lockFileName(this.#path), this.#path));
      } catch (error) {
        if (!isZarrError(error, "ERR_NOT_FOUND")) throw error;
        await this.#create();
      }
    }
    return this.#file;
  }

  #begin(file: WritableFile): void {
    this.#file = file;
    tryLockShared(file, usersByte);
  }

  async #create(): Promise<void> {
    try {
      this.#begin(await createBeside(lockFileName(this.#path), this.#path));
      await syncFolderOf(this.#path);
    } catch (error) {
      if (!isZarrError(error, "ERR_EXISTS")) throw error; // another writer was first
    }
  }

  /**
   * The time to wait before the next attempt. Where many wait, each tries less often, but more often when it has waited for longer
   * than usual. The times vary, so that nobody is always late.
   */
  #pauseMs(waitedMs: number): number {
    if (waitedMs > longWaitMs) return longestPauseMs;
    const isLate = waitedMs > 2 * this.#usualWaitMs;
    const mean = Math.min(longestPauseMs, this.#usualWaitMs / (isLate ? 24 : 6));
    return Math.max(shortestPauseMs, mean) * (0.5 + Math.random());
  }

  /** Waits until it is woken, or the time is over, or the signal is aborted. */
  async #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener("abort", this.#wake);
    });
    signal?.removeEventListener("abort", this.#wake);
    this.#wake = () => undefined;
  }

  #timeout(waitedMs: number, file: FileSource, archive: WritableFile | undefined): ZarrError {
    // The lock of a writer is exclusive, and whoever has a shared one has left no name: the last writer's may still be there.
    const isShared = archive !== undefined && tryLockShared(archive, lockedByte);
    if (isShared) unlock(archive, lockedByte);
    const holder = isShared ? sharedHolder : holderOf(file);
    const message = `${this.#path} has been locked for ${Math.round(waitedMs)} ms by ${holder}: try again later, or raise lockTimeoutMs`;
    return new ZarrError("ERR_LOCK_TIMEOUT", message, { file: this.#path, holder });
  }
}

/** Name of the file beside an archive. */
function lockFileName(archive: string): string {
  return nameBeside(archive, ".lock");
}

/** Up to where the disk has an archive, for whoever does not hold the lock. What no writer of the archive has made says nothing. */
export async function readMark(archive: FileSource): Promise<SyncMark | undefined> {
  const file = await readBeside(lockFileName(archive.name), archive);
  try {
    return file === undefined ? undefined : markOf(file);
  } finally {
    await file?.close();
  }
}

function markOf(file: FileSource): StoredMark | undefined {
  const size = Math.min(markBytes, file.size - markOffset);
  return size <= 0 ? undefined : parseMark(file.readSync(markOffset, size));
}

/** Whoever holds a shared lock, as the message of a timeout calls it. */
const sharedHolder =
  "a program that left no name: any program that may read the file can hold a shared lock on it (on Linux, /proc/locks names the process)";

let host: string | undefined;

function holderRecord(): Uint8Array {
  host ??= hostname();
  const holder = { pid: process.pid, thread: threadId, host, since: new Date().toISOString() };
  return Buffer.from(JSON.stringify(holder).slice(0, holderBytes).padEnd(holderBytes));
}

function holderOf(file: FileSource): string {
  const size = Math.min(holderBytes, file.refresh() - holderOffset);
  const text = size <= 0 ? "" : new TextDecoder().decode(file.readSync(holderOffset, size)).trim();
  try {
    const { pid, thread, host, since } = JSON.parse(text);
    return `process ${pid}${thread === 0 ? "" : `, thread ${thread},`} on ${host} since ${since}`;
  } catch {
    return "a writer that has not left its name yet"; // it has just taken the lock, or has the file by another name
  }
}

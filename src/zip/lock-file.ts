import { hostname } from "node:os";
import { threadId } from "node:worker_threads";
import { createBeside, nameBeside, openBeside, readBeside } from "../bytes/beside.js";
import { concatenate } from "../bytes/concatenate.js";
import { type FileSource, removeFile, syncFolderOf, type WritableFile } from "../bytes/file.js";
import { networkFileSystemOf, requireLocks, tryLock, tryLockShared, unlock } from "../bytes/file-lock.js";
import { folderOf } from "../bytes/folder.js";
import { isZarrError, ZarrError } from "../errors.js";
import {
  type CommitIntent,
  formatIntent,
  formatMark,
  intentBytes,
  markBytes,
  noRecord,
  parseIntent,
  parseMark,
  type SyncMark,
} from "./lock-records.js";
import { type Claim, claimsOffset, formatClaims, type OfferAnswer, parseClaims } from "./offer-records.js";
import { type OfferedWork, Offers } from "./offers.js";

/** How to wait for the lock of an archive. */
export interface LockOptions {
  /** Milliseconds to wait at most. */
  readonly timeoutMs: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Work that whoever has the lock may do instead: see {@link LockWait.answer}. */
  readonly offer?: OfferedWork | undefined;
}

/** What waiting for a lock took. */
export interface LockWait {
  /** Milliseconds. */
  readonly waitMs: number;
  /** Number of times that somebody else had it. */
  readonly retries: number;
  /** Present where somebody else has done what was offered: the lock is not held then. */
  readonly answer?: OfferAnswer | undefined;
}

/** The locked byte: far from what the file holds, since Windows forbids others to read what is locked. */
const lockedByte = 2 ** 30;

/** The byte that everybody locks who has the file open, together with all others who do. */
const usersByte = lockedByte - 1;

/** The intent is at the start, the mark in a block of its own. */
const markOffset = 4096;

/** Where the lock's holder says who it is, and in how many bytes. */
const holderOffset = 8192;
const holderBytes = 256;

/** Milliseconds between two attempts, and from when on, in milliseconds, somebody is taken to hold the lock for long. */
const shortestPauseMs = 1;
const longestPauseMs = 10;
const longWaitMs = 1000;

/**
 * The lock of an archive, and the intent of the commit under way: a file beside it, which is there while somebody writes. The
 * archive itself is never locked, since it may be replaced.
 */
export class LockFile {
  readonly #archive: string;
  readonly #force: boolean;
  #file: WritableFile | undefined;
  #isChecked = false;
  #offers: Offers | undefined;
  #isHeld = false;
  /** What the file says, while the lock is held: nobody else changes it then but to advance the mark. */
  #records: LockRecords | undefined;
  /** What waiting has taken lately, in milliseconds. */
  #usualWaitMs = 0;

  /** @param force - whether to lock on a network file system, too */
  constructor(archive: string, { force }: { force: boolean }) {
    this.#archive = archive;
    this.#force = force;
  }

  get path(): string {
    return lockFileName(this.#archive);
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Opens the file if there is one, so that {@link close} removes it if nobody needs it. Returns whether there is. */
  async openExisting(): Promise<boolean> {
    try {
      if (this.#file === undefined) this.#begin(await openBeside(this.path, this.#archive));
      return true;
    } catch (error) {
      if (isZarrError(error, "ERR_NOT_FOUND")) return false;
      throw error;
    }
  }

  /**
   * Waits for the lock, or until the work that is offered has been done by somebody else. Who gets the lock has to
   * {@link Offers.settle} what it has offered.
   *
   * @throws ZarrError `ERR_LOCK_TIMEOUT` - somebody else has it for too long; `ERR_LOCK_UNAVAILABLE`; the signal's reason
   * @throws ZarrError `ERR_COMMIT_UNKNOWN` - somebody has begun to do the work, and does not end
   */
  async acquire(options: LockOptions): Promise<LockWait> {
    options.signal?.throwIfAborted();
    await this.check();
    try {
      return await this.#wait(options);
    } catch (error) {
      throw (await this.withdraw()) ? error : this.unanswered(error);
    }
  }

  /** Takes back what was offered; `false` if somebody may have begun to do it, so that nobody knows what becomes of it. */
  async withdraw(): Promise<boolean> {
    return (await this.#offers?.withdraw().catch(() => false)) ?? true;
  }

  /** The error for work that could not be withdrawn. */
  unanswered(cause?: unknown): ZarrError {
    const message = `another writer of ${this.#archive} has begun to commit this together with its own changes, and gave no answer, so that nobody knows whether it is there: open the file again, and look for it`;
    return new ZarrError("ERR_COMMIT_UNKNOWN", message, { file: this.#archive }, cause);
  }

  async #wait({ timeoutMs, signal, offer }: LockOptions): Promise<LockWait> {
    const start = performance.now();
    let offeredTo: Offers | undefined;
    for (let retries = 0; ; retries++) {
      const file = await this.#open();
      const { offers } = this;
      const waited = () => ({ waitMs: performance.now() - start, retries });
      const answer = offers.answer();
      if (answer !== undefined) return { ...this.#noted(waited()), answer };
      if (signal?.aborted && (await offers.withdraw())) throw signal.reason; // which no pause is long enough to keep waiting
      if (tryLock(file, lockedByte)) {
        // A file that was removed while we waited for it is nobody's lock any more.
        if (file.hasItsName()) {
          this.#isHeld = true;
          this.#records = undefined;
          await file.write(holderRecord(), holderOffset).catch(() => undefined); // it is for messages alone
          return this.#noted(waited());
        }
        const lateAnswer = offers.answer();
        if (lateAnswer === undefined && !(await offers.withdraw())) throw this.unanswered();
        await this.#closeFile();
        if (lateAnswer !== undefined) return { ...waited(), answer: lateAnswer };
        continue;
      }
      const { waitMs } = waited();
      if (waitMs >= timeoutMs && (await offers.withdraw())) throw await this.#timeout(waitMs);
      if (waitMs >= 2 * timeoutMs + longWaitMs) throw await this.#timeout(waitMs); // of what could not be withdrawn
      if (offer !== undefined && offeredTo !== offers) {
        offeredTo = offers;
        await offers.offer(offer);
      }
      const leftMs = timeoutMs - waitMs;
      const pauseMs = leftMs < 0 ? longestPauseMs : Math.max(shortestPauseMs, Math.min(this.#pauseMs(waitMs), leftMs));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Goes through an offer that nobody takes, and leaves nothing of it. */
  async rehearse(payload: Uint8Array): Promise<void> {
    await this.check();
    await this.#open();
    await this.offers.offer({ kind: () => new Uint8Array(), payload: () => payload });
    await this.offers.settle();
  }

  /** What writers that wait offer to the holder of the lock. To be asked for once the lock file is open. */
  get offers(): Offers {
    if (this.#offers === undefined) throw this.#notHeld();
    return this.#offers;
  }

  #noted(wait: LockWait): LockWait {
    this.#usualWaitMs += (wait.waitMs - this.#usualWaitMs) / 4;
    return wait;
  }

  /** Frees the lock. */
  async release(): Promise<void> {
    if (!this.#isHeld || this.#file === undefined) return;
    this.#isHeld = false;
    unlock(this.#file, lockedByte);
  }

  /** What the file says, for the lock's holder. */
  async readRecords(): Promise<LockRecords> {
    this.#records ??= recordsOf(this.#held());
    return this.#records;
  }

  /**
   * Not made durable: it is for those who find the writer dead. What a loss of power leaves tells itself.
   * @param claims - work of others that is in the commit, too
   */
  async writeIntent(intent: CommitIntent, claims: readonly Claim[] = []): Promise<void> {
    this.#records = undefined;
    await this.#held().write(concatenate([formatIntent(intent), formatClaims(claims)]), 0);
  }

  async clearIntent(): Promise<void> {
    this.#records = undefined;
    await this.#held().write(noRecord, 0);
  }

  /**
   * Says up to where the disk has the archive. Nobody needs the lock for it: an older mark costs time, and no more.
   * @param mark - `undefined` where the archive is about to be replaced
   * @param durable - whether the mark itself has to be on the disk; one that is not there leaves an older one
   */
  async writeMark(mark: SyncMark | undefined, durable: boolean): Promise<void> {
    this.#records = undefined;
    const file = await this.#open();
    await file.write(mark === undefined ? noRecord : formatMark(mark), markOffset);
    if (durable) await file.sync();
  }

  /**
   * Ends the use of the file, and removes it if nobody else uses it and no commit was left half done.
   * @param syncArchive - called before it is removed: what it says of the archive must not be needed any more
   */
  async close(syncArchive: () => Promise<void> = async () => undefined): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    try {
      unlock(file, usersByte);
      const isOurs = tryLock(file, usersByte) && tryLock(file, lockedByte) && file.hasItsName();
      if (!isOurs || recordsOf(file).intent !== undefined) return;
      await syncArchive();
      await removeFile(file.name);
    } catch (error) {
      if (!isZarrError(error)) throw error; // what the system fails leaves the file there, which is never wrong
    } finally {
      await this.#closeFile();
    }
  }

  /**
   * How long to wait before the next attempt. Where many wait, each tries less often, but more often when it has waited for longer
   * than usual. The times vary, so that nobody is always late.
   */
  #pauseMs(waitedMs: number): number {
    if (waitedMs > longWaitMs) return longestPauseMs;
    const isLate = waitedMs > 2 * this.#usualWaitMs;
    const mean = Math.min(longestPauseMs, this.#usualWaitMs / (isLate ? 24 : 6));
    return Math.max(shortestPauseMs, mean) * (0.5 + Math.random());
  }

  #held(): WritableFile {
    if (this.#isHeld && this.#file !== undefined) return this.#file;
    throw this.#notHeld();
  }

  #notHeld(): ZarrError {
    return new ZarrError("ERR_CLOSED", `the lock of ${this.#archive} is not held`, { file: this.#archive });
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#offers = undefined;
    this.#isHeld = false;
    await file?.close();
  }

  async #open(): Promise<WritableFile> {
    while (this.#file === undefined) if (!(await this.openExisting())) await this.#create();
    return this.#file;
  }

  #begin(file: WritableFile): void {
    this.#file = file;
    this.#offers = new Offers(file);
    tryLockShared(file, usersByte);
  }

  async #create(): Promise<void> {
    try {
      this.#begin(await createBeside(this.path, this.#archive));
      await syncFolderOf(this.path);
    } catch (error) {
      if (!isZarrError(error, "ERR_EXISTS")) throw error; // another writer was first
    }
  }

  /** Checks that there are locks here, and that they hold. @throws ZarrError `ERR_LOCK_UNAVAILABLE` */
  async check(): Promise<void> {
    if (this.#isChecked) return;
    requireLocks(this.#archive);
    if (!this.#force) await this.#checkFileSystem();
    this.#isChecked = true;
  }

  async #checkFileSystem(): Promise<void> {
    const name = await networkFileSystemOf(folderOf(this.path));
    if (name !== undefined) {
      const message = `${this.#archive} is on ${name}, where writers on several hosts may not see each other's locks: write on a local disk, or, if only one host writes, open it with forceLock: true`;
      throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file: this.#archive });
    }
  }

  async #timeout(waitedMs: number): Promise<ZarrError> {
    const holder = await holderOf(await this.#open());
    const message = `${this.#archive} has been locked for ${Math.round(waitedMs)} ms by ${holder}: try again later, or raise lockTimeoutMs`;
    return new ZarrError("ERR_LOCK_TIMEOUT", message, { file: this.#archive, holder });
  }
}

/** Name of the file that locks an archive. */
function lockFileName(archive: string): string {
  return nameBeside(archive, ".lock");
}

/** What a lock file says; without one nothing. */
export interface LockRecords {
  /** The commit that is under way, or was when its writer ended. */
  readonly intent?: CommitIntent | undefined;
  /** Up to where the disk has the archive. */
  readonly mark?: SyncMark | undefined;
  /** Work of other writers that the holder of the lock has begun to do; an empty list if that is not to be read. */
  readonly claims?: readonly Claim[] | undefined;
}

/** The records of an archive's lock file, for who does not hold the lock. What no writer of the archive has made says nothing. */
export async function readLockRecords(archive: FileSource): Promise<LockRecords> {
  const file = await readBeside(lockFileName(archive.name), archive);
  try {
    return file === undefined ? {} : recordsOf(file);
  } finally {
    await file?.close();
  }
}

function recordsOf(file: FileSource): LockRecords {
  const bytes = file.readSync(0, Math.min(file.refresh(), markOffset + markBytes));
  const claims = parseClaims(bytes.subarray(claimsOffset, markOffset));
  return { intent: parseIntent(bytes.subarray(0, intentBytes)), mark: parseMark(bytes.subarray(markOffset)), claims };
}

let host: string | undefined;

function holderRecord(): Uint8Array {
  host ??= hostname();
  const holder = { pid: process.pid, thread: threadId, host, since: new Date().toISOString() };
  return new TextEncoder().encode(JSON.stringify(holder).slice(0, holderBytes).padEnd(holderBytes));
}

async function holderOf(file: FileSource): Promise<string> {
  const size = Math.min(holderBytes, file.refresh() - holderOffset);
  const text = size <= 0 ? "" : new TextDecoder().decode(file.readSync(holderOffset, size)).trim();
  try {
    const { pid, thread, host, since } = JSON.parse(text);
    return `process ${pid}${thread === 0 ? "" : `, thread ${thread},`} on ${host} since ${since}`;
  } catch {
    return "a writer that has not said who it is"; // it has just taken the lock
  }
}

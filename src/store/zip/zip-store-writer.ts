import { atExit, notAtExit } from "../../bytes/at-exit.js";
import { fileStatus, syncFolderOf, WritableFile } from "../../bytes/file.js";
import { hasLocks } from "../../bytes/file-lock.js";
import { createPartFile, discardPart, removeDeadParts } from "../../bytes/part-file.js";
import { ArchiveWriter } from "../../commit/archive-writer.js";
import { EntryLog, type NamedValue } from "../../commit/entry-log.js";
import { PendingEntries } from "../../commit/pending-entries.js";
import { isZarrError, ZarrError } from "../../errors.js";
import type { ArchiveReader } from "../../zip/archive-reader.js";
import type { Outcome, StoreValues, TransactionOptions, TransactionWork } from "../store.js";
import { Appender } from "./appender.js";
import { ArchiveContents, type EntrySink } from "./archive-contents.js";
import type { ArchiveView } from "./archive-view.js";
import { CommitQueue } from "./commit-queue.js";
import { type Monitor, usageOf } from "./monitor.js";
import { checkIsNotWithin, runGiven } from "./own-work.js";
import { type Change, mergedBefore, PendingChanges } from "./pending-changes.js";
import { repack } from "./repack.js";
import { nameOfStage, parseStage, removeStage, stagedReads, stagedValues, writeStage, type ZipStage } from "./stage.js";
import type { ZipStoreSettings } from "./zip-store-options.js";

/** Changes in memory, at most, in bytes; more go to a part file. */
const maxBuffered = 64 * 2 ** 20;

/** A read that so many commits have come into keeps the next one waiting. */
const mostReadsBetween = 3;

/** Stages that are merged before they are committed: a commit names each of them. */
const mostStages = 500;

/** The smallest batch that is committed without being asked, in bytes. */
const smallestBatch = 8 * 2 ** 20;

/** The writing side of a store: first, in the modes that ask for it, into a new file beside its place; then into the file. */
export class ZipStoreWriter {
  /** The contents of the file, with the changes that are not in it yet. */
  readonly contents: ArchiveContents;
  readonly #settings: ZipStoreSettings;
  readonly #view: ArchiveView;
  readonly #appender: Appender;
  readonly #pending: PendingEntries;
  readonly #changes: PendingChanges;
  /** Present until the new file is in its place. */
  #newArchive: ArchiveWriter | undefined;
  /** True if the file may have 0 bytes. */
  #isBlank = false;
  #directoryBytes = 0;
  /** Settles when every commit so far is on the disk. */
  #synced: Promise<void> = Promise.resolve();
  readonly #queue = new CommitQueue<void>((signal, onBegin) => this.#commit(signal, onBegin));
  /** Changes that others have staged, until these are in the file for good. */
  readonly #stages = new Map<Change, ZipStage>();

  private constructor(settings: ZipStoreSettings, view: ArchiveView, monitor: Monitor, newArchive?: ArchiveWriter) {
    this.#settings = settings;
    this.#view = view;
    this.#appender = new Appender({ path: settings.path, view, monitor }, settings);
    const log = new EntryLog(settings.path, entryOptions(settings), () => createPartFile(settings.path), maxBuffered);
    this.#pending = new PendingEntries(log);
    this.#newArchive = newArchive;
    this.contents = new ArchiveContents(
      () => this.sink,
      (work) => view.use(work),
      monitor,
    );
    this.#changes = new PendingChanges(settings, this.contents, this.sink);
  }

  /**
   * Does what the mode says of the file: `w` and `w-` begin a new one, `a` creates one of 0 bytes where there is none.
   * Throws as `ZipStore.open`.
   */
  static async open(settings: ZipStoreSettings, view: ArchiveView, monitor: Monitor): Promise<ZipStoreWriter> {
    const { path, mode } = settings;
    if (mode === "w" || mode === "w-") {
      const isDurable = settings.durability === "full";
      const options = { ...entryOptions(settings), exclusive: mode === "w-", isDurable };
      return new ZipStoreWriter(settings, view, monitor, await ArchiveWriter.create(path, options));
    }
    const writer = new ZipStoreWriter(settings, view, monitor);
    try {
      if (mode === "a") await createFile(settings);
      await removeDeadParts(path); // one may be a second name of the file, which its writer did not live to remove
      await writer.#appender.begin();
      writer.#isBlank = await view.use(({ directory }) => directory.end === 0);
      return writer;
    } catch (error) {
      await writer.#appender.close();
      throw error;
    }
  }

  /** A writer into a file that exists, which is looked for when something is committed. */
  static restore(settings: ZipStoreSettings, view: ArchiveView, monitor: Monitor): ZipStoreWriter {
    hasLocks(); // loads what locks need, for which the first commit would wait otherwise
    return new ZipStoreWriter(settings, view, monitor);
  }

  /** As {@link restore}: that of another file, in place of this one. */
  restored(settings: ZipStoreSettings, view: ArchiveView, monitor: Monitor): ZipStoreWriter {
    return ZipStoreWriter.restore(settings, view, monitor);
  }

  /** Runs a caller's work for a transaction, which must not call the store meanwhile. */
  async runGiven<T>(work: () => Promise<T>): Promise<T> {
    return await runGiven(this, work);
  }

  /** @throws ZarrError `ERR_ARGUMENT` - a transaction calls its own store */
  checkIsNotWithin(): void {
    checkIsNotWithin(this, this.#settings.path);
  }

  /** The changes that are not in the file. */
  get sink(): EntrySink {
    return this.#newArchive ?? this.#pending;
  }

  /** Runs `read`, and again if this store has committed meanwhile: what was pending is in another version then. */
  async between<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < mostReadsBetween; attempt++) {
      const { clears } = this.#changes;
      try {
        const result = await read();
        if (clears === this.#changes.clears) return result;
      } catch (error) {
        if (clears === this.#changes.clears) throw error;
      }
    }
    return await this.#changes.together(read);
  }

  /** True if the file is not in its place yet. */
  get isNew(): boolean {
    return this.#newArchive !== undefined;
  }

  /** True if there are changes that are not in the file. */
  get dirty(): boolean {
    return this.#newArchive?.dirty ?? this.#changes.dirty;
  }

  /** True if nothing can be committed any more: a new archive could not be written, or nobody knows what the disk has. */
  get hasFailed(): boolean {
    return this.#newArchive?.hasFailed ?? this.#appender.hasFailed;
  }

  /** True if the file lacks something, or is not there yet. */
  get isUnflushed(): boolean {
    return this.isNew || this.dirty;
  }

  /** Changes that are not in the file, in bytes, and how many of these are in a part file. */
  get pendingBytes(): { readonly bytes: number; readonly spilled: number } {
    return { bytes: this.#changes.bytes, spilled: this.#pending.log.spilled };
  }

  /**
   * Sets the value of a name, or removes it with `undefined`. `value` must not change until the promise resolves.
   * @param expected - what the name must have when this is committed, `null` for nothing; without it, whatever it has
   * @throws ZarrError `ERR_CONFLICT` - it has something else
   */
  async set(name: string, value: Uint8Array | undefined, expected?: Uint8Array | null): Promise<void> {
    if (expected !== undefined) return await this.#setExpecting(name, copyOf(value), copyOf(expected));
    await this.#changes.set(name, value);
    this.#watch();
    await this.#flushIfDue();
  }

  /** As {@link set}, of many in one step. */
  async setMany(values: readonly NamedValue[]): Promise<void> {
    await this.#changes.setMany(values);
    this.#watch();
    await this.#flushIfDue();
  }

  async #setExpecting(name: string, value: Uint8Array | undefined, expected: Uint8Array | undefined): Promise<void> {
    const exchange = async (values: StoreValues) => {
      const found = await values.get(name);
      const isExpected = found === undefined || expected === undefined ? found === expected : isEqual(found, expected);
      if (!isExpected) throw unexpected(this.#settings.path, name, found);
      await (value === undefined ? values.delete(name) : values.set(name, value));
    };
    await this.transaction(exchange, { heldBytes: (value?.length ?? 0) + (expected?.length ?? 0) });
  }

  /** See `Store.transaction`. */
  async transaction<T>(work: TransactionWork<T>, options: TransactionOptions = {}): Promise<Outcome<T>> {
    const { commit = false, ahead = false, heldBytes, signal } = options;
    const outcome: { value: T } = { value: undefined as T };
    const run = async (values: StoreValues) => {
      outcome.value = await work(values);
    };
    if (!commit) {
      await this.#changes.transaction(run, { heldBytes });
      this.#watch();
      await this.#flushIfDue();
      return outcome;
    }
    const made = { heldBytes, isAwaited: true };
    const change = await (ahead || this.isNew ? this.#changes.transaction(run, made) : this.#changes.add(run, made));
    await this.#committed(change, signal);
    return { value: outcome.value, durable: this.#synced };
  }

  /** Waits until a change is in the file. @throws what withdrew it */
  async #committed(change: Change, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#queue.next(signal);
    } catch (error) {
      if (await this.#changes.withdraw(change, error)) throw error;
    }
    this.#watch();
    if (typeof change.fate === "object") throw change.fate.error;
  }

  /** Puts the new file in its place, or appends a version to it; throws as `ZipStore.flush`. */
  async flush(signal?: AbortSignal): Promise<void> {
    await this.#changes.telling(async () => {
      this.#pending.isNeeded = this.#isBlank;
      this.#isBlank = false;
      if (await this.#changes.alone(async () => this.isUnflushed)) await this.#queue.next(signal);
      this.#watch();
      await this.#synced;
      await this.#removeStages();
    });
  }

  async #commit(signal: AbortSignal, onBegin: () => void): Promise<void> {
    if (this.#newArchive !== undefined) return await this.#publish(this.#newArchive, onBegin);
    const commit = await this.#appender.commit(this.#changes, this.#pending, signal, onBegin);
    this.#pending.isNeeded = false;
    if (commit === undefined) return;
    this.#directoryBytes = commit.directoryBytes;
    this.#synced = Promise.all([this.#synced, commit.synced]).then(() => undefined);
    this.#synced.catch(() => undefined); // it is for whoever flushes to hear of
  }

  async #publish(archive: ArchiveWriter, onBegin: () => void): Promise<void> {
    await this.#changes.alone(async () => {
      onBegin();
      const written = await this.#appender.publish(archive);
      this.#newArchive = undefined;
      for (const change of this.#stages.keys()) change.fate = "committed";
      this.#changes.continueIn(this.#pending);
      await this.#view.openWritten(written); // the state says which file it is
    });
  }

  /** Puts the changes aside for another writer to commit: here they are gone then. */
  async stage(): Promise<ZipStage> {
    this.#checkIsThere("changes of it are staged");
    return await this.#changes.telling(() =>
      this.#changes.alone(() =>
        this.#view.use(async (archive) => {
          await this.#changes.rebase(async (work) => await work(archive));
          const { path } = this.#settings;
          const stage = await writeStage(path, entryOptions(this.#settings), this.#changes.forStage(), archive);
          await this.#changes.clear();
          this.#watch();
          return stage;
        }),
      ),
    );
  }

  /** Adds changes that other writers have staged, as one transaction each. Their files are removed when these are durable. */
  async merge(states: readonly unknown[]): Promise<void> {
    for (const state of states) {
      const stage = parseStage(this.#settings.path, state);
      const name = nameOfStage(stage);
      const isPending = (change: Change) => change.fate === undefined && change.stage?.uuid === name.uuid;
      if ([...this.#stages.keys()].some(isPending)) continue;
      if ((await fileStatus(stage.file)) === undefined) throw mergedBefore(stage.path);
      const work = async (archive?: ArchiveReader) => {
        if (!(await archive?.hasStage(name.base, name.uuid))) return await stagedReads(stage, archive);
        await this.#removeMerged(stage);
        throw mergedBefore(stage.path);
      };
      const reads = await (this.isNew ? work() : this.#view.use(work));
      this.#stages.set(await this.#changes.merge(name, reads, stagedValues(stage)), stage);
      this.#watch();
      if (this.#stages.size >= mostStages && !this.isNew) await this.flush();
      else await this.#flushIfDue();
    }
  }

  /** Removes the files of stages that are in the file for good. */
  async #removeStages(): Promise<void> {
    for (const [change, stage] of this.#stages) {
      const { fate } = change;
      if (fate === undefined) continue;
      this.#stages.delete(change);
      if (fate === "committed") await removeStage(stage);
      else if (isZarrError(fate.error, "ERR_NOT_FOUND")) await this.#removeMerged(stage);
    }
  }

  /** Removes the file of a stage that another writer has committed, and did not remove. */
  async #removeMerged(stage: ZipStage): Promise<void> {
    await this.#appender.sync();
    await removeStage(stage);
  }

  /** @param what - what cannot be done before */
  #checkIsThere(what: string): void {
    if (this.#newArchive === undefined) return;
    const { path } = this.#settings;
    throw new ZarrError("ERR_DIRTY", `${path} is not there yet: call flush() before ${what}`, { file: path });
  }

  /** Number of descriptors that are open. */
  get descriptors(): number {
    const parts = (this.#newArchive === undefined ? 0 : 1) + (this.#pending.log.spilled > 0 ? 1 : 0);
    return this.#appender.descriptors + parts;
  }

  /** Writes the file anew if that was asked for, and is worth it. */
  async repackIfDue(): Promise<void> {
    const { repackAbove, path, lockTimeoutMs, forceLock } = this.#settings;
    if (repackAbove === null || this.#newArchive !== undefined) return;
    const { deadShare } = await this.#view.use(usageOf);
    if (deadShare > repackAbove) await repack(path, { lockTimeoutMs, forceLock });
  }

  /** Discards what is not in the file, and releases everything. */
  async close(): Promise<void> {
    notAtExit(this);
    const { path } = this.#settings;
    const ended = `${path} was closed while it waited for another writer`;
    await this.#queue.end(new ZarrError("ERR_CLOSED", ended, { file: path }));
    await this.#synced.catch(() => undefined); // what it marks afterwards, it marks in a lock file that is still there
    await this.#newArchive?.abort();
    const part = await this.#pending.log.discard();
    if (part !== undefined) await discardPart(part);
    await this.#appender.close();
  }

  async #flushIfDue(): Promise<void> {
    if (this.#newArchive !== undefined) return;
    const batch = this.#settings.batchBytes ?? Math.max(smallestBatch, 4 * this.#directoryBytes);
    if (this.#changes.bytes > batch) await this.flush();
  }

  /** Sees to it that whoever lets the program end with changes that are not in the file is told. */
  #watch(): void {
    if (this.dirty) atExit(this, this.#warn);
    else notAtExit(this);
  }

  readonly #warn = (): void => {
    const { path } = this.#settings;
    const changes = this.#newArchive === undefined ? this.#changes.count : [...this.#newArchive.names()].length;
    const message = `${path} was neither closed nor flushed, and its unflushed changes (${changes}) are lost: call close() or flush() before the program ends, or abort() to discard them`;
    // process.emitWarning() leaves it to the next tick, and now there is none.
    process.emit("warning", Object.assign(new Error(message), { name: "ZarrZipWarning" }));
  };
}

function entryOptions({ compression, zip64, modified }: ZipStoreSettings) {
  return { method: compression, zip64, modified: modified === null ? undefined : new Date(modified) } as const;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function unexpected(file: string, key: string, found: Uint8Array | undefined): ZarrError {
  const has = found === undefined ? "no value" : `another value of ${found.length} bytes`;
  const message = `${JSON.stringify(key)} of ${file} has ${has}, not the one that was expected: read it again, and try again`;
  return new ZarrError("ERR_CONFLICT", message, { file, key });
}

/** Creates the file, unless another writer does so first. */
async function createFile({ path, durability }: ZipStoreSettings): Promise<void> {
  try {
    await (await WritableFile.create(path)).close();
    if (durability === "full") await syncFolderOf(path);
  } catch (error) {
    if (!isZarrError(error, "ERR_EXISTS")) throw error;
  }
}

/** A copy, also of a Buffer, of which slice() would be a view. */
function copyOf(bytes: Uint8Array | null | undefined): Uint8Array | undefined {
  return bytes ? new Uint8Array(bytes) : undefined;
}

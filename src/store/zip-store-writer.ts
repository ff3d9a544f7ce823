import { atExit, notAtExit } from "../bytes/at-exit.js";
import { concatenate } from "../bytes/concatenate.js";
import { syncFolderOf, WritableFile } from "../bytes/file.js";
import { hasLocks } from "../bytes/file-lock.js";
import { createPartFile, discardPart, removeDeadParts } from "../bytes/part-file.js";
import { whileUnderWay } from "../bytes/while-under-way.js";
import { isZarrError, ZarrError } from "../errors.js";
import { ArchiveWriter } from "../zip/archive-writer.js";
import { planCommit } from "../zip/commit-plan.js";
import type { NamedValue } from "../zip/entry-log.js";
import { PendingEntries } from "../zip/pending-entries.js";
import { Appender } from "./appender.js";
import { ArchiveContents, type EntrySink } from "./archive-contents.js";
import type { ArchiveView } from "./archive-view.js";
import { type Monitor, usageOf } from "./monitor.js";
import { PendingChanges } from "./pending-changes.js";
import { repack } from "./repack.js";
import { type AllowedPlace, leavePlace } from "./roots.js";
import { parseStage, readStage, removeStage, writeStage, type ZipStage } from "./stage.js";
import type { JointWork, Outcome, SharedWork, StoreValues, TransactionOptions, TransactionWork } from "./store.js";
import type { ZipStoreSettings } from "./zip-store-options.js";

/** Changes in memory, at most, in bytes; more go to a part file. */
const maxBuffered = 64 * 2 ** 20;

/** The smallest batch that is committed without being asked, in bytes. */
const smallestBatch = 8 * 2 ** 20;

/** The writing side of a store: first, in the modes that ask for it, into a new file beside its place; then into the file. */
export class ZipStoreWriter {
  /** What is in the file, with the changes that are not. */
  readonly contents: ArchiveContents;
  readonly #settings: ZipStoreSettings;
  readonly #view: ArchiveView;
  readonly #appender: Appender;
  readonly #pending: PendingEntries;
  readonly #changes: PendingChanges;
  /** Present until the new file is in its place. */
  #newArchive: ArchiveWriter | undefined;
  /** Whether the file may have 0 bytes. */
  #isBlank = false;
  #directoryBytes = 0;
  /** Settles when every commit so far is on the disk. */
  #synced: Promise<void> = Promise.resolve();
  /** Settles when every rehearsal has ended. */
  #rehearsed: Promise<unknown> = Promise.resolve();
  /** Settles when the last commit has ended. */
  #committing: Promise<unknown> = Promise.resolve();
  /** Ends the wait for other writers when the store ends. */
  readonly #ending = new AbortController();

  private constructor(settings: ZipStoreSettings, view: ArchiveView, monitor: Monitor, newArchive?: ArchiveWriter) {
    this.#settings = settings;
    this.#view = view;
    this.#appender = new Appender({ path: settings.path, view, monitor }, settings);
    this.#pending = new PendingEntries(settings.path, entryOptions(settings), () => this.#openPart(), maxBuffered);
    this.#newArchive = newArchive;
    const sink = (): EntrySink => this.#newArchive ?? this.#pending;
    this.contents = new ArchiveContents(sink, (work) => view.use(work), monitor);
    this.#changes = new PendingChanges(settings, this.contents, sink());
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

  /** Whether the file is not in its place yet. */
  get isNew(): boolean {
    return this.#newArchive !== undefined;
  }

  /** Whether there are changes that are not in the file. */
  get dirty(): boolean {
    return this.#newArchive?.dirty ?? this.#changes.dirty;
  }

  /** Whether the file lacks something, or is not there yet. */
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
    if (expected !== undefined) return await this.#setExpecting(name, value?.slice(), expected?.slice());
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
  async transaction<T>(work: TransactionWork<T>, options: TransactionOptions<T> = {}): Promise<Outcome<T>> {
    const { commit = false, signal } = options;
    if (commit && this.#newArchive === undefined) {
      const { value } = await this.#changes.transactionInCommit(work, options, () => this.#commit(signal));
      this.#watch();
      return { value, durable: this.#synced };
    }
    const outcome = await this.#changes.transaction(work, options);
    this.#watch();
    await this.#flushIfDue();
    return outcome;
  }

  /** See `Store.rehearse`. */
  async rehearse<T>(work: TransactionWork<T>, { shared }: TransactionOptions<T> = {}): Promise<void> {
    this.#checkIsThere("a commit is rehearsed");
    const rehearsal = this.#rehearse(work, shared);
    this.#rehearsed = Promise.allSettled([this.#rehearsed, rehearsal]);
    await rehearsal;
  }

  async #rehearse<T>(work: TransactionWork<T>, shared?: SharedWork<T>): Promise<void> {
    const { path, durability } = this.#settings;
    const pending = new PendingEntries(path, entryOptions(this.#settings), () => this.#openPart(), maxBuffered);
    const contents = new ArchiveContents(
      () => pending,
      (use) => this.#view.use(use),
    );
    try {
      const payload = shared?.payload();
      // For who commits has the lock of this store.
      await this.#changes.alone(() => this.#appender.rehearse(payload));
      const joint = payload && jointWork([payload, payload]);
      await new PendingChanges(this.#settings, contents, pending).transaction((values) => work(values, joint));
      await this.#view.use(({ directory }) => planCommit(directory, pending, durability === "full"));
      shared?.done(0);
    } finally {
      const part = await pending.log.discard();
      if (part !== undefined) await discardPart(part);
    }
  }

  /** @param what - what cannot be done before */
  #checkIsThere(what: string): void {
    if (this.#newArchive === undefined) return;
    const { path } = this.#settings;
    throw new ZarrError("ERR_DIRTY", `${path} is not there yet: call flush() before ${what}`, { file: path });
  }

  /** Puts the new file in its place, or appends a version to it; throws as `ZipStore.flush`. */
  async flush(signal?: AbortSignal): Promise<void> {
    await this.#changes.alone(async () => {
      if (this.#newArchive !== undefined) return await this.#publish(this.#newArchive);
      this.#pending.isNeeded = this.#isBlank;
      await this.#commit(signal).finally(() => {
        this.#pending.isNeeded = false;
      });
    });
    this.#watch();
    await this.#synced;
  }

  async #commit(signal?: AbortSignal): Promise<void> {
    const committing = whileUnderWay([signal, this.#ending.signal], (either) =>
      this.#appender.commit(this.#changes, this.#pending, either),
    );
    this.#committing = committing.catch(() => undefined);
    const commit = await committing;
    this.#isBlank = false;
    if (commit === undefined) return;
    this.#directoryBytes = commit.directoryBytes ?? this.#directoryBytes;
    this.#synced = Promise.all([this.#synced, commit.synced]).then(() => undefined);
    this.#synced.catch(() => undefined); // it is for whoever flushes to hear of
  }

  /** Puts the changes aside for another writer to commit: here they are gone then. */
  async stage(): Promise<ZipStage> {
    return await this.#changes.alone(async () => {
      this.#checkIsThere("changes of it are staged");
      const stage = await writeStage(this.#settings.path, entryOptions(this.#settings), this.#changes.changeSet());
      await this.#changes.clear();
      this.#watch();
      return stage;
    });
  }

  /** Adds changes that other writers have staged, as one transaction each. */
  async merge(states: readonly unknown[]): Promise<void> {
    for (const state of states) {
      const stage = parseStage(this.#settings.path, state);
      await this.#changes.merge(stage, (put) => readStage(stage, put));
      await removeStage(stage);
      this.#watch();
      await this.#flushIfDue();
    }
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
    this.#ending.abort(
      new ZarrError("ERR_CLOSED", `${path} was closed while it waited for another writer`, { file: path }),
    );
    await this.#committing;
    await this.#rehearsed;
    await this.#synced.catch(() => undefined); // what it marks afterwards, it marks in a lock file that is still there
    await this.#newArchive?.abort();
    const part = await this.#pending.log.discard();
    if (part !== undefined) await discardPart(part);
    await this.#appender.close();
  }

  async #publish(archive: ArchiveWriter): Promise<void> {
    const written = await this.#appender.publish(archive);
    this.#newArchive = undefined;
    this.#changes.continueIn(this.#pending);
    await this.#view.openWritten(written); // the state says which file it is
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
    const changes = this.#newArchive === undefined ? this.#pending.entries.size : [...this.#newArchive.names()].length;
    const message = `${path} was neither closed nor flushed, and its unflushed changes (${changes}) are lost: call close() or flush() before the program ends, or abort() to discard them`;
    // process.emitWarning() leaves it to the next tick, and now there is none.
    process.emit("warning", Object.assign(new Error(message), { name: "ZarrZipWarning" }));
  };

  async #openPart() {
    return await createPartFile(this.#settings.path);
  }
}

/** Work of several writers, by what each has given. */
function jointWork(payloads: readonly Uint8Array[]): JointWork {
  const [, ...others] = payloads;
  return { others: others.map(({ length }) => ({ payloadBytes: length })), payload: concatenate(payloads) };
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

/** Releases what a store has open: its changes that are not in the file are gone then. */
export async function closeAll(view: ArchiveView, writer?: ZipStoreWriter, place?: AllowedPlace): Promise<void> {
  try {
    await writer?.close();
  } finally {
    await view.close();
    await leavePlace(place);
  }
}

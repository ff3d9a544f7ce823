import { ArchiveWriter } from "../../commit/archive-writer.js";
import { entrySize, type LoggedEntry, type NamedValue } from "../../commit/entry-log.js";
import { PendingEntries } from "../../commit/pending-entries.js";
import { isZarrError, ZarrError, type ZarrErrorCode } from "../../errors.js";
import type { StoreValues, TransactionWork } from "../store.js";
import { type TransactionReads, TransactionValues } from "../transaction-values.js";
import { ArchiveContents, type EntrySink, type UseArchive } from "./archive-contents.js";
import { Gate } from "./gate.js";

/** The fate of a change: open, in the file, or withdrawn for a reason. */
type Fate = "committed" | { readonly error: unknown } | undefined;

/** A time that never comes. */
const never = Number.POSITIVE_INFINITY;

/** Changes that nothing but their order ties together, or those of one transaction: committed together, or not at all. */
export class Change {
  /** The change of each name. */
  entries = new Map<string, LoggedEntry | undefined>();
  /** The values that a transaction read when it made these changes; `undefined` before it has run. */
  reads: TransactionReads | undefined;
  /** The stage that it is of. */
  stage: StageName | undefined;
  /** Takes back what it has made of a new archive. */
  undo: (() => void) | undefined;
  fate: Fate;
  /** When it was made, and when somebody was told that it is withdrawn. */
  madeAt = 0;
  toldAt = never;
  readonly run: ((values: TransactionValues) => Promise<void>) | undefined;
  readonly heldBytes: number;
  /** True if its maker waits for its fate, so that nobody else has to be told. */
  readonly isAwaited: boolean;

  constructor(run?: (values: TransactionValues) => Promise<void>, heldBytes = 0, isAwaited = false) {
    this.run = run;
    this.heldBytes = heldBytes;
    this.isAwaited = isAwaited;
  }
}

/** A stage, and the byte at which the version ends that it was made on. */
export interface StageName {
  readonly uuid: string;
  readonly base: number;
}

/** Options for making a transaction. */
export interface ChangeOptions {
  /** Bytes that `work` keeps in memory for as long as it may run again. */
  readonly heldBytes?: number | undefined;
  /** True if whoever makes it waits for its fate. */
  readonly isAwaited?: boolean | undefined;
}

/** Errors that say that the system failed, and not that the change is wrong. */
const systemFailures: ReadonlySet<string> = new Set<ZarrErrorCode>(["ERR_STORE_READ", "ERR_STORE_WRITE", "ERR_CLOSED"]);

/**
 * The changes of a store that are not committed, in their order, so that they can be made again on what another writer has
 * committed meanwhile. Each is committed or withdrawn, and whoever made it is told which.
 */
export class PendingChanges {
  readonly #place: Pick<StoreValues, "path" | "limits">;
  readonly #contents: ArchiveContents;
  readonly #gate = new Gate();
  #sink: EntrySink;
  #changes: Change[] = [];
  #clears = 0;
  /** Counts what happens, so that it can be told what came first. */
  #now = 0;
  /** Withdrawn, and not awaited: nobody was told, or only since a flush began that is still under way. */
  #withdrawn: Change[] = [];
  /** When the flushes began that are under way. */
  readonly #flushes = new Set<number>();

  /**
   * @param place - for messages
   * @param contents - what transactions read: what is in `sink`, and what is in the file
   * @param sink - where the changes go. What is in a new archive is one writer's alone, and never has to be made again
   */
  constructor(place: Pick<StoreValues, "path" | "limits">, contents: ArchiveContents, sink: EntrySink) {
    this.#place = place;
    this.#contents = contents;
    this.#sink = sink;
  }

  /** The target of the changes, if they may have to be made again. */
  get #pending(): PendingEntries | undefined {
    return this.#sink instanceof PendingEntries ? this.#sink : undefined;
  }

  /** Goes on in another sink, when all is done that was to go to the last. To be called {@link alone}. */
  continueIn(sink: EntrySink): void {
    this.#sink = sink;
  }

  /** True if there is anything to commit. */
  get dirty(): boolean {
    const pending = this.#pending;
    if (pending !== undefined && (pending.isNeeded || pending.entries.size > 0)) return true;
    return this.#changes.some(isWaiting);
  }

  /** Number of changes that wait to be committed. */
  get count(): number {
    return (this.#pending?.entries.size ?? 0) + this.#changes.filter(isWaiting).length;
  }

  /** Names of the stages that they are of. */
  get stages(): string[] {
    return this.#changes.flatMap(({ stage }) => stage?.uuid ?? []);
  }

  /** Bytes that wait to be committed, in memory or in a part file. */
  get bytes(): number {
    const held = this.#changes.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    return held + (this.#pending?.log.size ?? 0);
  }

  /** Sets the value of a name, or removes it with `undefined`. `value` must not change until the promise resolves. */
  async set(name: string, value: Uint8Array | undefined): Promise<void> {
    await this.#gate.together(() => this.#put(name, value, this.#plainChange()));
  }

  /** As {@link set}, of many in one step. */
  async setMany(values: readonly NamedValue[]): Promise<void> {
    await this.#gate.together(async () => {
      const change = this.#plainChange();
      await this.#sink.setMany(values);
      for (const [name] of values) this.#note(name, change, this.#sink);
    });
  }

  /** Runs a transaction, and keeps what it changes for the next commit. */
  async transaction(work: TransactionWork<void>, { heldBytes, isAwaited }: ChangeOptions = {}): Promise<Change> {
    const change = new Change(work, heldBytes, isAwaited);
    let values = new TransactionValues(this.#place, this.#contents);
    const failure = await work(values).then(
      () => undefined,
      (error) => ({ error }),
    );
    return await this.#gate.alone(async () => {
      // Somebody may have changed what it read while it ran, also where that made it fail.
      if (!(await values.reads.areCurrent(this.#contents))) {
        values = new TransactionValues(this.#place, this.#contents);
        await work(values);
      } else if (failure !== undefined) {
        throw failure.error;
      }
      change.reads = values.reads;
      if (values.writes.size > 0) await this.#keep(change, values.writes);
      return change;
    });
  }

  /** Adds a transaction that runs for the first time when it is committed. */
  async add(work: TransactionWork<void>, { heldBytes, isAwaited }: ChangeOptions): Promise<Change> {
    const change = new Change(work, heldBytes, isAwaited);
    await this.#gate.together(async () => this.#push(change));
    return change;
  }

  /**
   * Takes a change back that is not committed.
   * @returns whether it is in no version, and in none to come
   */
  async withdraw(change: Change, error: unknown): Promise<boolean> {
    return await this.#gate.alone(async () => {
      if (change.fate === undefined) {
        change.fate = { error };
        change.undo?.();
        await this.#remove(change);
      }
      return change.fate !== "committed";
    });
  }

  /**
   * Runs `work`, which commits, and tells of the changes that were made before and have been withdrawn, unless somebody had been told
   * before. Whoever flushes at the same time is told, too: nobody knows who made which change.
   *
   * @throws the error of the first change that was withdrawn; `details.withdrawn` counts them
   */
  async telling<T>(work: () => Promise<T>): Promise<T> {
    const begun = ++this.#now;
    this.#flushes.add(begun);
    try {
      const result = await work();
      const told = this.#withdrawn.filter(({ madeAt, toldAt }) => madeAt < begun && begun < toldAt);
      for (const change of told) change.toldAt = Math.min(change.toldAt, ++this.#now);
      if (told.length > 0) throw withdrawnError(told.map(({ fate }) => (fate as { readonly error: unknown }).error));
      return result;
    } finally {
      this.#flushes.delete(begun);
      const oldest = Math.min(...this.#flushes);
      this.#withdrawn = this.#withdrawn.filter(({ toldAt }) => toldAt === never || oldest < toldAt);
    }
  }

  /** Runs `work` while no other change is made. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    return await this.#gate.alone(work);
  }

  /** Runs `work` while changes may be made, but none is committed. */
  async together<T>(work: () => Promise<T>): Promise<T> {
    return await this.#gate.together(work);
  }

  /**
   * Makes the changes again on what the file holds now: transactions run again if something that they read has changed. One that
   * fails is withdrawn, and the others stay. To be called {@link alone}.
   *
   * @returns how many ran again
   * @throws ZarrError what the system failed; all changes are then as they were
   */
  async rebase(useArchive: UseArchive): Promise<number> {
    const pending = this.#pending;
    if (pending === undefined || this.#changes.every(({ run }) => run === undefined)) return 0;
    const rebased = new PendingEntries(pending.log); // what is pending can be read meanwhile
    const contents = new ArchiveContents(() => rebased, useArchive);
    const before = this.#changes.map(({ entries, reads }) => ({ entries, reads }));
    const withdrawn = new Map<Change, unknown>();
    let reruns = 0;
    try {
      for (const change of this.#changes) {
        const { run, reads, stage } = change;
        if (stage !== undefined && (await useArchive((archive) => archive.hasStage(stage.base, stage.uuid)))) {
          withdrawn.set(change, mergedBefore(this.#place.path));
          continue;
        }
        if (run === undefined || (await reads?.areCurrent(contents))) {
          for (const [name, entry] of change.entries) rebased.restore(name, entry);
          continue;
        }
        if (reads !== undefined) reruns++;
        const values = new TransactionValues(this.#place, contents);
        try {
          await run(values);
        } catch (error) {
          if (!change.isAwaited && isZarrError(error) && systemFailures.has(error.code)) throw error;
          withdrawn.set(change, error);
          continue;
        }
        change.reads = values.reads;
        change.entries = new Map();
        for (const [name, value] of values.writes) await this.#put(name, value, change, rebased);
      }
    } catch (error) {
      for (const [i, change] of this.#changes.entries()) Object.assign(change, before[i]);
      throw error;
    }
    pending.become(rebased);
    for (const [change, error] of withdrawn) {
      change.fate = { error };
      if (!change.isAwaited) this.#withdrawn.push(change);
    }
    this.#changes = this.#changes.filter((change) => !withdrawn.has(change));
    return reruns;
  }

  /**
   * Adds changes that another writer has made, as one that cannot run again; one without values is committed as it is.
   *
   * @param staged - what they were computed from
   * @param values - hands over each value, or `undefined` for a name that is removed
   * @throws ZarrError `ERR_CONFLICT` - what they were computed from has changed since
   */
  async merge(stage: StageName, staged: TransactionReads, values: AsyncIterable<NamedValue>): Promise<Change> {
    const { path } = this.#place;
    const refuse = async () => {
      const message = `changes that were staged for ${path} were computed from values that have changed since: make them again`;
      throw new ZarrError("ERR_CONFLICT", message, { file: path, keys: [...staged.values.keys()] });
    };
    const change = new Change(refuse);
    change.stage = stage;
    await this.#gate.alone(async () => {
      if (!(await staged.areCurrent(this.#contents))) await refuse();
      change.reads = staged;
      try {
        this.#push(change);
        for await (const [name, value] of values) await this.#put(name, value, change);
        if (this.#pending === undefined || change.entries.size > 0) return;
        await this.#remove(change);
        change.fate = "committed";
      } catch (error) {
        await this.#remove(change);
        throw error;
      }
    });
    return change;
  }

  /**
   * The changes, for another writer to commit. To be called {@link alone}, by a writer into a file that exists.
   * @throws ZarrError `ERR_DIRTY` - somebody waits until one of them is committed
   */
  forStage(): { readonly entries: EntrySink; readonly reads: readonly TransactionReads[] } {
    if (this.#changes.some(({ isAwaited }) => isAwaited)) {
      const { path } = this.#place;
      const message = `${path} is being appended to with flush: true, or in another transaction that is to be committed at once: wait for it, then stage the other changes`;
      throw new ZarrError("ERR_DIRTY", message, { file: path });
    }
    return { entries: this.#sink, reads: this.#changes.flatMap(({ reads }) => reads ?? []) };
  }

  /** The number of times that everything pending has become part of the file. */
  get clears(): number {
    return this.#clears;
  }

  /** Forgets everything, once it is in the file. To be called {@link alone}. */
  async clear(): Promise<void> {
    this.#clears++;
    for (const change of this.#changes) change.fate = "committed";
    this.#changes = [];
    await this.#pending?.clear().catch(() => undefined); // which fails the next change, and not what is committed
  }

  /** Undoes a change, and keeps nothing of the log behind what the others have there. */
  async #remove(change: Change): Promise<void> {
    this.#changes = this.#changes.filter((other) => other !== change);
    this.#restore();
    const used = this.#changes.flatMap(({ entries }) => [...entries.values()].flatMap((entry) => entry ?? []));
    await this.#pending?.log.cutBack(used.reduce((end, entry) => Math.max(end, entry.offset + entrySize(entry)), 0));
  }

  /** Makes what is pending what the changes have made it. */
  #restore(): void {
    this.#pending?.become({ entries: new Map(this.#changes.flatMap(({ entries }) => [...entries])) });
  }

  async #keep(change: Change, writes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
    this.#push(change);
    if (this.#sink instanceof ArchiveWriter) change.undo = this.#sink.remember([...writes.keys()]);
    for (const [name, value] of writes) await this.#put(name, value, change);
  }

  async #put(name: string, value: Uint8Array | undefined, change: Change, sink = this.#sink): Promise<void> {
    if (value === undefined) await sink.remove(name);
    else await sink.add(name, value);
    this.#note(name, change, sink);
  }

  /** Keeps in a change what has just been made of a name. */
  #note(name: string, { entries }: Change, sink: EntrySink): void {
    if (!(sink instanceof PendingEntries)) return;
    entries.delete(name);
    entries.set(name, sink.find(name) ?? undefined);
  }

  /** The last change, if it is no transaction. */
  #plainChange(): Change {
    const last = this.#changes.at(-1);
    if (last !== undefined && last.run === undefined) return last;
    const change = new Change();
    this.#push(change);
    return change;
  }

  /** Changes in a new archive are never made again. */
  #push(change: Change): void {
    change.madeAt = ++this.#now;
    if (this.#pending !== undefined) this.#changes.push(change);
  }
}

/** True if a transaction is to run for the first time when it is committed. */
function isWaiting({ run, reads }: Change): boolean {
  return run !== undefined && reads === undefined;
}

/** The error for a stage that the file has the changes of. */
export function mergedBefore(file: string): ZarrError {
  const message = `changes that were staged for ${file} have been merged and committed before: nothing is left to do with that stage`;
  return new ZarrError("ERR_NOT_FOUND", message, { file });
}

function withdrawnError(errors: readonly unknown[]): unknown {
  const [first] = errors;
  if (!(first instanceof ZarrError)) return first;
  const message = `${first.message} (on running again after another writer's commit: ${errors.length} of the changes were withdrawn, all others are committed)`;
  return new ZarrError(first.code, message, { ...first.details, withdrawn: errors.length }, first);
}

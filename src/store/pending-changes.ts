import { isZarrError, ZarrError, type ZarrErrorCode } from "../errors.js";
import type { LoggedEntry, NamedValue } from "../zip/entry-log.js";
import { PendingEntries } from "../zip/pending-entries.js";
import { ArchiveContents, type EntrySink, type UseArchive } from "./archive-contents.js";
import { Gate } from "./gate.js";
import type { ChangeSet, ZipStage } from "./stage.js";
import type { JointWork, Outcome, SharedWork, StoreValues, TransactionOptions, TransactionWork } from "./store.js";
import { TransactionReads, TransactionValues } from "./transaction-values.js";

/** Changes that nothing but their order ties together, or those of one transaction. */
interface Step {
  readonly entries: Map<string, LoggedEntry | undefined>;
  readonly transaction?: Transaction;
  /** What the transaction read when it made these changes; `undefined` before it has run. */
  readonly reads?: TransactionReads;
}

interface Transaction {
  readonly heldBytes: number;
  run(values: TransactionValues, joint?: JointWork): Promise<void>;
  /** Present where another writer may do its work. */
  readonly shared?: SharedWork<void> | undefined;
}

/** Adds work of other writers that is to be committed together with one's own. */
type JoinOthers = (own: SharedWork<void>) => Promise<JointWork | undefined>;

/** What says that the system failed, and not that the change is wrong. */
const systemFailures: ReadonlySet<string> = new Set<ZarrErrorCode>(["ERR_STORE_READ", "ERR_STORE_WRITE", "ERR_CLOSED"]);

/**
 * The changes of a store that are not committed, in their order, so that they can be made again on what another writer has
 * committed meanwhile.
 */
export class PendingChanges {
  readonly #place: Pick<StoreValues, "path" | "limits">;
  readonly #contents: ArchiveContents;
  readonly #gate = new Gate();
  #sink: EntrySink;
  #steps: Step[] = [];
  #heldBytes = 0;

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

  /** Where the changes go, if they may have to be made again. */
  get #pending(): PendingEntries | undefined {
    return this.#sink instanceof PendingEntries ? this.#sink : undefined;
  }

  /** Goes on in another sink, when all is done that was to go to the last. To be called {@link alone}. */
  continueIn(sink: EntrySink): void {
    this.#sink = sink;
  }

  /** Whether there is anything to commit. */
  get dirty(): boolean {
    const pending = this.#pending;
    if (pending !== undefined && (pending.isNeeded || pending.entries.size > 0)) return true;
    return this.#steps.some(isWaiting);
  }

  /** Bytes that wait to be committed, in memory or in a part file. */
  get bytes(): number {
    return this.#heldBytes + (this.#pending?.log.size ?? 0);
  }

  /** Sets the value of a name, or removes it with `undefined`. `value` must not change until the promise resolves. */
  async set(name: string, value: Uint8Array | undefined): Promise<void> {
    await this.#gate.together(() => this.#put(name, value));
  }

  /** As {@link set}, of many in one step. */
  async setMany(values: readonly NamedValue[]): Promise<void> {
    await this.#gate.together(async () => {
      const step = this.#plainStep();
      await this.#sink.setMany(values);
      for (const [name] of values) this.#note(name, step);
    });
  }

  /** See `Store.transaction`. */
  async transaction<T>(work: TransactionWork<T>, { heldBytes = 0 }: TransactionOptions<T> = {}): Promise<Outcome<T>> {
    const outcome: { value: T } = { value: undefined as T };
    const run = async (values: TransactionValues) => {
      outcome.value = await work(values);
    };
    let values = new TransactionValues(this.#place, this.#contents);
    const failure = await run(values).then(
      () => undefined,
      (error) => ({ error }),
    );
    await this.#gate.alone(async () => {
      // Somebody may have changed what it read while it ran, also where that made it fail.
      if (!(await values.reads.areCurrent(this.#contents))) {
        values = new TransactionValues(this.#place, this.#contents);
        await run(values);
      } else if (failure !== undefined) {
        throw failure.error;
      }
      const { reads, writes } = values;
      if (writes.size === 0) return;
      const step: Step = { entries: new Map(), transaction: { heldBytes, run }, reads };
      if (this.#pending !== undefined) {
        this.#steps.push(step);
        this.#heldBytes += heldBytes;
      }
      for (const [name, value] of writes) await this.#put(name, value, step);
    });
    return outcome;
  }

  /**
   * See `TransactionOptions.commit`; for a file that exists.
   * @param commit - has to {@link rebase}: there `work` runs; or to say that the {@link shared} work was done by another writer
   */
  async transactionInCommit<T>(
    work: TransactionWork<T>,
    { heldBytes = 0, shared }: TransactionOptions<T>,
    commit: () => Promise<void>,
  ): Promise<Outcome<T>> {
    const outcome: { value: T } = { value: undefined as T };
    const run = async (values: TransactionValues, joint?: JointWork) => {
      outcome.value = await work(values, joint);
    };
    const done = (result: number) => {
      outcome.value = shared!.done(result);
    };
    const transaction: Transaction = { heldBytes, run, shared: shared && { ...shared, done } };
    await this.#gate.alone(async () => {
      const logged = this.#pending?.log.size ?? 0;
      this.#steps.push({ entries: new Map(), transaction });
      this.#heldBytes += heldBytes;
      try {
        await commit();
      } catch (error) {
        await this.#withdraw(transaction, logged);
        throw error;
      }
    });
    return outcome;
  }

  /**
   * Undoes a transaction, if it has not been committed.
   * @param logged - bytes of the log before it ran
   */
  async #withdraw(transaction: Transaction, logged: number): Promise<void> {
    const others = this.#steps.filter((step) => step.transaction !== transaction);
    if (others.length === this.#steps.length) return;
    this.#replaceSteps(others);
    this.#restore();
    // What is logged behind that is of no use, unless another one ran again meanwhile.
    const isUsed = others.some(({ entries }) => [...entries.values()].some((entry) => entry && entry.offset >= logged));
    if (!isUsed) await this.#pending?.log.cutBack(logged);
  }

  #replaceSteps(steps: Step[]): void {
    this.#steps = steps;
    this.#heldBytes = steps.reduce((sum, { transaction }) => sum + (transaction?.heldBytes ?? 0), 0);
  }

  /** Makes what is pending what the steps have made it. */
  #restore(): void {
    this.#pending?.forget();
    for (const step of this.#steps) this.#restoreStep(step);
  }

  #restoreStep({ entries }: Step): void {
    for (const [name, entry] of entries) this.#pending?.restore(name, entry);
  }

  /** Runs `work` while no other change is made. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    return await this.#gate.alone(work);
  }

  /** Work that another writer may do, and that is all there is to commit. */
  get shared(): SharedWork<void> | undefined {
    return this.#steps.length === 1 ? this.#steps[0]!.transaction?.shared : undefined;
  }

  /**
   * Makes the changes again on what the file holds now: transactions run again if something that they read has changed. One that
   * fails is withdrawn. To be called {@link alone}.
   *
   * @param join - adds work of other writers to the {@link shared} one
   * @returns how many ran again
   * @throws ZarrError what the first that failed threw; `details.withdrawn` counts them
   */
  async rebase(useArchive: UseArchive, join: JoinOthers): Promise<number> {
    const pending = this.#pending;
    if (pending === undefined || this.#steps.every(({ transaction }) => transaction === undefined)) return 0;
    const contents = new ArchiveContents(() => pending, useArchive);
    const failures: unknown[] = [];
    const steps: Step[] = [];
    let reruns = 0;
    pending.forget();
    try {
      for (const step of this.#steps) {
        const { transaction, reads } = step;
        if (transaction === undefined || (await reads?.areCurrent(contents))) {
          this.#restoreStep(step);
          steps.push(step);
          continue;
        }
        if (!isWaiting(step)) reruns++;
        try {
          steps.push(await this.#run(transaction, contents, this.shared && (await join(this.shared))));
        } catch (error) {
          if (isWaiting(step) || (isZarrError(error) && systemFailures.has(error.code))) throw error;
          failures.push(error);
        }
      }
    } catch (error) {
      this.#restore();
      throw error;
    }
    this.#replaceSteps(steps);
    if (failures.length > 0) throw withdrawn(failures);
    return reruns;
  }

  async #run(transaction: Transaction, contents: ArchiveContents, joint?: JointWork): Promise<Step> {
    const values = new TransactionValues(this.#place, contents);
    try {
      await transaction.run(values, joint);
    } catch (error) {
      if (joint === undefined) throw error;
      for (const other of joint.others) delete other.result;
      return await this.#run(transaction, contents); // it may have been the work of others that fails
    }
    const step: Step = { entries: new Map(), transaction, reads: values.reads };
    for (const [name, value] of values.writes) await this.#put(name, value, step);
    return step;
  }

  /**
   * Adds changes that another writer has made, as one transaction that cannot run again.
   *
   * @param addAll - hands over each value
   * @throws ZarrError `ERR_CONFLICT` - what they were computed from has changed since
   */
  async merge(
    { removed, reads }: Pick<ZipStage, "removed" | "reads">,
    addAll: (put: (name: string, value: Uint8Array) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const staged = new TransactionReads();
    for (const [name, token] of reads) staged.addValue(name, token);
    const { path } = this.#place;
    const refuse = async () => {
      const message = `changes that were staged for ${path} were computed from values that have changed since: make them again`;
      throw new ZarrError("ERR_CONFLICT", message, { file: path, keys: reads.map(([key]) => key) });
    };
    await this.#gate.alone(async () => {
      if (!(await staged.areCurrent(this.#contents))) await refuse();
      const step: Step = { entries: new Map(), transaction: { heldBytes: 0, run: refuse }, reads: staged };
      if (this.#pending !== undefined) this.#steps.push(step);
      await addAll((name, value) => this.#put(name, value, step));
      for (const name of removed) await this.#put(name, undefined, step);
    });
  }

  /** The changes, for another writer to commit. To be called {@link alone}, by who may write into a file that exists. */
  changeSet(): ChangeSet {
    const reads = new Map<string, string | null>();
    for (const step of this.#steps) {
      for (const [name, token] of step.reads?.values ?? []) {
        if (typeof token !== "object" && !reads.has(name)) reads.set(name, token ?? null);
      }
    }
    const sink = this.#sink;
    return { names: [...sink.names()], removed: [...sink.removed()], reads, read: (name) => sink.read(name) };
  }

  /** Forgets everything, once it is committed. To be called {@link alone}. */
  async clear(): Promise<void> {
    this.#steps = [];
    this.#heldBytes = 0;
    await this.#pending?.clear().catch(() => undefined); // which fails the next change, and not what is committed
  }

  async #put(name: string, value: Uint8Array | undefined, step = this.#plainStep()): Promise<void> {
    if (value === undefined) await this.#sink.remove(name);
    else await this.#sink.add(name, value);
    this.#note(name, step);
  }

  /** Keeps in a step what has just been made of a name. */
  #note(name: string, step: Step): void {
    if (this.#pending === undefined) return;
    step.entries.delete(name);
    step.entries.set(name, this.#pending.find(name) ?? undefined);
  }

  /** The last step, if it is no transaction. */
  #plainStep(): Step {
    const last = this.#steps.at(-1);
    if (last !== undefined && last.transaction === undefined) return last;
    const step = { entries: new Map() };
    if (this.#pending !== undefined) this.#steps.push(step);
    return step;
  }
}

/** Whether a transaction is to run for the first time when it is committed. */
function isWaiting({ transaction, reads }: Step): boolean {
  return transaction !== undefined && reads === undefined;
}

function withdrawn(failures: readonly unknown[]): unknown {
  const [first] = failures;
  if (!(first instanceof ZarrError)) return first;
  const message = `${first.message} (after another writer's commit; ${failures.length} of the changes that were to be committed are withdrawn, the others still wait: correct it, and flush again)`;
  return new ZarrError(first.code, message, { ...first.details, withdrawn: failures.length }, first);
}

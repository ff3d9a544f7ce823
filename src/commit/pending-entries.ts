import { type EntryLog, type LoggedEntry, type NamedValue, presentOf } from "./entry-log.js";

/** Entries that are to be added to an archive or removed from it, in memory up to a bound, then in a part file. */
export class PendingEntries {
  /** The archive has others. */
  readonly isComplete = false;
  /** See `CommitChanges`. */
  isNeeded = false;
  readonly log: EntryLog;
  /** By name; `undefined` for those that go. */
  #entries = new Map<string, LoggedEntry | undefined>();

  constructor(log: EntryLog) {
    this.log = log;
  }

  /** New, replaced and, as `undefined`, removed entries by name. */
  get entries(): ReadonlyMap<string, LoggedEntry | undefined> {
    return this.#entries;
  }

  /** The entry of a name, which no other value of the name is; `null` if it goes, `undefined` if the archive decides. */
  find(name: string): LoggedEntry | null | undefined {
    return this.#entries.get(name) ?? (this.#entries.has(name) ? null : undefined);
  }

  /** Names of the entries that are to be there. */
  *names(): Generator<string> {
    for (const [name, entry] of this.#entries) if (entry !== undefined) yield name;
  }

  /** Names of the entries that go. */
  *removed(): Generator<string> {
    for (const [name, entry] of this.#entries) if (entry === undefined) yield name;
  }

  /** Adds an entry, or replaces the one of that name; throws as {@link EntryLog.add}. */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    await this.log.add(name, bytes, async (entry) => this.restore(name, entry));
  }

  /** Sets the values of names, or removes these with `undefined`, in one step; throws as {@link add}. */
  async setMany(values: readonly NamedValue[]): Promise<void> {
    await this.log.addMany(presentOf(values), async (entries) => {
      for (const [name, value] of values) if (value === undefined) this.restore(name, undefined);
      for (const entry of entries) this.restore(entry.key, entry);
    });
  }

  async remove(name: string): Promise<void> {
    await this.log.inTurn(async () => this.restore(name, undefined));
  }

  /** The value of an entry; `undefined` if it is not one of these. Throws as {@link EntryLog.read}. */
  async read(name: string): Promise<Uint8Array | undefined> {
    return await this.log.read(() => this.#entries.get(name));
  }

  /** Sets what {@link find} says of a name. */
  restore(name: string, entry: LoggedEntry | undefined): void {
    this.#entries.set(name, entry);
  }

  /** Puts other entries of the same log in the place of these, in one step. */
  become({ entries }: Pick<PendingEntries, "entries">): void {
    this.#entries = new Map(entries);
  }

  /** Leaves every name to the archive, and empties the log. */
  async clear(): Promise<void> {
    this.#entries = new Map();
    await this.log.cutBack(0);
  }
}

// A store of several writers in memory: each buffers its changes, and a flush runs all of its transactions again on what the
// others have committed by then, whether they conflict or not. So every work is seen to depend on nothing but what it reads.
import { MemoryStore, type Store, type StoreState } from "../../src/index.js";
import type { Outcome, StoreValues } from "../../src/store/store.js";

type Work = (values: StoreValues) => Promise<unknown>;

/** Changes over other values. Methods that are left out here are the base's own. */
class Overlay implements StoreValues {
  readonly readOnly = false;
  readonly path = "(shared)";
  readonly limits: StoreValues["limits"];
  readonly changes = new Map<string, Uint8Array | undefined>();
  /** What has been read below this overlay, by key. */
  readonly seen = new Map<string, Uint8Array | undefined>();
  readonly #base: StoreValues;

  constructor(base: StoreValues) {
    this.#base = base;
    this.limits = base.limits;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    if (this.changes.has(key)) return this.changes.get(key);
    const value = await this.#base.get(key);
    this.seen.set(key, value);
    return value;
  }

  async getRange(key: string, range: Parameters<Store["getRange"]>[1]): Promise<Uint8Array | undefined> {
    const value = await this.get(key);
    if (value === undefined) return undefined;
    return "suffixLength" in range
      ? value.subarray(value.length - range.suffixLength)
      : value.subarray(range.offset, range.offset + range.length);
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    this.changes.set(key, value.slice());
  }

  async delete(key: string): Promise<void> {
    this.changes.set(key, undefined);
  }

  async *list(prefix = ""): AsyncGenerator<string> {
    const keys = new Set<string>();
    for await (const key of this.#base.list(prefix)) keys.add(key);
    for (const [key, value] of this.changes) {
      if (value === undefined) keys.delete(key);
      else if (key.startsWith(prefix)) keys.add(key);
    }
    yield* keys;
  }

  async listDir(prefix = ""): Promise<string[]> {
    const names = new Set<string>();
    const folder = prefix === "" ? "" : `${prefix}/`;
    for await (const key of this.list(folder)) names.add(key.slice(folder.length).split("/")[0]!);
    return [...names];
  }

  /** Makes the changes below this overlay. */
  async apply(): Promise<void> {
    for (const [key, value] of this.changes)
      await (value === undefined ? this.#base.delete(key) : this.#base.set(key, value));
  }
}

/** What all writers share. */
export class SharedValues {
  readonly values = new Map<string, Uint8Array>();
  /** A store as another process would open it. */
  writer(): SharedWriter {
    return new SharedWriter(this);
  }
}

/** One writer's view. */
class SharedWriter implements Store {
  readonly readOnly = false;
  readonly path = "(shared)";
  readonly #base: MemoryStore;
  #overlay: Overlay;
  /** What was changed since the last flush, in order. */
  #log: Work[] = [];

  constructor(shared: SharedValues) {
    this.#base = new MemoryStore({ values: shared.values });
    this.#overlay = new Overlay(this.#base);
  }

  get limits() {
    return this.#base.limits;
  }

  get = (key: string) => this.#overlay.get(key);
  getRange = (key: string, range: Parameters<Store["getRange"]>[1]) => this.#overlay.getRange(key, range);
  has = (key: string) => this.#overlay.has(key);
  list = (prefix?: string) => this.#overlay.list(prefix);
  listDir = (prefix?: string) => this.#overlay.listDir(prefix);

  async set(key: string, value: Uint8Array): Promise<void> {
    const copy = value.slice();
    await this.#do((values) => values.set(key, copy));
  }

  async delete(key: string): Promise<void> {
    await this.#do((values) => values.delete(key));
  }

  async transaction<T>(work: (values: StoreValues) => Promise<T>): Promise<Outcome<T>> {
    const outcome = { value: undefined as T };
    await this.#do(async (values) => {
      outcome.value = await work(values);
    });
    return outcome;
  }

  /** Runs all of its transactions again, on what is committed now, and commits what they change. */
  async flush(): Promise<void> {
    const log = this.#log;
    const overlay = new Overlay(this.#base);
    this.#log = [];
    try {
      for (const work of log) await work(overlay);
      await overlay.apply();
    } finally {
      this.#overlay = new Overlay(this.#base);
    }
  }

  async close(): Promise<void> {
    await this.flush();
  }

  getState(): StoreState {
    return this.#base.getState();
  }

  /** Runs a work by itself until nothing that it has read was changed meanwhile by another one of this writer. */
  async #do(work: Work): Promise<void> {
    for (;;) {
      const overlay = this.#overlay;
      const own = new Overlay(overlay);
      await work(own);
      if ([...own.seen].some(([key, value]) => overlay.changes.has(key) && overlay.changes.get(key) !== value))
        continue;
      for (const [key, value] of own.changes) overlay.changes.set(key, value);
      this.#log.push(work);
      return;
    }
  }
}

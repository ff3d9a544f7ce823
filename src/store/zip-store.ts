import type { Readable } from "node:stream";
import { realPath } from "../bytes/file.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { withDetails, ZarrError } from "../errors.js";
import type { ArchiveReader } from "../zip/archive-reader.js";
import { ArchiveWriter } from "../zip/archive-writer.js";
import { exportArchive } from "../zip/stream-export.js";
import { ArchiveView } from "./archive-view.js";
import { namesBelow, normalizeKey, normalizePrefix } from "./key.js";
import { resolveRange } from "./range.js";
import { checkRoots, type RestoreOptions } from "./roots.js";
import type { ByteRange, GetOptions, Store } from "./store.js";
import { forbidCloning } from "./uncloneable.js";
import type { ZipStoreMode, ZipStoreOptions } from "./zip-store-options.js";
import { parseZipStoreState, type ZipStoreState, type ZipStoreView } from "./zip-store-state.js";

/** The options that a state carries. */
type Settings = Omit<ZipStoreState, "identity" | "sharedDirectory" | "readOnly" | "mode"> & {
  readonly mode: ZipStoreMode;
};

/**
 * A Zarr store in one ZIP file.
 *
 * Reading needs no lock and sees one version of the file. A new file (`w`, `w-`) is written beside its place and put there
 * whole by the first `flush()` or by `close()`; a process that is killed before leaves the old file, or none. An instance
 * belongs to its thread: send {@link getState} to others, and they reopen with {@link ZipStore.fromState}.
 */
export class ZipStore implements Store {
  #settings: Settings;
  #view: ArchiveView;
  /** Present while a new file is being written beside its place. */
  #writer: ArchiveWriter | undefined;
  readonly #roots: readonly string[] | undefined;
  /** Closing of views that `setState` replaced. */
  readonly #replaced: Promise<void>[] = [];
  #closed = false;

  private constructor(settings: Settings, view: ArchiveView, roots?: readonly string[]) {
    this.#settings = settings;
    this.#view = view;
    this.#roots = roots;
    forbidCloning(this, () => ({
      path: this.path,
      mode: this.mode,
      readOnly: this.readOnly,
      view: this.view,
      ...(this.#writer === undefined ? {} : { unflushed: true }),
      ...(this.#closed ? { closed: true } : {}),
    }));
  }

  /**
   * Opens or creates a file. `r` fails here, not later, when the file is missing or no archive.
   *
   * @throws ZarrError `ERR_NOT_FOUND` - `r`, and no such file; `w`, and no such folder
   * @throws ZarrError `ERR_EXISTS` - `w-`, and the file exists
   * @throws ZarrError `ERR_ZIP`, `ERR_ZIP_TAIL` - the file is no ZIP archive, or an ambiguous one
   * @throws ZarrError `ERR_UNSUPPORTED` - `a` and `r+`: writing into an existing file is not provided by this version
   */
  static async open(path: string, options: ZipStoreOptions = {}): Promise<ZipStore> {
    const { mode = "r", view, compression = "stored", zip64 = "auto", modified, limits } = options;
    if (!["r", "r+", "a", "w", "w-"].includes(mode)) {
      throw new ZarrError("ERR_ARGUMENT", `mode is ${JSON.stringify(mode)}: expected "r", "r+", "a", "w" or "w-"`);
    }
    if (mode === "a" || mode === "r+") {
      throw new ZarrError(
        "ERR_UNSUPPORTED",
        `mode "${mode}" would write into an existing file, which this version does not: create a new file with "w", or read with "r"`,
        { file: path },
      );
    }
    const readOnly = mode === "r";
    const settings: Settings = {
      kind: "ZipStore",
      version: 1,
      path: await realPath(path),
      mode,
      view: readOnly ? (view ?? "pinned") : "follow",
      compression,
      zip64,
      modified: modified?.toISOString() ?? null,
      limits: { ...defaultLimits, ...limits },
    };
    const store = new ZipStore(settings, new ArchiveView(settings));
    if (readOnly) {
      await store.#current();
    } else {
      store.#writer = await ArchiveWriter.create(store.path, {
        exclusive: mode === "w-",
        method: compression,
        zip64,
        ...(modified === undefined ? {} : { modified }),
      });
    }
    return store;
  }

  /**
   * A store from what {@link getState} gave, here or elsewhere. Opens the file at first use, never creates or truncates it.
   * @throws ZarrError `ERR_STATE` - not a complete state, or a file that `roots` does not allow
   */
  static async fromState(state: unknown, options: RestoreOptions = {}): Promise<ZipStore> {
    const { roots } = options;
    const { identity, sharedDirectory, readOnly: _, ...settings } = parseZipStoreState(state);
    await checkRoots(settings.path, roots);
    return new ZipStore(settings, new ArchiveView({ ...settings, identity, sharedDirectory, roots }), roots);
  }

  /** Absolute path of the file, symbolic links resolved. */
  get path(): string {
    return this.#settings.path;
  }

  /** What the store was opened with; `r+` once a new file has been published. */
  get mode(): ZipStoreMode {
    return this.#settings.mode;
  }

  get readOnly(): boolean {
    return this.mode === "r";
  }

  get view(): ZipStoreView {
    return this.#settings.view;
  }

  get limits(): Limits {
    return this.#settings.limits;
  }

  /**
   * Value of a key, its CRC-32 checked; `undefined` if there is none.
   * @throws ZarrError `ERR_CHECKSUM`, `ERR_ZIP`, `ERR_ZIP_METHOD`, `ERR_LIMIT` - the entry cannot be read truthfully
   * @throws ZarrError `ERR_STALE_STATE` - the file is not the one that a restored store was given
   */
  async get(key: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted();
    const name = normalizeKey(key);
    const maxBytes = options.maxBytes ?? this.limits.readBytes;
    return await this.#naming(name, async () => {
      if (this.#writer !== undefined) return await this.#writer.read(name);
      return await (await this.#current()).get(name, maxBytes);
    });
  }

  async getRange(key: string, range: ByteRange, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted();
    const name = normalizeKey(key);
    const maxBytes = options.maxBytes ?? this.limits.readBytes;
    return await this.#naming(name, async () => {
      if (this.#writer !== undefined) {
        const value = await this.#writer.read(name);
        if (value === undefined) return undefined;
        const { start, end } = resolveRange(range, value.length, name);
        return value.subarray(start, end);
      }
      return await (await this.#current()).getRange(name, (size) => resolveRange(range, size, name), maxBytes);
    });
  }

  async has(key: string): Promise<boolean> {
    const name = normalizeKey(key);
    this.#checkOpen();
    return this.#writer?.has(name) ?? (await this.#current()).directory.find(name) >= 0;
  }

  /**
   * Writes a whole value.
   * @throws ZarrError `ERR_READ_ONLY`; `ERR_UNSUPPORTED` - the new file has been published already
   */
  async set(key: string, value: Uint8Array): Promise<void> {
    const name = normalizeKey(key);
    await this.#naming(name, async () => await this.#writable().add(name, value));
  }

  /** Removes a key; a missing one is no error. Throws as {@link set}. */
  async delete(key: string): Promise<void> {
    const name = normalizeKey(key);
    await this.#naming(name, async () => await this.#writable().remove(name));
  }

  async *list(prefix = ""): AsyncGenerator<string> {
    const normal = normalizePrefix(prefix);
    for (const name of await this.#names()) if (name.startsWith(normal)) yield name;
  }

  async listDir(prefix = ""): Promise<string[]> {
    return namesBelow(await this.#names(), prefix);
  }

  /**
   * Publishes a new file: complete, synced to disk and renamed into place. Afterwards its state can be handed over.
   * @throws ZarrError `ERR_EXISTS` - `w-`, and another file has taken the name; `ERR_STORE_WRITE`
   */
  async flush(): Promise<void> {
    this.#checkOpen();
    const writer = this.#writer;
    if (writer === undefined) return;
    await this.#naming(undefined, async () => await writer.publish());
    this.#writer = undefined;
    this.#settings = { ...this.#settings, mode: "r+" };
    await this.#current();
  }

  /** Flushes and releases everything; waits for reads under way. Closing twice is no error. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const writer = this.#writer;
    this.#closed = true;
    this.#writer = undefined;
    try {
      await this.#naming(undefined, async () => await writer?.publish());
    } catch (error) {
      await writer?.abort();
      throw error;
    } finally {
      await this.#release();
    }
  }

  /** Releases everything and discards what was not flushed: a new file never appears. */
  async abort(): Promise<void> {
    if (this.#closed) return;
    const writer = this.#writer;
    this.#closed = true;
    this.#writer = undefined;
    await writer?.abort();
    await this.#release();
  }

  /**
   * As {@link abort}; never publishes.
   * @throws ZarrError `ERR_DIRTY` - there were unflushed writes, now discarded
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const dirty = this.#writer?.dirty ?? false;
    await this.abort();
    if (dirty) {
      throw new ZarrError(
        "ERR_DIRTY",
        `${this.path} was disposed of with unflushed writes, which are discarded: call flush() or close()`,
        {
          file: this.path,
        },
      );
    }
  }

  /**
   * Everything that another thread or process needs to reopen this store, as plain JSON. Changes nothing here.
   *
   * @param options.share - for threads only: adds the parsed directory, which every thread then uses in place
   * @throws ZarrError `ERR_DIRTY` - the new file is not published yet; `ERR_CLOSED`
   */
  getState(options: { share?: boolean } = {}): ZipStoreState {
    this.#checkOpen();
    const { identity, sharedDirectory } = this.#view;
    if (this.#writer !== undefined || identity === undefined) {
      throw new ZarrError("ERR_DIRTY", `${this.path} is not published yet: call flush(), then hand its state over`, {
        file: this.path,
      });
    }
    return {
      ...this.#settings,
      readOnly: this.readOnly,
      mode: this.readOnly ? "r" : "r+",
      identity,
      ...(options.share && sharedDirectory !== undefined ? { sharedDirectory } : {}),
    };
  }

  /**
   * Makes this instance the store that `state` describes. No I/O: the file is opened, and found to be the same or not, at
   * first use. A read-only store stays read-only.
   *
   * @throws ZarrError `ERR_STATE` - incomplete, contradictory, or it would widen read-only to writable
   * @throws ZarrError `ERR_DIRTY` - this store has unflushed writes; `ERR_CLOSED`
   */
  setState(state: unknown): void {
    this.#checkOpen();
    const { identity, sharedDirectory, readOnly, ...settings } = parseZipStoreState(state);
    if (this.#writer !== undefined) {
      throw new ZarrError("ERR_DIRTY", `${this.path} has unflushed writes: flush() or abort() first`, {
        file: this.path,
      });
    }
    if (this.readOnly && !readOnly) {
      throw new ZarrError(
        "ERR_STATE",
        `the state of ${settings.path} is writable, but this store is read-only: narrowing is allowed, widening is not`,
        {
          file: settings.path,
        },
      );
    }
    this.#replaced.push(this.#view.close());
    this.#view = new ArchiveView({ ...settings, identity, sharedDirectory, roots: this.#roots });
    this.#settings = settings;
  }

  /** The state, so that `JSON.stringify(store)` can be sent; of a store that cannot be handed over one that nothing accepts. */
  toJSON(): object {
    const unusable = this.#closed
      ? "it was closed"
      : this.#writer === undefined
        ? undefined
        : "it had unflushed writes";
    return unusable === undefined ? this.getState() : { kind: "ZipStore", version: 1, path: this.path, unusable };
  }

  /** Whether `other` reads the same file in the same way: path, read-only flag, view, and the version if that is pinned. */
  equals(other: unknown): boolean {
    return (
      other instanceof ZipStore &&
      other.path === this.path &&
      other.readOnly === this.readOnly &&
      other.view === this.view &&
      (this.view === "follow" || other.#view.identity?.digest === this.#view.identity?.digest)
    );
  }

  /**
   * The archive as a stream, for outputs that cannot seek: a pipe, an HTTP response. Entries are stored, in the order of
   * the directory; memory stays bounded by one entry.
   */
  export(): Readable {
    const store = this;
    return exportArchive(
      (async function* () {
        for await (const name of store.list()) {
          const bytes = await store.get(name);
          if (bytes !== undefined) yield { name, bytes };
        }
      })(),
    );
  }

  async #names(): Promise<Iterable<string>> {
    this.#checkOpen();
    return this.#writer?.names() ?? (await this.#current()).directory.names();
  }

  async #current(): Promise<ArchiveReader> {
    this.#checkOpen();
    return await this.#view.current();
  }

  async #release(): Promise<void> {
    await Promise.all([this.#view.close(), ...this.#replaced]);
  }

  #checkOpen(): void {
    if (this.#closed) throw new ZarrError("ERR_CLOSED", `${this.path} was closed: open it again`, { file: this.path });
  }

  #writable(): ArchiveWriter {
    this.#checkOpen();
    if (this.readOnly) throw new ZarrError("ERR_READ_ONLY", `${this.path} was opened read-only`, { file: this.path });
    if (this.#writer === undefined) {
      throw new ZarrError(
        "ERR_UNSUPPORTED",
        `${this.path} has been published, and this version does not write into an existing file`,
        {
          file: this.path,
        },
      );
    }
    return this.#writer;
  }

  /** Adds file and key to what the ZIP layer, which knows neither, throws. */
  async #naming<T>(key: string | undefined, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw withDetails(error, { file: this.path, ...(key === undefined ? {} : { key }) });
    }
  }
}

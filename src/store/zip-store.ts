import type { Readable } from "node:stream";
import { realPath } from "../bytes/file.js";
import type { Limits } from "../bytes/limits.js";
import { withDetails, ZarrError, type ZarrErrorCode } from "../errors.js";
import type { ArchiveReader } from "../zip/archive-reader.js";
import { ArchiveWriter } from "../zip/archive-writer.js";
import { exportArchive } from "../zip/stream-export.js";
import { ArchiveView } from "./archive-view.js";
import { isKey, namesBelow, normalizeKey, normalizePrefix } from "./key.js";
import { resolveRange } from "./range.js";
import { checkRoots, type RestoreOptions } from "./roots.js";
import { checkNarrowing } from "./state-members.js";
import type { ByteRange, GetOptions, Store } from "./store.js";
import { forbidCloning } from "./uncloneable.js";
import { checkLength, checkValue } from "./value.js";
import {
  settingsFromOptions,
  type ZipStoreMode,
  type ZipStoreOptions,
  type ZipStoreSettings,
} from "./zip-store-options.js";
import { parseZipStoreState, type ZipStoreState, type ZipStoreView } from "./zip-store-state.js";

/**
 * A Zarr store in one ZIP file.
 *
 * Reading needs no lock and sees one version of the file. A new file (`w`, `w-`) is written beside its place and put there
 * whole by the first `flush()` or by `close()`; a process that is killed before leaves the old file, or none. An instance
 * belongs to its thread: send {@link getState} to others, and they reopen with {@link ZipStore.fromState}.
 */
export class ZipStore implements Store {
  #settings: ZipStoreSettings;
  #view: ArchiveView;
  /** Present while a new file is being written beside its place. */
  #writer: ArchiveWriter | undefined;
  /** Present while that file is being put in its place. */
  #publishing: Promise<void> | undefined;
  readonly #roots: readonly string[] | undefined;
  /** Closing of views that `setState` replaced. */
  readonly #replaced = new Set<Promise<void>>();
  #closed = false;
  /** Settles, always without an error, when everything has been released. */
  #released: Promise<void> | undefined;

  private constructor(settings: ZipStoreSettings, view: ArchiveView, roots?: readonly string[]) {
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
   * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
   * @throws ZarrError `ERR_UNSUPPORTED` - `a` and `r+`: writing into an existing file is not provided by this version
   */
  static async open(path: string, options: ZipStoreOptions = {}): Promise<ZipStore> {
    const settings = settingsFromOptions(await realPath(path), options);
    const store = new ZipStore(settings, new ArchiveView(settings));
    const { mode, compression, zip64, modified } = settings;
    if (mode === "r") {
      await store.#view.use(() => undefined);
    } else {
      store.#writer = await ArchiveWriter.create(store.path, {
        exclusive: mode === "w-",
        method: compression,
        zip64,
        modified: modified === null ? undefined : new Date(modified),
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
    return await this.#value(key, undefined, options);
  }

  async getRange(key: string, range: ByteRange, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return await this.#value(key, range, options);
  }

  async has(key: string): Promise<boolean> {
    const name = normalizeKey(key);
    const isThere = (archive: ArchiveReader) => archive.directory.find(name) >= 0;
    return await this.#read(name, (writer) => writer.has(name), isThere);
  }

  /**
   * Writes a whole value.
   * @param value - must not change until the promise resolves
   * @throws ZarrError `ERR_READ_ONLY`; `ERR_UNSUPPORTED` - the new file has been published already
   */
  async set(key: string, value: Uint8Array): Promise<void> {
    const name = normalizeKey(key);
    checkValue(name, value);
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
   * @throws ZarrError `ERR_STALE_STATE` - it was published, and another writer has replaced it already
   */
  async flush(): Promise<void> {
    this.#checkOpen();
    await this.#publish();
  }

  /** Flushes and releases everything; waits for reads under way. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#end(async () => {
      try {
        await this.#publish();
      } catch (error) {
        await this.#writer?.abort();
        throw error;
      }
    });
  }

  /** Releases everything and discards what was not flushed: a new file never appears. */
  async abort(): Promise<void> {
    await this.#end(async () => await this.#writer?.abort());
  }

  /**
   * As {@link abort}; never publishes.
   * @throws ZarrError `ERR_DIRTY` - there were unflushed writes, now discarded
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const dirty = this.#writer?.dirty ?? false;
    await this.abort();
    if (dirty) {
      const problem = "was disposed of with unflushed writes, which are discarded: call flush() or close()";
      throw this.#error("ERR_DIRTY", problem);
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
      throw this.#error("ERR_DIRTY", "is not published yet: call flush(), then hand its state over");
    }
    return {
      ...this.#settings,
      readOnly: this.readOnly,
      mode: this.readOnly ? "r" : "r+",
      limits: { ...this.limits },
      identity: { ...identity },
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
      throw this.#error("ERR_DIRTY", "has unflushed writes: flush() or abort() first");
    }
    checkNarrowing(settings.path, this.readOnly, readOnly);
    const closing = this.#view.close().finally(() => this.#replaced.delete(closing));
    this.#replaced.add(closing);
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

  async #value(
    key: string,
    range: ByteRange | undefined,
    { signal, maxBytes = this.limits.readBytes }: GetOptions,
  ): Promise<Uint8Array | undefined> {
    signal?.throwIfAborted();
    const name = normalizeKey(key);
    const resolve = (size: number) => resolveRange(range ?? { suffixLength: size }, size, name);
    const fromWriter = async (writer: ArchiveWriter) => {
      const value = await writer.read(name);
      if (value === undefined) return undefined;
      const { start, end } = resolve(value.length);
      checkLength(name, end - start, maxBytes);
      return value.subarray(start, end);
    };
    const fromFile = (archive: ArchiveReader) =>
      range === undefined ? archive.get(name, maxBytes) : archive.getRange(name, resolve, maxBytes);
    return await this.#read(name, fromWriter, fromFile);
  }

  /** The keys; a foreign archive may have other names, as `a//b`, which nobody can ask for. */
  async #names(): Promise<string[]> {
    // A list of the writer's: who walks the keys may write at the same time, which moves a key to the end.
    const names = await this.#read<Iterable<string>>(
      undefined,
      (writer) => [...writer.names()],
      (archive) => archive.directory.names(),
    );
    return [...names].filter(isKey);
  }

  /** Reads what is not published from the writer, and everything else from the file. */
  async #read<T>(
    key: string | undefined,
    fromWriter: (writer: ArchiveWriter) => T | Promise<T>,
    fromFile: (archive: ArchiveReader) => T | Promise<T>,
  ): Promise<T> {
    this.#checkOpen();
    return await this.#naming(key, async () => {
      if (this.#publishing !== undefined) await this.#publishing.catch(() => undefined); // flush() or close() reports it
      return this.#writer === undefined ? await this.#view.use(fromFile) : await fromWriter(this.#writer);
    });
  }

  /** Puts a new file in its place. Calls that overlap are one. */
  async #publish(): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#publishing ??= this.#naming(undefined, async () => {
      const written = await writer.publish();
      this.#writer = undefined;
      this.#settings = { ...this.#settings, mode: "r+" };
      if (!this.#closed) await this.#view.openWritten(written); // getState() says which file it is
    }).finally(() => {
      this.#publishing = undefined;
    });
    await this.#publishing;
  }

  /** Ends all use; a second end waits for the first, which alone reports what went wrong. */
  async #end(settle: () => Promise<void>): Promise<void> {
    if (this.#closed) return await this.#released;
    this.#closed = true;
    const end = this.#release(settle);
    this.#released = end.catch(() => undefined);
    await end;
  }

  async #release(settle: () => Promise<void>): Promise<void> {
    try {
      await settle();
    } finally {
      this.#writer = undefined;
      await Promise.all([this.#view.close(), ...this.#replaced]);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw this.#error("ERR_CLOSED", "was closed: open it again");
  }

  #writable(): ArchiveWriter {
    this.#checkOpen();
    if (this.readOnly) throw this.#error("ERR_READ_ONLY", "was opened read-only");
    if (this.#writer === undefined || this.#publishing !== undefined) {
      const problem = "has been published, and this version does not write into an existing file";
      throw this.#error("ERR_UNSUPPORTED", problem);
    }
    return this.#writer;
  }

  #error(code: ZarrErrorCode, problem: string): ZarrError {
    return new ZarrError(code, `${this.path} ${problem}`, { file: this.path });
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

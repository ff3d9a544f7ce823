// biome-ignore lint/suspicious/noTsIgnore: with the types of Node nothing is wrong here
/** @ts-ignore: `any` in programs without the types of Node. */
import type { Readable } from "node:stream";
import { exportArchive } from "#file";
import type { BatchRequest, TakeBatch, TakePiece } from "../../bytes/bulk-reads.js";
import type { ByteRange, PieceRange } from "../../bytes/byte-range.js";
import { checkOptions } from "../../bytes/check-options.js";
import type { HttpPreparation } from "../../bytes/http-options.js";
import type { Limits } from "../../bytes/limits.js";
import type { NamedValue } from "../../commit/entry-log.js";
import { withDetails, ZarrError, type ZarrErrorCode } from "../../errors.js";
import { type ArchiveEntry, entriesOf } from "../../zip/archive-entry.js";
import type { ArchiveReader } from "../../zip/archive-reader.js";
import type { ArchiveVersion } from "../../zip/versions.js";
import { normalizeKey } from "../key.js";
import type { RestoreOptions } from "../restore-options.js";
import { checkNarrowing } from "../state-members.js";
import type { GetOptions, HeldValue, Outcome, Reading, Store, TransactionOptions, TransactionWork } from "../store.js";
import { setOwnTransaction, transactionOptions } from "../transaction.js";
import { forbidCloning } from "../uncloneable.js";
import { checkValue } from "../value.js";
import { valuesOf } from "../values-of.js";
import { ArchiveContents, contentsOfFile } from "./archive-contents.js";
import { ArchiveValues } from "./archive-values.js";
import type { ArchiveView } from "./archive-view.js";
import { type Monitor, noUsage, usageOf, type ZipStoreStats } from "./monitor.js";
import { noRequests, type RemoteArchive } from "./remote-archive.js";
import type { ZipStage } from "./stage.js";
import { closeResources, openResources, replaceResources, type StoreResources } from "./store-resources.js";
import { bytesToShare, type ZipInput } from "./zip-input.js";
import type { ZipStoreMode, ZipStoreOptions, ZipStoreSettings } from "./zip-store-options.js";
import { parseZipStoreState, type ZipStoreState, type ZipStoreView } from "./zip-store-state.js";
import type { ZipStoreWriter } from "./zip-store-writer.js";

/**
 * A Zarr store in one ZIP file.
 *
 * Reading needs no lock and sees one version of the file. A new file (`w`, `w-`) is written beside its place and put there
 * whole by the first `flush()` or by `close()`. From then on, and in the modes `a` and `r+`, changes are kept until `flush()`,
 * `close()` or a full batch appends them to the file as one version. Any number of threads and processes may do so at once, and
 * one that is killed leaves the version before, or its own. An instance belongs to its thread: send {@link getState} to others, and
 * they reopen with {@link ZipStore.fromState}.
 *
 * The examples of the methods go on from the one here, before it closes the store.
 *
 * @example
 * ```js
 * import { ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await store.set("a/b", Uint8Array.of(1, 2, 3));
 * await store.flush(); // from here on the file is there
 * console.log(await store.get("a/b")); // Uint8Array(3) [ 1, 2, 3 ]
 * await store.close();
 * ```
 */
export class ZipStore implements Store {
  readonly givesOwnMemory = true;
  #resources: StoreResources;
  #values: ArchiveValues;
  /** Closing of what `setState` replaced. */
  readonly #replaced = new Set<Promise<void>>();
  #closed = false;
  /** Settles, always without an error, when everything has been released. */
  #released: Promise<void> | undefined;

  private constructor(resources: StoreResources) {
    this.#resources = resources;
    this.#values = this.#valuesOfView();
    setOwnTransaction(this, (work, options) => this.#transaction(work, options));
    forbidCloning(this, () => {
      const { path, mode, readOnly, view } = this;
      const state = this.#closed ? { closed: true } : this.#writer?.isUnflushed ? { unflushed: true } : {};
      return { path, mode, readOnly, view, ...state };
    });
  }

  /**
   * Opens or creates a file, or opens a URL or bytes, which can be read and not written. `r` and `r+` fail here, not later, when the file is missing or no archive.
   *
   * @throws ZarrError `ERR_NOT_FOUND` - `r` and `r+`, and no such file; no such version; else no such folder
   * @throws ZarrError `ERR_EXISTS` - `w-`, and the file exists
   * @throws ZarrError `ERR_ZIP`, `ERR_ZIP_TAIL` - the file is no ZIP archive, or an ambiguous one
   * @throws ZarrError `ERR_LOCK_UNAVAILABLE` - `a` and `r+`, and the file cannot be locked
   * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
   * @throws ZarrError `ERR_UNSUPPORTED` - to be written, and no file; a URL of another kind; a path where there are no files; a server that
   *   does not serve ranges
   * @throws ZarrError `ERR_ACCESS` - a server refuses to give the file; `ERR_STORE_READ` - the connection failed, again and again
   * @example
   * const reader = await ZipStore.open("a.zip"); // read-only; also a URL, bytes, a Blob or File
   * console.log(reader.readOnly, await reader.has("a/b")); // true true
   * await reader.close();
   */
  static async open(input: ZipInput, options: ZipStoreOptions = {}): Promise<ZipStore> {
    return new ZipStore(await openResources(input, options));
  }

  /**
   * A store from what {@link getState} gave, here or elsewhere. Opens the file at first use, never creates or truncates it.
   * @throws ZarrError `ERR_STATE` - not a complete state, or a file that `roots` does not allow
   * @example
   * const message = JSON.stringify(store.getState()); // goes to another process, or into a queue
   * const other = await ZipStore.fromState(JSON.parse(message), { roots: [process.cwd()] });
   * console.log(await other.has("a/b")); // true
   * await other.close();
   */
  static async fromState(state: unknown, options: RestoreOptions = {}): Promise<ZipStore> {
    const { restoreResources } = await import("./restore-resources.js");
    return new ZipStore(await restoreResources(state, options));
  }

  /** Absolute path of the file, symbolic links resolved; a URL, without its query; the name of any other source of bytes. */
  get path(): string {
    return this.#settings.path;
  }

  /** The mode that the store was opened with; `w`, `w-` and `a`, which act once, become `r+` when the file is there. */
  get mode(): ZipStoreMode {
    return this.#writer === undefined || this.#writer.isNew ? this.#settings.mode : "r+";
  }

  get readOnly(): boolean {
    return this.mode === "r";
  }

  /** `pinned` if reads stay at one version, `follow` if they see the newest. */
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
   * @example
   * console.log(await store.get("a/b"), await store.get("a/c")); // Uint8Array(3) [ 1, 2, 3 ] undefined
   */
  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.#openly(undefined, () => this.#values.get(key, options));
  }

  async getRange(key: string, range: ByteRange, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.#openly(undefined, () => this.#values.getRange(key, range, options));
  }

  /** See {@link Store.withValue}. Throws as {@link get}. */
  async withValue<T>(key: string, work: (read: HeldValue) => Promise<T>): Promise<T> {
    return await this.#openly(undefined, () => this.#values.withValue(key, work));
  }

  async has(key: string): Promise<boolean> {
    return await this.#openly(undefined, () => this.#values.has(key));
  }

  /** See {@link StoreValues.getPieces}. Throws as {@link get}. */
  async getPieces(key: string, size: number, pieceSize: number, take: TakePiece, range?: PieceRange) {
    return await this.#openly(undefined, () => this.#values.getPieces(key, size, pieceSize, take, range));
  }

  /** See {@link StoreValues.expect}. */
  get expect(): Store["expect"] {
    if (!this.#view.isFar) return undefined;
    return (reads) => this.#openly(undefined, () => this.#view.use((archive) => archive.expect(reads)));
  }

  /** See {@link StoreValues.getBatches}. Throws as {@link get}. */
  async getBatches(request: BatchRequest, take: TakeBatch): Promise<readonly number[] | undefined> {
    return await this.#openly(undefined, () => this.#values.getBatches(request, take));
  }

  /**
   * Writes a whole value, in place of what this or another writer has written.
   *
   * @param value - must not change until the promise resolves
   * @param options.expect - the value that the key must have when this one is committed, `null` for none. Else this one is withdrawn,
   *   and the call or the commit fails with `ERR_CONFLICT`
   * @throws ZarrError `ERR_READ_ONLY`; and as {@link flush} where the batch is full
   * @example
   * await store.set("a/c", Uint8Array.of(4), { expect: null }); // only if there is none
   * await store.set("a/b", Uint8Array.of(5), { expect: Uint8Array.of(9) }).catch((error) => console.log(error.code)); // ERR_CONFLICT
   * console.log(await store.get("a/b"), await store.get("a/c")); // Uint8Array(3) [ 1, 2, 3 ] Uint8Array(1) [ 4 ]
   */
  async set(key: string, value: Uint8Array, options: { expect?: Uint8Array | null } = {}): Promise<void> {
    const name = normalizeKey(key);
    checkValue(name, value);
    checkOptions(options, { expect: "any" });
    if (options.expect) checkValue(name, options.expect);
    await this.#naming(name, () => this.#writable().set(name, value, options.expect));
  }

  /** See {@link StoreValues.setMany}. Throws as {@link set}. */
  async setMany(values: readonly NamedValue[]): Promise<void> {
    for (const [key, value] of values) if (value !== undefined) checkValue(key, value);
    const named = new Map(values.map(([key, value]) => [normalizeKey(key), value]));
    await this.#naming(undefined, () => this.#writable().setMany([...named]));
  }

  /**
   * Removes a key; a missing one is no error. Throws as {@link set}.
   * @example
   * await store.delete("a/b");
   * console.log(await store.has("a/b")); // false
   */
  async delete(key: string): Promise<void> {
    const name = normalizeKey(key);
    await this.#naming(name, () => this.#writable().set(name, undefined));
  }

  /** See {@link Store.transaction}. Throws also as {@link set}. */
  async transaction<T>(work: TransactionWork<T>, options?: TransactionOptions): Promise<Outcome<T>> {
    const writer = this.#writable();
    return await this.#transaction((values) => writer.runGiven(() => work(values)), options); // also when it runs again within close()
  }

  async #transaction<T>(work: TransactionWork<T>, options: TransactionOptions = {}): Promise<Outcome<T>> {
    checkOptions(options, transactionOptions);
    return await this.#naming(undefined, () => this.#writable().transaction(work, options));
  }

  /** See {@link Store.together}. */
  async together<T>(work: Reading<T>): Promise<T> {
    return await this.#openly(undefined, async () => {
      const writer = this.#writer;
      if (writer === undefined ? this.view === "pinned" : writer.isNew) return await work(this);
      const read = () => this.#view.use((archive) => work(this.#valuesOf(archive)));
      return await (writer === undefined ? read() : writer.between(read));
    });
  }

  async *list(prefix?: string): AsyncGenerator<string> {
    this.#checkOpen();
    await this.#resources.place?.file;
    yield* this.#values.list(prefix);
  }

  async listDir(prefix?: string): Promise<string[]> {
    return await this.#openly(undefined, () => this.#values.listDir(prefix));
  }

  /**
   * Appends all changes to the file as one version; a new file is put in its place. It is durable then, and can be handed over.
   *
   * @throws ZarrError `ERR_CONFLICT`, and what a transaction throws that runs again: another writer was first. What failed is
   *   withdrawn, and all other changes are committed
   * @throws ZarrError `ERR_LOCK_TIMEOUT` - another writer does not end; `ERR_LOCK_UNAVAILABLE`; the signal's reason
   * @throws ZarrError `ERR_STORE_WRITE` - the system failed, and the version before stands; `ERR_COMMIT_UNKNOWN` - it may stand
   * @throws ZarrError `ERR_EXISTS` - `w-`, and another file has taken the name
   * @throws ZarrError `ERR_STALE_STATE` - another file, that is no later version, has taken its place
   * @example
   * await store.set("a/c", Uint8Array.of(4));
   * await store.flush(); // a version more, which readers that open the file now see
   * console.log((await store.versions()).length); // 2
   */
  async flush(options: { signal?: AbortSignal } = {}): Promise<void> {
    checkOptions(options, { signal: "signal" });
    this.#writer?.checkIsNotWithin();
    await this.#openly(undefined, async () => this.#writer?.flush(options.signal));
  }

  /**
   * Flushes and releases everything; waits for reads under way. Closing twice is no error. If what waits to be committed cannot be, the
   * store stays open and keeps it: close it again later, or {@link abort}.
   * @example
   * await store.close();
   * console.log(await store.get("a/b").catch((error) => error.code)); // ERR_CLOSED
   */
  async close(): Promise<void> {
    const writer = this.#writer;
    await this.#end(async () => {
      if (writer !== undefined) await this.#naming(undefined, () => writer.flush().then(() => writer.repackIfDue()));
    });
  }

  /**
   * Releases everything and discards what was not flushed: a new file never appears.
   * @example
   * await store.set("a/b", Uint8Array.of(4));
   * await store.abort();
   * const reader = await ZipStore.open("a.zip");
   * console.log(await reader.get("a/b")); // Uint8Array(3) [ 1, 2, 3 ]
   * await reader.close();
   */
  async abort(): Promise<void> {
    await this.#released; // of a close() that may have to keep what it cannot commit
    await this.#end(async () => undefined);
  }

  /**
   * As {@link abort}; never publishes.
   * @throws ZarrError `ERR_DIRTY` - there were unflushed writes, now discarded
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const dirty = !this.#closed && (this.#writer?.dirty ?? false);
    await this.abort();
    if (dirty) {
      throw this.#error("ERR_DIRTY", "was disposed of with unflushed writes, now discarded: call flush() or close()");
    }
  }

  /**
   * Everything that another thread or process needs to reopen this store, as plain JSON. Changes nothing here.
   *
   * @param options.share - for threads only: adds the parsed directory, which every thread then uses in place, and the query of a URL,
   *   which is left out otherwise, as it may be a secret
   * @throws ZarrError `ERR_DIRTY` - unflushed writes, or a new file that is not in its place; `ERR_CLOSED`
   * @example
   * const { kind, mode, readOnly } = store.getState();
   * console.log(kind, mode, readOnly); // ZipStore r+ false
   */
  getState(options: { share?: boolean } = {}): ZipStoreState {
    checkOptions(options, { share: "boolean" });
    this.#checkOpen();
    const { identity } = this.#view;
    if (this.#writer?.isUnflushed || identity === undefined) {
      throw this.#error("ERR_DIRTY", "has unflushed writes: call flush(), then hand its state over");
    }
    const { given } = this.#resources;
    const remote = given?.remote;
    const bytes = given && !remote && bytesToShare(this.path, given, options.share);
    const { end, digest, root } = identity;
    const copies = { limits: { ...this.limits }, identity: { end, digest, root, ...remote?.identity } };
    const sharedDirectory = options.share ? this.#view.sharedDirectory : undefined;
    const shared = {
      ...(sharedDirectory && { sharedDirectory }),
      ...(bytes && { bytes }),
      ...remote?.stateMembers(options.share),
    };
    return { ...this.#settings, readOnly: this.readOnly, mode: this.readOnly ? "r" : "r+", ...copies, ...shared };
  }

  /**
   * Makes this instance the store that `state` describes. No I/O: the file is opened, and found to be the same or not, at
   * first use. A read-only store stays read-only.
   *
   * @throws ZarrError `ERR_STATE` - incomplete, contradictory, or it would widen read-only to writable
   * @throws ZarrError `ERR_DIRTY` - this store has unflushed writes; `ERR_CLOSED`
   * @example
   * const reader = await ZipStore.open("a.zip");
   * await store.set("a/c", Uint8Array.of(4));
   * await store.flush();
   * reader.setState({ ...store.getState(), readOnly: true, mode: "r" }); // at the newest version from here on
   * console.log(await reader.get("a/c")); // Uint8Array(1) [ 4 ]
   * await reader.close();
   */
  setState(state: unknown): void {
    this.#checkOpen();
    const parsed = parseZipStoreState(state);
    if (this.#writer?.isUnflushed) throw this.#error("ERR_DIRTY", "has unflushed writes: flush() or abort() first");
    checkNarrowing(parsed.path, this.readOnly, parsed.readOnly);
    const before = this.#resources;
    this.#resources = replaceResources(before, parsed);
    const closing = closeResources(before).finally(() => this.#replaced.delete(closing));
    this.#replaced.add(closing);
    this.#values = this.#valuesOfView();
  }

  /**
   * The state, so that `JSON.stringify(store)` can be sent; for a store that cannot be handed over, a state that nothing accepts.
   * @example
   * console.log(JSON.parse(JSON.stringify(store)).kind); // ZipStore
   */
  toJSON(): object {
    const unflushed = this.#writer?.isUnflushed ? "it had unflushed writes" : undefined;
    const unusable = this.#closed
      ? "it was closed"
      : this.#resources.given && !this.#remote
        ? "its bytes are no file"
        : unflushed;
    return unusable === undefined ? this.getState() : { kind: "ZipStore", version: 1, path: this.path, unusable };
  }

  /**
   * True if `other` reads the same file in the same way: path, read-only flag, view, and the version if that is pinned.
   * @example
   * const reader = await ZipStore.open("a.zip");
   * const other = await ZipStore.fromState(reader.getState());
   * console.log(reader.equals(other), reader.equals(store)); // true false
   * for (const each of [reader, other]) await each.close();
   */
  equals(other: unknown): boolean {
    return (
      other instanceof ZipStore &&
      other.path === this.path &&
      other.#remote?.url.href === this.#remote?.url.href &&
      other.readOnly === this.readOnly &&
      other.view === this.view &&
      (this.view === "follow" || other.#view.identity?.digest === this.#view.identity?.digest)
    );
  }

  /**
   * Puts what was changed here into a file of its own, for the owner of another store of the same file to {@link merge}: so many
   * workers write, and one commits once.
   * @throws ZarrError `ERR_DIRTY` - a new file that is not in its place; `ERR_READ_ONLY`, `ERR_STORE_WRITE`
   * @example
   * const worker = await ZipStore.fromState(store.getState()); // in a worker
   * await worker.set("a/c", Uint8Array.of(4));
   * const stage = await worker.stage(); // plain JSON, which goes back to the owner of the store
   * await worker.abort();
   * await store.merge([stage]);
   * console.log(await store.get("a/c")); // Uint8Array(1) [ 4 ]
   */
  async stage(): Promise<ZipStage> {
    return await this.#naming(undefined, () => this.#writable().stage());
  }

  /**
   * Takes over what others have staged; `flush` commits it with everything else.
   * @throws ZarrError `ERR_CONFLICT` - what was staged was computed from values that have changed since, as parts of one chunk
   * @throws ZarrError `ERR_STATE` - no stage of this file; `ERR_NOT_FOUND` - it has been merged already
   * @example
   * const workers = await Promise.all([1, 2].map(() => ZipStore.fromState(store.getState())));
   * const stages = workers.map(async (worker, i) => {
   *   await worker.set(`c/${i}`, Uint8Array.of(i));
   *   return await worker.stage();
   * });
   * await store.merge(await Promise.all(stages));
   * await store.flush(); // one version more, by both
   * console.log(await store.listDir("c"), (await store.versions()).length); // [ '0', '1' ] 2
   * for (const worker of workers) await worker.abort();
   */
  async merge(stages: readonly unknown[]): Promise<void> {
    await this.#naming(undefined, () => this.#writable().merge(stages));
  }

  /**
   * The versions that the file holds, the newest first: of a read-only store from its own on. Each commit has added one, and
   * `repack` leaves one. `ZipStore.open(path, { version: id })` reads an older one.
   * @example
   * await store.set("a/b", Uint8Array.of(4));
   * await store.flush();
   * const [newest, first] = await store.versions();
   * const old = await ZipStore.open("a.zip", { version: first.id });
   * console.log(newest.entries, await old.get("a/b")); // 1 Uint8Array(3) [ 1, 2, 3 ]
   * await old.close();
   */
  async versions(): Promise<ArchiveVersion[]> {
    return await this.#openly(undefined, () => this.#view.use((archive) => archive.versions()));
  }

  /**
   * The entries of the file's central directory, in its order: values, values that later ones of the same name replace, and folders. What is
   * not committed is not there.
   * @example
   * for (const { name, size } of await store.entries()) console.log(name, size); // a/b 3
   */
  async entries(): Promise<ArchiveEntry[]> {
    return (await this.inArchive(({ directory }) => entriesOf(directory))) ?? [];
  }

  /**
   * Runs `work` on the archive that is in the file, which stays open meanwhile; `undefined` where a new one has not been written yet.
   * @internal
   */
  async inArchive<T>(work: (archive: ArchiveReader) => T | Promise<T>): Promise<T | undefined> {
    return this.#writer?.isNew ? undefined : await this.#openly(undefined, () => this.#view.use(work));
  }

  /**
   * The counters of this store, the changes that wait to be committed, and the use of the file.
   * @example
   * const { file, pending } = await store.stats();
   * console.log(file.entries, pending.bytes); // 1 0
   */
  async stats(): Promise<ZipStoreStats> {
    this.#checkOpen();
    const descriptors = this.#view.descriptors + (this.#writer?.descriptors ?? 0);
    const file = (await this.inArchive(usageOf)) ?? noUsage;
    const pending = this.#writer?.pendingBytes ?? { bytes: 0, spilled: 0 };
    return { ...this.#monitor.counters(), requests: this.#remote?.counters ?? noRequests, pending, file, descriptors };
  }

  /**
   * The archive as a stream, for pipes and HTTP: entries stored, in the directory's order, one in memory at a time.
   * @example
   * import { createWriteStream } from "node:fs";
   * import { pipeline } from "node:stream/promises";
   *
   * await pipeline(store.export(), createWriteStream("copy.zip"));
   * const copy = await ZipStore.open("copy.zip");
   * console.log(await copy.has("a/b")); // true
   * await copy.close();
   */
  export(): Readable {
    return exportArchive(valuesOf(this)) as Readable;
  }

  /** The changes that are not committed, over one version of the file. */
  #valuesOf(archive: ArchiveReader): ArchiveValues {
    const contents = new ArchiveContents(
      () => this.#writer?.sink,
      async (use) => await use(archive),
      this.#monitor,
      this.#verifiesWhole,
    );
    return new ArchiveValues(this, contents);
  }

  #valuesOfView(): ArchiveValues {
    const contents = this.#writer?.contents ?? contentsOfFile(this.#view, this.#monitor, this.#verifiesWhole);
    return new ArchiveValues(this, contents);
  }

  get #settings(): ZipStoreSettings {
    return this.#resources.settings;
  }

  get #view(): ArchiveView {
    return this.#resources.view;
  }

  get #writer(): ZipStoreWriter | undefined {
    return this.#resources.writer;
  }

  get #monitor(): Monitor {
    return this.#resources.monitor;
  }

  /**
   * The option `request`, which no state has: a pool calls it for its workers.
   * @internal
   */
  get preparation(): HttpPreparation | undefined {
    return this.#remote?.rules.request;
  }

  get #remote(): RemoteArchive | undefined {
    return this.#resources.given?.remote;
  }

  get #verifiesWhole(): boolean {
    return this.#remote?.settings.verify === "whole";
  }

  /** Ends all use, unless changes are left that could not be committed; a second end waits for the first, which alone reports what went wrong. */
  async #end(settle: () => Promise<void>): Promise<void> {
    if (this.#closed) return await this.#released;
    this.#writer?.checkIsNotWithin();
    this.#closed = true;
    const release = () => Promise.all([closeResources(this.#resources), ...this.#replaced]);
    const end = settle().then(release, async (error) => {
      if (this.#writer?.isUnflushed && !this.#writer.hasFailed) this.#closed = false;
      else await release();
      throw error;
    });
    this.#released = end.then(
      () => undefined,
      () => undefined,
    );
    await end;
  }

  #checkOpen(): void {
    if (this.#closed) throw this.#error("ERR_CLOSED", "was closed: open it again");
  }

  #writable(): ZipStoreWriter {
    this.#checkOpen();
    if (this.#writer === undefined) throw this.#error("ERR_READ_ONLY", "was opened read-only");
    this.#writer.checkIsNotWithin();
    return this.#writer;
  }

  #error(code: ZarrErrorCode, problem: string): ZarrError {
    return new ZarrError(code, `${this.path} ${problem}`, { file: this.path });
  }

  /** As {@link #naming}, of a store that is not closed. */
  async #openly<T>(key: string | undefined, act: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    return await this.#naming(key, act);
  }

  /** Adds file and key to what the ZIP layer, which knows neither, throws. */
  async #naming<T>(key: string | undefined, act: () => Promise<T>): Promise<T> {
    try {
      const { place } = this.#resources;
      if (place !== undefined) await place.file;
      return await act();
    } catch (error) {
      throw withDetails(error, { file: this.path, ...(key === undefined ? {} : { key }) });
    }
  }
}

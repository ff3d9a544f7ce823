import { FileSource, realPath, removeFile } from "../bytes/file.js";
import {
  folderEntries,
  folderOf,
  isFileName,
  pathTarget,
  removeEmptyFolders,
  removeTree,
  replaceFile,
  syncFile,
} from "../bytes/folder.js";
import type { Limits } from "../bytes/limits.js";
import { isPartFileName } from "../bytes/part-file.js";
import { isZarrError, withDetails, ZarrError, type ZarrErrorCode } from "../errors.js";
import { readNear } from "../zip/source-reading.js";
import {
  type DirectoryStoreOptions,
  type DirectoryStoreState,
  openFolder,
  parseDirectoryStoreState,
  requireFolder,
} from "./directory-store-options.js";
import { isKey, normalizeKey, normalizePrefix } from "./key.js";
import { withKey } from "./key-mutex.js";
import { resolveRange } from "./range.js";
import { checkRoots, type RestoreOptions } from "./roots.js";
import { checkNarrowing } from "./state-members.js";
import type { ByteRange, GetOptions, HeldValue, Store } from "./store.js";
import { forbidCloning } from "./uncloneable.js";
import { checkLength, checkValue } from "./value.js";

/**
 * A Zarr store in a folder, one file for each key, as zarr-python's `LocalStore`.
 *
 * Every value is replaced as a whole: a reader, or a process that is killed, leaves or sees the old one or the new one.
 * Written values can be seen at once, and survive a loss of power after `flush()`. There are no versions: who reads while
 * another writes may get keys of before and after.
 *
 * A key cannot be the folder of another one. Symbolic links in the folder are followed, as zarr-python does, wherever
 * they lead; a store restored with `roots` follows them only as far as those allow. Where the file system ignores case, so
 * do keys.
 */
export class DirectoryStore implements Store {
  readonly givesOwnMemory = true;
  #state: DirectoryStoreState;
  readonly #roots: readonly string[] | undefined;
  /** Keys written or removed since the last flush, of which the system may not have told the disk. */
  #unsynced = new Set<string>();
  /** Changes under way. */
  readonly #changes = new Set<Promise<void>>();
  #closed = false;

  private constructor(state: DirectoryStoreState, roots?: readonly string[]) {
    this.#state = state;
    this.#roots = roots;
    forbidCloning(this, () => ({
      path: this.path,
      mode: this.mode,
      readOnly: this.readOnly,
      ...(this.#closed ? { closed: true } : {}),
    }));
  }

  /**
   * Opens or creates a folder; see {@link DirectoryStoreOptions} for what each mode does.
   *
   * @throws ZarrError `ERR_NOT_FOUND` - `r` and `r+`, and no such folder
   * @throws ZarrError `ERR_EXISTS` - `w-`, and the folder holds something; `w`, and it holds something that is no Zarr node
   * @throws ZarrError `ERR_STORE_READ`, `ERR_STORE_WRITE` - it is no folder, or the system refuses it
   * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
   */
  static async open(path: string, options: DirectoryStoreOptions = {}): Promise<DirectoryStore> {
    return new DirectoryStore(await openFolder(path, options));
  }

  /**
   * A store from what {@link getState} gave, here or elsewhere. Looks for the folder at first use, and never creates it.
   * @throws ZarrError `ERR_STATE` - not a complete state, or a folder that `roots` does not allow
   */
  static async fromState(state: unknown, options: RestoreOptions = {}): Promise<DirectoryStore> {
    const parsed = parseDirectoryStoreState(state);
    await checkRoots(parsed.path, options.roots);
    return new DirectoryStore(parsed, options.roots);
  }

  /** Absolute path of the folder, symbolic links resolved. */
  get path(): string {
    return this.#state.path;
  }

  /** `r`, or `r+` for every mode that writes. */
  get mode(): "r" | "r+" {
    return this.#state.mode;
  }

  get readOnly(): boolean {
    return this.#state.readOnly;
  }

  get limits(): Limits {
    return this.#state.limits;
  }

  /**
   * Value of a key; `undefined` if there is none, which is never said of a folder that has gone.
   * @throws ZarrError `ERR_STORE_READ` - the system refuses to read it, as for lack of permission
   * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STALE_STATE` - the folder is gone; another one stands in its place
   * @throws ZarrError `ERR_LIMIT` - longer than `maxBytes`
   */
  async get(key: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return await this.withValue(key, (read) => read(undefined, options));
  }

  async getRange(key: string, range: ByteRange, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return await this.withValue(key, (read) => read(range, options));
  }

  /** See {@link Store.withValue}. */
  async withValue<T>(key: string, work: (read: HeldValue) => Promise<T>): Promise<T> {
    const name = normalizeKey(key);
    const source = await this.#open(name);
    if (source === undefined) return await work(async () => undefined);
    try {
      return await work(async (range, { signal, maxBytes = this.limits.readBytes } = {}) => {
        signal?.throwIfAborted();
        const { start, end } = resolveRange(range ?? { suffixLength: source.size }, source.size, name);
        checkLength(name, end - start, maxBytes);
        return await readNear(source, start, end - start);
      });
    } catch (error) {
      throw withDetails(error, { file: this.path, key: name });
    } finally {
      await source.close();
    }
  }

  async has(key: string): Promise<boolean> {
    return (await this.#find(normalizeKey(key))) !== undefined;
  }

  /**
   * Writes a whole value, in one step for everybody who reads.
   * @param value - must not change until the promise resolves
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_STORE_WRITE`
   * @throws ZarrError `ERR_EXISTS` - another key has this one as its folder, or the other way round
   */
  async set(key: string, value: Uint8Array): Promise<void> {
    this.#checkWritable();
    const name = normalizeKey(key);
    checkValue(name, value);
    await this.#change(name, (path) => replaceFile(path, value));
  }

  /** Removes a key; a missing one is no error. */
  async delete(key: string): Promise<void> {
    this.#checkWritable();
    const name = normalizeKey(key);
    await this.#change(name, async (path) => {
      const target = await pathTarget(path);
      if (target === undefined || target.kind === "folder") return;
      await removeFile(path);
      await removeEmptyFolders(folderOf(path), this.path);
    });
  }

  /** Removes every key below a folder (all of them where it is empty): at once for who reads, links not followed. */
  async deleteFolder(folder: string): Promise<void> {
    this.#checkWritable();
    const names = folder === "" ? await this.listDir() : [normalizeKey(folder)];
    for (const name of names) {
      await this.#change(name, async (path) => {
        await removeTree(path);
        await removeEmptyFolders(folderOf(path), this.path);
      });
    }
  }

  async *list(prefix = ""): AsyncGenerator<string> {
    const normal = normalizePrefix(prefix);
    const start = normal.slice(0, normal.lastIndexOf("/") + 1);
    yield* this.#walk(start, normal, false);
  }

  async listDir(prefix = ""): Promise<string[]> {
    const folder = normalizePrefix(prefix).replace(/\/$/, "");
    const names: string[] = [];
    for (const { name, kind } of await this.#entries(folder)) if (kind !== "other") names.push(name);
    return names;
  }

  /** Waits for writes under way, and makes everything written so far survive a loss of power. */
  async flush(): Promise<void> {
    this.#checkOpen();
    await this.#sync();
  }

  /** Flushes, and ends the use of this instance. Closing twice is no error. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Everything that another thread or process needs to reopen this store, as plain JSON. What was written before can be
   * read there at once.
   * @throws ZarrError `ERR_CLOSED`
   */
  getState(): DirectoryStoreState {
    this.#checkOpen();
    return { ...this.#state, identity: { ...this.#state.identity }, limits: { ...this.limits } };
  }

  /**
   * Makes this instance the store that `state` describes, without I/O. A read-only store stays read-only.
   * @throws ZarrError `ERR_STATE` - incomplete, contradictory, or it would widen read-only to writable
   * @throws ZarrError `ERR_DIRTY` - writes that no `flush()` has followed; `ERR_CLOSED`
   */
  setState(state: unknown): void {
    this.#checkOpen();
    const parsed = parseDirectoryStoreState(state);
    if (this.#changes.size + this.#unsynced.size > 0) {
      throw this.#error("ERR_DIRTY", "has unflushed writes: flush() first");
    }
    checkNarrowing(parsed.path, this.readOnly, parsed.readOnly);
    this.#state = parsed;
  }

  /** The state, so that `JSON.stringify(store)` can be sent; of a closed store one that nothing accepts. */
  toJSON(): object {
    if (!this.#closed) return this.getState();
    return { kind: "DirectoryStore", version: 1, path: this.path, unusable: "it was closed" };
  }

  /** Whether `other` is a store of the same folder that may do the same. */
  equals(other: unknown): boolean {
    return other instanceof DirectoryStore && other.path === this.path && other.readOnly === this.readOnly;
  }

  /** The file of a key, which stays what it is when another one takes its name; `undefined` if there is none. */
  async #open(name: string): Promise<FileSource | undefined> {
    const path = await this.#find(name);
    if (path === undefined) return undefined;
    try {
      return await FileSource.open(path);
    } catch (error) {
      if (isZarrError(error, "ERR_NOT_FOUND")) return undefined; // removed since it was found
      throw withDetails(error, { file: this.path, key: name });
    }
  }

  /** File of a key; `undefined` if there is none. */
  async #find(name: string): Promise<string | undefined> {
    this.#checkOpen();
    const path = this.#pathOf(name);
    const target = isFile(name) ? await pathTarget(path) : undefined;
    if (target === undefined) await this.#checkFolder();
    if (target === undefined || target.kind === "folder") return undefined;
    await checkRoots(path, this.#roots);
    return path;
  }

  /** What is missing may be missing with its folder, as when a disk is no longer mounted. */
  async #checkFolder(): Promise<void> {
    const { path, identity } = this.#state;
    const { device, inode } = await requireFolder(path);
    if (device === identity.device && inode === identity.inode) return;
    const found = `inode ${inode} of device ${device}, expected ${identity.inode} of ${identity.device}`;
    throw this.#error(
      "ERR_STALE_STATE",
      `is not the folder that was opened: it was replaced (${found}); open it again`,
    );
  }

  /** Changes to one key take effect in the order of the calls. */
  async #change(name: string, work: (path: string) => Promise<void>): Promise<void> {
    if (!isFile(name))
      throw this.#error("ERR_KEY", `cannot have the key ${JSON.stringify(name)}: a name in it is reserved`);
    const change = withKey(this.#changes, name, async () => {
      await this.#checkFolder();
      const path = this.#pathOf(name);
      if (this.#roots !== undefined) await checkRoots(await existingFolder(path), this.#roots);
      await work(path);
      this.#unsynced.add(name);
    });
    const settled = change.catch(() => undefined).finally(() => this.#changes.delete(settled));
    this.#changes.add(settled);
    try {
      await change;
    } catch (error) {
      throw withDetails(error, { file: this.path, key: name });
    }
  }

  async #sync(): Promise<void> {
    await Promise.all(this.#changes);
    const names = [...this.#unsynced];
    this.#unsynced = new Set();
    for (let i = 0; i < names.length; i += syncsAtOnce) {
      await Promise.all(names.slice(i, i + syncsAtOnce).map((name) => syncFile(this.#pathOf(name))));
    }
  }

  /** Keys below `folder` that start with `prefix`. Below a linked folder no other linked folder is entered: links may circle. */
  async *#walk(folder: string, prefix: string, isLinked: boolean): AsyncGenerator<string> {
    for (const { name, kind, isLink } of await this.#entries(folder.replace(/\/$/, ""))) {
      const key = `${folder}${name}`;
      if (kind === "file" && key.startsWith(prefix)) yield key;
      const mayHold = `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
      if (kind === "folder" && mayHold && !(isLink && isLinked))
        yield* this.#walk(`${key}/`, prefix, isLinked || isLink);
    }
  }

  /** What stands in the folder of a prefix and can be reached by a key. */
  async #entries(folder: string) {
    this.#checkOpen();
    if (folder !== "" && !isKey(folder)) return [];
    const path = folder === "" ? this.path : this.#pathOf(folder);
    const entries = await folderEntries(path);
    if (entries === undefined) await this.#checkFolder();
    else await checkRoots(path, this.#roots);
    return entries?.filter(({ name }) => isKey(name)) ?? [];
  }

  #pathOf(name: string): string {
    return `${this.path}/${name}`;
  }

  #checkOpen(): void {
    if (this.#closed) throw this.#error("ERR_CLOSED", "was closed: open it again");
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (this.readOnly) throw this.#error("ERR_READ_ONLY", "was opened read-only");
  }

  #error(code: ZarrErrorCode, problem: string): ZarrError {
    return new ZarrError(code, `${this.path} ${problem}`, { file: this.path });
  }
}

/** Files made durable at the same time. */
const syncsAtOnce = 16;

/** Whether a file may have the name of this key, on this system and beside the part files of values under way. */
function isFile(key: string): boolean {
  return key.split("/").every((name) => isFileName(name) && !isPartFileName(name));
}

/** The nearest folder above a path that exists: the others will be created below it. */
async function existingFolder(path: string): Promise<string> {
  let folder = folderOf(path);
  while ((await pathTarget(folder)) === undefined && folderOf(folder) !== folder) folder = folderOf(folder);
  return await realPath(folder);
}

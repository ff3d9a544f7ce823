import type { ByteRange } from "../../bytes/byte-range.js";
import { resolveRange } from "../../bytes/byte-range.js";
import { checkOptions } from "../../bytes/check-options.js";
import { FileSource, removeFile } from "../../bytes/file.js";
import {
  folderEntries,
  folderOf,
  isFileName,
  pathTarget,
  removeIfEmpty,
  removeTree,
  replaceFile,
  syncFile,
} from "../../bytes/folder.js";
import type { Limits } from "../../bytes/limits.js";
import { isPartFileName, removeDeadPartsIn } from "../../bytes/part-file.js";
import { realPath } from "../../bytes/real-path.js";
import { isZarrError, withDetails, ZarrError, type ZarrErrorCode } from "../../errors.js";
import { readNear } from "../../zip/source-reading.js";
import { isKey, normalizeKey, normalizePrefix } from "../key.js";
import { withKey } from "../key-mutex.js";
import { locatedPlace, type RestoreOptions, restoreOptions } from "../restore-options.js";
import { holdAllowed, makeWithin, useWithin } from "../roots.js";
import { checkNarrowing } from "../state-members.js";
import type { GetOptions, HeldValue, Store } from "../store.js";
import { forbidCloning } from "../uncloneable.js";
import { checkGetOptions, checkLength, checkValue } from "../value.js";
import {
  type DirectoryStoreOptions,
  type DirectoryStoreState,
  openFolder,
  parseDirectoryStoreState,
  requireFolder,
} from "./directory-store-options.js";

/**
 * A Zarr store in a folder, one file for each key, as zarr-python's `LocalStore`.
 *
 * Every value is replaced as a whole: a reader, or a process that is killed, leaves or sees the old one or the new one.
 * Written values can be seen at once, and survive a loss of power after `flush()`. There are no versions: a reader that reads while
 * another writes may get keys of before and after.
 *
 * A key cannot be the folder of another one. Symbolic links in the folder are followed, as zarr-python does, wherever
 * they lead; a store restored with `roots` follows them only as far as those allow. Where the file system ignores case, so
 * do keys.
 *
 * The examples of the methods go on from the one here, before it closes the store.
 *
 * @example
 * ```js
 * import { DirectoryStore } from "zarrzip";
 *
 * const store = await DirectoryStore.open("tree.zarr", { mode: "w" });
 * await store.set("a/b", Uint8Array.of(1, 2, 3));
 * console.log(await store.get("a/b")); // Uint8Array(3) [ 1, 2, 3 ]
 * await store.close();
 * ```
 */
export class DirectoryStore implements Store {
  readonly givesOwnMemory = true;
  #state: DirectoryStoreState;
  readonly #roots: readonly string[] | undefined;
  /** Keys written or removed since the last flush, of which the system may not have told the disk. */
  #unsynced = new Set<string>();
  /** Changes under way. */
  readonly #changes = new Set<Promise<void>>();
  /** Folders that hold nothing that killed writers have left. */
  readonly #tidied = new Set<string>();
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
   * @example
   * const reader = await DirectoryStore.open("tree.zarr"); // read-only
   * console.log(reader.readOnly, await reader.has("a/b")); // true true
   * await reader.close();
   */
  static async open(path: string, options: DirectoryStoreOptions = {}): Promise<DirectoryStore> {
    return new DirectoryStore(await openFolder(path, options));
  }

  /**
   * A store from what {@link getState} gave, here or elsewhere. Looks for the folder at first use, and never creates it.
   * @throws ZarrError `ERR_STATE` - not a complete state, or a folder that `roots` does not allow
   * @example
   * await store.flush();
   * const other = await DirectoryStore.fromState(store.getState(), { roots: [process.cwd()] });
   * console.log(await other.has("a/b")); // true
   * await other.close();
   */
  static async fromState(state: unknown, options: RestoreOptions = {}): Promise<DirectoryStore> {
    checkOptions(options, restoreOptions);
    const given = parseDirectoryStoreState(state);
    const place = await locatedPlace(given.path, options);
    if (place !== undefined && "url" in place) {
      const message = `locate gave a URL for the folder ${given.path}: folders are read where they are local`;
      throw new ZarrError("ERR_UNSUPPORTED", message, { file: given.path });
    }
    const parsed = place === undefined ? given : { ...given, path: await realPath(place.path) };
    (await holdAllowed(parsed.path, options.roots)).release();
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
   * @example
   * console.log(await store.get("a/b"), await store.get("a/c")); // Uint8Array(3) [ 1, 2, 3 ] undefined
   */
  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.withValue(key, (read) => read(undefined, options));
  }

  async getRange(key: string, range: ByteRange, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.withValue(key, (read) => read(range, options));
  }

  /** See {@link Store.withValue}. */
  async withValue<T>(key: string, work: (read: HeldValue) => Promise<T>): Promise<T> {
    const name = normalizeKey(key);
    const source = await this.#open(name);
    if (source === undefined) return await work(async () => undefined);
    try {
      return await work(async (range, options) => {
        const maxBytes = checkGetOptions(options, this.limits);
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
    return (await this.#reach(normalizeKey(key), async () => true)) ?? false;
  }

  /**
   * Writes a whole value, in one step for all readers.
   * @param value - must not change until the promise resolves
   * @throws ZarrError `ERR_READ_ONLY`, `ERR_STORE_WRITE`
   * @throws ZarrError `ERR_EXISTS` - another key has this one as its folder, or the other way round
   * @example
   * await store.set("a/b", new TextEncoder().encode("text")); // in the file tree.zarr/a/b
   * console.log(new TextDecoder().decode(await store.get("a/b"))); // text
   */
  async set(key: string, value: Uint8Array): Promise<void> {
    this.#checkWritable();
    const name = normalizeKey(key);
    checkValue(name, value);
    await this.#change(name, (path) => replaceFile(path, value), true);
  }

  /**
   * Removes a key; a missing one is no error.
   * @example
   * await store.delete("a/b");
   * console.log(await store.has("a/b"), await store.listDir()); // false []
   */
  async delete(key: string): Promise<void> {
    this.#checkWritable();
    const name = normalizeKey(key);
    await this.#change(name, async (path) => {
      const target = await pathTarget(path);
      if (target === undefined || target.kind === "folder") return;
      await removeFile(path);
      await this.#removeEmptyFolders(name);
    });
  }

  /**
   * Removes every key below a folder (all of them where it is empty): at once for readers, links not followed.
   * @example
   * await store.set("c", Uint8Array.of(4));
   * await store.deleteFolder("a");
   * console.log(await store.listDir()); // [ 'c' ]
   */
  async deleteFolder(folder: string): Promise<void> {
    this.#checkWritable();
    const names = folder === "" ? await this.listDir() : [normalizeKey(folder)];
    for (const name of names) {
      await this.#change(name, async (path) => {
        await removeTree(path);
        await this.#removeEmptyFolders(name);
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

  /**
   * Waits for writes under way, and makes everything written so far survive a loss of power.
   * @example
   * await store.set("a/c", Uint8Array.of(4));
   * await store.flush();
   * console.log(await store.listDir("a")); // [ 'b', 'c' ]
   */
  async flush(): Promise<void> {
    this.#checkOpen();
    await this.#sync();
  }

  /**
   * Flushes, and ends the use of this instance. Closing twice is no error.
   * @example
   * await store.close();
   * console.log(await store.get("a/b").catch((error) => error.code)); // ERR_CLOSED
   */
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
   * @example
   * const { kind, readOnly } = store.getState();
   * console.log(kind, readOnly); // DirectoryStore false
   */
  getState(): DirectoryStoreState {
    this.#checkOpen();
    return { ...this.#state, identity: { ...this.#state.identity }, limits: { ...this.limits } };
  }

  /**
   * Makes this instance the store that `state` describes, without I/O. A read-only store stays read-only.
   * @throws ZarrError `ERR_STATE` - incomplete, contradictory, or it would widen read-only to writable
   * @throws ZarrError `ERR_DIRTY` - writes that no `flush()` has followed; `ERR_CLOSED`
   * @example
   * await store.flush();
   * store.setState({ ...store.getState(), readOnly: true, mode: "r" });
   * console.log(await store.set("c", Uint8Array.of(4)).catch((error) => error.code)); // ERR_READ_ONLY
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

  /**
   * The state, so that `JSON.stringify(store)` can be sent; for a closed store, a state that nothing accepts.
   * @example
   * console.log(JSON.parse(JSON.stringify(store)).kind); // DirectoryStore
   */
  toJSON(): object {
    if (!this.#closed) return this.getState();
    return { kind: "DirectoryStore", version: 1, path: this.path, unusable: "it was closed" };
  }

  /**
   * True if `other` is a store of the same folder that may do the same.
   * @example
   * const same = await DirectoryStore.open("tree.zarr", { mode: "r+" });
   * const reader = await DirectoryStore.open("tree.zarr");
   * console.log(store.equals(same), store.equals(reader)); // true false
   * for (const other of [same, reader]) await other.close();
   */
  equals(other: unknown): boolean {
    return other instanceof DirectoryStore && other.path === this.path && other.readOnly === this.readOnly;
  }

  /** The file of a key, which stays what it is when another one takes its name; `undefined` if there is none. */
  async #open(name: string): Promise<FileSource | undefined> {
    try {
      return await this.#reach(name, openIfAny);
    } catch (error) {
      throw withDetails(error, { file: this.path, key: name });
    }
  }

  /** Uses the file of a key; `undefined` if there is none. */
  async #reach<T>(name: string, use: (path: string) => Promise<T>): Promise<T | undefined> {
    this.#checkOpen();
    let isThere = false;
    const find = async (path: string) => {
      const target = await pathTarget(path);
      isThere = target !== undefined;
      return target === undefined || target.kind === "folder" ? undefined : await use(path);
    };
    const found = isFile(name) ? await this.#within(this.#pathOf(name), "followed", find) : undefined;
    if (!isThere) await this.#checkFolder();
    return found;
  }

  /** See {@link useWithin}. */
  async #within<T>(path: string, link: "followed" | "kept", use: (path: string) => Promise<T>): Promise<T | undefined> {
    return await useWithin(path, this.#roots, link, use);
  }

  /** A value may be missing because its folder is, as when a disk is no longer mounted. */
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

  /**
   * Changes to one key take effect in the order of the calls.
   * @param needsFolder - whether `work` needs the folder of the key, and may create it
   */
  async #change(name: string, work: (path: string) => Promise<void>, needsFolder = false): Promise<void> {
    if (!isFile(name))
      throw this.#error("ERR_KEY", `cannot have the key ${JSON.stringify(name)}: a name in it is reserved`);
    const change = withKey(this.#changes, name, async () => {
      await this.#checkFolder();
      const path = this.#pathOf(name);
      this.#tidy(folderOf(path));
      await (needsFolder ? makeWithin(path, this.#roots, work) : this.#within(path, "kept", work));
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

  /** Removes the empty folders above a key. */
  async #removeEmptyFolders(name: string): Promise<void> {
    for (let path = folderOf(this.#pathOf(name)); path.length > this.path.length; path = folderOf(path)) {
      if (!(await this.#within(path, "kept", removeIfEmpty))) return;
    }
  }

  /** Removes, once, what writers that were killed have left in a folder that is written to. */
  #tidy(folder: string): void {
    if (this.#tidied.has(folder)) return;
    if (this.#tidied.size >= mostTidied) this.#tidied.clear();
    this.#tidied.add(folder);
    const tidying = this.#within(`${folder}/-`, "kept", (path) => removeDeadPartsIn(folderOf(path)))
      .catch(() => undefined) // it is in nobody's way
      .finally(() => this.#changes.delete(tidying));
    this.#changes.add(tidying);
  }

  async #sync(): Promise<void> {
    await Promise.all(this.#changes);
    const names = [...this.#unsynced];
    this.#unsynced = new Set();
    for (let i = 0; i < names.length; i += syncsAtOnce) {
      await Promise.all(
        names.slice(i, i + syncsAtOnce).map((name) => this.#within(this.#pathOf(name), "kept", syncFile)),
      );
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

  /** The entries in the folder of a prefix that can be reached by a key. */
  async #entries(folder: string) {
    this.#checkOpen();
    if (folder !== "" && !isKey(folder)) return [];
    const path = folder === "" ? this.path : this.#pathOf(folder);
    const entries = await this.#within(`${path}/-`, "kept", (within) => folderEntries(folderOf(within)));
    if (entries === undefined) await this.#checkFolder();
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

/** Folders to be remembered. */
const mostTidied = 10_000;

/** Files made durable at the same time. */
const syncsAtOnce = 16;

/** True if a file may have the name of this key, on this system and beside the part files of values under way. */
function isFile(key: string): boolean {
  return key.split("/").every((name) => isFileName(name) && !isPartFileName(name));
}

/** A file, unless it has been removed since it was found. */
async function openIfAny(path: string): Promise<FileSource | undefined> {
  return await FileSource.open(path).catch((error) => {
    if (isZarrError(error, "ERR_NOT_FOUND")) return undefined;
    throw error;
  });
}

import { createRequire } from "node:module";
import type { ByteRange } from "../bytes/byte-range.js";
import type { Limits } from "../bytes/limits.js";
import { namesBelow, normalizeKey, normalizePrefix } from "./key.js";
import type { GetOptions, StoreValues } from "./store.js";
import { checkGetOptions, checkValue, heldBytes } from "./value.js";
import type { ArchiveContents, ValueToken } from "./zip/archive-contents.js";

/** The values that a transaction has read, and the tokens that tell them from others. */
export class TransactionReads {
  readonly values = new Map<string, ValueToken>();
  /** By prefix. */
  readonly listings = new Map<string, string>();

  /** The first token stays: if the value has changed between two reads, the transaction has seen two. */
  addValue(name: string, token: ValueToken): void {
    if (!this.values.has(name)) this.values.set(name, token ?? undefined);
  }

  /** @param names - all that there were, of which those that begin with `prefix` count */
  addListing(prefix: string, names: readonly string[]): void {
    if (!this.listings.has(prefix)) this.listings.set(prefix, listingToken(names, prefix));
  }

  /** True if the transaction would read the same from `contents`. */
  async areCurrent(contents: ArchiveContents): Promise<boolean> {
    for (const [name, token] of this.values) {
      if (((await contents.token(name)) ?? undefined) !== token) return false;
    }
    if (this.listings.size === 0) return true;
    const names = await contents.names();
    return [...this.listings].every(([prefix, token]) => listingToken(names, prefix) === token);
  }
}

/** A token of the names that begin with `prefix`, whatever their order. */
export function listingToken(names: readonly string[], prefix: string): string {
  // Few transactions list anything, and what they need takes longer to load than a commit takes.
  const { createHash } = createRequire(import.meta.url)("node:crypto") as typeof import("node:crypto");
  const listed = names.filter((name) => name.startsWith(prefix)).sort();
  return createHash("sha256").update(listed.join("\0")).digest("base64");
}

/** The view of a transaction: the contents, with its own changes over them, which stay here until it has ended. */
export class TransactionValues implements StoreValues {
  readonly readOnly = false;
  readonly path: string;
  readonly limits: Limits;
  readonly reads = new TransactionReads();
  /** The values to write; `undefined` removes one. */
  readonly writes: Map<string, Uint8Array | undefined> = new Map();
  readonly #contents: ArchiveContents;

  constructor({ path, limits }: Pick<StoreValues, "path" | "limits">, contents: ArchiveContents) {
    this.path = path;
    this.limits = limits;
    this.#contents = contents;
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.#value(key, undefined, options);
  }

  async getRange(key: string, range: ByteRange, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.#value(key, range, options);
  }

  async has(key: string): Promise<boolean> {
    const name = normalizeKey(key);
    if (this.writes.has(name)) return this.writes.get(name) !== undefined;
    const token = await this.#contents.token(name);
    this.reads.addValue(name, token);
    return token !== undefined && token !== null;
  }

  /** @param value - must not change until the transaction has ended */
  async set(key: string, value: Uint8Array): Promise<void> {
    const name = normalizeKey(key);
    checkValue(name, value);
    this.writes.set(name, value);
  }

  async delete(key: string): Promise<void> {
    this.writes.set(normalizeKey(key), undefined);
  }

  async *list(prefix = ""): AsyncGenerator<string> {
    const normal = normalizePrefix(prefix);
    for (const name of await this.#names(normal)) if (name.startsWith(normal)) yield name;
  }

  async listDir(prefix = ""): Promise<string[]> {
    return namesBelow(await this.#names(normalizePrefix(prefix)), prefix);
  }

  async #value(
    key: string,
    range: ByteRange | undefined,
    options: GetOptions | undefined,
  ): Promise<Uint8Array | undefined> {
    const maxBytes = checkGetOptions(options, this.limits);
    const name = normalizeKey(key);
    if (!this.writes.has(name)) {
      const { token, value } = await this.#contents.value(name, range, maxBytes);
      this.reads.addValue(name, token);
      return value;
    }
    return await heldBytes(name, this.writes.get(name), this.limits)(range, { maxBytes });
  }

  async #names(prefix: string): Promise<string[]> {
    const stored = await this.#contents.names();
    this.reads.addListing(prefix, stored);
    const added = [...this.writes].filter(([, value]) => value !== undefined).map(([name]) => name);
    return [...stored.filter((name) => !this.writes.has(name)), ...added];
  }
}

import type { Limits } from "../bytes/limits.js";
import type { ArchiveContents, ValueToken } from "./archive-contents.js";
import { namesBelow, normalizeKey, normalizePrefix } from "./key.js";
import { resolveRange } from "./range.js";
import type { ByteRange, GetOptions, StoreValues } from "./store.js";
import { checkLength, checkValue } from "./value.js";

/** What a transaction sees: the contents, with its own changes over them, which stay here until it has ended. */
export class TransactionValues implements StoreValues {
  readonly readOnly = false;
  readonly path: string;
  readonly limits: Limits;
  /** What was read, and what told those values from others. */
  readonly reads = new Map<string, ValueToken>();
  /** What is to be written; `undefined` for what goes. */
  readonly writes = new Map<string, Uint8Array | undefined>();
  readonly #contents: ArchiveContents;

  constructor({ path, limits }: Pick<StoreValues, "path" | "limits">, contents: ArchiveContents) {
    this.path = path;
    this.limits = limits;
    this.#contents = contents;
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return await this.#value(key, undefined, options);
  }

  async getRange(key: string, range: ByteRange, options: GetOptions = {}): Promise<Uint8Array | undefined> {
    return await this.#value(key, range, options);
  }

  async has(key: string): Promise<boolean> {
    const name = normalizeKey(key);
    if (this.writes.has(name)) return this.writes.get(name) !== undefined;
    const token = await this.#contents.token(name);
    this.#remember(name, token);
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
    for (const name of await this.#names()) if (name.startsWith(normal)) yield name;
  }

  async listDir(prefix = ""): Promise<string[]> {
    return namesBelow(await this.#names(), prefix);
  }

  async #value(
    key: string,
    range: ByteRange | undefined,
    { signal, maxBytes = this.limits.readBytes }: GetOptions,
  ): Promise<Uint8Array | undefined> {
    signal?.throwIfAborted();
    const name = normalizeKey(key);
    if (!this.writes.has(name)) {
      const { token, value } = await this.#contents.value(name, range, maxBytes);
      this.#remember(name, token);
      return value;
    }
    const value = this.writes.get(name);
    if (value === undefined) return undefined;
    const { start, end } = resolveRange(range ?? { suffixLength: value.length }, value.length, name);
    checkLength(name, end - start, maxBytes);
    return value.slice(start, end);
  }

  /** The first token stays: if the value has changed between two reads, the transaction has seen two. */
  #remember(name: string, token: ValueToken): void {
    if (!this.reads.has(name)) this.reads.set(name, token ?? undefined);
  }

  async #names(): Promise<string[]> {
    const stored = await this.#contents.names();
    const added = [...this.writes].filter(([, value]) => value !== undefined).map(([name]) => name);
    return [...stored.filter((name) => !this.writes.has(name)), ...added];
  }
}

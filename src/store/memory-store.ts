import type { ByteRange } from "../bytes/byte-range.js";
import { checkOptions } from "../bytes/check-options.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";
import { namesBelow, normalizeKey, normalizePrefix } from "./key.js";
import type { GetOptions, HeldValue, Store, StoreState } from "./store.js";
import { forbidCloning } from "./uncloneable.js";
import { checkValue, heldBytes } from "./value.js";

/**
 * A store in this thread's memory, for tests and intermediate results. It cannot be handed over. The examples of its methods go on from
 * the one here.
 *
 * @example
 * ```js
 * import { MemoryStore } from "zarrzip";
 *
 * const store = new MemoryStore();
 * await store.set("a/b", Uint8Array.of(1, 2, 3));
 * console.log(await store.get("a/b")); // Uint8Array(3) [ 1, 2, 3 ]
 * ```
 */
export class MemoryStore implements Store {
  readonly path = "(memory)";
  readonly readOnly: boolean;
  readonly limits: Limits;
  readonly #values: Map<string, Uint8Array>;
  #closed = false;

  /** @param options.values - initial keys and values, kept by reference; `readOnly` guards them */
  constructor(
    options: { values?: Map<string, Uint8Array>; readOnly?: boolean; limits?: Partial<Limits> | undefined } = {},
  ) {
    checkOptions(options, { values: "any", readOnly: "boolean", limits: "any" });
    this.#values = options.values ?? new Map();
    this.readOnly = options.readOnly ?? false;
    this.limits = { ...defaultLimits, ...options.limits };
    forbidCloning(this, () => ({ keys: this.#values.size, readOnly: this.readOnly }));
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.#held(key)(undefined, options);
  }

  async getRange(key: string, range: ByteRange, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.#held(key)(range, options);
  }

  /** See {@link Store.withValue}. */
  async withValue<T>(key: string, work: (read: HeldValue) => Promise<T>): Promise<T> {
    return await work(this.#held(key));
  }

  async has(key: string): Promise<boolean> {
    this.#check();
    return this.#values.has(normalizeKey(key));
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    this.#checkWritable();
    checkValue(key, value);
    this.#values.set(normalizeKey(key), new Uint8Array(value));
  }

  async delete(key: string): Promise<void> {
    this.#checkWritable();
    this.#values.delete(normalizeKey(key));
  }

  async *list(prefix = ""): AsyncGenerator<string> {
    this.#check();
    const normal = normalizePrefix(prefix);
    for (const key of [...this.#values.keys()]) if (key.startsWith(normal)) yield key;
  }

  async listDir(prefix = ""): Promise<string[]> {
    this.#check();
    return namesBelow(this.#values.keys(), prefix);
  }

  async flush(): Promise<void> {
    this.#check();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /**
   * Fails: nobody else can open what lives in one thread's memory.
   * @throws ZarrError `ERR_UNSUPPORTED` - always
   * @example
   * try {
   *   store.getState();
   * } catch (error) {
   *   console.log(error.code); // ERR_UNSUPPORTED
   * }
   */
  getState(): StoreState {
    throw new ZarrError(
      "ERR_UNSUPPORTED",
      "a MemoryStore lives in one thread's memory and has no state to hand over: write a ZipStore and hand that over",
    );
  }

  /** A value is replaced, never changed in place. */
  #held(key: string): HeldValue {
    this.#check();
    return heldBytes(key, this.#values.get(normalizeKey(key)), this.limits);
  }

  #check(): void {
    if (this.#closed) throw new ZarrError("ERR_CLOSED", "the MemoryStore is closed");
  }

  #checkWritable(): void {
    this.#check();
    if (this.readOnly) throw new ZarrError("ERR_READ_ONLY", "the MemoryStore was created read-only");
  }
}

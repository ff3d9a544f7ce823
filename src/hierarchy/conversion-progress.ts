import type { Json } from "../bytes/json.js";
import { isJsonObject } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { sha256 } from "../codecs/kernels/sha256.js";
import { ZarrError } from "../errors.js";
import type { Store } from "../store/store.js";
import { nodeKey } from "./load-node.js";

/** Bytes of the value, at most. */
const maxBytes = 1024;

/**
 * The progress of a conversion: a value in its target, which is committed together with the parts that it counts. Where the conversion
 * is interrupted, the next one with the same work goes on from there.
 */
export class ConversionProgress {
  readonly #target: Store;
  readonly #key: string;
  readonly #work: string;
  /** When the next commit is due, as `performance.now()` says. */
  #due = 0;
  /** Parts that need not be done again. */
  readonly done: number;
  /** True if an earlier conversion has begun. */
  readonly isContinued: boolean;

  private constructor(target: Store, key: string, work: string, done: number | undefined) {
    this.#target = target;
    this.#key = key;
    this.#work = work;
    this.done = done ?? 0;
    this.isContinued = done !== undefined;
  }

  /**
   * Looks for the progress of the same conversion, or begins a new one.
   * @param base - path of the node in the target
   * @param description - of all that makes the result what it is
   * @throws ZarrError `ERR_EXISTS` - it is that of another conversion
   */
  static async open(target: Store, base: string, description: string): Promise<ConversionProgress> {
    const key = nodeKey(base, ".zarrzip-conversion");
    const digest = sha256(new TextEncoder().encode(description));
    const work = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const bytes = await target.get(key, { maxBytes });
    const found = bytes === undefined ? undefined : doneIn(parsed(bytes), work);
    if (bytes !== undefined && found === undefined) {
      const message = `${target.path} has the beginning of another conversion: of a source that was different, or with other options; give the same ones, or remove it`;
      throw new ZarrError("ERR_EXISTS", message, { file: target.path, key });
    }
    const progress = new ConversionProgress(target, key, work, found);
    if (found === undefined) await progress.#save(0);
    return progress;
  }

  /** Commits so many parts, unless that would take more than a tenth of the time. */
  async reach(done: number): Promise<void> {
    if (performance.now() >= this.#due) await this.commit(done);
  }

  /** Commits so many parts, with everything else that was written. */
  async commit(done: number): Promise<void> {
    const begin = performance.now();
    await this.#save(done);
    await this.#target.flush();
    const end = performance.now();
    this.#due = end + 9 * (end - begin);
  }

  /** Removes the value, without a commit. */
  async end(): Promise<void> {
    await this.#target.delete(this.#key);
  }

  async #save(done: number): Promise<void> {
    const text = JSON.stringify({ version: 2, work: this.#work, done });
    await this.#target.set(this.#key, new TextEncoder().encode(text));
  }
}

function parsed(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // nothing that this package has written
  }
}

/** The number of parts that are done, if they are parts of this work. */
function doneIn(json: Json | undefined, work: string): number | undefined {
  if (!isJsonObject(json) || json.version !== 2 || json.work !== work) return undefined;
  return Number.isSafeInteger(json.done) ? (json.done as number) : undefined;
}

import type { BatchRequest, TakeBatch, TakePiece } from "../../bytes/bulk-reads.js";
import type { ByteRange, PieceRange } from "../../bytes/byte-range.js";
import type { Limits } from "../../bytes/limits.js";
import { withDetails, ZarrError } from "../../errors.js";
import { namesBelow, normalizeKey, normalizePrefix } from "../key.js";
import type { GetOptions, HeldValue, StoreValues } from "../store.js";
import { checkGetOptions } from "../value.js";
import type { ArchiveContents, ReadHeld } from "./archive-contents.js";

/** The contents of a store, to be read: always the newest, or those of one moment. */
export class ArchiveValues implements StoreValues {
  readonly givesOwnMemory = true;
  readonly readOnly = true;
  readonly path: string;
  readonly limits: Limits;
  readonly #contents: ArchiveContents;

  constructor({ path, limits }: Pick<StoreValues, "path" | "limits">, contents: ArchiveContents) {
    this.path = path;
    this.limits = limits;
    this.#contents = contents;
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.withValue(key, (read) => read(undefined, options));
  }

  async getRange(key: string, range: ByteRange, options?: GetOptions): Promise<Uint8Array | undefined> {
    return await this.withValue(key, (read) => read(range, options));
  }

  async withValue<T>(key: string, work: (read: HeldValue) => Promise<T>): Promise<T> {
    const name = normalizeKey(key);
    const limited: (read: ReadHeld) => HeldValue = (read) => async (range, options) =>
      await read(range, checkGetOptions(options, this.limits), options?.signal);
    return await this.#naming(name, () => this.#contents.withValue(name, (read) => work(limited(read))));
  }

  async has(key: string): Promise<boolean> {
    const name = normalizeKey(key);
    return ((await this.#naming(name, () => this.#contents.token(name))) ?? undefined) !== undefined;
  }

  async getPieces(
    key: string,
    size: number,
    pieceSize: number,
    take: TakePiece,
    range?: PieceRange,
  ): Promise<boolean | undefined> {
    const name = normalizeKey(key);
    return await this.#naming(name, () => this.#contents.pieces(name, size, pieceSize, take, range));
  }

  async getBatches(request: BatchRequest, take: TakeBatch): Promise<readonly number[] | undefined> {
    return await this.#naming(undefined, () => this.#contents.batches(request, take));
  }

  async *list(prefix = ""): AsyncGenerator<string> {
    const normal = normalizePrefix(prefix);
    for (const name of await this.#names()) if (name.startsWith(normal)) yield name;
  }

  async listDir(prefix = ""): Promise<string[]> {
    return namesBelow(await this.#names(), prefix);
  }

  async set(): Promise<void> {
    this.#refuse();
  }

  async delete(): Promise<void> {
    this.#refuse();
  }

  async #names(): Promise<string[]> {
    return await this.#naming(undefined, () => this.#contents.names());
  }

  /** Adds file and key to what the ZIP layer, which knows neither, throws. */
  async #naming<T>(key: string | undefined, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw withDetails(error, { file: this.path, ...(key === undefined ? {} : { key }) });
    }
  }

  #refuse(): never {
    throw new ZarrError("ERR_READ_ONLY", `${this.path} is only read here`, { file: this.path });
  }
}

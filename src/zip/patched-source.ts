import type { ByteSource } from "../bytes/byte-source.js";

/** A source of which some bytes are known better than what it says. Closing it is the source's affair. */
export class PatchedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #offset: number;
  readonly #patch: Uint8Array;

  /** @param patch - the bytes from `offset` on */
  constructor(source: ByteSource, offset: number, patch: Uint8Array) {
    this.#source = source;
    this.#offset = offset;
    this.#patch = patch;
  }

  get name(): string {
    return this.#source.name;
  }

  get size(): number {
    return this.#source.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.#source.read(offset, length);
    const from = Math.max(offset, this.#offset);
    const to = Math.min(offset + length, this.#offset + this.#patch.length);
    if (from < to) bytes.set(this.#patch.subarray(from - this.#offset, to - this.#offset), from - offset);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#source.close();
  }
}

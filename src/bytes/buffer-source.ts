import { ZarrError } from "../errors.js";
import type { ByteSource } from "./byte-source.js";

/**
 * Bytes in memory as a {@link ByteSource}. What is read are copies.
 *
 * @example
 * ```js
 * import { BufferSource, createGroup, exportZip, MemoryStore, openGroup } from "zarrzip";
 *
 * const store = new MemoryStore();
 * await createGroup(store, { attributes: { from: "memory" } });
 * const bytes = new Uint8Array(await new Response(exportZip(store)).arrayBuffer());
 * const group = await openGroup(new BufferSource(bytes, "memory.zip")); // errors name it
 * console.log(group.attributes); // { from: 'memory' }
 * ```
 */
export class BufferSource implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;
  #closed = false;

  constructor(bytes: Uint8Array, name = "(memory)") {
    this.#bytes = bytes;
    this.name = name;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }

  readSync(offset: number, length: number): Uint8Array {
    if (this.#closed) throw new ZarrError("ERR_CLOSED", `${this.name} is closed`, { file: this.name });
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw new ZarrError(
        "ERR_STORE_READ",
        `cannot read ${length} bytes at ${offset} of ${this.name}: it has ${this.size} bytes`,
        { file: this.name, offset },
      );
    }
    return new Uint8Array(this.#bytes.subarray(offset, offset + length)); // slice() of a Buffer would not copy
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

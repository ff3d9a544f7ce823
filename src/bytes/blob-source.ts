import { ZarrError } from "../errors.js";
import type { BlobRanges } from "./blob-ranges.js";
import type { PieceRange } from "./byte-range.js";
import type { ByteSource } from "./byte-source.js";

/** A `Blob` or `File` as a {@link ByteSource}: what is read of it is never in memory as a whole. */
export class BlobSource implements ByteSource {
  readonly name: string;
  readonly #blob: Blob;
  /** Loaded with the first announcement; `undefined` where a page cannot load it, as offline: then each read is one of its own. */
  #ranges: Promise<BlobRanges | undefined> | undefined;

  constructor(blob: Blob) {
    this.#blob = blob;
    this.name = "name" in blob && typeof blob.name === "string" ? blob.name : "(blob)";
  }

  get size(): number {
    return this.#blob.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    try {
      const ranges = await this.#ranges;
      return await (ranges?.read(offset, length) ?? this.#read(offset, length));
    } catch (cause) {
      const message = `cannot read ${length} bytes at ${offset} of ${this.name}: it was changed or removed, or may not be read`;
      throw new ZarrError("ERR_STORE_READ", message, { file: this.name, offset }, cause);
    }
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer());
  }

  expect(ranges: readonly PieceRange[]): () => void {
    this.#ranges ??= import("./blob-ranges.js").then(
      ({ BlobRanges }) => new BlobRanges(this.#blob),
      () => undefined,
    );
    const giveUp = this.#ranges.then((announced) => announced?.expect(ranges));
    return () => void giveUp.then((end) => end?.());
  }
}

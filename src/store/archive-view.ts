import { ZarrError } from "../errors.js";
import { type ArchiveIdentity, ArchiveReader } from "../zip/archive-reader.js";
import type { SharedDirectory } from "../zip/directory.js";
import { checkRoots } from "./roots.js";
import type { ZipStoreView } from "./zip-store-state.js";

/** What to open, and what must be found there. */
export interface ArchiveTarget {
  readonly path: string;
  readonly view: ZipStoreView;
  /** Version that was handed over; without it whatever the file holds. */
  readonly identity?: ArchiveIdentity | undefined;
  /** The parsed directory of `identity`, from another thread. */
  readonly sharedDirectory?: SharedDirectory | undefined;
  /** Folders below which the file must lie, symbolic links resolved. */
  readonly roots?: readonly string[] | undefined;
}

/** An archive as a store sees it: opened at first use, then at one version, or always at the newest. */
export class ArchiveView {
  readonly #target: ArchiveTarget;
  #reader: Promise<ArchiveReader> | undefined;
  #opened: ArchiveReader | undefined;
  /** Readers of older versions, which finish what they were asked. */
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(target: ArchiveTarget) {
    this.#target = target;
  }

  /** The version that is, or will be, read; `undefined` before the first open of a file that nobody handed over. */
  get identity(): ArchiveIdentity | undefined {
    return this.#opened?.identity ?? this.#target.identity;
  }

  /** The parsed directory of {@link identity}, for other threads. */
  get sharedDirectory(): SharedDirectory | undefined {
    return this.#opened?.directory.share() ?? this.#target.sharedDirectory;
  }

  /** The open archive; throws as {@link ArchiveReader.open}, and `ERR_CLOSED`. */
  async current(): Promise<ArchiveReader> {
    this.#checkOpen();
    this.#reader ??= this.#open();
    const opening = this.#reader;
    const reader = await opening;
    this.#checkOpen();
    if (this.#target.view === "follow" && this.#reader === opening && reader.hasGrown()) {
      this.#retire();
      return await this.current();
    }
    return reader;
  }

  /** Waits for reads under way, then releases every descriptor. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retire();
    await Promise.all(this.#closing);
  }

  async #open(): Promise<ArchiveReader> {
    const { path, view, roots } = this.#target;
    try {
      await checkRoots(path, roots);
      this.#opened = await ArchiveReader.open(path, {
        identity: this.identity,
        shared: this.sharedDirectory,
        follow: view === "follow",
      });
      return this.#opened;
    } catch (error) {
      this.#reader = undefined;
      throw error;
    }
  }

  #retire(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) return;
    const closing = reader
      .then(
        (open) => open.close(),
        () => undefined, // whoever asked for it was told why it did not open
      )
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #checkOpen(): void {
    const { path } = this.#target;
    if (this.#closed) throw new ZarrError("ERR_CLOSED", `${path} was closed: open it again`, { file: path });
  }
}

import { openArchiveFile } from "#file";
import type { ByteSource } from "../../bytes/byte-source.js";
import type { WrittenArchive } from "../../commit/archive-writer.js";
import { ZarrError } from "../../errors.js";
import { ArchiveReader, archiveIn } from "../../zip/archive-reader.js";
import type { SharedDirectory } from "../../zip/directory.js";
import type { ArchiveIdentity } from "../../zip/known-version.js";
import type { RemoteArchive } from "./remote-archive.js";
import type { ZipStoreView } from "./zip-store-state.js";

/** The archive to open, and the version that must be found there. */
export interface ArchiveTarget {
  /** Its file; where it has a source, the name of that. */
  readonly path: string;
  /** Bytes that are no local file, which the view closes when it is closed. */
  readonly source?: ByteSource | undefined;
  /** A remote file, which its store closes. */
  readonly remote?: RemoteArchive | undefined;
  readonly view: ZipStoreView;
  /** Version that was handed over; without it whatever the file holds. */
  readonly identity?: ArchiveIdentity | undefined;
  /** The parsed directory of `identity`, from another thread. */
  readonly sharedDirectory?: SharedDirectory | undefined;
}

/** One version of the file, open for as long as it is the view's, or somebody still reads it. */
interface OpenVersion {
  readonly archive: Promise<ArchiveReader>;
  /** Number of calls of {@link ArchiveView.use} under way. */
  users: number;
  whenUnused?: () => void;
}

/** An archive as a store sees it: opened at first use, then at one version, or always at the newest. */
export class ArchiveView {
  #target: ArchiveTarget;
  #version: OpenVersion | undefined;
  #opened: ArchiveReader | undefined;
  /** Versions that are no longer the view's: each closes when those who read it have ended. */
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(target: ArchiveTarget) {
    this.#target = target;
  }

  /** The version that is, or will be, read; `undefined` before the first open of a file that nobody handed over. */
  get identity(): ArchiveIdentity | undefined {
    return this.#opened?.identity ?? this.#target.identity;
  }

  /** True if reading is planned ahead, as the bytes are not on this machine. */
  get isFar(): boolean {
    return this.#target.remote !== undefined || this.#target.source?.expect !== undefined;
  }

  /** The parsed directory of {@link identity}, for other threads. */
  get sharedDirectory(): SharedDirectory | undefined {
    return this.#opened?.directory.share() ?? this.#target.sharedDirectory;
  }

  /**
   * Opens the file now, for reading alone. Throws as {@link ArchiveReader.open}.
   * @throws ZarrError `ERR_ZIP_TAIL` - also a file of 0 bytes, of which a pinned view would never see more
   */
  async open(): Promise<void> {
    const end = await this.use(({ directory }) => directory.end);
    if (end > 0 || this.#target.view === "follow") return;
    const { path } = this.#target;
    const message = `${path} has 0 bytes: it was created and nothing has been flushed into it yet, or a copy of it failed`;
    throw new ZarrError("ERR_ZIP_TAIL", message, { file: path });
  }

  /**
   * Runs `work` on the archive, which stays open until that has ended, whoever closes the view meanwhile.
   * Throws as {@link ArchiveReader.open}, and `ERR_CLOSED`.
   *
   * @param isLocked - whether this thread holds the lock of the file
   */
  async use<T>(work: (archive: ArchiveReader) => T | Promise<T>, isLocked = false): Promise<T> {
    const version = this.#current();
    const done = await hold(version, async (archive) => {
      const currency = this.#target.view === "pinned" ? "current" : archive.currency(isLocked);
      if (currency === "current") return { value: await work(archive) };
      if (this.#version === version) {
        this.#goOn(version, currency === "outgrown" ? archive.newest() : this.#openArchive());
      }
      return undefined;
    });
    return done === undefined ? await hold(this.#current(), work) : done.value;
  }

  /**
   * Opens the file, which has just been written, and holds it against what was written.
   * @throws ZarrError `ERR_STALE_STATE` - it has been replaced already; nothing is read from the other one, now or later
   */
  async openWritten(written: WrittenArchive): Promise<void> {
    if (await this.use((archive) => archive.holds(written))) return;
    if (this.#version !== undefined) this.#retire(this.#version);
    this.#opened = undefined;
    this.#target = { ...this.#target, identity: { ...written, root: "" } };
    await this.use(() => undefined);
  }

  /** Goes on with the version that this thread has just appended to the one that is in use. */
  continueWith(archive: ArchiveReader): void {
    if (this.#version !== undefined) this.#retire(this.#version);
    this.#version = this.#begin(Promise.resolve(archive));
  }

  /**
   * Stays, from now on, at one of the versions that the file holds.
   * @throws ZarrError `ERR_NOT_FOUND` - it holds no such version; and as {@link use}
   */
  async goTo(id: string): Promise<void> {
    const archive = await this.use((newest) => newest.version(id));
    if (archive === undefined) {
      const { path } = this.#target;
      const message = `${path} holds no version ${JSON.stringify(id)}, or no longer has it: versions() lists those that it has`;
      throw new ZarrError("ERR_NOT_FOUND", message, { file: path });
    }
    this.#target = { ...this.#target, identity: archive.identity };
    this.continueWith(archive);
    await this.use(() => undefined);
  }

  /** Number of descriptors that are open, at most: versions of one file share one. */
  get descriptors(): number {
    return (this.#version === undefined ? 0 : 1) + this.#closing.size;
  }

  /** Waits for reads under way, then releases every descriptor. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#version !== undefined) this.#retire(this.#version);
    await Promise.all(this.#closing);
  }

  #current(): OpenVersion {
    const { path } = this.#target;
    if (this.#closed) throw new ZarrError("ERR_CLOSED", `${path} was closed: open it again`, { file: path });
    this.#version ??= this.#begin(this.#openArchive());
    return this.#version;
  }

  /** Replaces a version by the newest one: of the same file on the same descriptor, or of the file that has taken its name. */
  #goOn(version: OpenVersion, newest: Promise<ArchiveReader>): void {
    this.#retire(version);
    this.#version = this.#begin(newest);
  }

  #begin(opening: Promise<ArchiveReader>): OpenVersion {
    const version: OpenVersion = { archive: opening, users: 0 };
    opening.then(
      (archive) => {
        this.#opened = archive;
      },
      () => {
        if (this.#version === version) this.#version = undefined; // the next use tries again
      },
    );
    return version;
  }

  async #openArchive(): Promise<ArchiveReader> {
    const { path, source, remote, view } = this.#target;
    const given = source ?? (await remote?.open());
    return await ArchiveReader.open(given === undefined ? await openArchiveFile(path) : archiveIn(given), {
      identity: this.identity,
      shared: this.sharedDirectory,
      isKnown: source !== undefined || remote?.isKnown === true, // bytes come with their directory, and never change
      follow: view === "follow",
    });
  }

  #retire(version: OpenVersion): void {
    this.#version = undefined;
    const closing = closeWhenUnused(version).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

async function hold<T>(version: OpenVersion, work: (archive: ArchiveReader) => T | Promise<T>): Promise<T> {
  version.users++;
  try {
    return await work(await version.archive);
  } finally {
    version.users--;
    if (version.users === 0) version.whenUnused?.();
  }
}

async function closeWhenUnused(version: OpenVersion): Promise<void> {
  if (version.users > 0) {
    await new Promise<void>((resolve) => {
      version.whenUnused = resolve;
    });
  }
  const archive = await version.archive.catch(() => undefined); // whoever asked for it was told why it did not open
  await archive?.close();
}

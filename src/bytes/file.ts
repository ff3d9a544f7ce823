/**
 * Files. Below `store/` only this file touches `node:fs`, so that a runtime without it needs one replacement.
 */
import fs from "node:fs";
import nodePath from "node:path";
import { ZarrError, type ZarrErrorCode } from "../errors.js";
import type { ByteSource } from "./byte-source.js";
import { concatenate } from "./concatenate.js";
import { located, locatedFolder } from "./held-folder.js";
import { type Done, settled } from "./settled.js";

/** An open file as the file system identifies it. */
export interface FileIdentity {
  /** Device number, decimal. */
  readonly device: string;
  /** Inode number, decimal. */
  readonly inode: string;
  /** Length in bytes. */
  readonly size: number;
}

/** One system call takes less than 2 GiB. */
const bytesPerCall = 2 ** 30;

/** Writes of up to so many bytes do not leave the thread. */
const smallWriteBytes = 256 * 1024;

/** Systems take so many pieces in one call, and more. */
const mostPieces = 64;

/** A file opened read-only. It is closed by {@link close} alone, never by the garbage collector. */
export class FileSource implements ByteSource {
  readonly name: string;
  /** This instance's alone: whoever closes it, or changes its position, breaks it. */
  readonly descriptor: number;
  protected knownSize: number;
  readonly #device: bigint;
  readonly #inode: bigint;
  #links: number;
  #pending = 0;
  #whenIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  protected constructor(name: string, descriptor: number) {
    this.name = name;
    this.descriptor = descriptor;
    const { dev, ino, size, nlink } = fs.fstatSync(descriptor, { bigint: true });
    this.#links = Number(nlink);
    this.#device = dev;
    this.#inode = ino;
    this.knownSize = Number(size);
  }

  /**
   * Opens `path` read-only, which the kernel enforces.
   * @throws ZarrError `ERR_NOT_FOUND` - no such file
   * @throws ZarrError `ERR_STORE_READ` - it cannot be opened, or is no regular file
   */
  static async open(path: string, links: "follow" | "refuse" = "follow"): Promise<FileSource> {
    return new FileSource(path, await openRegular(path, fs.constants.O_RDONLY | linkFlag(links), "ERR_STORE_READ"));
  }

  get size(): number {
    return this.knownSize;
  }

  /** Asks the file system for the length again, and returns it. */
  refresh(): number {
    this.assertOpen();
    this.knownSize = fs.fstatSync(this.descriptor).size;
    return this.knownSize;
  }

  /**
   * Tells whether its name still leads to this file, which may have been removed or replaced; if so, looks up its length again.
   * @throws ZarrError `ERR_STORE_READ` - the system does not say
   */
  hasItsName(): boolean {
    this.assertOpen();
    const found = statusAt(this.name);
    if (found === undefined || found.dev !== this.#device || found.ino !== this.#inode) return false;
    this.knownSize = Number(found.size);
    this.#links = Number(found.nlink);
    return true;
  }

  /** Number of names (hard links) of the file, when it was opened, or asked for its name. */
  get links(): number {
    return this.#links;
  }

  identity(): FileIdentity {
    this.assertOpen();
    return { device: String(this.#device), inode: String(this.#inode), size: this.refresh() };
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const target = this.#target(offset, length);
    return await this.whilePending(async () => {
      for (let done = 0; done < length; ) {
        const call = Math.min(length - done, bytesPerCall);
        const count = await repeated<number>((settle) =>
          fs.read(this.descriptor, target, done, call, offset + done, settle),
        ).catch((cause) => this.#failRead(offset, cause));
        done += count || this.#failShort(offset, length, done);
      }
      return target;
    });
  }

  readSync(offset: number, length: number, memory?: Uint8Array): Uint8Array {
    const target = this.#target(offset, length, memory);
    for (let done = 0; done < length; ) {
      let count: number;
      try {
        count = fs.readSync(this.descriptor, target, done, Math.min(length - done, bytesPerCall), offset + done);
      } catch (cause) {
        if (isInterrupted(cause)) continue;
        this.#failRead(offset, cause);
      }
      done += count || this.#failShort(offset, length, done);
    }
    return target;
  }

  /** Waits for what is under way, then closes: a descriptor closed early could by then be another file's. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    await settled<void>((done) => fs.close(this.descriptor, done));
  }

  protected assertOpen(): void {
    if (this.#closing !== undefined) throw new ZarrError("ERR_CLOSED", `${this.name} is closed`, { file: this.name });
  }

  protected async whilePending<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await work();
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#whenIdle?.();
    }
  }

  /** Memory for a read that the file is long enough for: a given one, or one that is not filled with zeros first. */
  #target(offset: number, length: number, memory?: Uint8Array): Uint8Array {
    this.assertOpen();
    if (!(offset >= 0 && length >= 0 && offset + length <= this.knownSize)) this.#failShort(offset, length, 0);
    if (memory !== undefined) return memory.subarray(0, length);
    try {
      return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    } catch (cause) {
      const message = `cannot allocate ${length} bytes to read ${this.name}: read it in pieces`;
      throw new ZarrError("ERR_LIMIT", message, { file: this.name, offset }, cause);
    }
  }

  #failShort(offset: number, length: number, done: number): never {
    const end = done === 0 ? `it has ${this.knownSize} bytes` : `it ends after ${done} of them`;
    const message = `cannot read ${length} bytes at ${offset} of ${this.name}: ${end}`;
    throw new ZarrError("ERR_STORE_READ", message, { file: this.name, offset });
  }

  #failRead(offset: number, cause: unknown): never {
    throw new ZarrError(
      "ERR_STORE_READ",
      `cannot read ${this.name} at ${offset}: ${(cause as Error).message}`,
      { file: this.name, offset },
      cause,
    );
  }
}

/** A file opened for reading and writing. Positions are explicit; there is no cursor. */
export class WritableFile extends FileSource {
  /**
   * Creates `path`, empty. A symbolic link is never followed: it takes the name.
   *
   * @param mode - permission bits, from which the process's mask takes away
   * @throws ZarrError `ERR_EXISTS` - the name is taken
   * @throws ZarrError `ERR_NOT_FOUND` - its folder does not exist
   * @throws ZarrError `ERR_STORE_WRITE` - the system refuses it
   */
  static async create(path: string, mode = 0o666): Promise<WritableFile> {
    const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
    const descriptor = await openRegular(path, O_RDWR | O_CREAT | O_EXCL, "ERR_STORE_WRITE", mode);
    return new WritableFile(path, descriptor);
  }

  /**
   * Opens an existing file, whose contents stay as they are.
   * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_WRITE` - it cannot be opened for writing, or is no regular file
   */
  static override async open(path: string, links: "follow" | "refuse" = "follow"): Promise<WritableFile> {
    return new WritableFile(path, await openRegular(path, fs.constants.O_RDWR | linkFlag(links), "ERR_STORE_WRITE"));
  }

  /** Writes all of `bytes` at `offset`. @throws ZarrError `ERR_STORE_WRITE` - a part may have been written */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; done += bytesPerCall) {
      await this.writePieces([bytes.subarray(done, done + bytesPerCall)], offset + done);
    }
  }

  /** Writes all pieces in a row at `offset`, by one call of the system where it takes them so. Throws as {@link write}. */
  async writePieces(pieces: readonly Uint8Array[], offset: number): Promise<void> {
    if (pieces.length > mostPieces) return await this.write(concatenate(pieces), offset);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const what = `write ${size} bytes at ${offset} of`;
    // The system takes a small piece into its cache faster than another thread takes the call.
    const written =
      size <= smallWriteBytes
        ? this.#changeAtOnce(what, () => fs.writevSync(this.descriptor, pieces, offset))
        : await this.#change<number>(what, (settle) => fs.writev(this.descriptor, pieces, offset, settle));
    this.knownSize = Math.max(this.knownSize, offset + written);
    if (written === size) return;
    if (written === 0) throw this.#failed(what, new Error("the system took 0 bytes"));
    await this.write(concatenate(pieces).subarray(written), offset + written);
  }

  /** Makes the contents durable (fdatasync). @throws ZarrError `ERR_STORE_WRITE` */
  async sync(): Promise<void> {
    await this.#change<void>("sync", (settle) => fs.fdatasync(this.descriptor, settle));
  }

  /** Cuts the file, or extends it with zeros. @throws ZarrError `ERR_STORE_WRITE` */
  async truncate(size: number): Promise<void> {
    await this.#change<void>(`set to ${size} bytes the length of`, (settle) =>
      fs.ftruncate(this.descriptor, size, settle),
    );
    this.knownSize = size;
  }

  async #change<T>(what: string, start: (settle: Done<T>) => void): Promise<T> {
    this.assertOpen();
    try {
      return await this.whilePending(() => repeated(start));
    } catch (cause) {
      throw this.#failed(what, cause);
    }
  }

  /** As {@link #change}, without leaving the thread. */
  #changeAtOnce<T>(what: string, call: () => T): T {
    this.assertOpen();
    for (;;) {
      try {
        return call();
      } catch (cause) {
        if (!isInterrupted(cause)) throw this.#failed(what, cause);
      }
    }
  }

  #failed(what: string, cause: unknown): ZarrError {
    return systemError(`cannot ${what} ${this.name}`, this.name, cause, "ERR_STORE_WRITE");
  }
}

/** The kind of thing that a name leads to. */
export interface FileStatus {
  /** False for folders, pipes and dangling symbolic links. */
  readonly isFile: boolean;
}

/** Looks up a name; `undefined` where nothing has it. @throws ZarrError `ERR_STORE_READ` */
export async function fileStatus(path: string): Promise<FileStatus | undefined> {
  return await fs.promises.lstat(located(path)).then(
    (stats) => ({ isFile: stats.isFile() }),
    (cause) => {
      if (cause.code === "ENOENT") return undefined;
      throw systemError(`cannot look up ${path}`, path, cause, "ERR_STORE_READ");
    },
  );
}

/** As {@link fileStatus}, at once, links followed, with everything that the system says. */
function statusAt(path: string): fs.BigIntStats | undefined {
  try {
    return fs.statSync(located(path), { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    throw systemError(`cannot look up ${path}`, path, cause, "ERR_STORE_READ");
  }
}

/** Renames `from` to `to`, replacing it, in one step. @throws ZarrError `ERR_STORE_WRITE` */
export async function renameFile(from: string, to: string): Promise<void> {
  await fs.promises.rename(located(from), located(to)).catch((cause) => {
    throw systemError(`cannot rename ${from} to ${to}`, to, cause, "ERR_STORE_WRITE");
  });
}

/** Gives the file `from` the second name `to`. @throws ZarrError `ERR_EXISTS` - the name is taken */
export async function linkFile(from: string, to: string): Promise<void> {
  await fs.promises.link(located(from), located(to)).catch((cause) => {
    throw systemError(`cannot link ${from} to ${to}`, to, cause, "ERR_STORE_WRITE");
  });
}

/** Removes the name `path`; a missing one is no error. @throws ZarrError `ERR_STORE_WRITE` */
export async function removeFile(path: string): Promise<void> {
  await fs.promises.unlink(located(path)).catch((cause) => {
    if (cause.code !== "ENOENT") throw systemError(`cannot remove ${path}`, path, cause, "ERR_STORE_WRITE");
  });
}

/**
 * Makes the names in the folder of `path` durable, where the system can (Windows cannot open folders).
 * @throws ZarrError `ERR_STORE_WRITE`
 */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = nodePath.dirname(path);
  try {
    await syncAt(locatedFolder(folder), "fsync");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EPERM" || code === "EISDIR" || code === "EINVAL") return;
    throw systemError(`cannot sync the folder ${folder}`, path, cause, "ERR_STORE_WRITE");
  }
}

/** Syncs what stands at a path by a descriptor: the file handles of Yarn's Plug'n'Play cannot. */
export async function syncAt(path: string, call: "fsync" | "fdatasync"): Promise<void> {
  const descriptor = await settled<number>((done) => fs.open(path, "r", done));
  try {
    await settled<void>((done) => fs[call](descriptor, done));
  } finally {
    await settled<void>((done) => fs.close(descriptor, done));
  }
}

/** As {@link settled}; a call that a signal interrupted before it did anything is made again. */
async function repeated<T>(start: (done: Done<T>) => void): Promise<T> {
  for (;;) {
    try {
      return await settled(start);
    } catch (error) {
      if (!isInterrupted(error)) throw error;
    }
  }
}

/** Refuses what is a symbolic link itself; links in the path of its folder are followed. Windows has no such flag. */
function linkFlag(links: "follow" | "refuse"): number {
  return links === "follow" ? 0 : (fs.constants.O_NOFOLLOW ?? 0);
}

function isInterrupted(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EINTR";
}

async function openRegular(path: string, flags: number, fallback: ZarrErrorCode, mode?: number): Promise<number> {
  // O_NONBLOCK keeps a named pipe from blocking a thread for ever; regular files ignore it, and Windows has none.
  const nonBlocking = fs.constants.O_NONBLOCK ?? 0;
  const place = located(path);
  // The path of a file in a folder that is held was resolved when that was checked: a link has come later.
  const ofPlace = nonBlocking | (place === path ? 0 : linkFlag("refuse"));
  const descriptor = await settled<number>((done) => fs.open(place, flags | ofPlace, mode, done)).catch((cause) => {
    throw systemError(`cannot open ${path}`, path, cause, fallback);
  });
  if (fs.fstatSync(descriptor).isFile()) return descriptor;
  fs.closeSync(descriptor);
  throw new ZarrError(fallback, `${path} is not a regular file`, { file: path });
}

/** The error for what the system said; `fallback` where it is neither that nothing nor that something is there. */
export function systemError(what: string, file: string, cause: unknown, fallback: ZarrErrorCode): ZarrError {
  if (cause instanceof ZarrError) return cause; // the system was not asked
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return new ZarrError("ERR_NOT_FOUND", `${what}: no such file or folder`, { file }, cause);
  if (code === "EEXIST") return new ZarrError("ERR_EXISTS", `${what}: ${file} exists already`, { file }, cause);
  return new ZarrError(fallback, `${what}: ${message}`, { file }, cause);
}

import { type StatsFs, statfs } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { isZarrError, ZarrError } from "../errors.js";
import { type FileSource, systemError, type WritableFile } from "./file.js";
import { locatedFolder } from "./held-folder.js";
import { settled } from "./settled.js";

/** The part of an optional package that is used: locks of open file descriptions, which exclude processes, threads and descriptors alike. */
interface Locking {
  tryLock(descriptor: number, offset: number, length: number, options: { shared: boolean }): boolean;
  unlock(descriptor: number, offset: number, length: number): void;
}

/** Numbers that Linux's statfs gives for file systems that other hosts may share, where locks may hold on one host only. */
const networkFileSystems = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P"],
  [0x73757245, "Coda"],
]);

/** Runtimes that lack functions of libuv which the package calls; the call would end the process, in the middle of a commit. */
const runtimesWithoutLocks = ["deno", "bun"];

/** Loaded once, and not before a lock is asked for: reading needs none. */
let locking: Locking | undefined;

/**
 * Takes the exclusive lock of one byte of a file, which need not exist, if nobody has it. It is freed when the file is closed or
 * the process ends, however that comes about.
 *
 * @returns whether the lock is held now
 * @throws ZarrError `ERR_LOCK_UNAVAILABLE` - no locks on this platform, or on this file system
 */
export function tryLock(file: WritableFile, offset: number): boolean {
  return tryLockAs(file, offset, false);
}

/** As {@link tryLock}, but others may have the same lock at the same time, as long as nobody has it exclusively. */
export function tryLockShared(file: FileSource, offset: number): boolean {
  return tryLockAs(file, offset, true);
}

function tryLockAs(file: FileSource, offset: number, shared: boolean): boolean {
  const { tryLock } = loadLocking(file.name);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // the package makes an error of a lock that is taken, and its stack would cost the most
  try {
    return tryLock(file.descriptor, offset, 1, { shared });
  } catch (cause) {
    Error.stackTraceLimit = stackTraceLimit;
    const message = `cannot lock ${file.name}: ${(cause as Error).message}`;
    throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file: file.name }, cause);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Frees what {@link tryLock} took. */
export function unlock(file: WritableFile, offset: number): void {
  loadLocking(file.name).unlock(file.descriptor, offset, 1);
}

/** Tells whether this platform has locks. */
export function hasLocks(): boolean {
  try {
    loadLocking("");
    return true;
  } catch (error) {
    if (isZarrError(error, "ERR_LOCK_UNAVAILABLE")) return false;
    throw error;
  }
}

/** @throws ZarrError `ERR_LOCK_UNAVAILABLE` - this platform has no locks, and `file` is to be locked */
export function requireLocks(file: string): void {
  loadLocking(file);
}

/**
 * Name of the network file system that `path` is on; `undefined` for a local one, and where the system does not say.
 * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_READ`
 */
export async function networkFileSystemOf(path: string): Promise<string | undefined> {
  // Without fs/promises, whose streams take longer to load than a commit takes.
  const { type } = await settled<StatsFs>((done) => statfs(locatedFolder(path), done)).catch((cause) => {
    throw systemError(`cannot look up the file system of ${path}`, path, cause, "ERR_STORE_READ");
  });
  return networkFileSystems.get(type);
}

function loadLocking(file: string): Locking {
  if (locking !== undefined) return locking;
  const runtime = runtimesWithoutLocks.find((name) => process.versions[name] !== undefined);
  if (runtime !== undefined) {
    const message = `writing into an existing file needs locks, which ${runtime} cannot take: write into it with Node; reading, and new files with mode "w" or "w-", need none`;
    throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file });
  }
  try {
    // A bundle in the form of CommonJS has no import.meta.url.
    locking = createRequire(import.meta.url ?? __filename)("fs-native-extensions") as Locking;
    return locking;
  } catch (cause) {
    const message =
      'writing into an existing file needs locks, and the package fs-native-extensions is missing or has no build for this platform: npm install fs-native-extensions; reading, and new files with mode "w" or "w-", need none';
    throw new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file }, cause);
  }
}

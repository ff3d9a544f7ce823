/**
 * Files that are made beside an archive, or in its place. They have its permissions and its owner, whatever the process's mask, are never
 * reached through a symbolic link, and nothing in them is believed unless their maker may change the archive anyway.
 */
import fs from "node:fs";
import nodePath from "node:path";
import { isZarrError, ZarrError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { FileSource, systemError, WritableFile } from "./file.js";
import { located } from "./held-folder.js";

/** The permissions and the owner of a file. */
export interface Ownership {
  /** Permission bits. */
  readonly mode: number;
  /** Numbers of its owner and its group. */
  readonly user: number;
  readonly group: number;
}

/** The file whose ownership another one shall have: open, or by its name. */
export type Model = FileSource | string;

/** File systems take names of up to so many bytes. */
const nameBytes = 255;

/**
 * Path of the file beside `path` whose name ends with `suffix`: its own name and the suffix, where that is short enough; else the
 * start of it and a checksum of all of it.
 */
export function nameBeside(path: string, suffix: string): string {
  const name = new TextEncoder().encode(nodePath.basename(path));
  if (name.length + suffix.length <= nameBytes) return `${path}${suffix}`;
  const sums = [name, name.slice().reverse()].map((bytes) => crc32(bytes).toString(16).padStart(8, "0"));
  const ending = `~${sums.join("")}${suffix}`;
  let end = nameBytes - ending.length;
  while ((name[end]! & 0xc0) === 0x80) end--; // a character is not cut in two
  return nodePath.join(nodePath.dirname(path), new TextDecoder().decode(name.subarray(0, end)) + ending);
}

/**
 * Creates the file `path`, empty, with the ownership of `model`, as far as the system allows it; where there is no such file,
 * with that of any new file.
 * @throws ZarrError as {@link WritableFile.create}
 */
export async function createBeside(path: string, model: Model): Promise<WritableFile> {
  const wanted = ownershipOf(model);
  // Until its permissions are set, only this process may open it.
  const mode = wanted && allowedMode(wanted, { user: -1, group: -1 }) | ownerWrites;
  const file = await WritableFile.create(path, mode).catch((error) => {
    if (!["EACCES", "EPERM", "EROFS"].includes(codeOf(error.cause) ?? "")) throw error;
    const message = `${error.message}: writing needs files beside ${nameOf(model)}, in a folder in which this process may make them`;
    throw new ZarrError("ERR_STORE_WRITE", message, { file: path }, error);
  });
  try {
    adoptOwnership(file, model, ownerWrites);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens the file `path`, which is there, to read and write it. If its ownership is not that of `model`, it becomes so where this
 * process may do that.
 * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_WRITE`
 * @throws ZarrError `ERR_LOCK_UNAVAILABLE` - it is a link or a folder, or its owner may not change `model`
 */
export async function openBeside(path: string, model: Model): Promise<WritableFile> {
  const file = await WritableFile.open(path, "refuse").catch((error) => {
    throw isForeign(path) ? foreign(path, model, error) : error;
  });
  try {
    if (!isBelievable(file, model)) throw foreign(path, model);
    adoptOwnership(file, model, ownerWrites);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens the file `path` to read it; `undefined` if it is not there, is not to be believed, or may not be read by this process. */
export async function readBeside(path: string, model: Model): Promise<FileSource | undefined> {
  const file = await FileSource.open(path, "refuse").catch((error) => {
    if (isZarrError(error, "ERR_NOT_FOUND") || isForeign(path) || codeOf(error.cause) === "EACCES") return undefined;
    throw error;
  });
  if (file === undefined || isBelievable(file, model)) return file;
  await file.close();
  return undefined;
}

/**
 * Gives an open file the ownership of `model`, as far as the system allows it; where there is no such file, leaves it as it is.
 * @param extraMode - permission bits that it shall have besides
 */
export function adoptOwnership(file: WritableFile, model: Model, extraMode = 0): void {
  const wanted = ownershipOf(model);
  if (wanted !== undefined) giveOwnership(file.name, file.descriptor, wanted, extraMode);
}

/** As {@link adoptOwnership}, of a folder that has just been made in another one, which no link may have replaced. */
export function adoptFolderOwnership(path: string, parent: string): void {
  if (!hasOwners()) return;
  const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  const descriptor = fs.openSync(path, O_DIRECTORY | O_NOFOLLOW);
  try {
    giveOwnership(path, descriptor, toOwnership(fs.statSync(parent)), 0o700);
  } finally {
    fs.closeSync(descriptor);
  }
}

function giveOwnership(path: string, descriptor: number, wanted: Ownership, extraMode: number): void {
  if (!hasOwners()) return;
  let stats = fs.fstatSync(descriptor);
  if (stats.uid !== wanted.user || stats.gid !== wanted.group) {
    const isGiven = attempt(path, () => fs.fchownSync(descriptor, wanted.user, wanted.group));
    if (!isGiven && stats.gid !== wanted.group) {
      attempt(path, () => fs.fchownSync(descriptor, stats.uid, wanted.group));
    }
    stats = fs.fstatSync(descriptor);
  }
  const found = toOwnership(stats);
  const mode = allowedMode(wanted, found) | extraMode;
  if (found.mode === mode) return;
  attempt(path, () => fs.fchmodSync(descriptor, mode | (stats.mode & 0o7000))); // a folder may give its group to what is made in it
}

/** Tells whether this process may make a file that has the ownership of `file`. */
export function mayOwnAs(file: FileSource): boolean {
  const { user, group } = ownershipOf(file)!;
  if (!hasOwners() || process.geteuid!() === 0) return true;
  const isMember = process.getegid!() === group || process.getgroups!().includes(group);
  return process.geteuid!() === user && isMember;
}

/** Whoever makes a file to write to it has to be able to open it again. */
const ownerWrites = 0o600;

/**
 * The owner of a file, by its name or open; `undefined` if nothing is there. A file in a folder may be read and written by whoever may
 * do so there.
 */
function ownershipOf(model: Model): Ownership | undefined {
  const found =
    typeof model === "string" ? fs.statSync(located(model), { throwIfNoEntry: false }) : fs.fstatSync(model.descriptor);
  if (found === undefined) return undefined;
  const ownership = toOwnership(found);
  return found.isDirectory() ? { ...ownership, mode: ownership.mode & 0o666 } : ownership;
}

function toOwnership({ mode, uid, gid }: fs.Stats): Ownership {
  return { mode: mode & 0o777, user: uid, group: gid };
}

/** The permissions of `wanted` for a file of another owner or group: nobody gets more than with `wanted`. */
function allowedMode(wanted: Ownership, { user, group }: Omit<Ownership, "mode">): number {
  const { mode } = wanted;
  // Whoever is no member of the group that the file has may be one of the group that it should have, and the other way round.
  const everybody = ((mode >> 3) & mode & 7) * 0o11;
  const others = group === wanted.group ? mode & 0o77 : everybody;
  return (mode & 0o700) | (user === wanted.user ? 0 : ownerWrites) | others;
}

/** Tells whether an open file has a single name, and its maker may change `model`. */
function isBelievable(file: FileSource, model: Model): boolean {
  // A file of two names may be any file of its owner, to which somebody else has given the second one.
  if (file.links > 1) return false;
  if (!hasOwners()) return true;
  const found = ownershipOf(file)!;
  const { mode, user, group } = ownershipOf(model) ?? { mode: 0, user: -1, group: -1 };
  if ([0, process.geteuid!(), user].includes(found.user)) return true;
  const isOfGroup = (mode & 0o020) !== 0 && found.group === group;
  return isOfGroup || (mode & 0o002) !== 0;
}

/** Tells whether a symbolic link, a folder or a device is at `path`, and not a file. */
function isForeign(path: string): boolean {
  return fs.lstatSync(located(path), { throwIfNoEntry: false })?.isFile() === false;
}

function foreign(path: string, model: Model, cause?: unknown): ZarrError {
  const file = nameOf(model);
  const message = `${path} was not made by a writer of ${file}: it is a link, a folder, or a file of somebody who may not change ${file}; nothing was read from it or written to it: see who put it there, and remove it while nobody writes`;
  return new ZarrError("ERR_LOCK_UNAVAILABLE", message, { file }, cause);
}

function nameOf(model: Model): string {
  return typeof model === "string" ? model : model.name;
}

/** Tells whether files have owners here: on Windows they have none. */
function hasOwners(): boolean {
  return process.geteuid !== undefined;
}

/** If the system, or the file system, refuses, the file keeps its narrower permissions. */
function attempt(path: string, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (cause) {
    if (["EPERM", "EINVAL", "ENOSYS", "ENOTSUP", "EACCES", "EROFS"].includes(codeOf(cause) ?? "")) return false;
    throw systemError(`cannot set the permissions of ${path}`, path, cause, "ERR_STORE_WRITE");
  }
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code;
}

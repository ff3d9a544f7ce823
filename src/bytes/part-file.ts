/**
 * Part files: what is not complete yet, under a hidden name in the folder of its place. A part file is locked from before anybody could
 * believe it dead until it has its place, so that those of writers that were killed can be told, and removed.
 */
import fs from "node:fs";
import nodePath from "node:path";
import { isZarrError } from "../errors.js";
import { atExit, notAtExit } from "./at-exit.js";
import { adoptOwnership, createBeside, type Model } from "./beside.js";
import { linkFile, removeFile, renameFile, syncFolderOf, systemError, WritableFile } from "./file.js";
import { tryLock } from "./file-lock.js";
import { holdFolder, located, locatedFolder } from "./held-folder.js";
import { newUuid } from "./uuid.js";

/** The byte of a part file that its writer locks: not one of those that an archive, which a part file becomes, is locked by. */
const lockedByte = 2 ** 30 - 2;

/**
 * Creates a part file for `path`, beside it.
 * @param model - the file whose ownership it has
 * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_WRITE` - the folder does not exist, or cannot be written to
 */
export async function createPartFile(path: string, model: Model = path): Promise<WritableFile> {
  for (;;) {
    const file = await createBeside(partFileName(path), model);
    // In the moment before it was locked it may have been taken for a dead one.
    if (tryLockPart(file) !== false && file.hasItsName()) {
      atExit(file, () => fs.rmSync(file.name, { force: true }));
      return file;
    }
    await file.close();
  }
}

/** Closes and removes a part file that gets no place; one that is gone is no error. @throws ZarrError `ERR_STORE_WRITE` */
export async function discardPart(part: WritableFile): Promise<void> {
  await part.close();
  await removeFile(part.name);
  notAtExit(part);
}

/** Options for putting a part file in its place. */
export interface Publication {
  /** Never replace a file. */
  readonly exclusive: boolean;
  /** Set if it has to survive a loss of power, and what it replaces to be there until then. */
  readonly isDurable: boolean;
  /** The file whose ownership it has. */
  readonly model: Model;
}

/**
 * Puts a part file in its place and closes it.
 * @throws ZarrError `ERR_EXISTS` - `exclusive`, and the name is taken; `ERR_STORE_WRITE`
 */
export async function publishPart(part: WritableFile, path: string, publication: Publication): Promise<void> {
  const { exclusive, isDurable, model } = publication;
  adoptOwnership(part, model);
  if (isDurable) await part.sync();
  if (exclusive) {
    await linkFile(part.name, path);
    // The file has its place. Where the system leaves it the first name as well, it goes as what killed writers have left.
    const isRemoved = await removeFile(part.name).then(
      () => true,
      () => false,
    );
    if (isRemoved) notAtExit(part);
  } else {
    await renameFile(part.name, path);
    notAtExit(part);
  }
  await part.close(); // not before: without its lock somebody might take it for dead, and remove it
  if (isDurable) await syncFolderOf(path);
}

/** A hidden name, never used before, in the folder of `path`, from which a file can be renamed to `path`. */
export function partFileName(path: string): string {
  const name = `${partFilePrefix(path)}${process.pid}-${newUuid().replaceAll("-", "")}.part`;
  return nodePath.join(nodePath.dirname(path), name);
}

/** Recognizes a name of the form that {@link partFileName} gives. */
export function isPartFileName(name: string): boolean {
  return /^\..+\.\d+-[0-9a-z]+\.part$/s.test(name);
}

/**
 * Removes what writers that were killed have left: of the file `path` in its folder, or, of a folder, everything in it.
 * @throws ZarrError `ERR_STORE_READ`, `ERR_STORE_WRITE`
 */
export async function removeDeadParts(path: string): Promise<void> {
  await removeDead(nodePath.dirname(path), partFilePrefix(path));
}

/** As {@link removeDeadParts}, of all files in a folder, and of what was being removed from it. */
export async function removeDeadPartsIn(folder: string): Promise<void> {
  await removeDead(folder, "");
}

async function removeDead(folder: string, prefix: string): Promise<void> {
  const names = await fs.promises.readdir(locatedFolder(folder)).catch((cause) => {
    throw systemError(`cannot list ${folder}`, folder, cause, "ERR_STORE_READ");
  });
  for (const name of names) {
    const isPart =
      prefix === "" ? isPartFileName(name) : name.startsWith(prefix) && isUnique(name.slice(prefix.length));
    if (!isPart) continue;
    const path = nodePath.join(folder, name);
    const found = fs.lstatSync(located(path), { throwIfNoEntry: false });
    // A folder that has such a name was being removed, which anybody may complete.
    if (found?.isDirectory()) await removeRecursively(path);
    else if (found?.isFile()) await removeIfDead(path);
  }
}

async function removeIfDead(path: string): Promise<void> {
  const file = await WritableFile.open(path, "refuse").catch((error) => {
    if (isZarrError(error)) return undefined; // gone already, or not ours to remove
    throw error;
  });
  if (file === undefined) return;
  try {
    if (tryLockPart(file) === true && file.hasItsName()) await removeFile(path);
  } finally {
    await file.close();
  }
}

/** Removes a folder with everything below it. Symbolic links are removed, not followed. @throws ZarrError `ERR_STORE_WRITE` */
export async function removeRecursively(path: string): Promise<void> {
  try {
    if (located(path) === path) await fs.promises.rm(path, { recursive: true, force: true });
    else await removeHeld(path);
  } catch (cause) {
    throw isZarrError(cause) ? cause : systemError(`cannot remove ${path}`, path, cause, "ERR_STORE_WRITE");
  }
}

/** In a folder that is held: whoever exchanges a folder below it for a link gains nothing. */
async function removeHeld(path: string): Promise<void> {
  const found = fs.lstatSync(located(path), { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) return await removeFile(path);
  const release = holdFolder(path);
  try {
    for (const name of await fs.promises.readdir(locatedFolder(path))) await removeHeld(nodePath.join(path, name));
  } finally {
    release();
  }
  await fs.promises.rmdir(located(path));
}

/** Tells whether the lock was free; `undefined` where there are no locks. */
function tryLockPart(file: WritableFile): boolean | undefined {
  try {
    return tryLock(file, lockedByte);
  } catch (error) {
    if (isZarrError(error, "ERR_LOCK_UNAVAILABLE")) return undefined;
    throw error;
  }
}

/** The beginning of the names of the part files of `path`. */
function partFilePrefix(path: string): string {
  return `.${nodePath
    .basename(path)
    .slice(0, 64)
    .replace(/[\ud800-\udbff]$/, "")}.`;
}

/** Recognizes the text that comes after the prefix. */
function isUnique(ending: string): boolean {
  return /^\d+-[0-9a-z]+\.part$/.test(ending);
}

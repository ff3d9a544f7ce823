/**
 * Folders that are held open, so that a name in them is looked up in the very folder that was checked, whatever has taken its place
 * since. Only Linux can look a name up in an open folder; elsewhere nothing is held.
 */
import fs from "node:fs";
import nodePath from "node:path";
import { ZarrError } from "../errors.js";

interface OpenFolder {
  readonly descriptor: number;
  readonly device: number;
  readonly inode: number;
  holders: number;
}

/** By their real paths. */
const heldFolders = new Map<string, OpenFolder>();

/** Linux's O_PATH, which Node does not name: the folder need not be readable to find a name in it. */
const pathOnly = 0o10000000;

/**
 * Holds a folder until the function that it returns is called: meanwhile every path of a file in it, or of itself, that
 * {@link located} is given leads into that folder or fails.
 *
 * @param path - absolute, without symbolic links
 * @throws ZarrError `ERR_STALE_STATE` - the path leads through a symbolic link, or to another folder than before
 */
export function holdFolder(path: string): () => void {
  if (process.platform !== "linux") return () => undefined;
  const known = heldFolders.get(path);
  if (known !== undefined) checkPlace(path, known);
  const folder = known ?? openFolder(path);
  folder.holders++;
  heldFolders.set(path, folder);
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    folder.holders--;
    if (folder.holders > 0) return;
    heldFolders.delete(path);
    fs.closeSync(folder.descriptor);
  };
}

/**
 * The path by which the system finds a name: in a folder that is held, through the open folder.
 * @throws ZarrError `ERR_STALE_STATE` - another folder, or a link, has taken the place of the one that is held
 */
export function located(path: string): string {
  if (heldFolders.size === 0) return path;
  const parent = nodePath.dirname(path);
  const folder = locatedFolder(parent);
  return folder === parent ? path : `${folder}/${nodePath.basename(path)}`;
}

/** As {@link located}, of a folder that may itself be held. */
export function locatedFolder(path: string): string {
  const folder = heldFolders.get(path);
  if (folder === undefined) return path;
  checkPlace(path, folder);
  return `/proc/self/fd/${folder.descriptor}`;
}

function openFolder(path: string): OpenFolder {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, pathOnly | fs.constants.O_DIRECTORY);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = `cannot open the folder ${path}: ${(cause as Error).message}`;
    throw new ZarrError(isMissing ? "ERR_NOT_FOUND" : "ERR_STORE_READ", message, { file: path }, cause);
  }
  try {
    // What was opened may be another folder than the one that the path was resolved to.
    if (fs.readlinkSync(`/proc/self/fd/${descriptor}`) !== path) throw replaced(path);
    const { dev, ino } = fs.fstatSync(descriptor);
    return { descriptor, device: dev, inode: ino, holders: 0 };
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

function checkPlace(path: string, { device, inode }: OpenFolder): void {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (found?.dev !== device || found.ino !== inode) throw replaced(path);
}

function replaced(path: string): ZarrError {
  const message = `the folder ${path} was replaced, or its path leads through a link now: nothing was read or written there; open the file again`;
  return new ZarrError("ERR_STALE_STATE", message, { file: path });
}

/** Folders, and files that are replaced as a whole. With `file.ts` the only place below `store/` that touches `node:fs`. */
import fs from "node:fs";
import nodePath from "node:path";
import { isZarrError, ZarrError } from "../errors.js";
import { adoptFolderOwnership } from "./beside.js";
import { syncAt, syncFolderOf, systemError, type WritableFile } from "./file.js";
import { located, locatedFolder } from "./held-folder.js";
import {
  createPartFile,
  discardPart,
  isPartFileName,
  partFileName,
  publishPart,
  removeRecursively,
} from "./part-file.js";

/** The target of a path, symbolic links followed. */
export interface PathTarget {
  readonly kind: "file" | "folder" | "other";
  /** Device number, decimal. */
  readonly device: string;
  /** Inode number, decimal. */
  readonly inode: string;
  /** Bytes of a file. */
  readonly size: number;
}

/** One name in a folder; where it is a symbolic link, `kind` is that of its target. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: PathTarget["kind"];
  readonly isLink: boolean;
}

/** Errors that mean that a path leads nowhere: a name is missing, or too long to exist, or a file stands where a folder should. */
const leadsNowhere = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);

/** Tells whether an error means that a path leads nowhere. */
export function isNowhere(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return isZarrError(error, "ERR_NOT_FOUND") || (isZarrError(error) && leadsNowhere.has(code ?? ""));
}

/** The target of `path`; `undefined` where there is none, as for a dangling link. @throws ZarrError `ERR_STORE_READ` */
export async function pathTarget(path: string): Promise<PathTarget | undefined> {
  try {
    const stats = await fs.promises.stat(located(path), { bigint: true });
    return { kind: kindOf(stats), device: String(stats.dev), inode: String(stats.ino), size: Number(stats.size) };
  } catch (cause) {
    if (leadsNowhere.has((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw systemError(`cannot look up ${path}`, path, cause, "ERR_STORE_READ");
  }
}

/**
 * The entries of a folder, in the order of their names; `undefined` where there is no such folder. Part files are left out, and
 * so are links that lead nowhere and names that are no Unicode text, since no path leads to either.
 * @throws ZarrError `ERR_STORE_READ`
 */
export async function folderEntries(path: string): Promise<FolderEntry[] | undefined> {
  const found = await fs.promises.readdir(locatedFolder(path), { withFileTypes: true }).catch((cause) => {
    if (leadsNowhere.has(cause.code)) return undefined;
    throw systemError(`cannot list ${path}`, path, cause, "ERR_STORE_READ");
  });
  if (found === undefined) return undefined;
  const entries: FolderEntry[] = [];
  for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (isPartFileName(name)) continue;
    const isLink = entry.isSymbolicLink();
    const isDoubtful = isLink || name.includes("\ufffd");
    const kind = isDoubtful ? (await pathTarget(`${path}/${name}`))?.kind : kindOf(entry);
    if (kind !== undefined) entries.push({ name, kind, isLink });
  }
  return entries;
}

/** Creates a folder and those above it; one that exists is no error. @throws ZarrError `ERR_STORE_WRITE`, `ERR_EXISTS` */
export async function makeFolder(path: string): Promise<void> {
  await fs.promises.mkdir(path, { recursive: true }).catch((cause) => {
    throw placeError(`cannot create the folder ${path}`, path, cause);
  });
}

/**
 * Creates a folder in one that exists, with the permissions and the owner of that, as far as the system allows it; one that exists is no
 * error. Throws as {@link makeFolder}, and `ERR_NOT_FOUND`.
 */
export async function makeChildFolder(path: string): Promise<void> {
  const place = located(path);
  try {
    await fs.promises.mkdir(place);
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST" && (await pathTarget(path))?.kind === "folder";
    if (!isThere) throw placeError(`cannot create the folder ${path}`, path, cause);
    return;
  }
  adoptFolderOwnership(place, nodePath.dirname(place));
}

/** As {@link makeChildFolder}, with those above it. */
async function makeFolderTree(path: string): Promise<void> {
  try {
    await makeChildFolder(path);
  } catch (error) {
    if (!isZarrError(error, "ERR_NOT_FOUND")) throw error;
    await makeFolderTree(nodePath.dirname(path));
    await makeChildFolder(path);
  }
}

/**
 * Puts a file in its place as a whole: whoever reads sees the old one, or none, until the new one is complete. It has the permissions
 * of the old one, or of its folder. The folders above it are created. Durable after {@link syncFile}.
 * @throws ZarrError `ERR_STORE_WRITE`; `ERR_EXISTS` - a folder stands there, or a file where a folder is needed
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const model = fs.existsSync(located(path)) ? path : nodePath.dirname(path);
  const part = await createPartInFolder(path, model);
  try {
    await part.write(bytes, 0);
    await publishPart(part, path, { exclusive: false, isDurable: false, model });
  } catch (error) {
    await discardPart(part);
    throw isZarrError(error) ? placeError(`cannot write ${path}`, path, error.cause ?? error) : error;
  }
}

/** The folder may be missing, or be removed in the moment between its creation and that of the file. */
async function createPartInFolder(path: string, model: string): Promise<WritableFile> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await createPartFile(path, model);
    } catch (error) {
      if (!isZarrError(error)) throw error;
      const folder = nodePath.dirname(path);
      if (!isZarrError(error, "ERR_NOT_FOUND") || attempt >= 10)
        throw placeError(`cannot write in ${folder}`, folder, error.cause);
      await makeFolderTree(folder);
    }
  }
}

/** Makes a file and its name durable; one that is gone is no error. @throws ZarrError `ERR_STORE_WRITE` */
export async function syncFile(path: string): Promise<void> {
  try {
    await syncAt(located(path), "fdatasync");
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (!leadsNowhere.has(code)) throw systemError(`cannot sync ${path}`, path, cause, "ERR_STORE_WRITE");
  }
  await syncFolderOf(path).catch((error) => {
    if (!isZarrError(error, "ERR_NOT_FOUND")) throw error; // the folder went with its last file
  });
}

/**
 * Removes a folder with everything below it, or a file; symbolic links are removed, not followed. Its name is gone at
 * once; a missing one is no error.
 * @throws ZarrError `ERR_STORE_WRITE`
 */
export async function removeTree(path: string): Promise<void> {
  const part = partFileName(path);
  try {
    await fs.promises.rename(located(path), located(part));
  } catch (cause) {
    if (leadsNowhere.has((cause as NodeJS.ErrnoException).code ?? "")) return;
    throw systemError(`cannot remove ${path}`, path, cause, "ERR_STORE_WRITE");
  }
  await removeRecursively(part);
}

/** Removes a folder, if it is empty. Returns whether it was. */
export async function removeIfEmpty(path: string): Promise<boolean> {
  return await fs.promises.rmdir(located(path)).then(
    () => true,
    () => false, // not empty, or in use: it stays
  );
}

/** Tells whether a folder of this system can hold a name: Windows reserves characters, endings and devices. */
export function isFileName(name: string): boolean {
  return nodePath.sep === "/" || !/[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
}

/** The folder of a path. */
export function folderOf(path: string): string {
  return nodePath.dirname(path);
}

/** The path of what has in `folder` the name that `path` ends with. */
export function nameInFolder(folder: string, path: string): string {
  return nodePath.join(folder, nodePath.basename(path));
}

function kindOf(stats: { isFile(): boolean; isDirectory(): boolean }): PathTarget["kind"] {
  return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
}

/** A failed write whose reason may be that something else stands in the place. */
function placeError(what: string, path: string, cause: unknown): ZarrError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const isOther = !["EEXIST", "ENOTDIR", "EISDIR", "ENOTEMPTY"].includes(code);
  return isOther ? systemError(what, path, cause, "ERR_STORE_WRITE") : inTheWay(what, path, cause);
}

/** The error for a file where a folder is needed, or the other way round. */
export function inTheWay(what: string, path: string, cause?: unknown): ZarrError {
  const message = `${what}: in a folder a key cannot be the folder of another one, and one of them is there`;
  return new ZarrError("ERR_EXISTS", message, { file: path }, cause);
}

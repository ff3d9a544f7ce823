/** Folders, and files that are replaced as a whole. With `file.ts` the only place below `store/` that touches `node:fs`. */
import fs from "node:fs";
import nodePath from "node:path";
import { isZarrError, ZarrError } from "../errors.js";
import { syncAt, syncFolderOf, systemError, type WritableFile } from "./file.js";
import {
  createPartFile,
  discardPart,
  isPartFileName,
  partFileName,
  publishPart,
  removeRecursively,
} from "./part-file.js";

/** What a path leads to, symbolic links followed. */
export interface PathTarget {
  readonly kind: "file" | "folder" | "other";
  /** Device number, decimal. */
  readonly device: string;
  /** Inode number, decimal. */
  readonly inode: string;
}

/** One name in a folder; where it is a symbolic link, `kind` is that of its target. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: PathTarget["kind"];
  readonly isLink: boolean;
}

/** Errors that mean that a path leads nowhere: a name is missing, or too long to exist, or a file stands where a folder should. */
const leadsNowhere = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);

/** What `path` leads to; `undefined` where nothing is, as for a dangling link. @throws ZarrError `ERR_STORE_READ` */
export async function pathTarget(path: string): Promise<PathTarget | undefined> {
  try {
    const stats = await fs.promises.stat(path, { bigint: true });
    return { kind: kindOf(stats), device: String(stats.dev), inode: String(stats.ino) };
  } catch (cause) {
    if (leadsNowhere.has((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw systemError(`cannot look up ${path}`, path, cause, "ERR_STORE_READ");
  }
}

/**
 * What stands in a folder, in the order of names; `undefined` where there is no such folder. Part files are left out, and
 * so are links that lead nowhere and names that are no Unicode text, since no path leads to either.
 * @throws ZarrError `ERR_STORE_READ`
 */
export async function folderEntries(path: string): Promise<FolderEntry[] | undefined> {
  const found = await fs.promises.readdir(path, { withFileTypes: true }).catch((cause) => {
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
 * Puts a file in its place as a whole: whoever reads sees the old one, or none, until the new one is complete. It has the permissions
 * of the old one, or of its folder. The folders above it are created. Durable after {@link syncFile}.
 * @throws ZarrError `ERR_STORE_WRITE`; `ERR_EXISTS` - a folder stands there, or a file where a folder is needed
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const model = fs.existsSync(path) ? path : nodePath.dirname(path);
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
      await makeFolder(folder);
    }
  }
}

/** Makes a file and its name durable; one that is gone is no error. @throws ZarrError `ERR_STORE_WRITE` */
export async function syncFile(path: string): Promise<void> {
  try {
    await syncAt(path, "fdatasync");
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
    await fs.promises.rename(path, part);
  } catch (cause) {
    if (leadsNowhere.has((cause as NodeJS.ErrnoException).code ?? "")) return;
    throw systemError(`cannot remove ${path}`, path, cause, "ERR_STORE_WRITE");
  }
  await removeRecursively(part);
}

/** Removes the folders from `path` upwards that are empty, but neither `root` nor what lies above it. */
export async function removeEmptyFolders(path: string, root: string): Promise<void> {
  for (let folder = path; folder.length > root.length; folder = nodePath.dirname(folder)) {
    const isEmpty = await fs.promises.rmdir(folder).then(
      () => true,
      () => false, // not empty, or in use: it stays
    );
    if (!isEmpty) return;
  }
}

/** Whether a name can stand in a folder of this system: Windows reserves characters, endings and devices. */
export function isFileName(name: string): boolean {
  return nodePath.sep === "/" || !/[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
}

/** The folder of a path. */
export function folderOf(path: string): string {
  return nodePath.dirname(path);
}

function kindOf(stats: { isFile(): boolean; isDirectory(): boolean }): PathTarget["kind"] {
  return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
}

/** A failed write whose reason may be that something else stands in the place. */
function placeError(what: string, path: string, cause: unknown): ZarrError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  if (!["EEXIST", "ENOTDIR", "EISDIR", "ENOTEMPTY"].includes(code))
    return systemError(what, path, cause, "ERR_STORE_WRITE");
  const message = `${what}: in a folder a key cannot be the folder of another one, and one of them stands there`;
  return new ZarrError("ERR_EXISTS", message, { file: path }, cause);
}

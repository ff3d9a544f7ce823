import { folderOf, inTheWay, isNowhere, makeChildFolder, nameInFolder, pathTarget } from "../bytes/folder.js";
import { holdFolder } from "../bytes/held-folder.js";
import { httpUrlOf } from "../bytes/http-url.js";
import { isWithin, realPath } from "../bytes/real-path.js";
import { isZarrError, ZarrError } from "../errors.js";
import { checkTexts } from "./restore-options.js";

/** A file that the rules allow, and nobody can exchange for another one by moving folders or links. */
export interface AllowedFile {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Ends that. */
  readonly release: () => void;
}

/**
 * Checks a path from a foreign state against the folders that the receiver allows, and holds the folder that it was found in.
 *
 * @param name - whether a symbolic link that has the name itself is followed, or is what is meant
 * @throws ZarrError `ERR_STATE` - `roots` is given, and `path` lies below none of them
 * @throws ZarrError `ERR_NOT_FOUND` - it would, but its folder does not exist
 * @throws ZarrError `ERR_ARGUMENT` - `roots` is no list of texts
 */
export async function holdAllowed(
  path: string,
  roots: readonly string[] | undefined,
  name: "followed" | "kept" = "followed",
): Promise<AllowedFile> {
  if (roots === undefined) return { path, release: () => undefined };
  checkTexts("roots", roots);
  const resolve = async () =>
    name === "followed" ? await realPath(path) : nameInFolder(await realPath(folderOf(path)), path);
  const real = await resolve().catch(async (error) => {
    // Whether something is at a place that is not allowed is nobody's business.
    if (await isAllowed(nameInFolder(await nearestFolder(path), path), roots)) throw error;
    throw refused(path, roots);
  });
  if (!(await isAllowed(real, roots))) throw refused(path, roots);
  try {
    return { path: real, release: holdFolder(folderOf(real)) };
  } catch (error) {
    throw isZarrError(error, "ERR_STALE_STATE") ? refused(path, roots, error) : error;
  }
}

/** The file of a store that was restored with `roots`, held for as long as the store uses it. */
export interface AllowedPlace {
  readonly roots: readonly string[];
  /** Rejects if the roots do not allow it. */
  readonly file: Promise<AllowedFile>;
}

/** Holds another file by the same rules. Its path must be one without symbolic links, as `getState()` gives it. */
export function movePlace({ roots }: AllowedPlace, path: string): AllowedPlace {
  const hold = async () => {
    const file = await holdAllowed(path, roots);
    if (file.path === path) return file;
    file.release();
    throw refused(path, roots);
  };
  const file = hold();
  file.catch(() => undefined); // whoever uses the store is told
  return { roots, file };
}

/** Ends the hold. */
export async function leavePlace(place: AllowedPlace | undefined): Promise<void> {
  const file = await place?.file.catch(() => undefined); // it was refused
  file?.release();
}

/**
 * Calls `use` with a path that nobody can meanwhile make lead to what the roots do not allow; `undefined` if its folder is missing.
 * @param link - whether a symbolic link that has the name itself is followed, or is what is meant
 */
export async function useWithin<T>(
  path: string,
  roots: readonly string[] | undefined,
  link: "followed" | "kept",
  use: (path: string) => Promise<T>,
): Promise<T | undefined> {
  if (roots === undefined) return await use(path);
  const held = await holdAllowed(path, roots, link).catch((error) => {
    if (isNowhere(error)) return undefined;
    throw error;
  });
  try {
    return held && (await use(held.path));
  } finally {
    held?.release();
  }
}

/** A folder is not made in vain more often. */
const mostAttempts = 10;

/** As {@link useWithin}, for a file that is to be created: its folder, and those above it, are created where need be. */
export async function makeWithin(
  path: string,
  roots: readonly string[] | undefined,
  use: (path: string) => Promise<void>,
): Promise<void> {
  if (roots === undefined) return await use(path);
  for (let attempt = 1; ; attempt++) {
    try {
      await makeAllowedFolder(path, roots);
      const isDone = await useWithin(path, roots, "kept", async (place) => {
        await use(place);
        return true;
      });
      if (isDone) return;
    } catch (error) {
      // Whoever removes the last file of a folder removes the folder, which may be in the moment before it is used.
      const isGone = isZarrError(error, "ERR_STALE_STATE") || isNowhere(error);
      if (!isGone || attempt >= mostAttempts) throw error;
    }
    if (attempt >= mostAttempts) throw inTheWay(`cannot write ${path}`, path);
  }
}

async function makeAllowedFolder(path: string, roots: readonly string[]): Promise<void> {
  const folder = folderOf(path);
  while ((await pathTarget(folder)) === undefined) {
    let missing = folder;
    while ((await pathTarget(folderOf(missing))) === undefined) missing = folderOf(missing);
    await requireFolderFor(missing);
    const { path: child, release } = await holdAllowed(missing, roots, "kept");
    try {
      await makeChildFolder(child);
    } finally {
      release();
    }
  }
  await requireFolderFor(path);
}

async function requireFolderFor(path: string): Promise<void> {
  const folder = folderOf(path);
  if ((await pathTarget(folder))?.kind !== "folder") throw inTheWay(`cannot write in ${folder}`, folder);
}

async function isAllowed(path: string, roots: readonly string[]): Promise<boolean> {
  for (const root of roots) {
    if (httpUrlOf(root) === undefined && isWithin(path, await realPath(root))) return true;
  }
  return false;
}

/** The nearest folder above a path that exists, and that this process may look into. */
async function nearestFolder(path: string): Promise<string> {
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    try {
      return await realPath(folder);
    } catch (error) {
      if (!isZarrError(error) || folderOf(folder) === folder) throw error;
    }
  }
}

function refused(path: string, roots: readonly string[], cause?: unknown): ZarrError {
  const message = `the state names ${path}, which is not below one of the allowed folders: ${roots.join(", ")}`;
  return new ZarrError("ERR_STATE", message, { file: path }, cause);
}

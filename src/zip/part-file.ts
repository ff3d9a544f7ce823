import { fileStatus, partFileName, removeFile, WritableFile } from "../bytes/file.js";
import { tryLock } from "../bytes/file-lock.js";
import { folderOf, partFilesIn } from "../bytes/folder.js";
import { isZarrError, ZarrError } from "../errors.js";

/** The byte of a part file that its writer locks. */
const lockedByte = 2 ** 30;

/**
 * Creates a part file for `path`, beside it and with its permissions. It is locked for as long as it is open, where there are
 * locks, so that those of writers that were killed can be told.
 *
 * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_WRITE` - the folder does not exist, or cannot be written to
 */
export async function createPartFile(path: string): Promise<WritableFile> {
  const mode = (await fileStatus(path))?.mode;
  for (;;) {
    const file = await WritableFile.create(partFileName(path), mode);
    // In the moment before it was locked it may have been taken for a dead one.
    if (tryLockPart(file) !== false && file.hasItsName()) return file;
    await file.close();
  }
}

/** Removes the part files of `path` whose writers have ended without doing so. */
export async function removeDeadParts(path: string): Promise<void> {
  for (const name of await partFilesIn(folderOf(path), path)) {
    const file = await WritableFile.open(name).catch((error) => {
      if (isZarrError(error)) return undefined; // gone already, or not ours to remove
      throw error;
    });
    if (file === undefined) continue;
    try {
      if (tryLockPart(file) === true && file.hasItsName()) await removeFile(name);
    } finally {
      await file.close();
    }
  }
}

/** Whether the lock was free; `undefined` where there are no locks. */
function tryLockPart(file: WritableFile): boolean | undefined {
  try {
    return tryLock(file, lockedByte);
  } catch (error) {
    if (error instanceof ZarrError && error.code === "ERR_LOCK_UNAVAILABLE") return undefined;
    throw error;
  }
}

import { FileSource, fileStatus, realPath, removeFile } from "../bytes/file.js";
import { createPartFile, publishPart } from "../bytes/part-file.js";
import { isZarrError, ZarrError } from "../errors.js";
import type { Directory } from "./directory.js";
import { readEntry } from "./entry-reader.js";
import { versionsBackwards } from "./newest-version.js";

/** What was found in a file, and written elsewhere. */
export interface SalvageResult {
  /** Bytes of the version that was found, which the new file has. */
  readonly bytes: number;
  /** Bytes of the file after it, which are lost. */
  readonly lostBytes: number;
  readonly entries: number;
}

/** Bytes that are copied at a time. */
const windowBytes = 8 * 2 ** 20;

/**
 * Looks, from the end of a file backwards, for the last version of which every value is whole, and copies the file up to there
 * to `target`. The file itself is never changed.
 *
 * @throws ZarrError `ERR_ZIP_TAIL` - there is none
 * @throws ZarrError `ERR_EXISTS` - something is at `target`; `ERR_NOT_FOUND`, `ERR_STORE_READ`, `ERR_STORE_WRITE`
 */
export async function salvageArchive(path: string, target: string): Promise<SalvageResult> {
  const source = await FileSource.open(await realPath(path));
  try {
    if ((await fileStatus(target)) !== undefined) {
      const message = `${target} exists already: choose another name for what is found in ${path}`;
      throw new ZarrError("ERR_EXISTS", message, { file: target });
    }
    for await (const directory of versionsBackwards(source, 0)) {
      // What begins later in the file may be an archive that is a value of the one that is looked for.
      if (directory.prefix > 0 || !(await isSound(source, directory))) continue;
      await copyStart(source, directory.end, target);
      const entries = [...directory.rows()].length;
      return { bytes: directory.end, lostBytes: source.size - directory.end, entries };
    }
  } finally {
    await source.close();
  }
  const message = `${path} holds no version of an archive of which every value is whole`;
  throw new ZarrError("ERR_ZIP_TAIL", message, { file: path });
}

async function isSound(source: FileSource, directory: Directory): Promise<boolean> {
  try {
    for (const row of directory.rows()) await readEntry(source, directory, row);
    return true;
  } catch (error) {
    if (isZarrError(error)) return false;
    throw error;
  }
}

/** The copy may be read by those who may read the source, and is there when it is complete. */
async function copyStart(source: FileSource, end: number, target: string): Promise<void> {
  const part = await createPartFile(target, source);
  try {
    for (let at = 0; at < end; at += windowBytes) {
      await part.write(await source.read(at, Math.min(windowBytes, end - at)), at);
    }
    await publishPart(part, target, { exclusive: true, isDurable: true, model: source });
  } catch (error) {
    await part.close();
    await removeFile(part.name);
    throw error;
  }
}

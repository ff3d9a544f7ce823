import { openBeside } from "../bytes/beside.js";
import { FileSource } from "../bytes/file.js";
import type { ArchiveSource } from "../zip/archive-reader.js";
import { readNewestVersion } from "./newest-in-file.js";

/**
 * Opens an archive in a file that others may be writing.
 *
 * @param beside - a file that this one was made beside: it is believed only if its maker may change that one
 * @throws ZarrError `ERR_NOT_FOUND`, `ERR_STORE_READ` - the file cannot be opened
 */
export async function openArchiveFile(path: string, beside?: string): Promise<ArchiveSource> {
  const source = beside === undefined ? await FileSource.open(path) : await openBeside(path, beside);
  return {
    source,
    newest: (known) => readNewestVersion(source, known),
    hasItsName: () => source.hasItsName(),
  };
}

/**
 * The import `#file`: what needs a file system, by Node. `no-local-files.ts` takes its place where there is none.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { exportArchive as streamArchive } from "../commit/stream-export.js";
import { ZarrError } from "../errors.js";
import type { ZipStoreWriter } from "./zip/zip-store-writer.js";

export { pathTarget } from "../bytes/folder.js";
export { realPath } from "../bytes/real-path.js";
export { openArchiveFile } from "../commit/archive-file.js";
export { verifyArchive } from "../commit/verify.js";
export { DirectoryStore } from "./directory/directory-store.js";
export { holdAllowed, leavePlace, movePlace } from "./roots.js";
export { recover, repack } from "./zip/repack.js";

/** The path of a `file:` URL. @throws ZarrError `ERR_ARGUMENT` - it names no file of this machine */
export function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const message = `${url} names no file here: ${(cause as Error).message}`;
    throw new ZarrError("ERR_ARGUMENT", message, { file: url }, cause);
  }
}

/** The `file:` URL of a path. */
export function urlOfPath(path: string): string {
  return pathToFileURL(path).href;
}

/** The writing side of a ZIP store: loaded when a store is opened to be written. */
export async function loadZipStoreWriter(): Promise<typeof ZipStoreWriter> {
  return (await import("./zip/zip-store-writer.js")).ZipStoreWriter;
}

/** A `Readable` of an archive of these entries, whose type is left out for programs without the types of Node. */
export function exportArchive(entries: AsyncIterable<{ readonly name: string; readonly bytes: Uint8Array }>): object {
  return streamArchive(entries);
}

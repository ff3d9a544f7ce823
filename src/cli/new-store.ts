import path from "node:path";
import { renameFile } from "../bytes/file.js";
import { removeIfEmpty, removeTree } from "../bytes/folder.js";
import { newUuid } from "../bytes/uuid.js";
import { ZarrError } from "../errors.js";
import { DirectoryStore } from "../store/directory/directory-store.js";
import type { Store } from "../store/store.js";
import { ZipStore } from "../store/zip/zip-store.js";

/** Tells the name of a ZIP from that of a folder. */
export function isNameOfZip(name: string): boolean {
  return /\.(zip|ozx)$/i.test(name);
}

/**
 * Lets `work` fill a new ZIP, which has its name when it is complete, and not before.
 * @throws ZarrError `ERR_EXISTS` - there is one, and it is not to be overwritten; as `ZipStore.open` and `work` do
 */
export async function withNewZip<T>(
  output: string,
  overwrite: boolean,
  work: (store: ZipStore) => Promise<T>,
): Promise<T> {
  const store = await ZipStore.open(output, { mode: overwrite ? "w" : "w-" });
  try {
    const result = await work(store);
    await store.close();
    return result;
  } catch (error) {
    await store.abort();
    throw error;
  }
}

/**
 * The same of a folder, which is beside its place, under a name of its own, until it is complete.
 * @throws ZarrError `ERR_EXISTS` - to be replaced is a folder that holds no Zarr hierarchy; `ERR_UNSUPPORTED` - a URL; `ERR_ARGUMENT` - standard output; as `work` does
 */
export async function withNewFolder<T>(
  output: string,
  overwrite: boolean,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  if (output === "-") {
    throw new ZarrError("ERR_ARGUMENT", "a folder cannot be written to standard output: give a name");
  }
  if (/^[a-z][\w+.-]+:\/\//i.test(output)) {
    throw new ZarrError("ERR_UNSUPPORTED", `${output} is no local folder: write one, and upload it`, { file: output });
  }
  const part = path.join(path.dirname(path.resolve(output)), `.${path.basename(output)}.new-${newUuid()}`);
  try {
    const target = await DirectoryStore.open(part, { mode: "w" });
    const result = await work(target);
    await target.close();
    if (overwrite) await removeHierarchy(output);
    await renameFile(part, output);
    return result;
  } catch (error) {
    await removeTree(part).catch(() => undefined); // what went wrong first is what is told
    throw error;
  }
}

/** Removes a folder that holds a Zarr hierarchy, or nothing. @throws ZarrError `ERR_EXISTS` - it holds something else */
async function removeHierarchy(folder: string): Promise<void> {
  const store = await DirectoryStore.open(folder, { mode: "w" });
  await store.close();
  await removeIfEmpty(folder);
}

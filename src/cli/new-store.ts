import path from "node:path";
import { removeFile, renameFile } from "../bytes/file.js";
import { pathTarget, removeIfEmpty, removeTree } from "../bytes/folder.js";
import { newUuid } from "../bytes/uuid.js";
import { ZarrError } from "../errors.js";
import { DirectoryStore } from "../store/directory/directory-store.js";
import type { Store } from "../store/store.js";
import { valuesOf } from "../store/values-of.js";
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
  checkIsFolderName(output);
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

/**
 * Lets `work` fill a ZIP, or a folder, beside its place, which stays there when that fails or is interrupted, and is given to it again the next
 * time; then puts what it holds into its place.
 *
 * @param publish - writes the file of which `store` holds the values; default a ZIP, or a folder, as its name says
 * @throws ZarrError `ERR_EXISTS` - as {@link withNewZip} and {@link withNewFolder}
 */
export async function withPartial(
  output: string,
  overwrite: boolean,
  signal: AbortSignal,
  work: (store: Store) => Promise<void>,
  publish?: (store: ZipStore) => Promise<void>,
): Promise<void> {
  const partial = partialName(output);
  if (publish !== undefined || isNameOfZip(output)) {
    const store = await ZipStore.open(partial, { mode: "a" });
    try {
      await work(store);
      await (publish?.(store) ?? withNewZip(output, overwrite, (target) => copyValues(store, target, signal)));
    } finally {
      await store.abort();
      if ((await pathTarget(partial))?.size === 0) await removeFile(partial); // nothing was ever committed
    }
    return await removeFile(partial);
  }
  checkIsFolderName(output);
  const store = await DirectoryStore.open(partial, { mode: "a" });
  try {
    await work(store);
  } finally {
    await store.close();
    await removeIfEmpty(partial);
  }
  if (overwrite) await removeHierarchy(output);
  await renameFile(partial, output);
}

/** The place where {@link withPartial} keeps a file until it is complete. */
export function partialName(output: string): string {
  return `${output}.partial`;
}

async function copyValues(from: Store, to: Store, signal: AbortSignal): Promise<void> {
  for await (const { name, bytes } of valuesOf(from)) {
    signal.throwIfAborted();
    await to.set(name, bytes);
  }
}

function checkIsFolderName(output: string): void {
  if (output === "-") {
    throw new ZarrError("ERR_ARGUMENT", "a folder cannot be written to standard output: give a name");
  }
  if (/^[a-z][\w+.-]+:\/\//i.test(output)) {
    throw new ZarrError("ERR_UNSUPPORTED", `${output} is no local folder: write one, and upload it`, { file: output });
  }
}

/** Removes a folder that holds a Zarr hierarchy, or nothing. @throws ZarrError `ERR_EXISTS` - it holds something else */
async function removeHierarchy(folder: string): Promise<void> {
  const store = await DirectoryStore.open(folder, { mode: "w" });
  await store.close();
  await removeIfEmpty(folder);
}

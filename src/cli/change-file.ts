import { pathTarget, removeIfEmpty } from "../bytes/folder.js";
import { ZarrError } from "../errors.js";
import type { Location } from "../hierarchy/parse-address.js";
import type { AnyStore } from "../store/any-store.js";
import { DirectoryStore } from "../store/directory/directory-store.js";
import { ZipStore } from "../store/zip/zip-store.js";
import { locateAddress } from "./address.js";

/** Options for opening the file to be changed. */
export interface ChangeOptions {
  /** True if a file that is missing is created: a ZIP, where its name ends with `.zip` or `.ozx`, else a folder. Default false. */
  readonly create?: boolean;
}

/**
 * Changes what is in a local file or folder: of a ZIP all of it, or, where `work` fails, nothing.
 * @param work - is given the store, and the path within it
 * @throws ZarrError as `ZipStore.open`, `ZipStore.flush` and `work` do
 */
export async function changeFile<T>(
  address: string,
  work: (store: AnyStore, path: string) => Promise<T>,
  { create = false }: ChangeOptions = {},
): Promise<T> {
  const location = await locateAddress(address);
  const isNew = (await pathTarget(String(location.input))) === undefined;
  const store = await openToChange(location, create);
  try {
    const result = await work(store, location.path ?? "");
    await store.close();
    return result;
  } catch (error) {
    if (store instanceof ZipStore) await store.abort();
    else {
      await store.close();
      if (isNew) await removeIfEmpty(store.path);
    }
    throw error;
  }
}

async function openToChange({ input }: Location, create: boolean): Promise<AnyStore> {
  if (typeof input !== "string") {
    throw new ZarrError("ERR_UNSUPPORTED", `${String(input)} cannot be written to: name a local file or folder`);
  }
  const target = await pathTarget(input);
  const isZip = target === undefined ? /\.(zip|ozx)$/i.test(input) : target.kind !== "folder";
  const isNew = target === undefined && create;
  return isZip
    ? await ZipStore.open(input, { mode: isNew ? "w-" : "r+" })
    : await DirectoryStore.open(input, { mode: isNew ? "w-" : "r+" });
}

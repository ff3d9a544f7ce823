import { DirectoryStore, pathTarget } from "#file";
import { checkStore } from "./check-store.js";
import type { Store } from "./store.js";
import { ZipStore } from "./zip/zip-store.js";

/**
 * The stored size, in bytes, of the value of each key that begins with `prefix`: in a ZIP after that has compressed it. A ZIP says so
 * of what is in the file, by its directory, and a folder by its files; of any other store the values are read.
 *
 * @returns sizes in bytes by key, in the order of `list()`
 * @throws ZarrError `ERR_ARGUMENT` - no store; else as `list()`
 * @example
 * ```js
 * import { createArray, storedSizes, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * const data = new Uint8Array(1000);
 * await createArray(store, { path: "a", shape: [1000], dtype: "uint8", chunks: [500], compressors: null, fillValue: 1, data });
 * await store.flush();
 * console.log([...(await storedSizes(store, "a/c/"))]); // [ [ 'a/c/0', 500 ], [ 'a/c/1', 500 ] ]
 * await store.close();
 * ```
 */
export async function storedSizes(store: Store, prefix = ""): Promise<Map<string, number>> {
  checkStore(store);
  const start = prefix.replace(/^\//, "");
  const sizes = new Map<string, number>();
  if (store instanceof ZipStore) {
    const directory = await store.inArchive((archive) => archive.directory);
    for (const row of directory?.rows() ?? []) {
      const name = directory!.name(row);
      if (name.startsWith(start)) sizes.set(name, directory!.columns().compressedSize[row]!);
    }
    return sizes;
  }
  const isFolder = (store as object).constructor === DirectoryStore;
  for await (const key of store.list(start)) {
    const bytes = isFolder ? (await pathTarget(`${store.path}/${key}`))?.size : (await store.get(key))?.length;
    if (bytes !== undefined) sizes.set(key, bytes);
  }
  return sizes;
}

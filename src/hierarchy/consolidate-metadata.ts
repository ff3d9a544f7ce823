import type { Store } from "../store/store.js";
import type { ZarrGroup } from "./group.js";

/** Options of {@link consolidateMetadata}. */
export interface ConsolidateOptions {
  /** Default the root. */
  readonly path?: string;
  /** The format to look for; default v3, then v2. */
  readonly zarrFormat?: 2 | 3;
}

/**
 * Writes the metadata of every node below a group into one document of the group, as zarr-python does: the member
 * `consolidated_metadata` of `zarr.json` (an extension that zarr-python defined), or `.zmetadata` in Zarr format 2. Nodes of
 * the other format are left out. Later changes do not change it: consolidate again, or readers that use it see the old
 * metadata.
 *
 * @returns the group, its members taken from what has been written
 * @throws ZarrError `ERR_NOT_FOUND` - no group is at the path
 * @throws ZarrError `ERR_METADATA` - a document below is no JSON object; `details.key` names it
 * @throws ZarrError `ERR_LIMIT` - the result would be longer than `limits.metadataBytes`, and nobody could read it
 * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
 * @see https://github.com/zarr-developers/zarr-specs/pull/309
 * @example
 * ```js
 * import { consolidateMetadata, createArray, createGroup, openGroup, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await createGroup(store);
 * for (const path of ["x", "y"]) await createArray(store, { path, shape: [3], dtype: "int8" });
 * await consolidateMetadata(store);
 * await store.close();
 * const group = await openGroup("a.zip", { useConsolidated: true }); // one document is read
 * console.log((await group.members()).map(({ path }) => path)); // [ 'x', 'y' ]
 * await group.close();
 * ```
 */
export async function consolidateMetadata(store: Store, options: ConsolidateOptions = {}): Promise<ZarrGroup> {
  const { consolidate } = await import("./consolidate.js");
  return await consolidate(store, options);
}

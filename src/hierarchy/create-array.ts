import type { JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { type ArrayMetadataOptions, createArrayMetadata, createGroupMetadata } from "../metadata/create-metadata.js";
import type { NodeMetadata } from "../metadata/node-metadata.js";
import { checkNodePath } from "../metadata/node-name.js";
import type { Store } from "../store/store.js";
import { type Values, ZarrArray } from "./array.js";
import { hasNode, nodeKey, saveNode } from "./load-node.js";
import type { NodePlace } from "./node.js";

/** Where to create a node, and whether something may be replaced there. */
export interface CreatePlace {
  /** Path within the store; default the root. Groups that are missing above it are created. */
  readonly path?: string;
  /** Removes whatever is at the path, and below it, first. Default false. */
  readonly overwrite?: boolean;
}

/** What a new array is made of. */
export interface CreateArrayOptions<DType extends string = string> extends ArrayMetadataOptions, CreatePlace {
  readonly dtype: DType | JsonObject;
  /** Values to write at once: flat and in C order, a chunk of the array's shape, or a scalar. */
  readonly data?: Values<DType>;
}

/**
 * Creates an array, and writes its values if `data` is given. Codecs, chunk shape and everything else that is left out
 * are chosen as zarr-python does.
 *
 * @throws ZarrError `ERR_EXISTS` - a node is at the path, and `overwrite` is not set
 * @throws ZarrError `ERR_KEY` - the path has a segment that is no node name
 * @throws ZarrError `ERR_ARGUMENT`, `ERR_DATA_TYPE`, `ERR_CODEC_UNAVAILABLE`, `ERR_VALUE` - an option is wrong
 * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
 */
export async function createArray<const DType extends string>(
  store: Store,
  options: CreateArrayOptions<DType>,
): Promise<ZarrArray<DType>> {
  const { path, overwrite, data, ...metadataOptions } = options;
  const metadata = createArrayMetadata(metadataOptions, store.limits);
  const place = await preparePlace(store, options, metadata);
  const array = new ZarrArray<DType>(place, await saveNode(store, place.path, metadata));
  if (data !== undefined) await array.set(null, data);
  return array;
}

/**
 * Makes room for a node, and creates the groups above it that are missing.
 * @throws ZarrError `ERR_EXISTS`, `ERR_KEY` - as {@link createArray}
 */
export async function preparePlace(
  store: Store,
  { path = "", overwrite = false }: CreatePlace,
  { zarrFormat }: NodeMetadata,
): Promise<NodePlace> {
  const normal = checkNodePath(path, zarrFormat);
  if (overwrite) {
    const below = nodeKey(normal, "");
    for await (const key of store.list(below)) await store.delete(key);
  } else if (await hasNode(store, normal)) {
    const message = `a node is at ${JSON.stringify(normal)} already: choose another path, or set overwrite`;
    throw new ZarrError("ERR_EXISTS", message, { file: store.path, path: normal });
  }
  const parents = normal.split("/").slice(0, -1);
  const above = normal === "" ? [] : ["", ...parents.map((_, i) => parents.slice(0, i + 1).join("/"))];
  for (const parent of above) {
    if (!(await hasNode(store, parent))) await saveNode(store, parent, createGroupMetadata({ zarrFormat }));
  }
  return { store, path: normal, ownsStore: false };
}

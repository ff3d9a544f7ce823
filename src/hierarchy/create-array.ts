import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { type Json, type JsonObject, stringifyJson } from "../bytes/json.js";
import type { DTypeName } from "../data-type/data-type-map.js";
import { withDetails, ZarrError } from "../errors.js";
import {
  type ArrayMetadataOptions,
  arrayMetadataOptions,
  createArrayMetadata,
  createGroupMetadata,
} from "../metadata/create-metadata.js";
import type { ArrayMetadata, NodeMetadata } from "../metadata/node-metadata.js";
import { checkNodePath } from "../metadata/node-name.js";
import { checkStore } from "../store/check-store.js";
import type { Store, StoreValues } from "../store/store.js";
import { makeArray, type Values, type ZarrArray } from "./array.js";
import { changeNodes } from "./change-nodes.js";
import { deleteTree } from "./delete-tree.js";
import { valuesFor } from "./given-values.js";
import { hasNode, type LoadedNode, loadNode, showPath } from "./load-node.js";
import type { NodePlace } from "./node.js";
import { documentsOf, saveDocuments } from "./save-node.js";

/** Where to create a node, and whether something may be replaced there. */
export interface CreatePlace {
  /** Path within the store; default the root. Groups that are missing above it are created. */
  readonly path?: string;
  /** Removes whatever is at the path, and below it, first. Default false. */
  readonly overwrite?: boolean;
}

/** What a new array is made of. */
export interface CreateArrayOptions<
  DType extends DTypeName = DTypeName,
  Shape extends readonly number[] = readonly number[],
> extends ArrayMetadataOptions,
    CreatePlace {
  /** Length of each dimension. One of length 0 is meant to grow. */
  readonly shape: Shape;
  /** What an element is: `"float32"`, `"<f4"`, `"datetime64[ns]"`, `"U8"`, NumPy's list of the fields of a struct, a document's JSON. */
  readonly dtype: DType | JsonObject | readonly Json[];
  /** Values to write at once: flat and in C order, a chunk of the array's shape, or a scalar. Without it every element is the fill value. */
  readonly data?: Values<DType>;
}

/** Options whose data type the compiler knows only as a `string`: a literal that is no {@link DTypeName} is a typing mistake. */
export interface DynamicArrayOptions<DType extends string = string, Shape extends readonly number[] = readonly number[]>
  extends Omit<CreateArrayOptions<DTypeName, Shape>, "dtype"> {
  /** What an element is, as in {@link CreateArrayOptions}. */
  readonly dtype: (DType & (string extends DType ? unknown : never)) | JsonObject | readonly Json[];
}

/** What {@link CreateArrayOptions} are. */
export const createArrayOptions: OptionKinds<CreateArrayOptions> = {
  ...arrayMetadataOptions,
  path: "any",
  overwrite: "boolean",
  data: "any",
};

/**
 * Creates an array, and writes its values if `data` is given. Codecs, chunk shape and everything else that is left out
 * are chosen as zarr-python does.
 *
 * @throws ZarrError `ERR_EXISTS` - a node is at the path, and `overwrite` is not set; or an array is above it
 * @throws ZarrError `ERR_KEY` - the path has a segment that is no node name
 * @throws ZarrError `ERR_ARGUMENT`, `ERR_DATA_TYPE`, `ERR_CODEC_UNAVAILABLE`, `ERR_VALUE` - an option is wrong
 * @throws ZarrError `ERR_LIMIT` - more than one of the store's limits allows
 * @throws ZarrError `ERR_READ_ONLY`, `ERR_UNSUPPORTED` - the store cannot be written to
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#array-metadata
 */
export async function createArray<
  const DType extends DTypeName,
  const Shape extends readonly number[] = readonly number[],
>(store: Store, options: CreateArrayOptions<DType, Shape>): Promise<ZarrArray<DType, Shape["length"]>>;
/** Creates an array, as above, where the compiler knows the data type only as a `string`. */
export async function createArray<DType extends string, const Shape extends readonly number[] = readonly number[]>(
  store: Store,
  options: DynamicArrayOptions<DType, Shape>,
): Promise<ZarrArray<DTypeName, Shape["length"]>>;
export async function createArray(store: Store, options: CreateArrayOptions): Promise<ZarrArray> {
  checkStore(store);
  checkOptions(options, createArrayOptions);
  const { path, overwrite, data, ...metadataOptions } = options;
  // Checked before anything is written or, to be overwritten, removed.
  const { metadata, values } = await naming(store, path, async () => {
    const metadata = await createArrayMetadata(metadataOptions, store.limits);
    return { metadata, values: data === undefined ? undefined : valuesFor(metadata, data, metadata.shape) };
  });
  const { place, node } = await createNode(store, options, metadata);
  const array = await makeArray(place, node);
  if (values !== undefined) await array.set(null, values as Values<DTypeName>);
  return array;
}

/** What an array is to be, whether it is there already or not. */
export type RequireArrayOptions<
  DType extends DTypeName = DTypeName,
  Shape extends readonly number[] = readonly number[],
> = Omit<CreateArrayOptions<DType, Shape>, "overwrite" | "data">;

/**
 * Opens the array at `options.path`, or creates it, as zarr-python's `require_array` with `exact` does. One that is there must have
 * the shape and the data type; how it is stored is left as it is.
 *
 * @throws ZarrError `ERR_EXISTS` - a group is there, or an array of another shape or data type
 * @throws ZarrError as {@link createArray}
 */
export async function requireArray<
  const DType extends DTypeName,
  const Shape extends readonly number[] = readonly number[],
>(store: Store, options: RequireArrayOptions<DType, Shape>): Promise<ZarrArray<DType, Shape["length"]>> {
  checkStore(store);
  const { overwrite: _overwrite, data: _data, ...kinds } = createArrayOptions;
  checkOptions(options, kinds);
  const { path, ...metadataOptions } = options;
  const metadata = await naming(store, path, () => createArrayMetadata(metadataOptions, store.limits));
  const wanted = describeArray(metadata);
  const accept = ({ metadata: found, documents }: LoadedNode, at: string) => {
    const is = found.nodeType === "group" ? "a group" : describeArray(found);
    if (found.nodeType === "array" && is === wanted) return { metadata: found, documents };
    const message = `${is} is at ${showPath(at)} of ${store.path}, expected ${wanted}: choose another path, or create it with overwrite`;
    throw new ZarrError("ERR_EXISTS", message, { file: store.path, path: at });
  };
  const { place, node } = await createNode(store, options, metadata, accept);
  return (await makeArray(place, node)) as ZarrArray<DType, Shape["length"]>;
}

/** What `make` gives; its errors name the place of the node that is to be created. */
export async function naming<Made>(
  { path: file }: Store,
  path: string | undefined,
  make: () => Made | Promise<Made>,
): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    throw withDetails(error, { file, path: path ?? "" });
  }
}

function describeArray({ shape, dataType }: ArrayMetadata): string {
  return `an array of shape [${shape.join(", ")}] and data type ${stringifyJson(dataType.toJson())}`;
}

/**
 * Creates a node, and the groups above it that are missing.
 * @param accept - what to make of a node that is there already; without it that is an error
 * @throws ZarrError `ERR_EXISTS`, `ERR_KEY` - as {@link createArray}
 */
export async function createNode<Metadata extends NodeMetadata>(
  store: Store,
  { path = "", overwrite = false }: CreatePlace,
  metadata: Metadata,
  accept?: (found: LoadedNode, path: string) => LoadedNode<Metadata>,
): Promise<{ place: NodePlace; node: LoadedNode<Metadata> }> {
  const { zarrFormat } = metadata;
  const normal = checkNodePath(path, zarrFormat);
  const documents = documentsOf(metadata);
  const groupDocuments = documentsOf(createGroupMetadata({ zarrFormat }));
  const node = await changeNodes(store, async (values) => {
    const found = accept === undefined ? undefined : await loadNode(values, normal);
    if (accept !== undefined && found !== undefined) return accept(found, normal);
    const missing = await missingGroups(values, normal);
    if (overwrite) await deleteTree(values, normal);
    else await checkFree(values, normal);
    for (const parent of missing) await saveDocuments(values, parent, groupDocuments);
    await saveDocuments(values, normal, documents);
    return { metadata, documents };
  });
  return { place: { store, path: normal, ownsStore: false }, node };
}

/** @throws ZarrError `ERR_EXISTS` - a node is at the path */
export async function checkFree(store: StoreValues, path: string): Promise<void> {
  if (!(await hasNode(store, path))) return;
  const message = `a node is at ${JSON.stringify(path)} already: choose another path, or set overwrite`;
  throw new ZarrError("ERR_EXISTS", message, { file: store.path, path });
}

/**
 * Paths above a new node at which there is no node yet.
 * @param planned - nodes that are about to be created
 * @throws ZarrError `ERR_EXISTS` - an array is above it
 */
export async function missingGroups(
  store: StoreValues,
  path: string,
  planned: ReadonlyMap<string, unknown> = new Map(),
): Promise<string[]> {
  const missing: string[] = [];
  for (const parent of pathsAbove(path)) {
    if (planned.has(parent)) continue;
    const node = await loadNode(store, parent);
    if (node === undefined) missing.push(parent);
    if (node?.metadata.nodeType === "array") {
      const message = `${showPath(parent)} is an array, and only groups have nodes below them: choose another path`;
      throw new ZarrError("ERR_EXISTS", message, { file: store.path, path });
    }
  }
  return missing;
}

/** Paths of the groups that a node is in, from the root on. */
export function pathsAbove(path: string): string[] {
  const segments = path.split("/");
  return path === "" ? [] : segments.map((_, i) => segments.slice(0, i).join("/"));
}

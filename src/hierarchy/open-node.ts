import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import { lazily } from "../bytes/lazily.js";
import type { DTypeName } from "../data-type/data-type-map.js";
import { ZarrError } from "../errors.js";
import type { GroupMetadata } from "../metadata/node-metadata.js";
import { normalizeNodePath } from "../metadata/node-name.js";
import { openStore } from "../store/any-store.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import {
  type RemoteOptions,
  refuseRemoteOptions,
  remoteOptionKinds,
  remoteOptionsOf,
} from "../store/zip/remote-options.js";
import { isZipInput, type ZipInput } from "../store/zip/zip-input.js";
import { makeUsableArray, type ZarrArray } from "./array.js";
import type { ZarrGroup } from "./group.js";
import { existingNodes, hasNode, type LoadedNode, requireNode, showPath } from "./load-node.js";
import { locate } from "./location.js";
import type { NodePlace } from "./node.js";

/** The node to open, and how to read a URL. */
export interface OpenOptions extends RemoteOptions {
  /**
   * Path within the store, exactly. Without it the root, or, where the root holds no node, the only top-level folder:
   * many archives were zipped with their parent folder.
   */
  readonly path?: string;
  /** The format to look for; default v3, then v2. */
  readonly zarrFormat?: 2 | 3;
}

const groups = lazily(() => import("./group.js"));

async function makeGroup(place: NodePlace, node: LoadedNode<GroupMetadata>): Promise<ZarrGroup> {
  const { ZarrGroup } = groups.loaded ?? (await groups.load());
  return await ZarrGroup.make(place, node);
}

const openOptions: OptionKinds<OpenOptions> = { ...remoteOptionKinds, path: "any", zarrFormat: "any" };

/** The group to open, and the source of its members. */
export interface OpenGroupOptions extends OpenOptions {
  /**
   * True if members come from the group's consolidated metadata instead of their own documents, which saves a read for each.
   * Default false: in one file their own documents are near, and never out of date.
   */
  readonly useConsolidated?: boolean;
}

/**
 * Opens an array or a group. The name of a ZIP file or of a folder, the URL of a ZIP, and its bytes, are opened
 * read-only, and closing the node closes them. A name or URL may be an address that says which node: `x.zip:/a/b`, or the URL pipeline
 * `https://host/x.zip|zip:a/b/|zarr3:`.
 *
 * @throws ZarrError `ERR_NOT_FOUND` - no such file, or no node at the path; the message lists the nodes that exist
 * @throws ZarrError `ERR_METADATA`, `ERR_DATA_TYPE`, `ERR_CODEC_UNAVAILABLE` - the node cannot be understood
 * @throws ZarrError `ERR_ZIP`, `ERR_ZIP_TAIL` - it is a file, and no ZIP archive
 * @throws ZarrError `ERR_ARGUMENT` - an address says something else than the options
 * @throws ZarrError `ERR_UNSUPPORTED` - a URL, or a step of a pipeline, of another kind
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#metadata
 * @example
 * ```js
 * import { createArray, open, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await createArray(store, { path: "run/1", shape: [3], dtype: "int8", data: [1, 2, 3] });
 * await store.close();
 * const node = await open("a.zip:/run/1"); // or a URL: https://host/a.zip:/run/1
 * if (node.kind === "array") console.log([...(await node.get()).data]); // [ 1, 2, 3 ]
 * await node.close();
 * ```
 */
export async function open(input: ZipInput | Store, options: OpenOptions = {}): Promise<ZarrArray | ZarrGroup> {
  checkOptions(options, openOptions);
  return await openAnd(input, options, async (place, { metadata, documents }) =>
    metadata.nodeType === "array"
      ? await makeUsableArray(place, { metadata, documents })
      : await makeGroup(place, { metadata, documents }),
  );
}

/**
 * Opens an array; throws as {@link open}, and `ERR_NOT_FOUND` where the node is a group.
 * @typeParam DType - the data type, where the program knows it: `openArray<"float32">(…)`
 * @typeParam Rank - the number of dimensions, where it knows that, too: `openArray<"float32", 2>(…)`
 * @example
 * ```js
 * import { createArray, openArray, slice, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await createArray(store, { path: "a", shape: [2, 3], dtype: "float64", data: [0, 1, 2, 3, 4, 5] });
 * await store.close();
 * const array = await openArray("a.zip", { path: "a" });
 * const { data, shape } = await array.get([slice(0, 2), 1]);
 * console.log([...data], shape); // [ 1, 4 ] [ 2 ]
 * await array.close();
 * ```
 */
export async function openArray<DType extends DTypeName = DTypeName, Rank extends number = number>(
  input: ZipInput | Store,
  options: OpenOptions = {},
): Promise<ZarrArray<DType, Rank>> {
  checkOptions(options, openOptions);
  return await openAnd(input, options, async (place, { metadata, documents }) => {
    if (metadata.nodeType === "array") {
      return (await makeUsableArray(place, { metadata, documents })) as ZarrArray<DType, Rank>;
    }
    throw await wrongKind(place, "a group, not an array: use openGroup, or name one of its arrays");
  });
}

/**
 * Opens a group; throws as {@link open}, and `ERR_NOT_FOUND` where the node is an array, or where `useConsolidated` is set
 * and the group has no consolidated metadata.
 *
 * @example
 * ```js
 * import { createArray, openGroup, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await createArray(store, { path: "x", shape: [3], dtype: "int8" });
 * await store.close();
 * const group = await openGroup("a.zip");
 * console.log((await group.members()).map(({ path, kind }) => `${path}: ${kind}`)); // [ 'x: array' ]
 * await group.close();
 * ```
 */
export async function openGroup(input: ZipInput | Store, options: OpenGroupOptions = {}): Promise<ZarrGroup> {
  checkOptions(options, { ...openOptions, useConsolidated: "boolean" });
  return await openAnd(input, options, async (place, { metadata, documents }) => {
    if (metadata.nodeType === "array") throw await wrongKind(place, "an array, not a group: use openArray");
    const { store, path } = place;
    if (!options.useConsolidated) return await makeGroup(place, { metadata, documents });
    const { consolidatedNodes } = await import("./consolidated-nodes.js");
    return await makeGroup(
      { ...place, nodes: await consolidatedNodes(store, path, metadata) },
      { metadata, documents },
    );
  });
}

/** Opens the store if need be, loads the node, and closes what was opened if something fails. */
async function openAnd<T>(
  input: ZipInput | Store,
  options: OpenOptions,
  make: (place: NodePlace, node: LoadedNode) => Promise<T>,
): Promise<T> {
  const ownsStore = isZipInput(input);
  if (!ownsStore) checkStore(input, "a store, the name of a file or folder, or bytes");
  if (!ownsStore) refuseRemoteOptions(options, input.path);
  const location = ownsStore ? await locate(input, options) : undefined;
  const store = location === undefined ? (input as Store) : await openStore(location.input, remoteOptionsOf(options));
  try {
    const asked = location ?? options;
    const path = asked.path === undefined ? await defaultPath(store) : normalizeNodePath(asked.path);
    return await make({ store, path, ownsStore }, await requireNode(store, path, asked.zarrFormat));
  } catch (error) {
    if (ownsStore) await store.close();
    throw error;
  }
}

/** The root's path; where the root holds no node, that of the only top-level folder. */
async function defaultPath(store: Store): Promise<string> {
  if (await hasNode(store, "")) return "";
  const names = (await store.listDir()).filter((name) => name !== "__MACOSX" && name !== ".DS_Store");
  return names.length === 1 && (await hasNode(store, names[0]!)) ? names[0]! : "";
}

async function wrongKind({ store, path }: NodePlace, what: string): Promise<ZarrError> {
  const message = `the node at ${showPath(path)} of ${store.path} is ${what}; ${await existingNodes(store)}`;
  return new ZarrError("ERR_NOT_FOUND", message, { file: store.path, path });
}

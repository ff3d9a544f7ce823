import { checkOptions, type OptionKinds } from "../bytes/check-options.js";
import type { JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { createGroupMetadata } from "../metadata/create-metadata.js";
import type { GroupMetadata } from "../metadata/node-metadata.js";
import { checkStore } from "../store/check-store.js";
import type { Store } from "../store/store.js";
import type { CreatePlace } from "./create-array.js";
import { type LoadedNode, showPath } from "./load-node.js";
import { type CreatedNode, createNode, naming } from "./new-node.js";

/** Options of `createGroup`. */
export interface CreateGroupOptions extends CreatePlace {
  /** Default 3. */
  readonly zarrFormat?: 2 | 3;
  /** User attributes, which JSON has to hold; none by default. */
  readonly attributes?: JsonObject;
}

/** Options of `requireGroup`, for a group that is not there yet. */
export type RequireGroupOptions = Omit<CreateGroupOptions, "overwrite">;

/** The kinds of {@link CreateGroupOptions}. */
export const createGroupOptions: OptionKinds<CreateGroupOptions> = {
  path: "any",
  overwrite: "boolean",
  zarrFormat: "any",
  attributes: "any",
};

const { overwrite: _overwrite, ...requireKinds } = createGroupOptions;

/** The kinds of {@link RequireGroupOptions}. */
export const requireGroupOptions: OptionKinds<RequireGroupOptions> = requireKinds;

/** The node of `createGroup`. */
export async function createGroupNode(store: Store, options: CreateGroupOptions): Promise<CreatedNode<GroupMetadata>> {
  checkStore(store);
  checkOptions(options, createGroupOptions);
  const metadata = await naming(store, options.path, () => createGroupMetadata(options));
  return await createNode(store, options, metadata);
}

/** The node of `requireGroup`. */
export async function requireGroupNode(
  store: Store,
  options: RequireGroupOptions,
): Promise<CreatedNode<GroupMetadata>> {
  checkStore(store);
  checkOptions(options, requireGroupOptions);
  const accept = ({ metadata, documents }: LoadedNode, path: string) => {
    if (metadata.nodeType === "group") return { metadata, documents };
    const message = `an array is at ${showPath(path)} of ${store.path}, expected a group: choose another path`;
    throw new ZarrError("ERR_EXISTS", message, { file: store.path, path });
  };
  const metadata = await naming(store, options.path, () => createGroupMetadata(options));
  return await createNode(store, options, metadata, accept);
}

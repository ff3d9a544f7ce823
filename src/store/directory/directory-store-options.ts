import { checkFileName } from "../../bytes/check-file-name.js";
import { checkOptions } from "../../bytes/check-options.js";
import { folderEntries, makeFolder, pathTarget, removeTree } from "../../bytes/folder.js";
import { describe } from "../../bytes/json.js";
import { defaultLimits, type Limits } from "../../bytes/limits.js";
import { removeDeadPartsIn } from "../../bytes/part-file.js";
import { realPath } from "../../bytes/real-path.js";
import { ZarrError } from "../../errors.js";
import { asRecord, checkLimits, invalidState, parseStoreState } from "../state-members.js";
import type { StoreState } from "../store.js";

/**
 * `r` reads, `r+` also writes into a folder that exists, `a` creates it where need be; `w` removes what it holds, and `w-`
 * refuses a folder that holds anything.
 */
export type DirectoryStoreMode = "r" | "r+" | "a" | "w" | "w-";

/** Options for opening a {@link DirectoryStore}. */
export interface DirectoryStoreOptions {
  /** Default `r`. */
  readonly mode?: DirectoryStoreMode;
  /** Upper bounds on what the files may make the reader allocate. */
  readonly limits?: Partial<Limits>;
}

/**
 * Everything that another thread, process or host on the same file system needs to reopen a {@link DirectoryStore}. Flat,
 * plain JSON, complete.
 */
export interface DirectoryStoreState extends StoreState {
  /** Tells the kinds of states apart. */
  readonly kind: "DirectoryStore";
  /** Version of the state's form. A later one is refused. */
  readonly version: 1;
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** True if the receiver may only read. */
  readonly readOnly: boolean;
  /** `w`, `w-` and `a` acted once, where the store was opened; what is left of them is `r+`. */
  readonly mode: "r" | "r+";
  /** The folder itself, by which one that was replaced is told from it. Its contents have no version. */
  readonly identity: FolderIdentity;
  /** The limits that the store was opened with. */
  readonly limits: Limits;
}

/** Device and inode number of a folder, decimal. */
export interface FolderIdentity {
  readonly device: string;
  readonly inode: string;
}

/** Names of which one makes the folder that has it a Zarr node. */
const metadataDocuments = ["zarr.json", ".zgroup", ".zarray"];

/**
 * Does once what the mode says, and gives the state of the folder as it is then.
 * @throws ZarrError as `DirectoryStore.open`
 */
export async function openFolder(path: string, options: DirectoryStoreOptions): Promise<DirectoryStoreState> {
  checkFileName(path);
  checkOptions(options, { mode: "any", limits: "any" }, { file: path });
  const { mode = "r" } = options;
  const refuse = (option: string, found: unknown, expected: string) =>
    new ZarrError("ERR_ARGUMENT", `${option} is ${describe(found)}, expected ${expected}`, { file: path });
  if (!["r", "r+", "a", "w", "w-"].includes(mode)) throw refuse("mode", mode, '"r", "r+", "a", "w" or "w-"');
  const limits = checkLimits({ ...defaultLimits, ...options.limits }, refuse);
  if (mode !== "r" && mode !== "r+" && (await pathTarget(path))?.kind !== "file") await makeFolder(path);
  const folder = await realPath(path);
  const identity = await requireFolder(folder);
  if (mode === "w-" && (await folderEntries(folder))?.length !== 0) {
    const message = `${folder} holds files already: choose another folder, or replace them with mode "w"`;
    throw new ZarrError("ERR_EXISTS", message, { file: folder });
  }
  if (mode === "w") await emptyFolder(folder);
  if (mode !== "r") await removeDeadPartsIn(folder);
  const readOnly = mode === "r";
  return { kind: "DirectoryStore", version: 1, path: folder, readOnly, mode: readOnly ? "r" : "r+", identity, limits };
}

/**
 * Checks what claims to be the state of a DirectoryStore.
 * @returns a copy, so that the caller may change the state
 * @throws ZarrError `ERR_STATE` - naming the member that is missing, contradictory or unknown
 */
export function parseDirectoryStoreState(value: unknown): DirectoryStoreState {
  const { state, path, readOnly, mode } = parseStoreState("DirectoryStore", ["identity", "limits"], value);
  const invalid = invalidState("DirectoryStore");
  const { device, inode } = asRecord(state.identity, "identity", invalid, ["device", "inode"]);
  if (typeof device !== "string") throw invalid("identity.device", device, "a string");
  if (typeof inode !== "string") throw invalid("identity.inode", inode, "a string");
  const limits = checkLimits(state.limits, invalid);
  return { kind: "DirectoryStore", version: 1, path, readOnly, mode, identity: { device, inode }, limits };
}

/** @throws ZarrError `ERR_NOT_FOUND` - nothing is there; `ERR_STORE_READ` - it is no folder */
export async function requireFolder(path: string): Promise<FolderIdentity> {
  const target = await pathTarget(path);
  if (target?.kind === "folder") return { device: target.device, inode: target.inode };
  if (target === undefined) throw new ZarrError("ERR_NOT_FOUND", `no folder is at ${path}`, { file: path });
  throw new ZarrError("ERR_STORE_READ", `${path} is not a folder: a ZIP file is opened with ZipStore`, { file: path });
}

/** Removes everything in a folder. @throws ZarrError as {@link namesToRemove} */
async function emptyFolder(folder: string): Promise<void> {
  for (const name of await namesToRemove(folder)) await removeTree(`${folder}/${name}`);
}

/**
 * Everything in a folder that may be emptied: of none but a Zarr node, so that a wrong path costs nobody a home directory.
 * @throws ZarrError `ERR_EXISTS` - it is not a Zarr node, and not empty
 */
export async function namesToRemove(folder: string): Promise<string[]> {
  const names = (await folderEntries(folder))?.map(({ name }) => name) ?? [];
  if (names.length === 0 || metadataDocuments.some((document) => names.includes(document))) return names;
  const message = `${folder} holds files, but none of ${metadataDocuments.join(", ")}: mode "w" replaces only Zarr nodes; remove the folder first, or choose another one`;
  throw new ZarrError("ERR_EXISTS", message, { file: folder });
}

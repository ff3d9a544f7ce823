import { defaultLimits, type Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";
import type { ArchiveIdentity } from "../zip/archive-reader.js";
import type { SharedDirectory } from "../zip/directory.js";
import type { StoreState } from "./store.js";

/** Which version of a growing file a store reads: the one it opened, or always the newest. */
export type ZipStoreView = "pinned" | "follow";

/**
 * Everything that another thread, process or host on the same file system needs to reopen a {@link ZipStore}. Flat, plain
 * JSON, complete; `sharedDirectory` alone is for threads only.
 */
export interface ZipStoreState extends StoreState {
  readonly kind: "ZipStore";
  readonly version: 1;
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  readonly readOnly: boolean;
  /** `w`, `w-` and `a` acted once, where the store was created; a state has what is left of them. */
  readonly mode: "r" | "r+";
  readonly view: ZipStoreView;
  readonly identity: ArchiveIdentity;
  readonly compression: "stored" | "deflate";
  readonly zip64: "auto" | "always";
  /** Time stamp of new entries as ISO 8601, or `null` for the fixed 1980-01-01. */
  readonly modified: string | null;
  readonly limits: Limits;
  readonly sharedDirectory?: SharedDirectory;
}

/** The members of a state that are options of the store. */
type CheckedOptions = Pick<ZipStoreState, "view" | "compression" | "zip64" | "modified" | "limits">;

/** Makes the error that says which member has been found to be what. */
type Refusal = (member: string, found: unknown, expected: string) => ZarrError;

const members = new Set([
  ...["kind", "version", "path", "readOnly", "mode", "view", "identity"],
  ...["compression", "zip64", "modified", "limits", "sharedDirectory"],
]);

/**
 * Checks what claims to be the state of a ZipStore.
 *
 * @returns a copy, so that who gave the state may change it
 * @throws ZarrError `ERR_STATE` - naming the member that is missing, contradictory or unknown
 */
export function parseZipStoreState(value: unknown): ZipStoreState {
  const state = asRecord(value, "state");
  if (state.kind !== "ZipStore") throw invalid("kind", state.kind, '"ZipStore"');
  if (state.version !== 1) throw invalid("version", state.version, "1");
  if (typeof state.unusable === "string") {
    throw new ZarrError("ERR_STATE", `this is the state of a store that could not be handed over: ${state.unusable}`);
  }
  const { path, readOnly, mode, sharedDirectory } = state;
  const unknown = Object.keys(state).find((member) => !members.has(member));
  if (unknown !== undefined) throw invalid(unknown, state[unknown], "no such member in version 1");
  if (typeof path !== "string" || !isAbsolute(path)) throw invalid("path", path, "an absolute path");
  if (mode !== "r" && mode !== "r+") throw invalid("mode", mode, '"r" or "r+"');
  if (readOnly !== (mode === "r")) {
    throw invalid("readOnly", readOnly, `${mode === "r"}, as mode is ${JSON.stringify(mode)}`);
  }
  const settings = checkSettings(state, readOnly, invalid);
  const identity = parseIdentity(state.identity);
  return {
    ...{ kind: "ZipStore", version: 1, path, readOnly, mode },
    ...settings,
    identity,
    ...(sharedDirectory === undefined ? {} : { sharedDirectory: checkShared(sharedDirectory, identity) }),
  };
}

/**
 * Checks the options of a store, which come from a caller or from a state.
 * @throws what `refuse` makes
 */
export function checkSettings(
  settings: Readonly<Record<string, unknown>>,
  readOnly: boolean,
  refuse: Refusal,
): CheckedOptions {
  const { view, compression, zip64, modified, limits } = settings;
  if (view !== "pinned" && view !== "follow") throw refuse("view", view, '"pinned" or "follow"');
  if (view === "pinned" && !readOnly) throw refuse("view", view, '"follow", as of every store that is not read-only');
  if (compression !== "stored" && compression !== "deflate") {
    throw refuse("compression", compression, '"stored" or "deflate"');
  }
  if (zip64 !== "auto" && zip64 !== "always") throw refuse("zip64", zip64, '"auto" or "always"');
  if (modified !== null && !(typeof modified === "string" && !Number.isNaN(Date.parse(modified)))) {
    throw refuse("modified", modified, "null or an ISO 8601 time");
  }
  if (!isRecord(limits)) throw refuse("limits", limits, "an object");
  for (const member of Object.keys(defaultLimits)) {
    if (!isCount(limits[member])) throw refuse(`limits.${member}`, limits[member], "an integer of at least 0");
  }
  return { view, compression, zip64, modified, limits: { ...(limits as unknown as Limits) } };
}

function parseIdentity(value: unknown): ArchiveIdentity {
  const { device, inode, end, digest } = asRecord(value, "identity");
  if (typeof device !== "string") throw invalid("identity.device", device, "a string");
  if (typeof inode !== "string") throw invalid("identity.inode", inode, "a string");
  if (typeof digest !== "string") throw invalid("identity.digest", digest, "a string");
  if (!isCount(end)) throw invalid("identity.end", end, "a number of bytes");
  return { device, inode, end, digest };
}

/** JSON cannot carry shared memory, and what it makes of it must not be taken for an empty directory. */
function checkShared(value: unknown, { end }: ArchiveIdentity): SharedDirectory {
  const shared = asRecord(value, "sharedDirectory") as unknown as SharedDirectory;
  const { buffer } = shared;
  if (!(buffer instanceof SharedArrayBuffer || buffer instanceof ArrayBuffer)) {
    throw invalid("sharedDirectory.buffer", buffer, "shared memory, which reaches other threads but no other process");
  }
  if (shared.end?.end !== end) throw invalid("sharedDirectory.end.end", shared.end?.end, `${end}, as identity.end`);
  return shared;
}

function asRecord(value: unknown, member: string): Record<string, unknown> {
  if (!isRecord(value)) throw invalid(member, value, "an object");
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAbsolute(path: string): boolean {
  return /^(?:\/|\\\\|[A-Za-z]:[\\/])/.test(path);
}

function invalid(member: string, found: unknown, expected: string): ZarrError {
  const text = found === undefined ? "missing" : (JSON.stringify(found) ?? String(found)).slice(0, 80);
  return new ZarrError("ERR_STATE", `not the state of a ZipStore: ${member} is ${text}, expected ${expected}`, {
    member,
  });
}

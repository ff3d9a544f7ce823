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

/**
 * Checks what claims to be the state of a ZipStore.
 * @throws ZarrError `ERR_STATE` - naming the member that is missing, contradictory or unknown
 */
export function parseZipStoreState(value: unknown): ZipStoreState {
  const state = asRecord(value, "state");
  if (state.kind !== "ZipStore") throw invalid("kind", state.kind, '"ZipStore"');
  if (state.version !== 1) throw invalid("version", state.version, "1");
  if (typeof state.unusable === "string") {
    throw new ZarrError("ERR_STATE", `this is the state of a store that could not be handed over: ${state.unusable}`);
  }
  if (typeof state.path !== "string" || !isAbsolute(state.path)) throw invalid("path", state.path, "an absolute path");
  if (state.mode !== "r" && state.mode !== "r+") throw invalid("mode", state.mode, '"r" or "r+"');
  if (state.readOnly !== (state.mode === "r")) {
    throw invalid("readOnly", state.readOnly, `${state.mode === "r"}, as mode is ${JSON.stringify(state.mode)}`);
  }
  if (state.view !== "pinned" && state.view !== "follow") throw invalid("view", state.view, '"pinned" or "follow"');
  if (state.compression !== "stored" && state.compression !== "deflate") {
    throw invalid("compression", state.compression, '"stored" or "deflate"');
  }
  if (state.zip64 !== "auto" && state.zip64 !== "always") throw invalid("zip64", state.zip64, '"auto" or "always"');
  if (state.modified !== null && !(typeof state.modified === "string" && !Number.isNaN(Date.parse(state.modified)))) {
    throw invalid("modified", state.modified, "null or an ISO 8601 time");
  }
  const identity = asRecord(state.identity, "identity");
  for (const member of ["device", "inode", "digest"]) {
    if (typeof identity[member] !== "string") throw invalid(`identity.${member}`, identity[member], "a string");
  }
  if (!Number.isSafeInteger(identity.end)) throw invalid("identity.end", identity.end, "a number of bytes");
  const limits = asRecord(state.limits, "limits");
  for (const member of Object.keys(defaultLimits)) {
    if (!Number.isSafeInteger(limits[member])) throw invalid(`limits.${member}`, limits[member], "an integer");
  }
  return state as unknown as ZipStoreState;
}

function asRecord(value: unknown, member: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(member, value, "an object");
  return value as Record<string, unknown>;
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

import { isBuiltIn } from "../../bytes/built-in.js";
import { isBytesOrBlob } from "../../bytes/given-source.js";
import type { RemoteIdentity } from "../../bytes/http-file.js";
import { httpUrlOf, shownUrl } from "../../bytes/http-url.js";
import type { Limits } from "../../bytes/limits.js";
import type { SharedDirectory } from "../../zip/directory.js";
import type { ArchiveIdentity } from "../../zip/known-version.js";
import { asRecord, checkLimits, invalidState, isCount, parseStoreState, type Refusal } from "../state-members.js";
import type { StoreState } from "../store.js";
import { parseRemoteSettings, type RemoteSettings } from "./remote-options.js";

/** The version of a growing file that a store reads: the one it opened, or always the newest. */
export type ZipStoreView = "pinned" | "follow";

/**
 * Everything that another thread, process or host on the same file system needs to reopen a {@link ZipStore}. Flat, plain
 * JSON, complete; `sharedDirectory` alone is for threads only.
 */
export interface ZipStoreState extends StoreState {
  /** Tells the kinds of states apart. */
  readonly kind: "ZipStore";
  /** Version of the state's form. A later one is refused. */
  readonly version: 1;
  /** Absolute, symbolic links resolved; for a remote file its URL, for bytes their name. */
  readonly path: string;
  /** True if the receiver may only read. */
  readonly readOnly: boolean;
  /** `w`, `w-` and `a` acted once, where the store was created; a state has what is left of them. */
  readonly mode: "r" | "r+";
  /** See {@link ZipStoreOptions.view}. */
  readonly view: ZipStoreView;
  /** The version of the file that was open; for a remote file also its size in bytes and strong ETag. */
  readonly identity: ArchiveIdentity & Partial<RemoteIdentity>;
  /** See {@link ZipStoreOptions.compression}. */
  readonly compression: "stored" | "deflate";
  /** See {@link ZipStoreOptions.zip64}. */
  readonly zip64: "auto" | "always";
  /** Time stamp of new entries as ISO 8601, or `null` for the fixed 1980-01-01. */
  readonly modified: string | null;
  /** See {@link ZipStoreOptions.limits}. */
  readonly limits: Limits;
  /** See {@link ZipStoreOptions.durability}. */
  readonly durability: "full" | "process";
  /** `null` for the default, which depends on the directory. */
  readonly batchBytes: number | null;
  /** `null` for never. */
  readonly repackAbove: number | null;
  /** See {@link ZipStoreOptions.lockTimeoutMs}. */
  readonly lockTimeoutMs: number;
  /** See {@link ZipStoreOptions.forceLock}. */
  readonly forceLock: boolean;
  /** The parsed directory as shared memory; left out unless it was asked for. */
  readonly sharedDirectory?: SharedDirectory;
  /** The bytes of a store that was opened on them; left out where `path` is that of a file. */
  readonly bytes?: Uint8Array | Blob;
  /** The URL of a remote file, without user, password and query, each of which may be a secret; left out for a local file. */
  readonly url?: string;
  /** The settings for reading a remote file; left out for a local file. */
  readonly http?: RemoteSettings;
  /** The whole URL in UTF-8, for threads only, as JSON makes nothing of it; left out unless it was asked for. */
  readonly sharedUrl?: ArrayBuffer;
}

/** The members of a state that are options of the store. */
type CheckedOptions = Omit<
  ZipStoreState,
  | "kind"
  | "version"
  | "path"
  | "readOnly"
  | "mode"
  | "identity"
  | "sharedDirectory"
  | "bytes"
  | "url"
  | "http"
  | "sharedUrl"
>;

const optionMembers = ["view", "compression", "zip64", "modified", "limits"];
const writerMembers = ["durability", "batchBytes", "repackAbove", "lockTimeoutMs", "forceLock"];
const members = [
  "identity",
  ...optionMembers,
  ...writerMembers,
  "sharedDirectory",
  "bytes",
  "url",
  "http",
  "sharedUrl",
];

const invalid = invalidState("ZipStore");

/**
 * Checks what claims to be the state of a ZipStore.
 *
 * @returns a copy, so that the caller may change the state
 * @throws ZarrError `ERR_STATE` - naming the member that is missing, contradictory or unknown
 */
export function parseZipStoreState(value: unknown): ZipStoreState {
  const { state, path, readOnly, mode } = parseStoreState("ZipStore", members, value);
  const { sharedDirectory, bytes, url } = state;
  const settings = checkSettings(state, readOnly, invalid);
  const identity = parseIdentity(state.identity, url !== undefined);
  return {
    ...{ kind: "ZipStore", version: 1, path, readOnly, mode },
    ...settings,
    identity,
    ...(sharedDirectory === undefined ? {} : { sharedDirectory: checkShared(sharedDirectory, identity) }),
    ...(bytes === undefined ? {} : { bytes: checkBytes(bytes, readOnly) }),
    ...(url === undefined ? {} : checkRemote(state, path, readOnly)),
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
  if (view === "pinned" && !readOnly) throw refuse("view", view, '"follow", as for every store that is not read-only');
  if (compression !== "stored" && compression !== "deflate") {
    throw refuse("compression", compression, '"stored" or "deflate"');
  }
  if (zip64 !== "auto" && zip64 !== "always") throw refuse("zip64", zip64, '"auto" or "always"');
  if (modified !== null && !(typeof modified === "string" && !Number.isNaN(Date.parse(modified)))) {
    throw refuse("modified", modified, "null or an ISO 8601 time");
  }
  const { durability, batchBytes, repackAbove, lockTimeoutMs, forceLock } = settings;
  if (durability !== "full" && durability !== "process") throw refuse("durability", durability, '"full" or "process"');
  if (batchBytes !== null && !isCount(batchBytes)) throw refuse("batchBytes", batchBytes, "a number of bytes");
  if (repackAbove !== null && !(typeof repackAbove === "number" && repackAbove >= 0 && repackAbove <= 1)) {
    throw refuse("repackAbove", repackAbove, "a share from 0 to 1");
  }
  if (!isCount(lockTimeoutMs)) throw refuse("lockTimeoutMs", lockTimeoutMs, "a whole number of milliseconds");
  if (typeof forceLock !== "boolean") throw refuse("forceLock", forceLock, "true or false");
  const writing = { durability, batchBytes, repackAbove, lockTimeoutMs, forceLock } as const;
  return { view, compression, zip64, modified, limits: checkLimits(limits, refuse), ...writing };
}

function parseIdentity(value: unknown, isRemote: boolean): ZipStoreState["identity"] {
  const names = ["end", "digest", "root", ...(isRemote ? ["size", "etag"] : [])];
  const { end, digest, root, size, etag } = asRecord(value, "identity", invalid, names);
  if (typeof digest !== "string") throw invalid("identity.digest", digest, "a string");
  if (typeof root !== "string") throw invalid("identity.root", root, "a string");
  if (!isCount(end)) throw invalid("identity.end", end, "a number of bytes");
  if (size === undefined && etag === undefined) return { end, digest, root };
  if (!isCount(size)) throw invalid("identity.size", size, "a number of bytes");
  if (etag !== null && typeof etag !== "string") throw invalid("identity.etag", etag, "a string or null");
  return { end, digest, root, size, etag };
}

/** The further members of a remote file's state; its whole URL, if it was shared, must be of the same file. */
function checkRemote({ url, http, sharedUrl }: Readonly<Record<string, unknown>>, path: string, readOnly: boolean) {
  const parsed = typeof url === "string" ? httpUrlOf(url) : undefined;
  // What a query makes a server do is beyond the rules of whoever restores the state.
  const { username = "", password = "", search = "", hash = "" } = parsed ?? {};
  if (parsed === undefined || [username, password, search, hash].some((part) => part !== "")) {
    const expected = "an http: or https: URL without user, password, query and fragment";
    throw invalid("url", typeof url === "string" ? "a text" : url, expected);
  }
  if (shownUrl(parsed) !== path) throw invalid("path", path, "the url, without its query");
  if (!readOnly) throw invalid("readOnly", readOnly, "true, as of everything that is no local file");
  const remote = { url: url as string, http: parseRemoteSettings(http, invalid) };
  if (sharedUrl === undefined) return remote;
  if (!isBuiltIn(sharedUrl, "ArrayBuffer")) {
    throw invalid("sharedUrl", sharedUrl, "memory, which reaches other threads, but not other processes");
  }
  const whole = httpUrlOf(new TextDecoder().decode(sharedUrl));
  if (whole === undefined || shownUrl(whole) !== path)
    throw invalid("sharedUrl", "another URL", "the url with its query");
  return { ...remote, sharedUrl };
}

/** JSON cannot carry shared memory, and what it makes of it must not be taken for an empty directory. */
function checkShared(value: unknown, { end }: ArchiveIdentity): SharedDirectory {
  const shared = asRecord(value, "sharedDirectory", invalid) as unknown as SharedDirectory;
  const { buffer } = shared;
  if (!(isBuiltIn(buffer, "SharedArrayBuffer") || isBuiltIn(buffer, "ArrayBuffer"))) {
    throw invalid(
      "sharedDirectory.buffer",
      buffer,
      "shared memory, which reaches other threads, but not other processes",
    );
  }
  asRecord(shared.extents, "sharedDirectory.extents", invalid);
  if (shared.end?.end !== end) throw invalid("sharedDirectory.end.end", shared.end?.end, `${end}, as identity.end`);
  return shared;
}

/** JSON makes of bytes something else. */
function checkBytes(value: unknown, readOnly: boolean): Uint8Array | Blob {
  if (!isBytesOrBlob(value))
    throw invalid("bytes", value, "bytes or a Blob, which reach other threads but no other process");
  if (!readOnly) throw invalid("readOnly", readOnly, "true, as of everything that is no file");
  return value;
}

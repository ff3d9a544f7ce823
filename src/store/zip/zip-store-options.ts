import { isBuiltIn } from "../../bytes/built-in.js";
import { checkOptions, type OptionKinds } from "../../bytes/check-options.js";
import { describe } from "../../bytes/json.js";
import { defaultLimits, type Limits } from "../../bytes/limits.js";
import { ZarrError } from "../../errors.js";
import { type RemoteOptions, refuseRemoteOptions, remoteOptionKinds } from "./remote-options.js";
import { checkSettings, type ZipStoreState, type ZipStoreView } from "./zip-store-state.js";

/**
 * `r` reads; `r+` also writes into a file that exists, which many may do at once; `a` creates it where need be; `w` replaces
 * the file, whose permissions and owner the new one gets, and `w-` refuses to. Other names (hard links) of a file that is replaced keep
 * the old one.
 */
export type ZipStoreMode = "r" | "r+" | "a" | "w" | "w-";

/** Options for opening a {@link ZipStore}; every option has a default. Those of {@link RemoteOptions} are for URLs alone. */
export interface ZipStoreOptions extends RemoteOptions {
  /** Default `r`. */
  readonly mode?: ZipStoreMode;
  /** Readers see the version that they opened (`pinned`, the default) or always the newest (`follow`). */
  readonly view?: ZipStoreView;
  /** With mode `r`: the `id` of one of `versions()`, which is read instead of the newest, the default. */
  readonly version?: string;
  /** The compression method of new entries. Chunks are compressed by codecs already, so the default is `stored`. */
  readonly compression?: "stored" | "deflate";
  /** `always` writes ZIP64 records even where nothing needs them. Default `auto`. */
  readonly zip64?: "auto" | "always";
  /** Time stamp of new entries; without it a fixed one, so that the same input gives the same bytes. */
  readonly modified?: Date;
  /** Upper bounds on what the file may make the reader allocate. */
  readonly limits?: Partial<Limits>;
  /**
   * The failures that an acknowledged commit survives: `full`, the default, a loss of power; `process` only the death of its process,
   * for which the system need not be asked to reach the disk. A new file is put in its place in the same way: after a loss of power
   * neither it nor the file that it replaced need be whole.
   */
  readonly durability?: "full" | "process";
  /**
   * Bytes of changes after which they are committed without being asked. Up to 64 MiB of them are kept in memory, the rest in a
   * part file. By default 8 MiB, or four times the directory where that is more, since each commit writes it again.
   */
  readonly batchBytes?: number;
  /**
   * Share of bytes that nothing refers to any more, 0 to 1, above which `close()` writes the file anew; see `repack`, which removes all
   * older versions. By default it never does.
   */
  readonly repackAbove?: number;
  /** Milliseconds to wait for other writers. Default 30,000. */
  readonly lockTimeoutMs?: number;
  /** True to write also where locks may not hold: on a network file system, or into a file of several names. Default false. */
  readonly forceLock?: boolean;
}

/** The options of a store as its state has them, each with its default, without the version of the file. */
export type ZipStoreSettings = Omit<
  ZipStoreState,
  "identity" | "sharedDirectory" | "sharedUrl" | "url" | "http" | "readOnly" | "mode"
> & {
  readonly mode: ZipStoreMode;
};

const defaultLockTimeoutMs = 30_000;

const optionKinds: OptionKinds<ZipStoreOptions> = {
  ...remoteOptionKinds,
  mode: "any",
  view: "any",
  version: "any",
  compression: "any",
  zip64: "any",
  modified: "any",
  limits: "any",
  durability: "any",
  batchBytes: "any",
  repackAbove: "any",
  lockTimeoutMs: "any",
  forceLock: "any",
};

/**
 * Completes the options for the file `path`, an absolute one.
 * @param isRemote - whether it is a URL
 * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
 */
export function settingsFromOptions(path: string, options: ZipStoreOptions, isRemote = false): ZipStoreSettings {
  checkOptions(options, optionKinds, { file: path });
  if (!isRemote) refuseRemoteOptions(options, path);
  const { mode = "r", compression = "stored", zip64 = "auto", modified, limits, batchBytes } = options;
  const { durability = "full", lockTimeoutMs = defaultLockTimeoutMs, forceLock = false } = options;
  const readOnly = mode === "r";
  const refuse = (option: string, found: unknown, expected: string) =>
    new ZarrError("ERR_ARGUMENT", `${option} is ${describe(found)}, expected ${expected}`, { file: path });
  if (!["r", "r+", "a", "w", "w-"].includes(mode)) throw refuse("mode", mode, '"r", "r+", "a", "w" or "w-"');
  const { version } = options;
  if (version !== undefined && (typeof version !== "string" || !readOnly || options.view === "follow")) {
    throw refuse("version", version, 'an id that versions() gave, with mode "r" and a pinned view');
  }
  const asked = {
    view: options.view ?? (readOnly ? "pinned" : "follow"),
    compression,
    zip64,
    modified: modified === undefined ? null : isoTime(modified),
    limits: { ...defaultLimits, ...limits },
    durability,
    batchBytes: batchBytes ?? null,
    repackAbove: options.repackAbove ?? null,
    lockTimeoutMs,
    forceLock,
  };
  return { kind: "ZipStore", version: 1, path, mode, ...checkSettings(asked, readOnly, refuse) };
}

/** A time in the form of JSON; anything else becomes text that is refused. */
function isoTime(time: unknown): string {
  const isTime = isBuiltIn(time, "Date") && !Number.isNaN(time.getTime());
  if (isTime) return time.toISOString();
  return typeof time === "string" ? time : describe(time);
}

import { describe, isJsonObject, type Json } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { ZarrError } from "../errors.js";
import { checkSettings, type ZipStoreState, type ZipStoreView } from "./zip-store-state.js";

/** `r` reads, `w` replaces the file, `w-` refuses to; `a` and `r+` write into an existing file. */
export type ZipStoreMode = "r" | "r+" | "a" | "w" | "w-";

/** How to open a {@link ZipStore}; every option but the mode has a default that serves. */
export interface ZipStoreOptions {
  /** Default `r`. */
  readonly mode?: ZipStoreMode;
  /** Readers see the version that they opened (`pinned`, the default) or always the newest (`follow`). */
  readonly view?: ZipStoreView;
  /** How new entries are kept. Chunks are compressed by codecs already, so the default is `stored`. */
  readonly compression?: "stored" | "deflate";
  /** `always` writes ZIP64 records even where nothing needs them. */
  readonly zip64?: "auto" | "always";
  /** Time stamp of new entries; without it a fixed one, so that the same input gives the same bytes. */
  readonly modified?: Date;
  /** Upper bounds on what the file may make the reader allocate. */
  readonly limits?: Partial<Limits>;
}

/** What a state says of a store, but for the version of the file: each option, with its default. */
export type ZipStoreSettings = Omit<ZipStoreState, "identity" | "sharedDirectory" | "readOnly" | "mode"> & {
  readonly mode: ZipStoreMode;
};

const optionNames: ReadonlySet<string> = new Set<keyof ZipStoreOptions>([
  "mode",
  "view",
  "compression",
  "zip64",
  "modified",
  "limits",
]);

/**
 * Completes the options for the file `path`, an absolute one.
 * @throws ZarrError `ERR_ARGUMENT` - an option is not one of those
 * @throws ZarrError `ERR_UNSUPPORTED` - the mode is `a` or `r+`
 */
export function settingsFromOptions(path: string, options: ZipStoreOptions): ZipStoreSettings {
  if (!isJsonObject(options as Json)) {
    const message = `the options are ${describe(options)}, expected an object, as { mode: "w" }`;
    throw new ZarrError("ERR_ARGUMENT", message, { file: path });
  }
  const { mode = "r", compression = "stored", zip64 = "auto", modified, limits } = options;
  const readOnly = mode === "r";
  const refuse = (option: string, found: unknown, expected: string) =>
    new ZarrError("ERR_ARGUMENT", `${option} is ${JSON.stringify(found)}, expected ${expected}`, { file: path });
  const unknown = Object.keys(options).find((name) => !optionNames.has(name));
  if (unknown !== undefined) throw refuse("the options", { [unknown]: "…" }, [...optionNames].join(", "));
  if (!["r", "r+", "a", "w", "w-"].includes(mode)) throw refuse("mode", mode, '"r", "r+", "a", "w" or "w-"');
  if (mode === "a" || mode === "r+") {
    const message = `mode "${mode}" would write into an existing file, which this version does not: create a new file with "w", or read with "r"`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { file: path });
  }
  const asked = {
    view: options.view ?? (readOnly ? "pinned" : "follow"),
    compression,
    zip64,
    modified: modified === undefined ? null : isoTime(modified),
    limits: { ...defaultLimits, ...limits },
  };
  return { kind: "ZipStore", version: 1, path, mode, ...checkSettings(asked, readOnly, refuse) };
}

/** A time as JSON has it; what is none as text that is refused. */
function isoTime(time: Date): string {
  return Number.isNaN(Number(time)) ? String(time) : new Date(time).toISOString();
}

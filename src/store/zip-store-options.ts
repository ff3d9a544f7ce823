import type { Limits } from "../bytes/limits.js";
import type { ZipStoreView } from "./zip-store-state.js";

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

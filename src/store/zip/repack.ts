import { checkFileName } from "../../bytes/check-file-name.js";
import { checkNoMore, checkOptions } from "../../bytes/check-options.js";
import { removeDeadParts } from "../../bytes/part-file.js";
import { realPath } from "../../bytes/real-path.js";
import { LockFile } from "../../commit/lock-file.js";
import { type RepackProgress, type RepackResult, repackArchive } from "../../commit/repack.js";
import { type SalvageResult, salvageArchive } from "../../commit/salvage.js";
import { checkProfile } from "../ozx.js";
import { ozxForm, plainForm } from "./repack-form.js";
import { removeMergedStages } from "./stage.js";

/** Options of {@link repack}. */
export interface RepackOptions {
  /**
   * `"rfc9"` makes an OME-Zarr file (`.ozx`) of it, as `exportZip` writes it: documents first, breadth first, every record in the form of ZIP64, every value
   * stored, and a comment that tells the order. Default: what it is. A file whose comment names a version of OME-Zarr keeps this form, except that
   * compressed values stay compressed.
   */
  readonly profile?: "rfc9";
  /** Milliseconds to wait for a writer that has the lock. Default 0: the file is in use, and left as it is. */
  readonly lockTimeoutMs?: number;
  /**
   * True to do so also where locks may not hold (see `ZipStoreOptions`), or where the file has other names (hard links), which then
   * keep the old file. Default false.
   */
  readonly forceLock?: boolean;
  /** Ends it, before the file has been replaced, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each entry. */
  readonly onProgress?: (progress: RepackProgress) => void;
}

/**
 * Writes a ZIP file anew, without the bytes that nothing refers to any more: replaced and deleted values, older versions, duplicates.
 * Metadata comes first, then everything else as it lies in the file. It takes the old file's place in one step; whoever reads that
 * goes on doing so, a `follow` view and other writers go on in the new one. Restored states of a pinned view are stale then. The new
 * file has the permissions, the owner and the group of the old one.
 * A file that would not become smaller stays as it is, unless it is to have another form.
 *
 * @throws ZarrError `ERR_LOCK_TIMEOUT` - a writer has the lock; `ERR_NOT_FOUND`
 * @throws ZarrError `ERR_LOCK_UNAVAILABLE` - no locks, or the file has several names; `ERR_STORE_WRITE` - this process may not make a file
 *   of that owner and group
 * @throws ZarrError `ERR_UNSUPPORTED` - with a profile, a root that is not OME-Zarr of Zarr format 3
 * @throws ZarrError `ERR_CHECKSUM`, `ERR_ZIP`, `ERR_ZIP_METHOD` - an entry is damaged, or cannot be checked; the file stays as it is
 * @example
 * ```js
 * import { repack, ZipStore } from "zarrzip";
 *
 * for (const fill of [1, 2, 3]) {
 *   const store = await ZipStore.open("a.zip", { mode: "a" });
 *   await store.set("a", new Uint8Array(10_000).fill(fill)); // the values before are still in the file
 *   await store.close();
 * }
 * const { bytesBefore, bytesAfter } = await repack("a.zip");
 * console.log(bytesBefore > 30_000, bytesAfter < 11_000); // true true
 * ```
 */
export async function repack(path: string, options: RepackOptions = {}): Promise<RepackResult> {
  const kinds = { signal: "signal", onProgress: "function" } as const;
  checkOptions(options, { profile: "any", lockTimeoutMs: "any", forceLock: "boolean", ...kinds });
  const { profile, lockTimeoutMs = 0, forceLock = false, signal, onProgress } = options;
  checkProfile(profile);
  const file = await realPath(path);
  const lock = new LockFile(file, { force: forceLock });
  try {
    await lock.acquire({ timeoutMs: lockTimeoutMs, signal });
    await removeDeadParts(file); // one may be a second name of the file
    if (lock.archive !== undefined) await removeMergedStages(lock.archive); // the new file will not name them
    const form = profile === undefined ? plainForm : ozxForm;
    return await repackArchive(file, lock, form, { force: forceLock, signal, onProgress });
  } finally {
    await lock.close();
  }
}

/**
 * Looks in a damaged file for the last version of which every value is whole, and copies that to `target`. Where there is none, as in a
 * file that was cut off, or that another program was killed in, the copy has every entry that is whole; `torn` names the others. The
 * file itself is never changed. A store opens what a killed writer of this package has left by itself.
 *
 * @throws ZarrError `ERR_ZIP_TAIL` - nothing is whole; `ERR_LIMIT` - the file was made to be looked through without an end
 * @throws ZarrError `ERR_EXISTS` - something is at `target`; `ERR_NOT_FOUND`, `ERR_STORE_READ`, `ERR_STORE_WRITE`
 * @example
 * ```js
 * import { readFile, writeFile } from "node:fs/promises";
 * import { recover, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * for (const key of ["a", "b"]) await store.set(key, new Uint8Array(1000).fill(1));
 * await store.close();
 * await writeFile("cut.zip", (await readFile("a.zip")).subarray(0, 1500)); // in the middle of b
 * const { entries, torn } = await recover("cut.zip", "whole.zip");
 * console.log(entries, torn.map(({ key }) => key)); // 1 [ 'b' ]
 * ```
 */
export async function recover(path: string, target: string, ...more: readonly never[]): Promise<SalvageResult> {
  checkFileName(path);
  checkFileName(target);
  checkNoMore(more, "recover(path, target)");
  return await salvageArchive(path, target);
}

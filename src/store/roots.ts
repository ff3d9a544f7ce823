import { isWithin, realPath } from "../bytes/file.js";
import { ZarrError } from "../errors.js";

/** Rules of the receiver of a state, which may come from a job queue. */
export interface RestoreOptions {
  /** Folders below which a file may be opened, symbolic links resolved; without it any file may. */
  readonly roots?: readonly string[] | undefined;
}

/**
 * Checks a path from a foreign state against the folders that the receiver allows.
 * @throws ZarrError `ERR_STATE` - `roots` is given, and `path` lies below none of them
 */
export async function checkRoots(path: string, roots: readonly string[] | undefined): Promise<void> {
  if (roots === undefined) return;
  const file = await realPath(path);
  for (const root of roots) if (isWithin(file, await realPath(root))) return;
  throw new ZarrError(
    "ERR_STATE",
    `the state names ${path}, which is not below one of the allowed folders: ${roots.join(", ")}`,
    { file: path },
  );
}

import { isWithin, realPath } from "../bytes/file.js";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";

/** Rules of the receiver of a state, which may come from a job queue. */
export interface RestoreOptions {
  /** Folders below which a file may be opened, symbolic links resolved; without it any file may. */
  readonly roots?: readonly string[] | undefined;
}

/**
 * Checks an option that allows something: a bare text would be taken for the list of its characters, of which "/" is one.
 * @throws ZarrError `ERR_ARGUMENT` - no list of texts
 */
export function checkTexts(option: string, value: unknown): asserts value is readonly string[] {
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return;
  throw new ZarrError("ERR_ARGUMENT", `${option} is ${describe(value)}, expected a list of texts`);
}

/**
 * Checks a path from a foreign state against the folders that the receiver allows.
 * @throws ZarrError `ERR_STATE` - `roots` is given, and `path` lies below none of them
 * @throws ZarrError `ERR_ARGUMENT` - `roots` is no list of texts
 */
export async function checkRoots(path: string, roots: readonly string[] | undefined): Promise<void> {
  if (roots === undefined) return;
  checkTexts("roots", roots);
  const file = await realPath(path);
  for (const root of roots) if (isWithin(file, await realPath(root))) return;
  throw new ZarrError(
    "ERR_STATE",
    `the state names ${path}, which is not below one of the allowed folders: ${roots.join(", ")}`,
    { file: path },
  );
}

import fs from "node:fs";
import nodePath from "node:path";
import { checkFileName } from "./check-file-name.js";
import { systemError } from "./file.js";

/**
 * Absolute path with symbolic links resolved; for a file that does not exist, the folder's path and the file's name.
 * @throws ZarrError `ERR_NOT_FOUND` - its folder does not exist
 * @throws ZarrError `ERR_ARGUMENT` - no text, or an empty one
 */
export async function realPath(path: string): Promise<string> {
  checkFileName(path);
  return resolveLinks(path);
}

/** Tells whether `path` lies below the folder `root`; both as {@link realPath} gives them. */
export function isWithin(path: string, root: string): boolean {
  const relative = nodePath.relative(root, path);
  const isOutside = relative === ".." || relative.startsWith(`..${nodePath.sep}`) || nodePath.isAbsolute(relative);
  return relative !== "" && !isOutside;
}

function resolveLinks(path: string): string {
  try {
    return fs.realpathSync.native(path);
  } catch (cause) {
    const parent = nodePath.dirname(nodePath.resolve(path));
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing && fs.existsSync(parent)) return nodePath.join(resolveLinks(parent), nodePath.basename(path));
    throw systemError(`cannot resolve ${path}`, path, cause, "ERR_STORE_READ");
  }
}

import { httpUrlOf } from "../bytes/http-url.js";
import { checkTexts } from "./restore-options.js";

/** Slashes in disguise, which some servers take for slashes, and then `..` between them for the folder above. */
const hiddenSlash = /%2f|%5c/i;

/**
 * Whether a URL is, or lies below, one of the roots that are URLs: of the same origin, and by whole segments of the path.
 * @throws ZarrError `ERR_ARGUMENT` - `roots` is no list of texts
 */
export function isUrlAllowed({ origin, pathname }: URL, roots: readonly string[]): boolean {
  checkTexts("roots", roots);
  if (hiddenSlash.test(pathname)) return false;
  return roots.some((root) => {
    const allowed = httpUrlOf(root);
    if (allowed === undefined || allowed.origin !== origin) return false;
    const folder = allowed.pathname.replace(/\/+$/, "");
    return pathname === folder || pathname.startsWith(`${folder}/`);
  });
}

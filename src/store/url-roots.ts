import { httpUrlOf } from "../bytes/http-url.js";
import { checkTexts } from "./restore-options.js";

/**
 * Spellings that some servers take for the folder above, and a URL does not: slashes in disguise, with `..` between them, and `..` with the
 * parameters of a segment (RFC 3986 3.3).
 */
const hiddenParent = /%2f|%5c|\/(?:\.|%2e){2};/i;

/**
 * True if a URL is, or lies below, one of the roots that are URLs: of the same origin, and by whole segments of the path.
 * @throws ZarrError `ERR_ARGUMENT` - `roots` is no list of texts
 */
export function isUrlAllowed({ origin, pathname }: URL, roots: readonly string[]): boolean {
  checkTexts("roots", roots);
  if (hiddenParent.test(pathname)) return false;
  return roots.some((root) => {
    const allowed = httpUrlOf(root);
    if (allowed === undefined || allowed.origin !== origin) return false;
    const folder = allowed.pathname.replace(/\/+$/, "");
    return pathname === folder || pathname.startsWith(`${folder}/`);
  });
}

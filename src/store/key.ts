import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";

/**
 * A store key in its one spelling, without a leading slash.
 * @throws ZarrError `ERR_KEY` - an empty, "." or ".." segment, a backslash, a NUL or a lone surrogate
 */
export function normalizeKey(key: string): string {
  const normal = typeof key === "string" && key.startsWith("/") ? key.slice(1) : key;
  if (typeof key !== "string" || !isKey(normal)) {
    throw new ZarrError(
      "ERR_KEY",
      `${typeof key === "string" ? JSON.stringify(key) : describe(key)} is not a store key: expected segments joined by "/", none of them empty, "." or "..", without backslash, NUL or lone surrogate`,
      { key },
    );
  }
  return normal;
}

/**
 * True if a name is a key in its one spelling: no other can be asked for. A lone surrogate has no UTF-8, in which files and archives
 * keep names: all of them would become the same character.
 */
export function isKey(name: string): boolean {
  return !/(?:^|\/)\.{0,2}(?:\/|$)|[\\\0]|\p{Surrogate}/u.test(name);
}

/**
 * A listing prefix without its leading slash. Any string is a prefix; a foreign one matches nothing.
 * @throws ZarrError `ERR_KEY` - no string
 */
export function normalizePrefix(prefix: string): string {
  if (typeof prefix !== "string") {
    throw new ZarrError("ERR_KEY", `${describe(prefix)} is no prefix of keys: expected a string`, { key: prefix });
  }
  return prefix.startsWith("/") ? prefix.slice(1) : prefix;
}

/** The folder to list, as a prefix: empty, or with exactly one slash at its end. */
function folderPrefix(folder: string): string {
  const normal = normalizePrefix(folder);
  return normal === "" || normal.endsWith("/") ? normal : `${normal}/`;
}

/** First segments, each once, of the keys below `folder`. */
export function namesBelow(keys: Iterable<string>, folder: string): string[] {
  const prefix = folderPrefix(folder);
  const names = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const end = key.indexOf("/", prefix.length);
    names.add(end < 0 ? key.slice(prefix.length) : key.slice(prefix.length, end));
  }
  return [...names];
}

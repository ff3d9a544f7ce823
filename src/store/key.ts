import { ZarrError } from "../errors.js";

/**
 * A store key in its one spelling, without a leading slash.
 * @throws ZarrError `ERR_KEY` - an empty, "." or ".." segment, a backslash or a NUL
 */
export function normalizeKey(key: string): string {
  const normal = typeof key === "string" && key.startsWith("/") ? key.slice(1) : key;
  if (typeof key !== "string" || !isKey(normal)) {
    throw new ZarrError(
      "ERR_KEY",
      `${JSON.stringify(key) ?? String(key)} is not a store key: expected segments joined by "/", none of them empty, "." or "..", without backslash or NUL`,
      { key },
    );
  }
  return normal;
}

/** Whether a name, as a foreign archive or folder has it, is a key in its one spelling: no other can be asked for. */
export function isKey(name: string): boolean {
  return !/(?:^|\/)\.{0,2}(?:\/|$)|[\\\0]/.test(name);
}

/** A listing prefix without its leading slash. Any string is a prefix; a foreign one matches nothing. */
export function normalizePrefix(prefix: string): string {
  return prefix.startsWith("/") ? prefix.slice(1) : prefix;
}

/** The folder to list, as a prefix: empty, or with exactly one slash at its end. */
function folderPrefix(folder: string): string {
  const normal = normalizePrefix(folder);
  return normal === "" || normal.endsWith("/") ? normal : `${normal}/`;
}

/** First segments, each once, of the keys below `folder`, but for those that no key has: archives hold `a//b` and `./a`. */
export function namesBelow(keys: Iterable<string>, folder: string): string[] {
  const prefix = folderPrefix(folder);
  const names = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const end = key.indexOf("/", prefix.length);
    const name = end < 0 ? key.slice(prefix.length) : key.slice(prefix.length, end);
    if (!/^\.{0,2}$/.test(name)) names.add(name);
  }
  return [...names];
}

import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";

/** Keys of metadata documents; as node names they would hide those of the parent. */
const documentNames = new Set(["zarr.json", ".zarray", ".zattrs", ".zgroup", ".zmetadata"]);

/**
 * The path of an existing node in its one spelling, without slashes at its ends; "" is the root. As zarr-python does,
 * it takes a backslash for a slash, and several slashes for one.
 * @throws ZarrError `ERR_KEY` - a segment is "." or "..", or there is a lone surrogate
 */
export function normalizeNodePath(path: string): string {
  requireText(path);
  const segments = path.split(/[/\\]+/).filter((segment) => segment !== "");
  if (segments.some((segment) => segment === "." || segment === "..")) {
    throw new ZarrError("ERR_KEY", `path ${JSON.stringify(path)} has a segment "." or "..": name the node itself`, {
      path,
    });
  }
  if (/\p{Surrogate}/u.test(path)) throw new ZarrError("ERR_KEY", `path ${JSON.stringify(path)} ${notUtf8}`, { path });
  return segments.join("/");
}

/** The error message for half of a character. */
const notUtf8 = "has a lone surrogate, which no file or archive can keep";

/**
 * The path of a node to be created, without a leading slash; "" is the root.
 * @throws ZarrError `ERR_KEY` - a segment is no node name
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#node-names
 */
export function checkNodePath(path: string, zarrFormat: 2 | 3): string {
  requireText(path);
  const normal = path.startsWith("/") ? path.slice(1) : path;
  if (normal === "") return normal;
  for (const name of normal.split("/")) {
    const problem = problemOf(name, zarrFormat);
    if (problem !== undefined) {
      throw new ZarrError("ERR_KEY", `path ${JSON.stringify(path)}: ${JSON.stringify(name)} ${problem}`, { path });
    }
  }
  return normal;
}

function requireText(path: unknown): void {
  if (typeof path !== "string") throw new ZarrError("ERR_KEY", `path is ${describe(path)}, expected text`);
}

function problemOf(name: string, zarrFormat: 2 | 3): string | undefined {
  if (name === "") return "is not a node name: expected one between every two slashes, and none at the end";
  if (/^\.+$/.test(name)) return "is not a node name: it has only periods";
  if (/[\\\0]/.test(name)) return "is not a node name: it has a backslash or NUL";
  if (/\p{Surrogate}/u.test(name)) return `is not a node name: it ${notUtf8}`;
  if (zarrFormat === 3 && name.startsWith("__")) return 'is not a node name: the prefix "__" is reserved';
  return documentNames.has(name) ? "is not a node name: it is that of a metadata document" : undefined;
}

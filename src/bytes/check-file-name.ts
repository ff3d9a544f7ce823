import { ZarrError } from "../errors.js";
import { isPromise } from "./built-in.js";
import { describe } from "./json.js";

/**
 * Checks what is to be the name of a file or folder.
 * @throws ZarrError `ERR_ARGUMENT` - anything but a text that is not empty
 */
export function checkFileName(name: unknown): asserts name is string {
  if (typeof name === "string" && name !== "") return;
  throw new ZarrError("ERR_ARGUMENT", `${whatIsGiven(name)}: expected the name of a file or folder`);
}

/** Describes what was given instead of a store or a file name, and says what to do about it. */
export function whatIsGiven(value: unknown): string {
  if (value === undefined || value === null) return `nothing (${value}) was given`;
  if (isPromise(value)) return "a promise was given (await it)";
  const { href, path, store } = Object(value) as { href?: unknown; path?: unknown; store?: unknown };
  if (typeof href === "string") return "a URL was given (fileURLToPath(url) gives its file name)";
  if (store !== undefined) return "an array or a group was given (its store is node.store)";
  if (typeof path === "string") return "a store was given (its file name is store.path)";
  return `${describe(value)} was given`;
}

import type { OptionKinds } from "../bytes/check-options.js";
import type { HttpOptions } from "../bytes/http-options.js";
import { httpUrlOf } from "../bytes/http-url.js";
import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";

/** Rules of the receiver of a state, which may come from a job queue. */
export interface RestoreOptions extends Pick<HttpOptions, "fetch" | "request"> {
  /**
   * Folders below which a file may be opened, symbolic links resolved, and URLs below which one may be read, redirects included; without it
   * any may. On Linux this holds whoever moves folders and links meanwhile; elsewhere for what is there when the path is looked at.
   */
  readonly roots?: readonly string[] | undefined;
  /**
   * Gives the place, a path or URL, at which this host has the file that the state names by its path or URL. It must be the same file: its
   * identity is held against the state's. What it gives must be allowed by `roots`, too.
   */
  readonly locate?: ((name: string) => string | URL | Promise<string | URL>) | undefined;
}

/** The kinds of {@link RestoreOptions}. */
export const restoreOptions: OptionKinds<RestoreOptions> = {
  roots: "any",
  locate: "function",
  fetch: "function",
  request: "function",
};

/**
 * The place of a state's file here; `undefined` where the receiver does not say that it lies elsewhere.
 * @throws ZarrError `ERR_ARGUMENT` - `locate` gave neither a path nor a URL
 */
export async function locatedPlace(
  name: string,
  { locate }: RestoreOptions,
): Promise<{ readonly path: string } | { readonly url: URL } | undefined> {
  if (locate === undefined) return undefined;
  const place = await locate(name);
  const text = typeof place === "string" ? place : (place as Partial<URL> | undefined)?.href;
  if (typeof text !== "string" || text === "") {
    const message = `locate gave ${describe(place)} for ${name}, expected a path or a URL`;
    throw new ZarrError("ERR_ARGUMENT", message, { file: name });
  }
  const url = httpUrlOf(text);
  return url === undefined ? { path: text } : { url };
}

/**
 * Checks an option that allows something: a bare text would be taken for the list of its characters, of which "/" is one.
 * @throws ZarrError `ERR_ARGUMENT` - no list of texts
 */
export function checkTexts(option: string, value: unknown): asserts value is readonly string[] {
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return;
  throw new ZarrError("ERR_ARGUMENT", `${option} is ${describe(value)}, expected a list of strings`);
}

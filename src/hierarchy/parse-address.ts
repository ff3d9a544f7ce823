import { pathOfUrl, pathTarget } from "#file";
import { isErrorNamed } from "../bytes/built-in.js";
import { httpUrlOf } from "../bytes/http-url.js";
import { ZarrError } from "../errors.js";
import { normalizeNodePath } from "../metadata/node-name.js";
import type { ZipInput } from "../store/zip/zip-input.js";

/** The address of a node: its store, its path there, and its format if that was given. */
export interface Location {
  readonly input: ZipInput;
  readonly path?: string | undefined;
  readonly zarrFormat?: 2 | 3 | undefined;
}

/** The start of a step of a URL pipeline. Any other bar belongs to a name. */
const stepBoundary = /\|(?=[a-z][a-z0-9+.-]*:|(?:zip|zarr[23]?)(?:\||$))/i;

/** The separator of a file and a path within it: not the colon of a drive, nor one of a scheme. */
const pathBoundary = /(?<!^\/?[a-z]):\/(?!\/)/gi;

/** Takes the text of an address apart. */
export async function parseAddress(given: ZipInput, text: string): Promise<Location> {
  const name = localName(text);
  if (name !== undefined && (await pathTarget(name)) !== undefined) return { input: given };
  const [root, ...steps] = text.split(stepBoundary) as [string, ...string[]];
  if (steps.length > 0) {
    const location = parseSteps(root, steps);
    const file = localName(root);
    if (file === undefined || !/^zip:?/i.test(steps[0]!) || (await pathTarget(file))?.kind !== "folder")
      return location;
    throw new ZarrError("ERR_ZIP", `${file} is a folder, and the address says zip: leave that step out`, { file });
  }
  if (name !== undefined) return await cutName(given, name);
  return cutUrl(given, text);
}

/** The name that a text gives to a local file; `undefined` for other URLs. */
function localName(text: string): string | undefined {
  if (/^file:\/\//i.test(text)) return pathOfUrl(text);
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text) ? undefined : text;
}

/** A local file and a path within it: the longest name that is there, or else the shortest, which the error then names. */
async function cutName(given: ZipInput, name: string): Promise<Location> {
  const cuts = [...name.matchAll(pathBoundary)].map(({ index }) => index).reverse();
  if (cuts.length === 0) return { input: given };
  let input = "";
  for (const cut of cuts) {
    input = name.slice(0, cut);
    if ((await pathTarget(input)) !== undefined) break;
  }
  return { input, path: normalizeNodePath(name.slice(input.length + 1)) };
}

/** A URL and a path within its file. Nobody is asked whether there is a file of the whole name: `%3A` is a colon of a name. */
function cutUrl(given: ZipInput, text: string): Location {
  const url = httpUrlOf(text);
  const cut = url?.pathname.search(pathBoundary) ?? -1;
  if (url === undefined || cut < 0) return { input: given };
  const { pathname } = url;
  url.pathname = pathname.slice(0, cut);
  return { input: url, path: decodePath(pathname.slice(cut + 1), url.origin + url.pathname) };
}

function parseSteps(root: string, steps: readonly string[]): Location {
  const file = root.replace(/[?#].*$/s, "");
  let path: string | undefined;
  let zarrFormat: 2 | 3 | undefined;
  let isComplete = false;
  for (const [i, step] of steps.entries()) {
    const [, name, , body] = /^([^:]*)(:?)(.*)$/s.exec(step) as unknown as [string, string, string, string];
    const scheme = name.toLowerCase();
    const isZip = scheme === "zip" && i === 0;
    if (!isZip && (isComplete || !/^zarr[23]?$/.test(scheme))) {
      const what = scheme === "zip" || isComplete ? `${scheme}: after ${steps[i - 1]}` : `${scheme}:`;
      const message = `the address has the step ${what}, which cannot be read: expected file|zip:path/|zarr3:, or zarr2: or zarr: in its place`;
      throw new ZarrError("ERR_UNSUPPORTED", message, { file });
    }
    if (isZip || body !== "") path = normalizeNodePath(`${path ?? ""}/${decodePath(body, file)}`);
    if (!isZip) zarrFormat = scheme === "zarr3" ? 3 : scheme === "zarr2" ? 2 : undefined;
    isComplete = !isZip;
  }
  return { input: root, path, zarrFormat };
}

/** @throws ZarrError `ERR_ARGUMENT` - it is not percent-encoded */
function decodePath(text: string, file: string): string {
  try {
    if (!/[?#]/.test(text)) return normalizeNodePath(decodeURIComponent(text));
  } catch (error) {
    if (!isErrorNamed(error, "URIError")) throw error;
  }
  const message = `the path ${JSON.stringify(text)} of the address is not percent-encoded: write % as %25, ? as %3F, # as %23`;
  throw new ZarrError("ERR_ARGUMENT", message, { file });
}

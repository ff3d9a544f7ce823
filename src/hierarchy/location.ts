import { pathOfUrl, pathTarget, urlOfPath } from "#file";
import { isErrorNamed } from "../bytes/built-in.js";
import { httpUrlOf } from "../bytes/http-url.js";
import { ZarrError } from "../errors.js";
import { normalizeNodePath } from "../metadata/node-name.js";
import type { ZipInput } from "../store/zip/zip-input.js";
import type { ZarrArray } from "./array.js";
import type { ZarrGroup } from "./group.js";

/** Where a node is: what holds it, its path there, and its format, as far as somebody has said. */
export interface Location {
  readonly input: ZipInput;
  readonly path?: string | undefined;
  readonly zarrFormat?: 2 | 3 | undefined;
}

/** Where a step of a URL pipeline begins. Any other bar belongs to a name. */
const stepBoundary = /\|(?=[a-z][a-z0-9+.-]*:|(?:zip|zarr[23]?)(?:\||$))/i;

/** What parts a file from a path within it: not the colon of a drive, nor one of a scheme. */
const pathBoundary = /(?<!^\/?[a-z]):\/(?!\/)/gi;

/**
 * Takes an address apart: `file:/path`, or a URL pipeline as `file|zip:path/|zarr3:`. A local file that has such a name comes first.
 *
 * @param options - what else is known of the node
 * @throws ZarrError `ERR_ARGUMENT` - the address contradicts the options, or cannot be parsed
 * @throws ZarrError `ERR_UNSUPPORTED` - a step of a pipeline that is neither a ZIP nor Zarr
 */
export async function locate(given: ZipInput, options: Omit<Location, "input">): Promise<Location> {
  const { input, path, zarrFormat } = await parseAddress(given);
  const file = textOf(given)?.replace(/[?#|].*$/s, "");
  return {
    input,
    path: agreed("path", path, options.path === undefined ? undefined : normalizeNodePath(options.path), file),
    zarrFormat: agreed("zarrFormat", zarrFormat, options.zarrFormat, file),
  };
}

/**
 * The address of a node as a URL pipeline: `https://host/x.zip|zip:a/b/|zarr3:`. `open()` takes it, and so do neuroglancer and tensorstore. A
 * URL's query is left out, since it may be a secret.
 *
 * @throws ZarrError `ERR_UNSUPPORTED` - the node is neither in a file or folder nor behind a URL
 * @throws ZarrError `ERR_DIRTY` - there are unflushed writes, so that the file does not have the node yet; `ERR_CLOSED`
 * @example
 * ```js
 * import { createArray, formatLocation, openArray, ZipStore } from "zarrzip";
 *
 * const store = await ZipStore.open("a.zip", { mode: "w" });
 * await createArray(store, { path: "x", shape: [3], dtype: "int8" });
 * await store.close();
 * const array = await openArray("a.zip", { path: "x" });
 * const address = formatLocation(array);
 * console.log(address.endsWith("/a.zip|zip:x/|zarr3:"), (await openArray(address)).shape); // true [ 3 ]
 * await array.close();
 * ```
 */
export function formatLocation(node: Pick<ZarrArray | ZarrGroup, "store" | "path" | "zarrFormat">): string {
  const { store, path, zarrFormat } = node;
  const { kind, path: file, url } = store.getState() as { kind: string; path?: string; url?: string };
  const inner = path === "" ? "" : `${path.split("/").map(encodeURIComponent).join("/")}/`;
  if (kind === "ZipStore") return `${encodeBars(url ?? urlOfPath(file!))}|zip:${inner}|zarr${zarrFormat}:`;
  if (kind === "DirectoryStore") return `${encodeBars(urlOfPath(file!))}/|zarr${zarrFormat}:${inner}`;
  const message = `a store of kind ${kind} has no address: expected one in a ZIP file or in a folder`;
  throw new ZarrError("ERR_UNSUPPORTED", message, { file: store.path });
}

async function parseAddress(given: ZipInput): Promise<Location> {
  const text = textOf(given);
  if (text === undefined || text.search(/:\/(?!\/)|\|/) < 0) return { input: given };
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

function textOf(given: ZipInput): string | undefined {
  if (typeof given === "string") return given;
  const { href } = given as Partial<URL>;
  return typeof href === "string" ? href : undefined;
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

function encodeBars(url: string): string {
  return url.replaceAll("|", "%7C");
}

/** What both say, or one of them. */
function agreed<T extends string | number>(
  name: string,
  address: T | undefined,
  option: T | undefined,
  file: string | undefined,
): T | undefined {
  if (address === undefined || option === undefined || address === option) return address ?? option;
  const message = `${name} is ${JSON.stringify(option)}, and the address says ${JSON.stringify(address)}: leave one of them out`;
  throw new ZarrError("ERR_ARGUMENT", message, file === undefined ? {} : { file });
}

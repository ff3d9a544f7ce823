import { ZarrError } from "../errors.js";
import { normalizeNodePath } from "../metadata/node-name.js";
import type { ZipInput } from "../store/zip/zip-input.js";
import type { Location } from "./parse-address.js";

/**
 * Takes an address apart: `file:/path`, or a URL pipeline as `file|zip:path/|zarr3:`. A local file that has such a name comes first.
 *
 * @param options - what else is known of the node
 * @throws ZarrError `ERR_ARGUMENT` - the address contradicts the options, or cannot be parsed
 * @throws ZarrError `ERR_UNSUPPORTED` - a step of a pipeline that is neither a ZIP nor Zarr
 */
export async function locate(given: ZipInput, options: Omit<Location, "input">): Promise<Location> {
  const text = textOf(given);
  const isAddress = text !== undefined && /:\/(?!\/)|\|/.test(text);
  const { input, path, zarrFormat } = isAddress
    ? await (await import("./parse-address.js")).parseAddress(given, text)
    : ({ input: given } as Location);
  const file = text?.replace(/[?#|].*$/s, "");
  return {
    input,
    path: agreed("path", path, options.path === undefined ? undefined : normalizeNodePath(options.path), file),
    zarrFormat: agreed("zarrFormat", zarrFormat, options.zarrFormat, file),
  };
}

function textOf(given: ZipInput): string | undefined {
  if (typeof given === "string") return given;
  const { href } = given as Partial<URL>;
  return typeof href === "string" ? href : undefined;
}

/** The format that both say, or one of them. */
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

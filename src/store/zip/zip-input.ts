import { pathOfUrl } from "#file";
import type { ByteSource } from "../../bytes/byte-source.js";
import { checkFileName } from "../../bytes/check-file-name.js";
import { type GivenBytes, isBuffer, isBytesOrBlob, sourceOf } from "../../bytes/given-source.js";
import { ZarrError } from "../../errors.js";
import type { ZipStoreSettings } from "./zip-store-options.js";

/** Where a ZIP may be: the path of a file, a `file:` URL or its text, or bytes. */
export type ZipInput = string | URL | GivenBytes;

/** What a store was opened on that is no local file: of some the bytes, which can be handed to another thread. */
export interface GivenInput {
  readonly bytes?: Uint8Array | Blob | undefined;
}

/** The path of a file, or a source of bytes that are none. */
interface OpenedInput extends GivenInput {
  readonly path?: string;
  readonly source?: ByteSource;
}

/**
 * Tells paths from bytes.
 * @throws ZarrError `ERR_ARGUMENT` - neither; `ERR_UNSUPPORTED` - a URL of another kind than `file:`
 */
export function inputOf(given: ZipInput): OpenedInput {
  const text = typeof given === "string" ? given : (given as Partial<URL> | undefined)?.href;
  if (typeof text === "string") {
    const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
    if (scheme === "file") return { path: pathOfUrl(text) };
    if (scheme === undefined) return { path: text };
    const message = `cannot open ${text}: ${scheme}: URLs are not supported; fetch it, and open the bytes`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { file: text });
  }
  const source = sourceOf(given);
  if (source !== undefined) {
    const bytes = isBuffer(given) ? new Uint8Array(given as ArrayBuffer) : given;
    return { source, bytes: isBytesOrBlob(bytes) ? bytes : undefined };
  }
  checkFileName(given);
  return { path: given };
}

/** Whether a value is a name, a URL or bytes, and not a store. */
export function isZipInput(given: unknown): given is ZipInput {
  const isUrl = typeof (Object(given) as Partial<URL>).href === "string";
  return typeof given === "string" || isUrl || sourceOf(given) !== undefined;
}

/** @throws ZarrError `ERR_UNSUPPORTED` - what is no local file was to be written */
export function checkIsRead({ path, mode }: ZipStoreSettings): void {
  if (mode === "r") return;
  const message = `${path} is no local file, and cannot be opened with mode ${JSON.stringify(mode)}: read it, and write a new file`;
  throw new ZarrError("ERR_UNSUPPORTED", message, { file: path });
}

/** The bytes for a state. @throws ZarrError `ERR_UNSUPPORTED` - nobody else could have them, or another thread alone */
export function bytesToShare(path: string, { bytes }: GivenInput, share = false): Uint8Array | Blob {
  if (bytes !== undefined && share) return bytes;
  const way =
    bytes === undefined
      ? "its source belongs to this thread"
      : "getState({ share: true }) hands the bytes to another thread";
  throw new ZarrError("ERR_UNSUPPORTED", `${path} is no file that others could open: ${way}`, { file: path });
}

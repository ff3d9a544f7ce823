import { pathOfUrl } from "#file";
import type { ByteSource } from "../../bytes/byte-source.js";
import { checkFileName } from "../../bytes/check-file-name.js";
import { type GivenBytes, isBuffer, isBytesOrBlob, sourceOf } from "../../bytes/given-source.js";
import { httpUrlOf, withoutSecrets } from "../../bytes/http-url.js";
import { ZarrError } from "../../errors.js";
import type { RemoteArchive } from "./remote-archive.js";
import type { ZipStoreSettings } from "./zip-store-options.js";

/** The place of a ZIP: the path of a file, a `file:`, `http:` or `https:` URL or its text, or bytes. */
export type ZipInput = string | URL | GivenBytes;

/** The input of a store that is not a local file: a remote file, or bytes, some of which can be handed to another thread. */
export interface GivenInput {
  readonly bytes?: Uint8Array | Blob | undefined;
  readonly remote?: RemoteArchive | undefined;
}

/** The path of a file, a URL, or a source of other bytes. */
interface OpenedInput {
  readonly path?: string;
  readonly url?: URL;
  readonly source?: ByteSource;
  readonly bytes?: Uint8Array | Blob | undefined;
}

/**
 * Tells paths from bytes.
 * @throws ZarrError `ERR_ARGUMENT` - neither; `ERR_UNSUPPORTED` - a URL of another kind than `file:`, `http:` and `https:`
 */
export function inputOf(given: ZipInput): OpenedInput {
  const text = typeof given === "string" ? given : (given as Partial<URL> | undefined)?.href;
  if (typeof text === "string") {
    const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
    if (scheme === "file") return { path: pathOfUrl(text) };
    if (scheme === undefined) return { path: text };
    const url = httpUrlOf(text);
    if (url !== undefined) return { url };
    const shown = withoutSecrets(text);
    const message = `cannot open ${shown}: ${scheme}: URLs are not supported; fetch it, and open the bytes`;
    throw new ZarrError("ERR_UNSUPPORTED", message, { file: shown });
  }
  const source = sourceOf(given);
  if (source !== undefined) {
    const bytes = isBuffer(given) ? new Uint8Array(given as ArrayBuffer) : given;
    return { source, bytes: isBytesOrBlob(bytes) ? bytes : undefined };
  }
  checkFileName(given);
  return { path: given };
}

/** True if a value is a name, a URL or bytes, and not a store. */
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

/**
 * A remote file as it was when it was opened is all that can be read of it.
 * @throws ZarrError `ERR_UNSUPPORTED` - it was to be followed
 */
export function checkIsPinned({ path, view }: ZipStoreSettings): void {
  if (view === "pinned") return;
  const message = `${path} is remote, and cannot be followed: open it again for its newest version`;
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

import { urlOfPath } from "#file";
import { ZarrError } from "../errors.js";
import type { ZarrArray } from "./array.js";
import type { ZarrGroup } from "./group.js";

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

function encodeBars(url: string): string {
  return url.replaceAll("|", "%7C");
}

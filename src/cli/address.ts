import { existsSync } from "node:fs";
import type { ZarrArray } from "../hierarchy/array.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import { open, openArray } from "../hierarchy/open-node.js";

/** A file, a folder or a URL, and a path within it. */
export interface Address {
  readonly file: string;
  /** Without a leading slash; left out where the address has none, and the root is meant, wherever that is. */
  readonly path?: string;
}

/** Explains the argument of every command that takes one. */
export const addressHelp = "a ZIP file, a folder or a URL; with :PATH behind it, an array or group within";

/** Splits `FILE:PATH`. A colon belongs to the file's name where such a file is there, and after the scheme of a URL. */
export function parseAddress(text: string): Address {
  const url = /^([a-z][\w+.-]+:\/\/[^/]*\/[^:?]*(?:\?.*?)?)(?::(\/.*|[^?]*))?$/i.exec(text);
  if (url !== null) return address(url[1]!, url[2]);
  if (existsSync(text)) return { file: text };
  const isDrive = /^[a-z]:[\\/]/i.test(text);
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index).filter((at) => at > (isDrive ? 1 : 0));
  const at = colons.findLast((colon) => existsSync(text.slice(0, colon))) ?? colons.at(-1);
  return at === undefined ? { file: text } : address(text.slice(0, at), text.slice(at + 1));
}

function address(file: string, path: string | undefined): Address {
  return path === undefined ? { file } : { file, path: path.replace(/^\/+|\/+$/g, "") };
}

/** Opens what is at an address, read-only; throws as `open`. Closing the node closes the file. */
export async function openAddress(text: string): Promise<ZarrArray | ZarrGroup> {
  const { file, path } = parseAddress(text);
  return await open(file, path === undefined ? {} : { path });
}

/** As {@link openAddress}, of an array. */
export async function openArrayAt(text: string): Promise<ZarrArray> {
  const { file, path } = parseAddress(text);
  return await openArray(file, path === undefined ? {} : { path });
}

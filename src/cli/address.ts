import { existsSync } from "node:fs";
import type { ZarrArray } from "../hierarchy/array.js";
import type { ZarrGroup } from "../hierarchy/group.js";
import { locate } from "../hierarchy/location.js";
import { open, openArray } from "../hierarchy/open-node.js";
import type { Location } from "../hierarchy/parse-address.js";

/** Explains the argument of every command that takes one. */
export const addressHelp = "a ZIP file, a folder or a URL; with :PATH behind it, an array or group within";

/** Takes an address apart, as `open` does, without opening anything. */
export async function locateAddress(text: string): Promise<Location> {
  return await locate(withSlash(text), {});
}

/** Opens what is at an address, read-only; throws as `open`. Closing the node closes the file. */
export async function openAddress(text: string): Promise<ZarrArray | ZarrGroup> {
  return await open(withSlash(text));
}

/** As {@link openAddress}, of an array. */
export async function openArrayAt(text: string): Promise<ZarrArray> {
  return await openArray(withSlash(text));
}

/** `FILE:PATH` of a local file as `FILE:/PATH`, which is what the library takes. */
function withSlash(text: string): string {
  if (/^[a-z][\w+.-]+:\/\//i.test(text) || text.includes("|") || existsSync(text)) return text;
  return text.replace(/^(.{2,}?):(?![/\\])(?=[^:]*$)/s, "$1:/");
}

/** Zipped OME-Zarr, `.ozx`, as RFC-9 describes it: https://ngff.openmicroscopy.org/rfc/9/index.html */
import { describe, isJsonObject, type Json, type JsonObject, stringifyJson } from "../bytes/json.js";
import { defaultLimits, type Limits } from "../bytes/limits.js";
import { parseJson } from "../bytes/parse-json.js";
import { isZarrError, ZarrError } from "../errors.js";
import { commentMembers } from "../zip/linked-comment.js";
import { saturated16 } from "../zip/records.js";
import { breadthFirst, isBreadthFirst } from "./breadth-first.js";

/** @throws ZarrError `ERR_ARGUMENT` - an option `profile` that is neither absent nor `"rfc9"` */
export function checkProfile(profile: unknown): void {
  if (profile === undefined || profile === "rfc9") return;
  throw new ZarrError("ERR_ARGUMENT", `option "profile" is ${describe(profile)}, expected "rfc9"`);
}

/** Keys in the order in which an archive is to have them: documents first, level by level, and everything else as it comes. */
export function documentsFirst(keys: readonly string[]): string[] {
  const ofKind = (wanted: Kind) => keys.filter((key) => kindOf(key) === wanted);
  return [...breadthFirst(ofKind("v3")), ...breadthFirst(ofKind("v2")), ...ofKind("other")];
}

/** Documents of which format, or no documents. */
type Kind = "v3" | "v2" | "other";

function kindOf(key: string): Kind {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return name === "zarr.json" ? "v3" : /^\.z(array|group|attrs|metadata)$/.test(name) ? "v2" : "other";
}

/** The error in the order of names; nothing where the root's document is first, and the others follow breadth first. */
export function disorderOf(names: readonly string[]): string | undefined {
  const documents = names.filter((name) => kindOf(name) === "v3");
  if (documents.length > 0 && names[0] !== "zarr.json") return `${names[0]} comes before zarr.json`;
  const stray = documents.find((name, i) => name !== names[i]);
  if (stray !== undefined) return `${stray} comes after other entries`;
  return isBreadthFirst(documents) ? undefined : "the zarr.json are not in breadth-first order";
}

/** The statement of an archive's comment about RFC-9. */
export interface OzxClaim {
  /** The version of OME-Zarr. */
  readonly version: string | undefined;
  /** True if the documents come first in the directory. */
  readonly isJsonFirst: boolean;
}

/** The claim of a comment, whatever it is. */
export function ozxClaimOf(comment: Uint8Array): OzxClaim {
  const json = jsonIn(comment);
  const version = member(json, "ome", "version");
  const isJsonFirst = member(json, "ome", "zipFile", "centralDirectory", "jsonFirst") === true;
  return { version: typeof version === "string" ? version : undefined, isJsonFirst };
}

/** The comment of an archive in which the documents come first, with whatever else `before` has; `before` where that leaves no room. */
export function ozxComment(version: string, before: Uint8Array = new Uint8Array()): Uint8Array {
  const members = commentMembers(before);
  const ome = objectAt(members, "ome");
  const zipFile = objectAt(ome, "zipFile");
  const centralDirectory = { ...objectAt(zipFile, "centralDirectory"), jsonFirst: true };
  const said = { ...members, ome: { ...ome, version, zipFile: { ...zipFile, centralDirectory } } };
  const comment = new TextEncoder().encode(stringifyJson(said));
  return comment.length < saturated16 ? comment : before;
}

/** The root of an OME-Zarr hierarchy, which may be none. */
export interface OzxRoot {
  /** Its `zarr.json`; `undefined` if there is none. */
  readonly bytes: Uint8Array | undefined;
  /** The key of that, and the file, for messages. */
  readonly key: string;
  readonly file: string;
  /** Advice for a root that is not OME-Zarr. */
  readonly advice: string;
  readonly limits?: Limits;
}

/** The version of OME-Zarr that the root names. @throws ZarrError `ERR_UNSUPPORTED` - none */
export function checkedOmeVersion({ bytes, key, file, advice, limits = defaultLimits }: OzxRoot): string {
  const version = member(bytes && parseJson(bytes, { maxDepth: limits.jsonDepth }), "attributes", "ome", "version");
  if (typeof version === "string") return version;
  const found = bytes === undefined ? "there is none" : "it has no attribute ome.version";
  const message = `${key} of ${file} is not the root of an OME-Zarr hierarchy of version 0.5 or later: ${found}; ${advice}`;
  throw new ZarrError("ERR_UNSUPPORTED", message, { file, key });
}

/** The version of OME-Zarr that a document names, if it is one at all. */
export function omeVersionIn(document: Uint8Array): string | undefined {
  const version = member(jsonIn(document), "attributes", "ome", "version");
  return typeof version === "string" ? version : undefined;
}

function jsonIn(bytes: Uint8Array): Json | undefined {
  try {
    return bytes.length === 0 ? undefined : parseJson(bytes);
  } catch (error) {
    if (isZarrError(error)) return undefined;
    throw error;
  }
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const found = object[name];
  return isJsonObject(found) ? found : {};
}

function member(json: Json | undefined, ...names: readonly string[]): Json | undefined {
  return names.reduce((found, name) => (isJsonObject(found) ? found[name] : undefined), json);
}

import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../bytes/json.js";
import { isZarrError } from "../errors.js";
import { saturated16 } from "./records.js";

/** What the comment of an archive says of the commit that it ends. */
export interface VersionLink {
  /** Name of the commit, a UUID. */
  readonly commit: string;
  /** Name of the file's first version, which every later one has, also when the file is written anew. */
  readonly root: string;
  /** Time of the commit, ISO 8601. */
  readonly time: string;
  /** Byte at which the version before ended; absent in the first one. */
  readonly previous?: number;
}

const member = "zarrzip";

/** Comments are at most 64 KiB of flat JSON. */
const limits = { maxDepth: 64 };

/** The link in a comment; `undefined` where another program, or one that had no reason for it, wrote the archive. */
export function versionLinkOf(comment: Uint8Array): VersionLink | undefined {
  const link = objectOf(comment)?.[member];
  if (!isJsonObject(link)) return undefined;
  const { commit, root, time, previous } = link;
  const isPlace = previous === undefined || (typeof previous === "number" && Number.isSafeInteger(previous));
  if (typeof commit !== "string" || typeof root !== "string" || typeof time !== "string" || !isPlace) return undefined;
  return { commit, root, time, ...(previous === undefined ? {} : { previous }) };
}

/**
 * The comment of the version that follows one with the comment `before`, whose other members are kept; text that is no JSON
 * object becomes the member `comment`. A comment too long for it stays as it was, and the version is not linked.
 */
export function linkedComment(before: Uint8Array, link: VersionLink): Uint8Array {
  const kept = objectOf(before) ?? (before.length === 0 ? {} : { comment: new TextDecoder().decode(before) });
  const comment = new TextEncoder().encode(stringifyJson({ ...kept, [member]: { ...link } }));
  return comment.length < saturated16 ? comment : before;
}

/** The comment of a first version that nothing else tells from other ones: it has no entries. */
export function firstComment(): Uint8Array {
  const commit = crypto.randomUUID();
  return linkedComment(new Uint8Array(), { commit, root: commit, time: new Date().toISOString() });
}

function objectOf(comment: Uint8Array): JsonObject | undefined {
  if (comment[0] !== 0x7b) return undefined; // "{"
  try {
    const value = parseJson(comment, limits);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (isZarrError(error)) return undefined;
    throw error;
  }
}

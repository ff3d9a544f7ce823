import { isJsonObject, type Json, type JsonObject } from "../bytes/json.js";

/** The description of a commit in the comment of the archive that it ends. */
export interface VersionLink {
  /** Name of the commit, a UUID. */
  readonly commit: string;
  /** Name of the file's first version, which every later one has, also when the file is written anew. */
  readonly root: string;
  /** Time of the commit, ISO 8601. */
  readonly time: string;
  /** The bytes that the commit appended, which tell whether all of it is there; absent in a first version. */
  readonly appended?: AppendedPart;
  /** Names of the stages whose changes the commit has, so that none is committed twice. */
  readonly stages?: readonly string[];
}

/** The place of a commit's bytes. */
export interface AppendedPart {
  /** Byte at which the version before ended. */
  readonly previous: number;
  /** Byte at which the first entry of the commit begins, behind its header. */
  readonly start: number;
  /** Byte at which the central directory begins: of another program's version, which kept the comment, it is not this one. */
  readonly directory: number;
  /** CRC-32 of the bytes from `start` to the end record. */
  readonly crc32: number;
  /** Byte at which the file's first version ends, from which all others descend; unknown of versions that older writers have made. */
  readonly first?: number;
}

/** The members of the comment, if that is a JSON object. */
export const linkMember = "zarrzip";

/** The link in a comment; `undefined` where another program, or one that had no reason for it, wrote the archive. */
export function versionLinkOf(comment: Uint8Array): VersionLink | undefined {
  const link = objectOf(comment)?.[linkMember];
  if (!isJsonObject(link)) return undefined;
  const { commit, root, time } = link;
  if (typeof commit !== "string" || typeof root !== "string" || typeof time !== "string") return undefined;
  const appended = appendedPart(link);
  const stages = Array.isArray(link.stages) ? link.stages.filter((name) => typeof name === "string") : [];
  return { commit, root, time, ...(appended && { appended }), ...(stages.length > 0 && { stages }) };
}

function appendedPart({ previous, start, directory, crc32, first }: JsonObject): AppendedPart | undefined {
  const isPlace = (value: Json | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isPlace(previous) || !isPlace(start) || !isPlace(directory) || !isPlace(crc32)) return undefined;
  return { previous, start, directory, crc32, ...(isPlace(first) ? { first } : {}) };
}

/** The comment as an object; members that are not of the link do not have to be exact. */
function objectOf(comment: Uint8Array): JsonObject | undefined {
  if (comment[0] !== 0x7b) return undefined; // "{"
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(comment);
    return JSON.parse(text.replace(/-?\b(?:NaN|Infinity)\b/g, "null")) as JsonObject;
  } catch {
    return undefined;
  }
}

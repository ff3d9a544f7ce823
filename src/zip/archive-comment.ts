import { isJsonObject, type Json, type JsonObject, parseJson, stringifyJson } from "../bytes/json.js";
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
  /** What the commit appended, from which it can be told whether all of it is there; absent in a first version. */
  readonly appended?: AppendedPart;
  /** Names of the stages whose changes the commit has, so that none is committed twice. */
  readonly stages?: readonly string[];
}

/** Where the bytes of a commit are. */
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

const member = "zarrzip";

/** Comments are at most 64 KiB of flat JSON. */
const limits = { maxDepth: 64 };

/** The link in a comment; `undefined` where another program, or one that had no reason for it, wrote the archive. */
export function versionLinkOf(comment: Uint8Array): VersionLink | undefined {
  const link = objectOf(comment)?.[member];
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

/**
 * The comment of the version that follows one with the comment `before`, whose other members are kept; text that is no JSON
 * object becomes the member `comment`. A comment too long for that leaves out the stages; one that still is stays as it was, and the version is
 * not linked.
 */
export function linkedComment(before: Uint8Array, link: VersionLink): Uint8Array {
  const kept = objectOf(before) ?? (before.length === 0 ? {} : { comment: new TextDecoder().decode(before) });
  const { appended, stages, ...names } = link;
  const said = { ...names, ...appended };
  const texts = [...(stages === undefined ? [] : [{ ...said, stages: [...stages] }]), said];
  const comments = texts.map((text) => new TextEncoder().encode(stringifyJson({ ...kept, [member]: text })));
  return comments.find(({ length }) => length < saturated16) ?? before;
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

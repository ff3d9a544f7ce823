import { isJsonObject, type JsonObject, stringifyJson } from "../bytes/json.js";
import { parseJson } from "../bytes/parse-json.js";
import { isZarrError } from "../errors.js";
import { linkMember, type VersionLink } from "./archive-comment.js";
import { saturated16 } from "./records.js";

/** Comments are at most 64 KiB of flat JSON. */
const limits = { maxDepth: 64 };

/**
 * The comment of the version that follows one with the comment `before`, whose other members are kept; text that is no JSON
 * object becomes the member `comment`. Where the version was appended, no order of the directory is claimed any more. A comment too long for that leaves out the stages; one that still is stays as it was, and the version is
 * not linked.
 */
export function linkedComment(before: Uint8Array, link: VersionLink): Uint8Array {
  const kept = commentMembers(before);
  const { appended, stages, ...names } = link;
  const others = appended === undefined ? kept : withoutOrder(kept);
  const said = { ...names, ...appended };
  const texts = [...(stages === undefined ? [] : [{ ...said, stages: [...stages] }]), said];
  const comments = texts.map((text) => new TextEncoder().encode(stringifyJson({ ...others, [linkMember]: text })));
  return comments.find(({ length }) => length < saturated16) ?? before;
}

/** The members of a comment; text that is no JSON object is the member `comment`. */
export function commentMembers(comment: Uint8Array): JsonObject {
  return objectOf(comment) ?? (comment.length === 0 ? {} : { comment: new TextDecoder().decode(comment) });
}

/** RFC-9 lets a comment say that documents come first in the directory, and what is appended comes last. */
function withoutOrder(comment: JsonObject): JsonObject {
  const { ome } = comment;
  const zipFile = isJsonObject(ome) ? ome.zipFile : undefined;
  const centralDirectory = isJsonObject(zipFile) ? zipFile.centralDirectory : undefined;
  if (!isJsonObject(ome) || !isJsonObject(zipFile) || !isJsonObject(centralDirectory)) return comment;
  const unordered = { ...zipFile, centralDirectory: { ...centralDirectory, jsonFirst: false } };
  return { ...comment, ome: { ...ome, zipFile: unordered } };
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

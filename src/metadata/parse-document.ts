import type { JsonObject } from "../bytes/json.js";
import type { Limits } from "../bytes/limits.js";
import { parseJson } from "../bytes/parse-json.js";
import { requireObject } from "./document.js";

/**
 * A stored metadata document.
 * @throws ZarrError `ERR_METADATA` - malformed JSON, or no object
 * @throws ZarrError `ERR_LIMIT` - longer or deeper than the limits
 */
export function parseDocument(source: Uint8Array | string, name: string, limits: Limits): JsonObject {
  const json = parseJson(source, { maxBytes: limits.metadataBytes, maxDepth: limits.jsonDepth });
  return requireObject(json, name);
}

import { isJsonObject, parsedIfPlain } from "../bytes/json.js";
import { lazily } from "../bytes/lazily.js";
import type { Limits } from "../bytes/limits.js";
import type { NodeMetadata } from "./node-metadata.js";
import { isRestKnown, nodeFromDocumentV3 } from "./v3.js";

const anyDocument = lazily(() => import("./any-document.js"));

/**
 * The node that a `zarr.json` describes. Codecs are made, and checked, when the array is opened, not here.
 *
 * @throws ZarrError `ERR_METADATA` - malformed, a member missing or wrong, or an unknown one that must be understood
 * @throws ZarrError `ERR_DATA_TYPE` - an unknown data type
 * @throws ZarrError `ERR_LIMIT` - larger than one of the limits
 * @see https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html#metadata
 */
export async function readNodeV3(text: string, limits: Limits): Promise<NodeMetadata> {
  const document = isRestKnown() ? undefined : parsedIfPlain(text, limits.jsonDepth);
  if (isJsonObject(document) && text.length <= limits.metadataBytes) {
    try {
      return nodeFromDocumentV3(document, limits);
    } catch {
      // There is more to it, or the rest says better what is wrong.
    }
  }
  const { parseNodeV3 } = anyDocument.loaded ?? (await anyDocument.load());
  return parseNodeV3(text, limits);
}
